//! What a connector declares of an action. The planner orders by these declarations, never by a list of vendors.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::ids::ActionId;

/// When in an offboarding an action runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Cuts access: at once, everywhere, in parallel.
    KillSwitch,
    /// Sign-out and credentials left behind.
    Credentials,
    /// Data handed over and archived.
    Handover,
    /// Licences and seats reclaimed.
    Licences,
    /// Accounts deleted.
    Purge,
    /// What an offboarding took away is given back: the one stage of an undo, and of nothing else.
    Restore,
}

impl Stage {
    /// The stages of an offboarding, in order.
    pub const OF_OFFBOARDING: [Self; 5] =
        [Self::KillSwitch, Self::Credentials, Self::Handover, Self::Licences, Self::Purge];

    /// All stages, in order.
    pub const ALL: [Self; 6] =
        [Self::KillSwitch, Self::Credentials, Self::Handover, Self::Licences, Self::Purge, Self::Restore];

    /// The stage's name, as in the runbook.
    pub fn name(self) -> &'static str {
        match self {
            Self::KillSwitch => "kill-switch",
            Self::Credentials => "credentials",
            Self::Handover => "handover",
            Self::Licences => "licences",
            Self::Purge => "purge",
            Self::Restore => "restore",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What an action costs if it was wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Danger {
    /// An undo restores everything.
    Reversible,
    /// Can be repaired with work, or not wholly.
    HardToUndo,
    /// Cannot be taken back: needs an approval, always.
    Irreversible,
}

impl fmt::Display for Danger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Reversible => "reversible",
            Self::HardToUndo => "hard to undo",
            Self::Irreversible => "irreversible",
        })
    }
}

/// What may be done when nobody knows whether a call took effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "class")]
pub enum StepClass {
    /// Reads only: repeat freely.
    Pure,
    /// Sets a state; a second call changes nothing more: repeat freely.
    Idempotent,
    /// The vendor keeps an idempotency key: repeat with the same key while it does.
    Keyed {
        /// How long the vendor remembers the key, in ms.
        window_ms: u64,
    },
    /// Wait out the quarantine, read the account's real state, and only then finish or repeat.
    Reconcile,
    /// Never repeated by the engine: a person looks.
    Operator,
}

impl StepClass {
    /// The class as one word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pure => "pure",
            Self::Idempotent => "idempotent",
            Self::Keyed { .. } => "keyed",
            Self::Reconcile => "reconcile",
            Self::Operator => "operator",
        }
    }
}

/// Something that holds until an action destroys it, such as `google:active-account` or `mail-flowing`.
///
/// An action that needs a fact runs before every action that destroys it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fact(pub String);

/// Access that outlives an acknowledged action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Residual {
    /// What still works, in words.
    pub what: String,
    /// For how long after the act at most, in ms.
    pub ms: u64,
}

/// What a connector says of one of its actions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionSpec {
    /// Which action.
    pub id: ActionId,
    /// What it does, in one sentence.
    pub title: String,
    /// When it runs by default.
    pub stage: Stage,
    /// What it costs if it was wrong.
    pub danger: Danger,
    /// In a plan only if a rule of the runbook asks for it, as everything that deletes is.
    #[serde(default)]
    pub only_by_rule: bool,
    /// What may be done after a lost answer.
    pub class: StepClass,
    /// Must hold while it runs.
    #[serde(default)]
    pub needs: Vec<Fact>,
    /// No longer holds afterwards.
    #[serde(default)]
    pub destroys: Vec<Fact>,
    /// Must run before these actions, beyond what needs and destroys say.
    #[serde(default)]
    pub precedes: Vec<ActionId>,
    /// What outlives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub residual: Option<Residual>,
    /// For an act that the vendor lets nobody read back: the action whose verification proves it moot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proved_by: Option<ActionId>,
    /// What undo does, in words; `None`: there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<String>,
    /// How long the vendor keeps what undo needs, in ms; `None`: for ever, as far as is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo_within_ms: Option<u64>,
    /// Scopes or permissions that the credentials must hold.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// The total deadline of one call, in ms: after it no byte of the request is sent any more.
    pub deadline_ms: u64,
    /// How long the vendor may still act on a request after its deadline, in ms.
    pub quarantine_ms: u64,
}
