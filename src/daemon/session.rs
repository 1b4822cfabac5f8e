//! One console's connection: hello, requests, and, once subscribed, every event. A slow reader gets a new snapshot
//! instead of the events that it missed, and never slows the engine.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, mpsc, watch};

use super::peer::Peer;
use super::request::{Context, Seat};
use crate::ipc::codec::{self, CodecError};
use crate::ipc::parts;
use crate::ipc::protocol::PROTOCOL;
use crate::ipc::{ClientLine, EngineLine, ErrorCode, Hello, Op, Refusal, Request, Welcome};
use crate::model::{Actor, Envelope, Role};

/// Who has not said hello by then is no console, and makes room for one.
const HELLO_WITHIN: Duration = Duration::from_secs(5);
/// A client's longest line: a CSV of a hundred thousand people fits.
const LONGEST_REQUEST: usize = 32 * 1024 * 1024;
const REPLIES_WAITING: usize = 64;

type Events = broadcast::Receiver<Arc<Envelope>>;

pub(super) async fn run(stream: UnixStream, peer: Peer, context: Arc<Context>, ended: watch::Receiver<bool>) {
    let Peer { actor, role } = peer;
    let (read, write) = stream.into_split();
    let mut reader = BufReader::new(read);
    let mut session = Session { writer: write, context, events: None };
    let served = match tokio::time::timeout(HELLO_WITHIN, session.hello(&mut reader, &actor, role)).await {
        Ok(Ok(Some(read_only))) => {
            let seat = Arc::new(Seat { actor: actor.clone(), role, read_only });
            session.serve(reader, seat, ended).await
        }
        Ok(Ok(None)) | Err(_) => Ok(()),
        Ok(Err(error)) => Err(error),
    };
    match served {
        Ok(()) => {}
        Err(CodecError::Io(error)) => tracing::debug!("a console's connection ended: {error}"),
        // No console of ours says such a thing.
        Err(error) => tracing::warn!("a connection of {actor} was dropped: {error}"),
    }
}

/// Tells somebody whom no role is given that they may not come in.
pub(super) async fn turn_away(stream: UnixStream, actor: &Actor) {
    let (read, mut write) = stream.into_split();
    let mut reader = BufReader::new(read);
    if let Ok(Ok(Some(_))) = tokio::time::timeout(HELLO_WITHIN, first_line(&mut reader)).await {
        let message = format!(
            "it belongs to another user, and no role is given to {actor}: whoever runs it gives one in [access]; or choose \
             your own with --state-dir"
        );
        let result = Err(Refusal::new(ErrorCode::Forbidden, message));
        let _ = codec::write(&mut write, &EngineLine::Reply { id: uuid::Uuid::nil(), result }).await;
    }
}

type Lines = BufReader<OwnedReadHalf>;

/// What a client begins with: it is short, whoever it is.
async fn first_line(reader: &mut Lines) -> Result<Option<ClientLine>, CodecError> {
    codec::read(reader, 64 * 1024).await
}

struct Session {
    writer: OwnedWriteHalf,
    context: Arc<Context>,
    events: Option<Events>,
}

impl Session {
    /// The first lines. `None`: it is not a client of ours. Otherwise whether acts are refused.
    async fn hello(&mut self, reader: &mut Lines, actor: &Actor, role: Role) -> Result<Option<bool>, CodecError> {
        let Some(ClientLine::Hello(Hello { read_only, .. })) = first_line(reader).await? else { return Ok(None) };
        let login = match actor {
            Actor::Operator { login, .. } => login.clone(),
            other => other.to_string(),
        };
        let welcome = Welcome {
            protocol: PROTOCOL,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pid: std::process::id(),
            started_at: self.context.started_at,
            login,
            read_only,
            role,
            config: self.context.config.clone(),
        };
        // A client of another protocol reads the number here, and says so itself.
        codec::write(&mut self.writer, &EngineLine::Welcome(welcome)).await?;
        Ok(Some(read_only))
    }

    async fn serve(
        &mut self,
        reader: Lines,
        seat: Arc<Seat>,
        mut ended: watch::Receiver<bool>,
    ) -> Result<(), CodecError> {
        let (replies, mut replied) = mpsc::channel::<EngineLine>(REPLIES_WAITING);
        let mut statuses = self.context.handle.statuses();
        // A line that has begun must be read whole: reading has its own task, which no other branch can cut off.
        let (requests, mut requested) = mpsc::channel(REPLIES_WAITING);
        let reading = tokio::spawn(read_requests(reader, requests));
        let end = loop {
            tokio::select! {
                line = requested.recv() => match line {
                    None => break Ok(()),
                    Some(Err(error)) => break Err(error),
                    Some(Ok(request)) if request.op == (Op::Subscribe {}) => self.subscribe().await?,
                    Some(Ok(request)) => {
                        let (context, seat, replies) = (self.context.clone(), seat.clone(), replies.clone());
                        tokio::spawn(async move {
                            let id = request.id;
                            let result = context.answer(request, &seat).await;
                            let _ = replies.send(EngineLine::Reply { id, result }).await;
                        });
                    }
                },
                Some(reply) = replied.recv() => codec::write(&mut self.writer, &reply).await?,
                event = next(&mut self.events) => self.push(event).await?,
                Ok(()) = statuses.changed(), if self.events.is_some() => {
                    let line = EngineLine::Connectors(statuses.borrow_and_update().clone());
                    codec::write(&mut self.writer, &line).await?;
                }
                () = over(&mut ended) => {
                    // First of all: whoever hears it starts no other engine.
                    codec::write(&mut self.writer, &EngineLine::Farewell {}).await?;
                    // What was asked before the end is still answered, if it comes at once.
                    while let Ok(Some(reply)) =
                        tokio::time::timeout(Duration::from_millis(200), replied.recv()).await
                    {
                        codec::write(&mut self.writer, &reply).await?;
                    }
                    break Ok(());
                }
            }
        };
        reading.abort();
        end
    }

    async fn subscribe(&mut self) -> Result<(), CodecError> {
        let Ok(snapshot) = self.context.handle.snapshot().await else {
            let gone = Refusal::new(ErrorCode::Unavailable, "the engine is stopping");
            let line = EngineLine::Reply { id: uuid::Uuid::nil(), result: Err(gone) };
            return codec::write(&mut self.writer, &line).await;
        };
        self.events = Some(snapshot.events);
        let mut fleet = Box::new(snapshot.fleet);
        for part in parts::split(&mut fleet) {
            codec::write(&mut self.writer, &part).await?;
        }
        let line = EngineLine::Snapshot { fleet, connectors: snapshot.connectors, at: snapshot.at };
        codec::write(&mut self.writer, &line).await
    }

    async fn push(&mut self, event: Result<Arc<Envelope>, RecvError>) -> Result<(), CodecError> {
        match event {
            Ok(envelope) => {
                // As many as are there go out in one write.
                let mut lines = codec::encode(&EngineLine::Event(Box::new((*envelope).clone())))?;
                while lines.len() < 64 * 1024
                    && let Some(Ok(envelope)) = self.events.as_mut().map(broadcast::Receiver::try_recv)
                {
                    lines.extend(codec::encode(&EngineLine::Event(Box::new((*envelope).clone())))?);
                }
                self.writer.write_all(&lines).await?;
                Ok(())
            }
            Err(RecvError::Lagged(_)) => self.subscribe().await,
            Err(RecvError::Closed) => {
                self.events = None;
                Ok(())
            }
        }
    }
}

/// Reads whole lines; ends with the connection, or with the first line that is none of the protocol.
async fn read_requests(mut reader: Lines, requests: mpsc::Sender<Result<Request, CodecError>>) {
    loop {
        let request = match codec::read(&mut reader, LONGEST_REQUEST).await {
            Ok(Some(ClientLine::Request(request))) => Ok(request),
            Ok(Some(ClientLine::Hello(_))) => continue,
            Ok(None) => return,
            Err(error) => Err(error),
        };
        let broken = request.is_err();
        if requests.send(request).await.is_err() || broken {
            return;
        }
    }
}

/// The next event of a subscribed console; never, of another.
async fn next(events: &mut Option<Events>) -> Result<Arc<Envelope>, RecvError> {
    match events {
        Some(events) => events.recv().await,
        None => std::future::pending().await,
    }
}

/// When the engine stops.
pub(super) async fn over(ended: &mut watch::Receiver<bool>) {
    let _ = ended.wait_for(|over| *over).await;
}
