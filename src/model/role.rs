//! What somebody may do at an engine.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A role. Each may do what the ones before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Looks at everything, and changes nothing.
    Viewer,
    /// Adds leavers, launches, retries, pauses, aborts, undoes, puts under legal hold, exports, writes notes.
    Operator,
    /// Agrees to what cannot be taken back, or declines it; is the second person who lifts a legal hold.
    Approver,
    /// The engine's own user, or root: ends the engine.
    #[default]
    Owner,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Approver => "approver",
            Self::Owner => "owner",
        })
    }
}
