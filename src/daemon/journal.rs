//! The journal as the alerter sees it: alerts only, and cursors kept beside them.

use tokio::sync::watch;

use super::readers::Readers;
use crate::alert::{BoxFuture, Journal, JournalError};
use crate::engine::Handle;
use crate::model::Envelope;

/// The journal behind a reader for questions and the engine for cursors.
pub(super) struct AlertJournal {
    readers: Readers,
    handle: watch::Receiver<Option<Handle>>,
}

impl AlertJournal {
    /// `handle` is told once the engine runs: the alerter is made before it.
    pub(super) fn new(readers: Readers, handle: watch::Receiver<Option<Handle>>) -> Self {
        Self { readers, handle }
    }
}

fn said(error: impl std::fmt::Display) -> JournalError {
    JournalError(error.to_string())
}

impl Journal for AlertJournal {
    fn alerts_from(&self, from: u64, limit: u32) -> BoxFuture<'_, Result<Vec<Envelope>, JournalError>> {
        Box::pin(async move { self.readers.ask(move |reader| reader.alerts_from(from, limit)).await.map_err(said) })
    }

    fn cursor<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<u64, JournalError>> {
        let name = name.to_owned();
        Box::pin(async move { self.readers.ask(move |reader| reader.cursor(&name)).await.map_err(said) })
    }

    fn advance<'a>(&'a self, name: &'a str, seq: u64) -> BoxFuture<'a, Result<(), JournalError>> {
        Box::pin(async move {
            let mut handle = self.handle.clone();
            let running = handle.wait_for(Option::is_some).await.map_err(said)?.clone();
            match running {
                Some(handle) => handle.advance(name, seq).await.map_err(said),
                None => Ok(()),
            }
        })
    }
}

/// Told whenever alerts may have been journalled.
pub(super) fn growth(handle: &Handle) -> watch::Receiver<u64> {
    let (mut events, mut stamps) = (handle.events(), handle.stamps());
    let (grown, seen) = watch::channel(0);
    tokio::spawn(async move {
        use tokio::sync::broadcast::error::RecvError;
        // What the engine had to say as it started may have been written before anybody listened.
        if stamps.wait_for(Option::is_some).await.is_err() {
            return;
        }
        grown.send_modify(|seen| *seen += 1);
        loop {
            match events.recv().await {
                Ok(envelope) if envelope.event.name().starts_with("alert_") => {
                    grown.send_replace(envelope.seq);
                }
                Ok(_) => {}
                Err(RecvError::Lagged(missed)) => grown.send_modify(|seen| *seen += missed),
                Err(RecvError::Closed) => return,
            }
        }
    });
    seen
}
