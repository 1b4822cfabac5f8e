//! The line to the engine: opened, kept, and opened again with growing patience.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use uuid::Uuid;

use super::StartEngine;
use super::msg::Msg;
use crate::ipc::client::ConnectError;
use crate::ipc::codec::CodecError;
use crate::ipc::{EngineLine, ErrorCode, Link, Op, Refusal, Request};

/// The first wait after a broken line; it doubles up to the longest.
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// An engine that does not come up is not started more often than this.
const START_EVERY: Duration = Duration::from_secs(5);

/// What the console asks.
#[derive(Debug)]
pub(crate) struct Ask {
    /// `None`: nobody waits for the answer.
    pub(crate) ticket: Option<u64>,
    pub(crate) op: Op,
}

/// How the line is opened.
pub(crate) struct Line {
    pub(crate) socket: PathBuf,
    pub(crate) read_only: bool,
    pub(crate) start_engine: Option<StartEngine>,
}

/// Keeps the line until the console ends.
pub(crate) async fn keep(mut line: Line, queue: mpsc::Sender<Msg>, mut asks: mpsc::UnboundedReceiver<Ask>) {
    let mut wait = FIRST_WAIT;
    let mut started: Option<Instant> = None;
    loop {
        let reason = match Link::open(&line.socket, line.read_only).await {
            Ok(link) => match serve(link, &queue, &mut asks).await {
                End::Console => return,
                End::Line { reason, served } => {
                    // One that welcomes us and then cannot be understood is no reason to hurry.
                    if served {
                        wait = FIRST_WAIT;
                    }
                    reason
                }
            },
            Err(error) => {
                let may = started.is_none_or(|at| at.elapsed() >= START_EVERY);
                match (&error, line.start_engine.take()) {
                    (ConnectError::NoEngine { .. }, Some(start)) if may => {
                        started = Some(Instant::now());
                        let (start, result) = start_engine(start).await;
                        line.start_engine = start;
                        match result {
                            Ok(()) => "the engine is being started".to_owned(),
                            Err(why) => format!("the engine could not be started: {why}"),
                        }
                    }
                    (_, kept) => {
                        line.start_engine = kept;
                        error.to_string()
                    }
                }
            }
        };
        let again_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        if queue.send(Msg::Lost { reason, again_ms }).await.is_err() {
            return;
        }
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(LONGEST_WAIT);
        // Asked while there was no line: nobody has seen it, so it can be refused for certain.
        while let Ok(ask) = asks.try_recv() {
            let refusal = Refusal::new(ErrorCode::Unavailable, "there was no line to the engine: it was not sent");
            if !answer(&queue, ask.ticket, Err(refusal)).await {
                return;
            }
        }
    }
}

/// Starting may take a while: not on the runtime's threads.
async fn start_engine(mut start: StartEngine) -> (Option<StartEngine>, Result<(), String>) {
    let started = tokio::task::spawn_blocking(move || {
        let result = start();
        (start, result)
    });
    match started.await {
        Ok((start, result)) => (Some(start), result),
        Err(error) => (None, Err(error.to_string())),
    }
}

/// Why a connection is served no more.
enum End {
    /// The console has ended.
    Console,
    /// The line is gone; `served`: a snapshot had come over it.
    Line { reason: String, served: bool },
}

/// What there is to say to an engine whose words are not understood.
fn unread(version: &str) -> String {
    format!(
        "the engine (version {version}) says something that this console (version {}) does not know: {}",
        env!("CARGO_PKG_VERSION"),
        "quit, and open the console of the engine's version"
    )
}

/// Serves one connection to its end.
async fn serve(link: Link, queue: &mpsc::Sender<Msg>, asks: &mut mpsc::UnboundedReceiver<Ask>) -> End {
    let mut served = false;
    match serve_on(link, queue, asks, &mut served).await {
        Some(reason) => End::Line { reason, served },
        None => End::Console,
    }
}

/// Why the line is gone, or `None`: the console has ended.
async fn serve_on(
    link: Link,
    queue: &mpsc::Sender<Msg>,
    asks: &mut mpsc::UnboundedReceiver<Ask>,
    served: &mut bool,
) -> Option<String> {
    let Link { welcome, mut reader, mut writer } = link;
    let version = welcome.version.clone();
    queue.send(Msg::Line(Box::new(EngineLine::Welcome(welcome)))).await.ok()?;
    let subscribe = Request { id: Uuid::new_v4(), op: Op::Subscribe {} };
    if let Err(error) = writer.send(subscribe).await {
        return Some(error.to_string());
    }
    let mut awaits_snapshot = true;
    // A task of its own: a read that is dropped halfway loses the half line that it holds.
    let (lines_in, mut lines) = mpsc::channel(64);
    let reading = tokio::spawn(async move {
        loop {
            let line = reader.next().await;
            // A line that is whole and not understood is a newer engine's: the next one may be.
            let over = !matches!(line, Ok(Some(_)) | Err(CodecError::Json(_)));
            if lines_in.send(line).await.is_err() || over {
                return;
            }
        }
    });
    let mut waiting: HashMap<Uuid, u64> = HashMap::new();
    let reason = loop {
        tokio::select! {
            line = lines.recv() => match line {
                Some(Ok(Some(EngineLine::Reply { id, result }))) => {
                    if let Some(ticket) = waiting.remove(&id) {
                        queue.send(Msg::Answer { ticket, result }).await.ok()?;
                    }
                }
                Some(Ok(Some(line))) => {
                    if matches!(line, EngineLine::Snapshot { .. }) {
                        (awaits_snapshot, *served) = (false, true);
                    }
                    queue.send(Msg::Line(Box::new(line))).await.ok()?;
                }
                // The state itself: there is nothing to show.
                Some(Err(CodecError::Json(_))) if awaits_snapshot => break unread(&version),
                Some(Err(CodecError::Json(_))) => {
                    queue.send(Msg::Unread(unread(&version))).await.ok()?;
                    // It may have been an answer: whoever waits for one is told that it is not known.
                    for (_, ticket) in waiting.drain() {
                        let refusal = Refusal::new(ErrorCode::Unavailable, unread(&version));
                        queue.send(Msg::Answer { ticket, result: Err(refusal) }).await.ok()?;
                    }
                }
                Some(Ok(None)) | None => break "the engine closed the connection".to_owned(),
                Some(Err(error)) => break error.to_string(),
            },
            ask = asks.recv() => {
                let Ask { ticket, op } = ask?;
                awaits_snapshot |= op == (Op::Subscribe {});
                let id = Uuid::new_v4();
                if let Some(ticket) = ticket {
                    waiting.insert(id, ticket);
                }
                if let Err(error) = writer.send(Request { id, op }).await {
                    break error.to_string();
                }
            }
        }
    };
    reading.abort();
    for ticket in waiting.into_values() {
        let refusal = Refusal::new(ErrorCode::Unavailable, format!("the line broke before the answer came ({reason})"));
        if !answer(queue, Some(ticket), Err(refusal)).await {
            return None;
        }
    }
    Some(reason)
}

/// Whether the console is still there.
async fn answer(queue: &mpsc::Sender<Msg>, ticket: Option<u64>, result: Result<crate::ipc::Reply, Refusal>) -> bool {
    match ticket {
        Some(ticket) => queue.send(Msg::Answer { ticket, result }).await.is_ok(),
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn an_engine_that_does_not_come_up_is_started_once_in_a_while_only() {
        let dir = tempfile::tempdir().unwrap();
        let starts = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&starts);
        let start: StartEngine = Box::new(move || {
            counted.fetch_add(1, Ordering::SeqCst);
            Err("no disk".to_owned())
        });
        let line = Line { socket: dir.path().join("engine.sock"), read_only: false, start_engine: Some(start) };
        let (queue, mut messages) = mpsc::channel(16);
        let (_asks_in, asks) = mpsc::unbounded_channel();
        let kept = tokio::spawn(keep(line, queue, asks));
        let mut told = Vec::new();
        while told.len() < 3 {
            if let Some(Msg::Lost { reason, again_ms }) = messages.recv().await {
                told.push((reason, again_ms));
            }
        }
        kept.abort();
        assert_eq!(starts.load(Ordering::SeqCst), 1);
        assert!(told[0].0.contains("could not be started: no disk"), "{told:?}");
        assert!(told[1].0.contains("no engine listens"), "{told:?}");
        assert_eq!([told[0].1, told[1].1, told[2].1], [100, 200, 400], "the patience grows");
    }
}
