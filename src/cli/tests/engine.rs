//! An engine that answers what it is told to, over a real socket.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use clap::Parser as _;
use tokio::io::BufReader;
use tokio::net::{UnixListener, UnixStream};

use crate::cli::{Cli, Context, Exit, StartEngine, Terminal, perform};
use crate::ipc::protocol::{MAX_LINE, PROTOCOL};
use crate::ipc::{ClientLine, ConfigMark, EngineLine, Op, Refusal, Reply, Welcome, codec};
use crate::model::{Envelope, Fleet, Role, Timestamp};

/// What the engine does with the next request.
pub(super) enum Answer {
    Reply(Result<Reply, Refusal>),
    /// A snapshot, then these; after the last answer the line is closed.
    Events(Box<Fleet>, Vec<Envelope>),
}

type Script = Arc<Mutex<(VecDeque<Answer>, Vec<Op>)>>;

pub(super) struct FakeEngine {
    dir: tempfile::TempDir,
    script: Script,
    input: Option<String>,
    listens: bool,
    closed: bool,
    pub(super) start: Option<StartEngine>,
}

/// What came of a command line.
pub(super) struct Ran {
    pub(super) exit: Exit,
    pub(super) out: String,
    pub(super) err: String,
    pub(super) asked: Vec<Op>,
}

impl FakeEngine {
    pub(super) fn new(answers: Vec<Answer>) -> Self {
        let script = Arc::new(Mutex::new((answers.into(), Vec::new())));
        let dir = tempfile::tempdir().unwrap();
        Self { dir, script, input: None, listens: true, closed: false, start: None }
    }

    /// Nobody listens.
    pub(super) fn absent() -> Self {
        Self { listens: false, ..Self::new(Vec::new()) }
    }

    /// A person sits at the terminal and types this.
    pub(super) fn types(&mut self, line: &str) {
        self.input = Some(line.to_owned());
    }

    /// Nobody listens until the command line starts it, and then not at once.
    pub(super) fn starts_late(&mut self) {
        self.listens = false;
        let (socket, script) = (self.socket(), Arc::clone(&self.script));
        self.start = Some(Box::new(move || {
            let (socket, script) = (socket.clone(), Arc::clone(&script));
            tokio::spawn(async move {
                tokio::time::sleep(std::time::Duration::from_millis(60)).await;
                serve(&socket, script).await;
            });
            Ok(())
        }));
    }

    /// The command line's output is a pipe that has been closed.
    pub(super) fn nobody_reads(&mut self) {
        self.closed = true;
    }

    fn socket(&self) -> PathBuf {
        self.dir.path().join("engine.sock")
    }

    /// Runs `nightlatch <line>`; words are parted by spaces.
    pub(super) async fn run(mut self, line: &str) -> Ran {
        let cli = Cli::try_parse_from(std::iter::once("nightlatch").chain(line.split(' '))).unwrap();
        let socket = self.socket();
        if self.listens {
            let listener = UnixListener::bind(&socket).unwrap();
            tokio::spawn(accept(listener, Arc::clone(&self.script)));
        }
        let context = Context { socket, json: cli.globals.json, start_engine: self.start.take(), ..Context::default() };
        let (out, err) = (Shared::default(), Shared::default());
        let mut terminal = Terminal {
            out: if self.closed { Box::new(Closed) } else { Box::new(out.clone()) },
            err: Box::new(err.clone()),
            interactive: self.input.is_some(),
            input: Box::new(io::Cursor::new(self.input.take().unwrap_or_default())),
            width: Some(80),
        };
        let exit = perform(cli.command.unwrap(), &context, &mut terminal).await;
        let asked = std::mem::take(&mut self.script.lock().unwrap().1);
        Ran { exit, out: out.text(), err: err.text(), asked }
    }
}

async fn serve(socket: &Path, script: Script) {
    accept(UnixListener::bind(socket).unwrap(), script).await;
}

async fn accept(listener: UnixListener, script: Script) {
    while let Ok((stream, _)) = listener.accept().await {
        converse(stream, &script).await;
    }
}

async fn converse(stream: UnixStream, script: &Script) {
    let (read, mut write) = stream.into_split();
    let mut read = BufReader::new(read);
    while let Ok(Some(line)) = codec::read::<ClientLine>(&mut read, MAX_LINE).await {
        let request = match line {
            ClientLine::Hello(hello) => {
                let welcome = Welcome {
                    protocol: PROTOCOL,
                    version: "0.1.0".to_owned(),
                    pid: 1,
                    started_at: Timestamp(0),
                    login: "operator".to_owned(),
                    read_only: hello.read_only,
                    role: Role::Owner,
                    config: ConfigMark::default(),
                };
                codec::write(&mut write, &EngineLine::Welcome(welcome)).await.unwrap();
                continue;
            }
            ClientLine::Request(request) => request,
        };
        let (answer, last) = {
            let mut script = script.lock().unwrap();
            script.1.push(request.op);
            (script.0.pop_front(), script.0.is_empty())
        };
        match answer {
            Some(Answer::Reply(result)) => {
                let reply = EngineLine::Reply { id: request.id, result };
                codec::write(&mut write, &reply).await.unwrap();
            }
            Some(Answer::Events(fleet, events)) => {
                let snapshot = EngineLine::Snapshot { fleet, connectors: Vec::new(), at: Timestamp(0) };
                let lines = std::iter::once(snapshot).chain(events.into_iter().map(|it| EngineLine::Event(it.into())));
                for line in lines {
                    if codec::write(&mut write, &line).await.is_err() {
                        return;
                    }
                }
                if last {
                    return;
                }
            }
            None => return,
        }
    }
}

#[derive(Clone, Default)]
struct Shared(Rc<RefCell<Vec<u8>>>);

impl Shared {
    fn text(&self) -> String {
        String::from_utf8(self.0.borrow().clone()).unwrap()
    }
}

impl io::Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Closed;

impl io::Write for Closed {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(io::ErrorKind::BrokenPipe.into())
    }
}
