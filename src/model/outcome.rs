//! What a vendor answered, classified: the connectors' vocabulary, and what the engine decides on.

use serde::{Deserialize, Serialize};

/// The account that a connector found, and why it believes that it is the leaver's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The vendor's own id: what destructive calls name.
    pub id: String,
    /// How people know it: an address or a login.
    pub label: String,
    /// What it was matched on, as in `primaryEmail` or `id map`.
    pub matched_on: String,
}

/// One HTTP exchange, redacted: what may be shown and kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// Method and URL path; no query values that could be secrets, no host credentials.
    pub request: String,
    /// The status, if an answer came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// From the first byte sent to the last received, in ms.
    pub ms: u32,
    /// The vendor's words, cut and redacted; empty where the answer said nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub said: String,
}

/// Something that an offboarding leaves behind and no call removes: a deploy key, a webhook, records that need an owner.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Finding {
    /// What it is, as in `deploy key`.
    pub what: String,
    /// The vendor's id of it, or where it is.
    pub id: String,
    /// What a person needs to know to deal with it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.what, self.id)?;
        if self.detail.is_empty() { Ok(()) } else { write!(f, ": {}", self.detail) }
    }
}

/// How an execution ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The vendor took it. Not yet proof.
    Acknowledged,
    /// Nothing was to be done but to look: what a person has to deal with.
    Listed {
        /// What was found; none is a finding too.
        findings: Vec<Finding>,
    },
    /// The end state had been reached before.
    AlreadySo {
        /// What showed it.
        note: String,
        /// What would come alive again if another step were undone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        caveat: Option<String>,
    },
    /// The person has no account there: a finding, not a failure.
    NoAccount {
        /// How it was searched.
        searched: String,
    },
    /// Certainly not done, for the vendor was not there or has no time for us: tried again for as long as it takes.
    Retry {
        /// Why.
        reason: String,
        /// Not before this many ms from now, if the vendor said so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after_ms: Option<u64>,
        /// The vendor limits the whole client, so every step of this connector waits.
        #[serde(default)]
        throttled: bool,
    },
    /// Certainly not done, for something about this account stands in the way just now: tried again a few times.
    Busy {
        /// Why.
        reason: String,
        /// Not before this many ms from now, if the vendor said so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after_ms: Option<u64>,
    },
    /// Certainly not done: the vendor does not accept our credentials, whoever it is about. It waits for new ones.
    Locked {
        /// The vendor's words.
        reason: String,
        /// What a person can do.
        cure: String,
    },
    /// Certainly not done, and trying again would not help.
    Refused {
        /// The vendor's words.
        reason: String,
        /// What a person can do.
        cure: String,
    },
    /// Nothing was done, and a person has to decide: two candidates, a mismatch, a last admin.
    NeedsHuman {
        /// Why.
        reason: String,
    },
    /// Nobody knows: the answer was lost after bytes had left.
    Ambiguous {
        /// What happened.
        reason: String,
    },
}

impl Outcome {
    /// It was so already, and no undo of another step would change that.
    pub fn already(note: impl Into<String>) -> Self {
        Self::AlreadySo { note: note.into(), caveat: None }
    }
}

/// What a read-back showed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The access is gone.
    Dead {
        /// The value that proves it, as in `suspended: true`.
        evidence: String,
    },
    /// The access still works.
    Alive {
        /// The value that shows it.
        evidence: String,
    },
    /// The vendor lets nobody read this, or the answer was no answer.
    CannotTell {
        /// Why.
        reason: String,
        /// Not before this many ms from now, if the vendor said so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after_ms: Option<u64>,
        /// Another try may tell; `false`: it never will.
        again: bool,
    },
    /// The answer does not say what was to be read, and will not next time: a person has to look.
    NeedsHuman {
        /// Why.
        reason: String,
    },
    /// The vendor does not accept our credentials, whoever it is about. Read again when there are new ones.
    Locked {
        /// The vendor's words.
        reason: String,
        /// What a person can do.
        cure: String,
    },
}
