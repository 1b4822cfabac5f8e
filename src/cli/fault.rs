//! How a subcommand ends, and what it says when it ends badly.

use std::io;

use serde_json::json;

use crate::ipc::{ConnectError, ErrorCode, Refusal};

/// The exit codes: part of the interface, listed in `--help`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// It was done.
    Ok = 0,
    /// It was not.
    Failure = 1,
    /// The command line makes no sense.
    Usage = 2,
    /// The engine refused it: stale, in conflict with what is so, or not allowed.
    Refused = 3,
    /// No engine answers.
    NoEngine = 4,
    /// The log, or the thing checked, did not hold.
    NotVerified = 5,
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a subcommand ended badly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The exit code.
    pub exit: Exit,
    /// What happened.
    pub what: String,
    /// What to do.
    pub cure: Option<String>,
    /// The engine's code, if it was the engine that refused.
    pub code: Option<ErrorCode>,
    /// Nobody reads any more: nothing is said, and it is no failure.
    pub(super) pipe_closed: bool,
}

impl Fault {
    /// A fault without a cure.
    pub fn new(exit: Exit, what: impl Into<String>) -> Self {
        Self { exit, what: what.into(), cure: None, code: None, pipe_closed: false }
    }

    /// A command line that makes no sense.
    pub fn usage(what: impl Into<String>, cure: impl Into<String>) -> Self {
        Self::new(Exit::Usage, what).cured_by(cure)
    }

    /// The same with a cure.
    #[must_use]
    pub fn cured_by(mut self, cure: impl Into<String>) -> Self {
        self.cure = Some(cure.into());
        self
    }

    pub(super) fn as_json(&self) -> serde_json::Value {
        let code = match (self.code, self.exit) {
            (Some(code), _) => json!(code),
            (None, Exit::Usage) => json!("usage"),
            (None, Exit::NoEngine) => json!("no_engine"),
            (None, Exit::NotVerified) => json!("not_verified"),
            (None, Exit::Refused) => json!("refused"),
            (None, Exit::Ok | Exit::Failure) => json!("failure"),
        };
        json!({ "error": { "code": code, "message": self.what, "cure": self.cure, "exit": self.exit as u8 } })
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        let exit = match refusal.code {
            ErrorCode::Stale | ErrorCode::Conflict | ErrorCode::Forbidden => Exit::Refused,
            ErrorCode::Invalid | ErrorCode::NotFound | ErrorCode::Unavailable => Exit::Failure,
        };
        Self { code: Some(refusal.code), ..Self::new(exit, refusal.message) }
    }
}

impl From<ConnectError> for Fault {
    fn from(error: ConnectError) -> Self {
        match error {
            ConnectError::NoEngine { path } => {
                Self::new(Exit::NoEngine, format!("no engine listens at {}", path.display()))
                    .cured_by("start one with `nightlatch engine`, or open the console with `nightlatch`")
            }
            ConnectError::Silent => Self::new(Exit::NoEngine, error.to_string()),
            // Their words hold the cure.
            error => Self::new(Exit::Failure, error.to_string()),
        }
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self { pipe_closed: true, ..Self::new(Exit::Ok, "nobody reads") }
        } else {
            Self::new(Exit::Failure, format!("the output could not be written: {error}"))
        }
    }
}
