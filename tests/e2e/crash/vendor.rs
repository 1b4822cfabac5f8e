//! A vendor that counts: how often it was asked for each step, by which keys, and how often it acted.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::rule::{Answer, Class};

/// What came for one step.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seat {
    pub(crate) asked: usize,
    pub(crate) acted: usize,
    /// The idempotency keys that came.
    pub(crate) keys: BTreeSet<String>,
}

/// The server. Dropping it closes it.
pub(crate) struct Vendor {
    pub(crate) base: String,
    desk: Arc<Desk>,
    server: tokio::task::JoinHandle<()>,
}

struct Desk {
    answer: Answer,
    seats: Mutex<BTreeMap<String, Seat>>,
    /// First requests that have come. None of them is answered before those of all steps have been dealt with: whatever
    /// the engine then dies of, the vendor has seen all of them.
    came: watch::Sender<usize>,
}

impl Vendor {
    pub(crate) async fn open(answer: Answer) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let desk = Arc::new(Desk { answer, seats: Mutex::default(), came: watch::channel(0).0 });
        let routes = Router::new()
            .route("/agents", get(find))
            .route("/agents/7/{seat}", get(read).post(act))
            .with_state(Arc::clone(&desk));
        let server = tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { base, desk, server }
    }

    /// From now on no request waits for others.
    pub(crate) fn lets_go(&self) {
        self.desk.came.send_replace(Class::ALL.len());
    }

    pub(crate) fn seat(&self, class: Class) -> Seat {
        self.desk.with(class.name(), |seat| seat.clone())
    }
}

impl Drop for Vendor {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Desk {
    fn with<T>(&self, seat: &str, look: impl FnOnce(&mut Seat) -> T) -> T {
        let mut seats = self.seats.lock().unwrap_or_else(PoisonError::into_inner);
        look(seats.entry(seat.to_owned()).or_default())
    }
}

impl Seat {
    /// Acts, unless it has acted under this key before.
    fn act(&mut self, key: Option<&str>) {
        let known = self.acted > 0 && key.is_some_and(|key| self.keys.contains(key));
        self.acted += usize::from(!known);
    }
}

async fn find(Query(query): Query<BTreeMap<String, String>>) -> Json<Value> {
    Json(json!({"agents": [{"id": "7", "email": query["email"]}]}))
}

async fn read(State(desk): State<Arc<Desk>>, Path(seat): Path<String>) -> Json<Value> {
    let acted = desk.with(&seat, |seat| seat.acted > 0);
    Json(json!({"dead": acted || desk.answer == Answer::Already}))
}

async fn act(State(desk): State<Arc<Desk>>, Path(seat): Path<String>, headers: HeaderMap) -> (StatusCode, Json<Value>) {
    let key = headers.get("idempotency-key").map(|key| key.to_str().unwrap());
    let is_first = desk.with(&seat, |seat| {
        seat.asked += 1;
        let is_first = seat.asked == 1;
        let does_it = match desk.answer {
            Answer::Already | Answer::Refused => false,
            Answer::Throttled => !is_first,
            Answer::Ok | Answer::FailsAfterActing | Answer::Lost => true,
        };
        if does_it {
            seat.act(key);
        }
        seat.keys.extend(key.map(str::to_owned));
        is_first
    });
    if is_first {
        desk.came.send_modify(|came| *came += 1);
        let mut came = desk.came.subscribe();
        drop(came.wait_for(|came| *came >= Class::ALL.len()).await);
    }
    match desk.answer {
        Answer::Already => (StatusCode::CONFLICT, Json(json!({"error": "already"}))),
        Answer::Refused => (StatusCode::FORBIDDEN, Json(json!({"error": "not yours"}))),
        Answer::Throttled if is_first => (StatusCode::TOO_MANY_REQUESTS, Json(json!({"error": "later"}))),
        Answer::FailsAfterActing if is_first => (StatusCode::INTERNAL_SERVER_ERROR, Json(json!({"error": "oops"}))),
        Answer::Lost if is_first => std::future::pending().await,
        _ => (StatusCode::OK, Json(json!({"result": "done"}))),
    }
}
