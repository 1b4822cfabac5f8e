//! The durable limit: how fast webhook → calls can be on this machine with the same promises and no product around them.
//!
//! axum takes a signed webhook; SQLite (WAL, `synchronous=FULL`, one writer, group commit) has the leaver and the intents
//! of the twelve calls on disk before the 200 and before the first call; reqwest calls; every outcome is on disk before
//! what follows from it. No plan, no ledger, no read-back, no console.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use hmac::Mac;
use rusqlite::{Connection, params};
use serde_json::Value;
use tokio::sync::{Semaphore, oneshot};

use super::{FOLLOW_UPS, KILL_SWITCH, hris};

/// Writes that share a transaction, at most.
const GROUP: usize = 512;
const CALLS_AT_ONCE: usize = 256;

enum Write {
    Leaver { id: String, email: String, body: String, answer: Option<oneshot::Sender<()>> },
    Outcome { id: String, email: String, action: usize, status: u16 },
}

#[derive(Clone)]
struct Limit {
    writes: mpsc::Sender<Write>,
    client: reqwest::Client,
    places: Arc<Semaphore>,
    base: String,
}

const SCHEMA: &str = "
    PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    CREATE TABLE IF NOT EXISTS leaver (id TEXT PRIMARY KEY, body TEXT NOT NULL, left INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS step (leaver TEXT NOT NULL, action INTEGER NOT NULL, state TEXT NOT NULL, payload TEXT NOT NULL,
        PRIMARY KEY (leaver, action)) STRICT, WITHOUT ROWID;";

/// Serves on `listen` for ever.
pub(crate) fn run(listen: &str, base: &str, dir: &Path) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let (writes, waiting) = mpsc::channel();
    let limit = Limit {
        writes,
        client: reqwest::Client::builder().tcp_nodelay(true).build().unwrap(),
        places: Arc::new(Semaphore::new(CALLS_AT_ONCE)),
        base: base.to_owned(),
    };
    let connection = Connection::open(dir.join("limit.db")).unwrap();
    connection.execute_batch(SCHEMA).unwrap();
    let (handle, writer) = (runtime.handle().clone(), limit.clone());
    std::thread::spawn(move || write(connection, &waiting, &handle, &writer));
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(listen).await.unwrap();
        let router = Router::new().route("/hris/bamboohr", post(take)).with_state(limit);
        axum::serve(listener, router).await.unwrap();
    });
}

async fn take(State(limit): State<Limit>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let signed = hex::decode(text("X-BambooHR-Signature")).unwrap_or_default();
    if hris::signature(&body, &text("X-BambooHR-Timestamp")).verify_slice(&signed).is_err() {
        return StatusCode::UNAUTHORIZED;
    }
    let Ok(read) = serde_json::from_slice::<Value>(&body) else { return StatusCode::BAD_REQUEST };
    let employee = &read["employees"][0];
    let (answer, answered) = oneshot::channel();
    let leaver = Write::Leaver {
        id: employee["id"].as_str().unwrap_or_default().to_owned(),
        email: employee["fields"]["workEmail"]["value"].as_str().unwrap_or_default().to_owned(),
        body: String::from_utf8_lossy(&body).into_owned(),
        answer: Some(answer),
    };
    let _ = limit.writes.send(leaver);
    if answered.await.is_ok() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
}

/// One transaction for all that wait; what rests on it starts after it.
fn write(mut connection: Connection, waiting: &mpsc::Receiver<Write>, runtime: &tokio::runtime::Handle, limit: &Limit) {
    while let Ok(first) = waiting.recv() {
        let mut group = vec![first];
        group.extend(waiting.try_iter().take(GROUP - 1));
        let transaction = connection.transaction().unwrap();
        let mut calls: Vec<(String, String, usize)> = Vec::new();
        let mut answers = Vec::new();
        {
            let mut leaver = transaction
                .prepare_cached("INSERT OR IGNORE INTO leaver (id, body, left) VALUES (?1, ?2, ?3)")
                .unwrap();
            let mut intent = transaction
                .prepare_cached("INSERT INTO step (leaver, action, state, payload) VALUES (?1, ?2, 'intent', ?3)")
                .unwrap();
            let mut outcome = transaction
                .prepare_cached("UPDATE step SET state = 'done', payload = ?3 WHERE leaver = ?1 AND action = ?2")
                .unwrap();
            let mut left =
                transaction.prepare_cached("UPDATE leaver SET left = left - 1 WHERE id = ?1 RETURNING left").unwrap();
            // About what an intent's or an outcome's event weighs.
            let payload = "x".repeat(400);
            for write in &mut group {
                match write {
                    Write::Leaver { id, email, body, answer } => {
                        if leaver.execute(params![&*id, &*body, KILL_SWITCH]).unwrap() == 1 {
                            for action in 0..KILL_SWITCH {
                                intent.execute(params![&*id, action, payload]).unwrap();
                                calls.push((id.clone(), email.clone(), action));
                            }
                        }
                        answers.extend(answer.take());
                    }
                    Write::Outcome { id, email, action, status } => {
                        outcome.execute(params![&*id, &*action, format!("{payload}{status}")]).unwrap();
                        if *action < KILL_SWITCH && left.query_row([&*id], |row| row.get::<_, i64>(0)).unwrap() == 0 {
                            for action in KILL_SWITCH..KILL_SWITCH + FOLLOW_UPS {
                                intent.execute(params![&*id, action, payload]).unwrap();
                                calls.push((id.clone(), email.clone(), action));
                            }
                        }
                    }
                }
            }
        }
        transaction.commit().unwrap();
        for answer in answers {
            let _ = answer.send(());
        }
        for (id, email, action) in calls {
            let limit = limit.clone();
            runtime.spawn(async move {
                let _place = limit.places.acquire().await;
                let url = format!("{}/a{action}/{email}", limit.base);
                let answer = limit.client.post(url).json(&serde_json::json!({"key": id})).send().await.unwrap();
                let status = answer.status().as_u16();
                let _body = answer.bytes().await.unwrap();
                let _ = limit.writes.send(Write::Outcome { id, email, action, status });
            });
        }
    }
}
