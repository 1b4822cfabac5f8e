//! The vendor: an HTTP server that counts calls, takes as long as it is told to, and can keep to a rate.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// One call that arrived.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen {
    /// After the server's start.
    pub(crate) at: Duration,
    /// Of the person `leaver-<n>`.
    pub(crate) person: u32,
    /// Below [`super::KILL_SWITCH`]: part of the kill switch.
    pub(crate) action: u8,
    /// It was refused for rate.
    pub(crate) refused: bool,
    /// A read-back.
    pub(crate) read: bool,
}

/// How the server behaves.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Manner {
    /// Before each answer.
    pub(crate) latency: Duration,
    /// Before a new connection is served.
    pub(crate) connect: Duration,
    /// Calls in any window of a second; beyond them 429 with `Retry-After: 1`.
    pub(crate) per_second: Option<usize>,
}

#[derive(Debug)]
struct State {
    started: Instant,
    manner: Mutex<Manner>,
    seen: Mutex<Vec<Seen>>,
    window: Mutex<VecDeque<Instant>>,
}

/// A running server.
#[derive(Debug, Clone)]
pub(crate) struct Counter {
    pub(crate) addr: SocketAddr,
    state: Arc<State>,
}

impl Counter {
    pub(crate) async fn start() -> Self {
        let state = Arc::new(State {
            started: Instant::now(),
            manner: Mutex::default(),
            seen: Mutex::default(),
            window: Mutex::default(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        tokio::spawn(serve(listener, Arc::clone(&state)));
        Self { addr, state }
    }

    /// From now on it behaves so, and has seen nothing.
    pub(crate) fn reset(&self, manner: Manner) {
        *self.state.manner.lock().unwrap() = manner;
        self.state.seen.lock().unwrap().clear();
        self.state.window.lock().unwrap().clear();
    }

    /// Now, on the clock of [`Seen::at`].
    pub(crate) fn now(&self) -> Duration {
        self.state.started.elapsed()
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.state.seen.lock().unwrap().clone()
    }

    /// Calls of the kill switch and of what follows it, so far; refused ones and read-backs are none.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let seen = self.state.seen.lock().unwrap();
        let acts = || seen.iter().filter(|it| !it.refused && !it.read);
        let kill_switch = acts().filter(|it| usize::from(it.action) < super::KILL_SWITCH).count();
        (kill_switch, acts().count() - kill_switch)
    }

    /// Waits until `done` says so of [`Self::counts`]; panics after `limit`.
    pub(crate) async fn wait(&self, limit: Duration, done: impl Fn((usize, usize)) -> bool) {
        let began = Instant::now();
        while !done(self.counts()) {
            assert!(began.elapsed() < limit, "the calls did not come in time: {:?}", self.counts());
            tokio::time::sleep(Duration::from_millis(3)).await;
        }
    }
}

async fn serve(listener: TcpListener, state: Arc<State>) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let state = Arc::clone(&state);
        tokio::spawn(async move {
            let _ = stream.set_nodelay(true);
            let connect = state.manner.lock().unwrap().connect;
            if !connect.is_zero() {
                tokio::time::sleep(connect).await;
            }
            let service = service_fn(|request| answer(Arc::clone(&state), request));
            let _closed = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

/// `POST /<action>/leaver-<n>@…` acts, `GET` reads back.
async fn answer(state: Arc<State>, request: Request<hyper::body::Incoming>) -> Result<Response<Body>, Infallible> {
    let manner = *state.manner.lock().unwrap();
    let refused = manner.per_second.is_some_and(|limit| !within(&state, limit));
    let read = request.method() == hyper::Method::GET;
    if let Some((action, person)) = parsed(request.uri().path()) {
        let seen = Seen { at: state.started.elapsed(), person, action, refused, read };
        state.seen.lock().unwrap().push(seen);
    }
    if !manner.latency.is_zero() {
        tokio::time::sleep(manner.latency).await;
    }
    let answer = Response::builder();
    Ok(if refused {
        let answer = answer.status(StatusCode::TOO_MANY_REQUESTS).header("retry-after", "1");
        answer.body(Body::from("{\"error\":\"slow down\"}")).unwrap()
    } else {
        let answer = answer.header("content-type", "application/json");
        answer.body(Body::from("{\"state\":\"disabled\"}")).unwrap()
    })
}

fn within(state: &State, limit: usize) -> bool {
    let mut window = state.window.lock().unwrap();
    let now = Instant::now();
    while window.front().is_some_and(|first| now.duration_since(*first) >= Duration::from_secs(1)) {
        window.pop_front();
    }
    let within = window.len() < limit;
    if within {
        window.push_back(now);
    }
    within
}

fn parsed(path: &str) -> Option<(u8, u32)> {
    let (action, rest) = path.strip_prefix("/a")?.split_once("/leaver-")?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    Some((action.parse().ok()?, rest[..digits].parse().ok()?))
}
