//! An engine for the console in a terminal: it says what a test has it say, in JSON, as any version of it might.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, mpsc};

use serde_json::{Value, json};
use tokio::io::BufReader;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::broadcast;

use super::fleet::{NOW, World};
use super::harness::welcome;
use crate::ipc::{ClientLine, EngineLine, ErrorCode, Op, Refusal, codec};

/// What it says when it is asked.
#[derive(Debug, Clone)]
pub(crate) struct Script {
    pub(crate) welcome: Value,
    pub(crate) snapshot: Value,
}

impl Script {
    pub(crate) fn of(world: &World) -> Self {
        let fleet = Box::new(world.fleet.clone());
        let snapshot = EngineLine::Snapshot { fleet, connectors: world.connectors.clone(), at: NOW };
        let welcome = EngineLine::Welcome(welcome(false));
        Self { welcome: serde_json::to_value(welcome).unwrap(), snapshot: serde_json::to_value(snapshot).unwrap() }
    }

    /// An engine of another version.
    pub(crate) fn version(mut self, version: &str, protocol: u32) -> Self {
        self.welcome["welcome"]["version"] = json!(version);
        self.welcome["welcome"]["protocol"] = json!(protocol);
        self
    }
}

#[derive(Debug, Clone)]
enum Told {
    Line(Value),
    Gone,
}

/// The engine. Ends with the test.
pub(crate) struct Engine {
    pub(crate) socket: PathBuf,
    script: Arc<Mutex<Script>>,
    asked: Arc<Mutex<Vec<Op>>>,
    told: broadcast::Sender<Told>,
    runtime: tokio::runtime::Runtime,
    listening: Mutex<Option<tokio::task::JoinHandle<()>>>,
    _dir: tempfile::TempDir,
}

impl Engine {
    pub(crate) fn start(script: Script) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let engine = Self {
            socket: dir.path().join("engine.sock"),
            script: Arc::new(Mutex::new(script)),
            asked: Arc::default(),
            told: broadcast::channel(4_096).0,
            runtime,
            listening: Mutex::default(),
            _dir: dir,
        };
        engine.listen();
        engine
    }

    /// Takes connections: at its start, and again after [`Self::stop`].
    pub(crate) fn listen(&self) {
        let (script, asked, told) = (self.script.clone(), self.asked.clone(), self.told.clone());
        let (socket, (ready_in, ready)) = (self.socket.clone(), mpsc::channel());
        let listening = self.runtime.spawn(async move {
            let listener = bind(&socket);
            ready_in.send(()).unwrap();
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, script.clone(), asked.clone(), told.subscribe()));
            }
        });
        *self.listening.lock().unwrap_or_else(PoisonError::into_inner) = Some(listening);
        ready.recv().unwrap();
    }

    /// As if it had died: no connection stays, and none is taken.
    pub(crate) fn stop(&self) {
        if let Some(listening) = self.listening.lock().unwrap_or_else(PoisonError::into_inner).take() {
            listening.abort();
            let _ = self.runtime.block_on(listening);
        }
        let _ = self.told.send(Told::Gone);
    }

    /// From now on it says this.
    pub(crate) fn says(&self, script: Script) {
        *self.script.lock().unwrap_or_else(PoisonError::into_inner) = script;
    }

    /// Says this to everybody who is connected.
    pub(crate) fn tell(&self, line: Value) {
        let _ = self.told.send(Told::Line(line));
    }

    /// The acts that it was asked for.
    pub(crate) fn acts(&self) -> Vec<Op> {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.iter().filter(|op| op.is_act()).cloned().collect()
    }
}

fn bind(socket: &Path) -> UnixListener {
    let _ = std::fs::remove_file(socket);
    UnixListener::bind(socket).unwrap()
}

async fn serve(
    stream: UnixStream,
    script: Arc<Mutex<Script>>,
    asked: Arc<Mutex<Vec<Op>>>,
    mut told: broadcast::Receiver<Told>,
) {
    let (read, mut write) = stream.into_split();
    let (lines_in, mut lines) = tokio::sync::mpsc::channel(16);
    tokio::spawn(async move {
        let mut read = BufReader::new(read);
        while let Ok(Some(line)) = codec::read::<ClientLine>(&mut read, 1 << 20).await {
            if lines_in.send(line).await.is_err() {
                return;
            }
        }
    });
    let says = || script.lock().unwrap_or_else(PoisonError::into_inner).clone();
    loop {
        let line = tokio::select! {
            line = lines.recv() => match line {
                None => return,
                Some(ClientLine::Hello(_)) => says().welcome,
                Some(ClientLine::Request(request)) => {
                    asked.lock().unwrap_or_else(PoisonError::into_inner).push(request.op.clone());
                    if request.op == (Op::Subscribe {}) {
                        says().snapshot
                    } else {
                        let refusal = Refusal::new(ErrorCode::Conflict, "this engine does nothing");
                        let reply = EngineLine::Reply { id: request.id, result: Err(refusal) };
                        serde_json::to_value(reply).unwrap()
                    }
                }
            },
            told = told.recv() => match told {
                Ok(Told::Line(line)) => line,
                Ok(Told::Gone) | Err(_) => return,
            },
        };
        if codec::write(&mut write, &line).await.is_err() {
            return;
        }
    }
}
