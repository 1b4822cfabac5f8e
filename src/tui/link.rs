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

/// An engine that has said nothing for so long is asked whether it answers: it may have been stopped, with its socket open.
const ASKED_AFTER: Duration = Duration::from_millis(if cfg!(test) { 100 } else { 5_000 });

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
    // Whoever ended the engine in order wants it ended.
    let mut dismissed = false;
    loop {
        let reason = match Link::open(&line.socket, line.read_only).await {
            Ok(link) => match serve(link, &queue, &mut asks).await {
                End::Console => return,
                End::Line { reason, served, dismissed: by_word } => {
                    // One that welcomes us and then cannot be understood is no reason to hurry.
                    if served {
                        wait = FIRST_WAIT;
                    }
                    dismissed = by_word;
                    reason
                }
            },
            Err(ConnectError::NoEngine { .. }) if dismissed => STOPPED.to_owned(),
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
    /// The line is gone; `served`: a snapshot had come over it; `dismissed`: the engine had taken its leave.
    Line { reason: String, served: bool, dismissed: bool },
}

/// What is said of an engine that has taken its leave.
pub(crate) const STOPPED: &str = "the engine was stopped: `nightlatch engine` starts it";

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
    let (mut served, mut dismissed) = (false, false);
    match serve_on(link, queue, asks, &mut served, &mut dismissed).await {
        Some(_) if dismissed => End::Line { reason: STOPPED.to_owned(), served, dismissed },
        Some(reason) => End::Line { reason, served, dismissed },
        None => End::Console,
    }
}

/// Why the line is gone, or `None`: the console has ended.
async fn serve_on(
    link: Link,
    queue: &mpsc::Sender<Msg>,
    asks: &mut mpsc::UnboundedReceiver<Ask>,
    served: &mut bool,
    dismissed: &mut bool,
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
    let mut heard = tokio::time::Instant::now();
    let (mut asked, mut silent) = (false, false);
    let reason = loop {
        tokio::select! {
            () = tokio::time::sleep_until(heard + ASKED_AFTER), if !asked => {
                asked = true;
                if let Err(error) = writer.send(Request { id: Uuid::new_v4(), op: Op::Ping {} }).await {
                    break error.to_string();
                }
            }
            () = tokio::time::sleep_until(heard + ASKED_AFTER * 2), if asked && !silent => {
                silent = true;
                let ms = u64::try_from(heard.elapsed().as_millis()).unwrap_or(u64::MAX);
                queue.send(Msg::Silent { ms: Some(ms) }).await.ok()?;
            }
            line = lines.recv() => {
                (heard, asked) = (tokio::time::Instant::now(), false);
                if std::mem::take(&mut silent) {
                    queue.send(Msg::Silent { ms: None }).await.ok()?;
                }
                match line {
                Some(Ok(Some(EngineLine::Farewell {}))) => *dismissed = true,
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
                }
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

    /// An engine that says these lines to the first who connects, and then nothing, until it is dropped.
    fn played(socket: &std::path::Path, lines: Vec<EngineLine>) -> tokio::task::JoinHandle<()> {
        let listener = tokio::net::UnixListener::bind(socket).unwrap();
        tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let (_read, mut write) = stream.into_split();
            for line in lines {
                crate::ipc::codec::write(&mut write, &line).await.unwrap();
            }
            std::future::pending::<()>().await;
        })
    }

    fn welcome() -> EngineLine {
        EngineLine::Welcome(crate::tui::tests::harness::welcome(false))
    }

    fn watched(socket: PathBuf, start: StartEngine) -> mpsc::Receiver<Msg> {
        let line = Line { socket, read_only: false, start_engine: Some(start) };
        let (queue, messages) = mpsc::channel(16);
        let (asks_in, asks) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            keep(line, queue, asks).await;
            drop(asks_in);
        });
        messages
    }

    async fn next_that<T>(messages: &mut mpsc::Receiver<Msg>, wanted: impl Fn(Msg) -> Option<T>) -> T {
        loop {
            if let Some(found) = wanted(messages.recv().await.unwrap()) {
                return found;
            }
        }
    }

    #[tokio::test]
    async fn an_engine_with_its_line_open_that_says_nothing_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let socket = dir.path().join("engine.sock");
        let _engine = played(&socket, vec![welcome()]);
        let mut messages = watched(socket, Box::new(|| Ok(())));
        let silent = |msg| if let Msg::Silent { ms } = msg { Some(ms) } else { None };
        let ms = next_that(&mut messages, silent).await.unwrap();
        assert!(ms >= 200, "{ms}");
    }

    #[tokio::test]
    async fn an_engine_that_was_stopped_by_somebodys_word_is_not_started_again() {
        let dir = tempfile::tempdir().unwrap();
        let socket = dir.path().join("engine.sock");
        let engine = played(&socket, vec![welcome(), EngineLine::Farewell {}]);
        let starts = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&starts);
        let start: StartEngine = Box::new(move || {
            counted.fetch_add(1, Ordering::SeqCst);
            Ok(())
        });
        let mut messages = watched(socket.clone(), start);
        next_that(&mut messages, |msg| matches!(msg, Msg::Line(_)).then_some(())).await;
        engine.abort();
        let _ = engine.await;
        std::fs::remove_file(&socket).unwrap();
        for _ in 0..3 {
            let lost = |msg| if let Msg::Lost { reason, .. } = msg { Some(reason) } else { None };
            assert_eq!(next_that(&mut messages, lost).await, STOPPED);
        }
        assert_eq!(starts.load(Ordering::SeqCst), 0);
    }
}
