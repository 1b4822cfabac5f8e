//! How the rest of the process talks to the running engine.

use tokio::sync::{mpsc, oneshot};

use super::command::Command;
use crate::model::{Actor, HrNotice, OffboardingId};
pub use crate::model::Parked;

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

/// A message to the engine's loop, with the way back.
#[derive(Debug)]
pub(crate) enum Message {
    Notices { notices: Vec<HrNotice>, by: Actor, answer: oneshot::Sender<Result<Vec<Taken>, EngineError>> },
    Park { parked: Parked, answer: oneshot::Sender<Result<Taken, EngineError>> },
    SetAside { source: String, event_id: String, reason: String, answer: oneshot::Sender<Result<Taken, EngineError>> },
    Command { command: Command, by: Actor, answer: oneshot::Sender<Result<String, EngineError>> },
}

/// A cheap, cloneable handle to the engine's loop.
#[derive(Debug, Clone)]
pub struct Handle {
    pub(crate) messages: mpsc::Sender<Message>,
}

impl Handle {
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
