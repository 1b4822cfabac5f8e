//! Who did it: every journalled event names one.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Who caused an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// The engine itself: a timer, a retry, a recovery.
    Engine,
    /// An HR system's verified event.
    Hris {
        /// The feed's configured name, as in `POST /hris/<source>`.
        source: String,
    },
    /// A person at a console or a command line, by the peer credentials of their socket.
    Operator {
        /// The peer's user id.
        uid: u32,
        /// That user's login name, looked up by the engine, never told by the client.
        login: String,
    },
}

impl Actor {
    /// Whether both are one person. The engine and HR systems are nobody.
    pub fn is_same_person(&self, other: &Self) -> bool {
        self.uid().is_some() && self.uid() == other.uid()
    }

    /// The operator's uid, if a person acted.
    pub fn uid(&self) -> Option<u32> {
        match self {
            Self::Operator { uid, .. } => Some(*uid),
            Self::Engine | Self::Hris { .. } => None,
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Engine => f.write_str("engine"),
            Self::Hris { source } => write!(f, "hris {source}"),
            Self::Operator { uid, login } => write!(f, "{login} (uid {uid})"),
        }
    }
}
