//! How the rest of the process talks to the running engine.

use std::sync::Arc;

use tokio::sync::{broadcast, mpsc, oneshot, watch};

use super::command::Command;
use super::core::Said;
pub use crate::model::Parked;
use crate::model::health::ConnectorStatus;
use crate::model::{Actor, ConnectorId, Envelope, Fleet, HrNotice, OffboardingId, Timestamp};
use crate::store::Stamp;

/// What became of a notice. It is on disk when this is returned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// An offboarding was opened.
    Opened(OffboardingId),
    /// The person's offboarding is open already.
    Merged(OffboardingId),
    /// The termination was called off; this offboarding was stopped.
    Rescinded(OffboardingId),
    /// This very notice had been taken before; nothing was done.
    Replay,
    /// It opened nothing; why.
    SetAside(String),
}

/// Why the engine did not take something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// The engine is full; the sender should come back.
    #[error("the engine is busy: try again in a moment")]
    Busy,
    /// The engine is going down.
    #[error("the engine is stopping")]
    Stopped,
    /// Its state does not allow this.
    #[error("{0}")]
    Refused(crate::ipc::Refusal),
}

/// The way back of an answer that waits for the disk.
pub(crate) type Committed<T> = oneshot::Sender<Result<T, EngineError>>;

/// Looks, and gives back what tells the asker: what was seen is told when it is on disk.
type Look = Box<dyn FnOnce(&Fleet, Timestamp) -> Box<dyn FnOnce() + Send> + Send>;

/// A message to the engine's loop, with the way back.
pub(crate) enum Message {
    Notices {
        notices: Vec<HrNotice>,
        by: Actor,
        answer: Committed<Vec<Taken>>,
    },
    Park {
        parked: Parked,
        answer: Committed<Taken>,
    },
    SetAside {
        source: String,
        event_id: String,
        reason: String,
        answer: Committed<Taken>,
    },
    Command {
        command: Command,
        by: Actor,
        answer: Committed<String>,
    },
    Snapshot {
        answer: oneshot::Sender<Snapshot>,
    },
    Look {
        look: Look,
    },
    Said {
        said: Said,
    },
    Connectors {
        answer: oneshot::Sender<Vec<ConnectorStatus>>,
    },
    Advance {
        name: String,
        seq: u64,
    },
    /// A call to this system that was made outside its queue.
    Spend {
        system: ConnectorId,
    },
}

/// The whole state, and every event after it.
#[derive(Debug)]
pub struct Snapshot {
    /// Everybody.
    pub fleet: Fleet,
    /// The connectors.
    pub connectors: Vec<ConnectorStatus>,
    /// When it was taken.
    pub at: Timestamp,
    /// Events as they reach the disk; those before `fleet.next_seq` are in it already.
    pub events: broadcast::Receiver<Arc<Envelope>>,
}

/// A cheap, cloneable handle to the engine's loop.
#[derive(Debug, Clone)]
pub struct Handle {
    pub(crate) messages: mpsc::Sender<Message>,
    pub(crate) events: broadcast::Sender<Arc<Envelope>>,
    pub(crate) statuses: watch::Receiver<Vec<ConnectorStatus>>,
    pub(crate) stamps: watch::Receiver<Option<Stamp>>,
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Notices { .. } => "Notices",
            Self::Park { .. } => "Park",
            Self::SetAside { .. } => "SetAside",
            Self::Command { .. } => "Command",
            Self::Snapshot { .. } => "Snapshot",
            Self::Look { .. } => "Look",
            Self::Said { .. } => "Said",
            Self::Connectors { .. } => "Connectors",
            Self::Advance { .. } => "Advance",
            Self::Spend { .. } => "Spend",
        })
    }
}

impl Handle {
    /// A handle whose messages arrive at the returned receiver: an engine for tests.
    #[cfg(test)]
    pub(crate) fn detached(capacity: usize) -> (Self, mpsc::Receiver<Message>) {
        let (messages, inbox) = mpsc::channel(capacity);
        let handle = Self {
            messages,
            events: broadcast::channel(16).0,
            statuses: watch::channel(Vec::new()).1,
            stamps: watch::channel(None).1,
        };
        (handle, inbox)
    }

    /// The whole state, and every event after it.
    pub async fn snapshot(&self) -> Result<Snapshot, EngineError> {
        let (answer, answered) = oneshot::channel();
        self.messages.send(Message::Snapshot { answer }).await.map_err(|_| EngineError::Stopped)?;
        answered.await.map_err(|_| EngineError::Stopped)
    }

    /// Looks at the state where it lies; `look` must be quick. What it saw is on disk when this returns.
    pub async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Fleet, Timestamp) -> T + Send + 'static,
    ) -> Result<T, EngineError> {
        let (answer, answered) = oneshot::channel();
        let look: Look = Box::new(move |fleet, now| {
            let seen = look(fleet, now);
            Box::new(move || {
                let _ = answer.send(seen);
            })
        });
        self.messages.send(Message::Look { look }).await.map_err(|_| EngineError::Stopped)?;
        answered.await.map_err(|_| EngineError::Stopped)
    }

    /// Tells what a connector said when somebody asked it whether it can be used.
    pub async fn said(&self, said: Said) -> Result<(), EngineError> {
        self.messages.send(Message::Said { said }).await.map_err(|_| EngineError::Stopped)
    }

    /// The connectors' states as they are now.
    pub async fn connectors(&self) -> Result<Vec<ConnectorStatus>, EngineError> {
        let (answer, answered) = oneshot::channel();
        self.messages.send(Message::Connectors { answer }).await.map_err(|_| EngineError::Stopped)?;
        answered.await.map_err(|_| EngineError::Stopped)
    }

    /// Notes that a subscriber of the journal has dealt with every event before `seq`.
    pub async fn advance(&self, name: &str, seq: u64) -> Result<(), EngineError> {
        let message = Message::Advance { name: name.to_owned(), seq };
        self.messages.send(message).await.map_err(|_| EngineError::Stopped)
    }

    /// Counts a reading call that is made outside the queue against the system's budget. An engine that is too busy to hear
    /// it loses nothing but this count.
    pub fn spend(&self, system: ConnectorId) {
        let _ = self.messages.try_send(Message::Spend { system });
    }

    /// Every event from now on, as it reaches the disk.
    pub fn events(&self) -> broadcast::Receiver<Arc<Envelope>> {
        self.events.subscribe()
    }

    /// The connectors' states as they change.
    pub fn statuses(&self) -> watch::Receiver<Vec<ConnectorStatus>> {
        self.statuses.clone()
    }

    /// Where the log stands, commit by commit.
    pub fn stamps(&self) -> watch::Receiver<Option<Stamp>> {
        self.stamps.clone()
    }

    /// Takes notices, all in one transaction: all are on disk when this returns, or none is.
    pub async fn notices(&self, notices: Vec<HrNotice>, by: Actor) -> Result<Vec<Taken>, EngineError> {
        self.ask(|answer| Message::Notices { notices, by, answer }).await
    }

    /// Keeps a thin webhook on disk until its person has been read. [`Taken::Replay`] if it was known;
    /// [`Taken::SetAside`] with an empty reason otherwise.
    pub async fn park(&self, parked: Parked) -> Result<Taken, EngineError> {
        self.ask(|answer| Message::Park { parked, answer }).await
    }

    /// Closes a parked notice that opens nothing; the reason is journalled and shown.
    pub async fn set_aside(&self, source: String, event_id: String, reason: String) -> Result<Taken, EngineError> {
        self.ask(|answer| Message::SetAside { source, event_id, reason, answer }).await
    }

    /// Runs a command; the answer is what was done, in words.
    pub async fn command(&self, command: Command, by: Actor) -> Result<String, EngineError> {
        self.ask(|answer| Message::Command { command, by, answer }).await
    }

    async fn ask<T>(
        &self,
        message: impl FnOnce(oneshot::Sender<Result<T, EngineError>>) -> Message,
    ) -> Result<T, EngineError> {
        let (answer, answered) = oneshot::channel();
        self.messages.try_send(message(answer)).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => EngineError::Busy,
            mpsc::error::TrySendError::Closed(_) => EngineError::Stopped,
        })?;
        answered.await.map_err(|_| EngineError::Stopped)?
    }
}
