//! A connection to the engine.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize as _;
use tokio::io::BufReader;
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use uuid::Uuid;

use super::codec::{self, CodecError};
use super::protocol::{
    ClientLine, EngineLine, ErrorCode, Hello, MAX_LINE, Op, PROTOCOL, Refusal, Reply, Request, Welcome,
};

/// How long an engine may take to welcome us: it does so at once, however much it has to do.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// Nobody listens there.
    #[error("no engine listens at {path}: start one with `nightlatch engine`, or open the console with `nightlatch`")]
    NoEngine {
        /// The socket.
        path: PathBuf,
    },
    /// The socket belongs to somebody else, or may not be used.
    #[error(
        "{path}: {error}; the engine there belongs to another user: run as that user, or choose your own with --state-dir"
    )]
    NotYours {
        /// The socket.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// Another protocol.
    #[error(
        "the engine (version {version}) speaks protocol {theirs}, this program (version {}) {PROTOCOL}: {}",
        env!("CARGO_PKG_VERSION"),
        cure(*theirs)
    )]
    Protocol {
        /// The engine's.
        theirs: u32,
        /// The engine's version.
        version: String,
    },
    /// Somebody listens, and says nothing.
    #[error(
        "the engine took the connection and has not answered for {} s: is it stopped, or out of memory?",
        PATIENCE.as_secs()
    )]
    Silent,
    /// The engine did not let us in.
    #[error("the engine refused the connection: {0}")]
    Refused(String),
    /// The line broke.
    #[error(transparent)]
    Codec(#[from] CodecError),
}

/// What makes both speak the same.
fn cure(theirs: u32) -> &'static str {
    if theirs > PROTOCOL {
        "use the program of the engine's version; the engine goes on meanwhile"
    } else {
        "restart the engine with this version: end it with its own `nightlatch stop`, then `nightlatch engine`"
    }
}

/// What every engine says of itself first, whatever else it says there.
#[derive(Debug, serde::Deserialize)]
struct Foreign {
    welcome: Version,
}

#[derive(Debug, serde::Deserialize)]
struct Version {
    protocol: u32,
    #[serde(default)]
    version: String,
}

/// The first line. One that is not understood says by its number why.
async fn first(reader: &mut LineReader) -> Result<Option<EngineLine>, ConnectError> {
    let Some(line) = codec::read::<serde_json::Value>(&mut reader.0, MAX_LINE).await.or_else(or_closed)? else {
        return Ok(None);
    };
    match EngineLine::deserialize(&line) {
        Ok(line) => Ok(Some(line)),
        Err(error) => match Foreign::deserialize(&line) {
            Ok(Foreign { welcome: Version { protocol, version } }) if protocol != PROTOCOL => {
                Err(ConnectError::Protocol { theirs: protocol, version })
            }
            _ => Err(CodecError::from(error).into()),
        },
    }
}

/// A connection that was welcomed.
#[derive(Debug)]
pub struct Link {
    /// Who answered.
    pub welcome: Welcome,
    /// Lines from the engine.
    pub reader: LineReader,
    /// Lines to the engine.
    pub writer: LineWriter,
}

/// The receiving half.
#[derive(Debug)]
pub struct LineReader(BufReader<OwnedReadHalf>);

/// The sending half.
#[derive(Debug)]
pub struct LineWriter(OwnedWriteHalf);

impl Link {
    /// Connects and says hello.
    pub async fn open(socket: &Path, read_only: bool) -> Result<Self, ConnectError> {
        Self::open_within(PATIENCE, socket, read_only).await
    }

    /// A process that was stopped still takes connections: the system does it for it.
    async fn open_within(patience: Duration, socket: &Path, read_only: bool) -> Result<Self, ConnectError> {
        let opened = tokio::time::timeout(patience, Self::welcomed(socket, read_only)).await;
        opened.unwrap_or(Err(ConnectError::Silent))
    }

    async fn welcomed(socket: &Path, read_only: bool) -> Result<Self, ConnectError> {
        let stream = UnixStream::connect(socket).await.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => {
                ConnectError::NoEngine { path: socket.to_owned() }
            }
            _ => ConnectError::NotYours { path: socket.to_owned(), error },
        })?;
        let (read, write) = stream.into_split();
        let (mut reader, mut writer) = (LineReader(BufReader::new(read)), LineWriter(write));
        let client = format!("nightlatch {}", env!("CARGO_PKG_VERSION"));
        let hello = ClientLine::Hello(Hello { protocol: PROTOCOL, client, read_only });
        let said = codec::write(&mut writer.0, &hello).await;
        let heard = match said {
            Ok(()) => first(&mut reader).await?,
            Err(error) => or_closed(error)?,
        };
        // An engine that does not let us in closes: before our hello, in the middle of it, or after.
        match heard {
            Some(EngineLine::Welcome(welcome)) if welcome.protocol == PROTOCOL => Ok(Self { welcome, reader, writer }),
            Some(EngineLine::Welcome(welcome)) => {
                Err(ConnectError::Protocol { theirs: welcome.protocol, version: welcome.version })
            }
            Some(EngineLine::Reply { result: Err(refusal), .. }) => Err(ConnectError::Refused(refusal.message)),
            Some(_) => Err(ConnectError::Refused("its first line is no welcome".to_owned())),
            None => Err(ConnectError::Refused(
                "it closed the connection at once; if it belongs to another user, run as that user, or choose your own \
                 with --state-dir"
                    .to_owned(),
            )),
        }
    }
}

/// A line that the other side has dropped is a closed one.
fn or_closed<T>(error: CodecError) -> Result<Option<T>, CodecError> {
    match error {
        CodecError::Io(error) if matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset) => {
            Ok(None)
        }
        error => Err(error),
    }
}

impl LineReader {
    /// The next line; `None`: the engine has closed.
    pub async fn next(&mut self) -> Result<Option<EngineLine>, CodecError> {
        codec::read(&mut self.0, MAX_LINE).await
    }
}

impl LineWriter {
    /// Sends a request.
    pub async fn send(&mut self, request: Request) -> Result<(), CodecError> {
        codec::write(&mut self.0, &ClientLine::Request(request)).await
    }
}

/// One request after the other: what the command line needs.
#[derive(Debug)]
pub struct Client {
    link: Link,
}

impl Client {
    /// Connects and says hello.
    pub async fn connect(socket: &Path, read_only: bool) -> Result<Self, ConnectError> {
        Ok(Self { link: Link::open(socket, read_only).await? })
    }

    /// Who answered.
    pub fn welcome(&self) -> &Welcome {
        &self.link.welcome
    }

    /// Asks, and waits for the answer.
    pub async fn request(&mut self, op: Op) -> Result<Reply, Refusal> {
        let lost = |error: String| {
            let message = format!("the engine went away before it answered ({error}); look with `nightlatch list`");
            Refusal::new(ErrorCode::Unavailable, message)
        };
        let id = Uuid::new_v4();
        self.link.writer.send(Request { id, op }).await.map_err(|error| lost(error.to_string()))?;
        loop {
            match self.link.reader.next().await {
                Ok(Some(EngineLine::Reply { id: answered, result })) if answered == id => return result,
                Ok(Some(_)) => {}
                Ok(None) => return Err(lost("it closed the connection".to_owned())),
                Err(error) => return Err(lost(error.to_string())),
            }
        }
    }

    /// The next pushed line after a `subscribe`.
    pub async fn next(&mut self) -> Result<Option<EngineLine>, CodecError> {
        self.link.reader.next().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_engine_that_takes_the_connection_and_says_nothing_is_given_up() {
        let dir = tempfile::tempdir().unwrap();
        let socket = dir.path().join("engine.sock");
        // Connections are taken for it, and nobody looks after them: as with a process that was stopped.
        let _stopped = tokio::net::UnixListener::bind(&socket).unwrap();
        let link = Link::open_within(Duration::from_millis(50), &socket, true);
        let told = tokio::time::timeout(Duration::from_secs(5), link).await.unwrap().unwrap_err().to_string();
        assert!(told.ends_with("has not answered for 10 s: is it stopped, or out of memory?"), "{told}");
    }
}
