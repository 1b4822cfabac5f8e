//! One request, from its bytes to the answer.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};

use super::collect::{self, NoBody};
use super::config::IntakeConfig;
use super::counts::{Counts, one_more, worth_a_line};
use super::feeds::{self, Feed, Feeds, Heard};
use super::reader::Reader;
use crate::engine::{EngineError, Handle, Taken};
use crate::model::{Actor, Timestamp};

/// Seconds after which a sender that was turned away may come back.
const COME_BACK_AFTER_S: &str = "2";

/// What every request shares.
#[derive(Debug)]
pub(super) struct Door {
    pub(super) config: IntakeConfig,
    pub(super) feeds: Feeds,
    pub(super) handle: Handle,
    pub(super) counts: Arc<Counts>,
    pub(super) reader: Reader,
}

pub(super) fn router(door: Arc<Door>) -> Router {
    Router::new()
        .route("/hris/{name}", post(take).fallback(nothing_here))
        .route("/healthz", get(health).fallback(nothing_here))
        .fallback(nothing_here)
        .with_state(door)
}

async fn health() -> Response {
    answer(StatusCode::OK, &json!({"status": "ok", "version": env!("CARGO_PKG_VERSION")}))
}

async fn nothing_here() -> Response {
    answer(StatusCode::NOT_FOUND, &json!({"error": "nothing here"}))
}

fn answer(status: StatusCode, body: &Value) -> Response {
    let mut answer = (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response();
    if status == StatusCode::SERVICE_UNAVAILABLE {
        answer.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static(COME_BACK_AFTER_S));
    }
    if matches!(status, StatusCode::PAYLOAD_TOO_LARGE | StatusCode::REQUEST_TIMEOUT) {
        // The rest of the body is not waited for.
        answer.headers_mut().insert(header::CONNECTION, header::HeaderValue::from_static("close"));
    }
    answer
}

async fn take(State(door): State<Arc<Door>>, Path(name): Path<String>, request: Request) -> Response {
    let Some(feed) = door.feeds.get(&name).map(Arc::clone) else { return nothing_here().await };
    let (head, body) = request.into_parts();
    let body = match collect::body(&head.headers, body, door.config.max_body_bytes, door.config.header_timeout()).await
    {
        Ok(body) => body,
        Err(NoBody::TooLarge) => {
            one_more(&door.counts.too_large);
            return answer(StatusCode::PAYLOAD_TOO_LARGE, &json!({"error": "the body is too large"}));
        }
        Err(NoBody::TooSlow) => return answer(StatusCode::REQUEST_TIMEOUT, &json!({"error": "the body is too slow"})),
        Err(NoBody::Broken) => return answer(StatusCode::BAD_REQUEST, &json!({"error": "the body broke off"})),
    };
    let now = Timestamp::from(jiff::Timestamp::now());
    if let Err(why) = feed.verify(&head.headers, &body, now) {
        let so_far = one_more(&door.counts.unverified);
        if worth_a_line(so_far) {
            tracing::warn!(feed = name, so_far, "a webhook was not believed: {why}");
        }
        return answer(StatusCode::UNAUTHORIZED, &json!({"error": "not accepted"}));
    }
    let heard = match feed.hear(&head.headers, &body, now) {
        Ok(heard) => heard,
        Err(what) => {
            let so_far = one_more(&door.counts.malformed);
            if worth_a_line(so_far) {
                tracing::error!(feed = name, so_far, "a verified webhook cannot be read: {what:?}");
            }
            return answer(StatusCode::BAD_REQUEST, &json!({"error": format!("this cannot be read: {what}")}));
        }
    };
    // In a task of its own: a sender that hangs up must not leave a webhook on disk that nobody reads.
    let taken = tokio::spawn({
        let door = Arc::clone(&door);
        async move { door.give(&feed, heard, now).await }
    });
    match taken.await {
        Ok(Ok(results)) => answer(StatusCode::OK, &json!({"status": "ok", "results": results})),
        Ok(Err(error)) => {
            let so_far = one_more(&door.counts.turned_away);
            if worth_a_line(so_far) {
                tracing::warn!(feed = name, so_far, "a verified webhook was turned away, to be sent again: {error}");
            }
            answer(StatusCode::SERVICE_UNAVAILABLE, &json!({"error": "not now; send it again"}))
        }
        Err(_) => answer(StatusCode::INTERNAL_SERVER_ERROR, &json!({"error": "not taken; send it again"})),
    }
}

impl Door {
    /// Hands everything to the engine. All of it is on disk when this returns without an error; after one, the sender
    /// comes back with the same, and what was taken already is a replay.
    async fn give(&self, feed: &Feed, heard: Heard, now: Timestamp) -> Result<Vec<Value>, EngineError> {
        let source = feed.name().to_owned();
        let mut results = Vec::new();
        if !heard.notices.is_empty() {
            let by = Actor::Hris { source: source.clone() };
            let taken = self.handle.notices(heard.notices, by).await?;
            results.extend(taken.iter().map(|taken| self.counts.taken(taken)));
        }
        for parked in heard.parked {
            // A place in the reader's queue first: what is on disk is also read.
            let place = self.reader.reserve().ok_or(EngineError::Busy)?;
            if self.handle.park(parked.clone()).await? == Taken::Replay {
                results.push(self.counts.taken(&Taken::Replay));
                continue;
            }
            one_more(&self.counts.parked);
            self.reader.start(place, parked);
            results.push(json!({"result": "parked"}));
        }
        for (event_id, reason) in heard.set_aside {
            // Parked first, which knows a replay, so that a webhook sent a thousand times is journalled once.
            let parked = feeds::to_set_aside(&source, &event_id, &reason, now);
            if self.handle.park(parked).await? == Taken::Replay {
                results.push(self.counts.taken(&Taken::Replay));
                continue;
            }
            tracing::warn!(feed = source, "a webhook was set aside: {reason}");
            let taken = self.handle.set_aside(source.clone(), event_id, reason).await?;
            results.push(self.counts.taken(&taken));
        }
        for _ in 0..heard.unrelated {
            one_more(&self.counts.unrelated);
            results.push(json!({"result": "unrelated"}));
        }
        Ok(results)
    }
}

impl Counts {
    /// Counts what became of a notice, and says it to the sender: no names, no reasons.
    pub(super) fn taken(&self, taken: &Taken) -> Value {
        let (counter, word): (&AtomicU64, &str) = match taken {
            Taken::Opened(_) => (&self.opened, "opened"),
            Taken::Merged(_) => (&self.merged, "merged"),
            Taken::Rescinded(_) => (&self.rescinded, "rescinded"),
            Taken::Replay => (&self.replays, "replay"),
            Taken::SetAside(_) => (&self.set_aside, "set_aside"),
        };
        one_more(counter);
        match taken {
            Taken::Opened(id) | Taken::Merged(id) | Taken::Rescinded(id) => json!({"result": word, "offboarding": id}),
            Taken::Replay | Taken::SetAside(_) => json!({"result": word}),
        }
    }
}
