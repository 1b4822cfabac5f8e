//! An engine that says what it is told to say: the protocol on a real socket, and nothing behind it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use nightlatch::ipc::protocol::PROTOCOL;
use nightlatch::ipc::{ClientLine, ConfigMark, EngineLine, ErrorCode, Op, Refusal, Welcome, codec, parts};
use nightlatch::model::{Actor, Envelope, Fleet, Role, Timestamp};
use nightlatch::paths::Paths;
use tokio::io::BufReader;
use tokio::net::{UnixListener, UnixStream};

use crate::crowd;

/// The engine, until it is dropped.
pub(crate) struct Played {
    dir: tempfile::TempDir,
    /// Events a second.
    rate: Arc<AtomicU64>,
    _runtime: tokio::runtime::Runtime,
}

impl Played {
    pub(crate) fn with(fleet: Fleet) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let paths = Paths::new(Some(&dir.path().join("state"))).unwrap();
        paths.prepare().unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (rate, fleet) = (Arc::new(AtomicU64::new(0)), Arc::new(fleet));
        let listener = runtime.block_on(async { UnixListener::bind(paths.socket()).unwrap() });
        let told = Arc::clone(&rate);
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&fleet), Arc::clone(&told)));
            }
        });
        Self { dir, rate, _runtime: runtime }
    }

    pub(crate) fn state_dir(&self) -> String {
        self.dir.path().join("state").display().to_string()
    }

    /// From now on so many events happen a second.
    pub(crate) fn storm(&self, rate: u64) {
        self.rate.store(rate, Ordering::Relaxed);
    }
}

async fn serve(stream: UnixStream, fleet: Arc<Fleet>, rate: Arc<AtomicU64>) {
    let (read, mut write) = stream.into_split();
    let mut read = BufReader::new(read);
    let (lines_in, mut lines) = tokio::sync::mpsc::channel(16);
    tokio::spawn(async move {
        while let Ok(Some(line)) = codec::read::<ClientLine>(&mut read, 1 << 20).await {
            if lines_in.send(line).await.is_err() {
                return;
            }
        }
    });
    let mut beat = tokio::time::interval(Duration::from_millis(10));
    let (mut subscribed, mut told) = (false, 0_u64);
    loop {
        let mut answer = Vec::new();
        tokio::select! {
            line = lines.recv() => match line {
                None => return,
                Some(ClientLine::Hello(_)) => answer.push(EngineLine::Welcome(welcome())),
                Some(ClientLine::Request(request)) if request.op == (Op::Subscribe {}) => {
                    let mut fleet = Box::new((*fleet).clone());
                    answer.extend(parts::split(&mut fleet));
                    answer.push(EngineLine::Snapshot { fleet, connectors: Vec::new(), at: now() });
                    subscribed = true;
                }
                Some(ClientLine::Request(request)) => {
                    let refusal = Refusal::new(ErrorCode::Unavailable, "this engine is only played");
                    answer.push(EngineLine::Reply { id: request.id, result: Err(refusal) });
                }
            },
            _ = beat.tick(), if subscribed => {
                for _ in 0..rate.load(Ordering::Relaxed) / 100 {
                    let event = crowd::event(&fleet, told);
                    let seq = fleet.next_seq + told;
                    told += 1;
                    answer.push(EngineLine::Event(Box::new(Envelope { seq, at: now(), actor: Actor::Engine, event })));
                }
            }
        }
        for line in answer {
            if codec::write(&mut write, &line).await.is_err() {
                return;
            }
        }
    }
}

fn now() -> Timestamp {
    Timestamp::from(jiff::Timestamp::now())
}

fn welcome() -> Welcome {
    Welcome {
        protocol: PROTOCOL,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        pid: std::process::id(),
        started_at: now(),
        login: "operator".to_owned(),
        read_only: false,
        role: Role::Owner,
        config: ConfigMark::default(),
    }
}
