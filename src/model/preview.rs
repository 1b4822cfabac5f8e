//! What launching would do, person by person, before anything happens.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::action::Stage;
use super::ids::{ActionId, OffboardingId};
use super::leaver::Leaver;
use super::plan::Plan;
use super::time::Timestamp;

/// Whom a preview is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Whom {
    /// One person, as an operator names them.
    Named {
        /// A work e-mail; where HR is asked, an employee id, a login or a whole name as well.
        who: String,
        /// Ask the HR system first, where one is configured.
        lookup: bool,
    },
    /// These, of whom everything is known.
    People(Vec<Leaver>),
    /// The rows of a CSV file; one wrong row, and there is no preview.
    File {
        /// The file's name, for errors.
        name: String,
        /// The CSV text.
        text: String,
    },
}

/// What launching would do.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Preview {
    /// Whom it is about, in the order in which they were named.
    pub people: Vec<Previewed>,
    /// The plans; people whose plans differ in the name alone share one.
    pub drafts: Vec<Draft>,
}

/// One person of a preview.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Previewed {
    /// Who, with what HR knows.
    pub leaver: Leaver,
    /// Which of the preview's drafts is theirs.
    pub draft: usize,
    /// The digest of their own plan: what is launched is what was seen.
    pub digest: String,
    /// When access ends, if the file says so; `None`: when it is launched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_at: Option<Timestamp>,
    /// The file wants a person to fire it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_hand: bool,
    /// Their offboarding, if one is open already: none is opened beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub underway: Option<Underway>,
}

/// An offboarding that is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Underway {
    /// Which.
    pub offboarding: OffboardingId,
    /// Its phase as one word.
    pub phase: String,
}

/// A plan, and in what it differs from what the runbook does for everybody.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    /// The plan. Its person and digest are those of the first person who has it.
    pub plan: Plan,
    /// In the order of the actions' names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub departures: Vec<Departure>,
}

/// One action that is otherwise than in the runbook's default: the plan by the rules that hold for everybody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Departure {
    /// Which.
    pub action: ActionId,
    /// What is otherwise.
    pub change: Change,
    /// By which rule, in words.
    pub why: String,
}

/// How an action is otherwise than in the runbook's default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It is in, and by default it is not.
    Added,
    /// It is not in, and by default it is.
    LeftOut,
    /// It runs in another stage.
    Moved {
        /// By default.
        from: Stage,
    },
    /// A person must agree, and by default nobody has to.
    Asked,
    /// Nobody has to agree, and by default a person must.
    Unasked,
}

impl Change {
    /// In a word or two.
    pub fn words(self) -> String {
        match self {
            Self::Added => "added".to_owned(),
            Self::LeftOut => "left out".to_owned(),
            Self::Moved { from } => format!("moved from {from}"),
            Self::Asked => "needs approval".to_owned(),
            Self::Unasked => "needs no approval".to_owned(),
        }
    }
}

impl Preview {
    /// A person's draft.
    pub fn draft_of(&self, person: &Previewed) -> Option<&Draft> {
        self.drafts.get(person.draft)
    }

    /// The plans of all, as one digest.
    pub fn digest(&self) -> String {
        digest_of_all(self.people.iter().map(|it| it.digest.as_str()))
    }
}

/// SHA-256, in hex, over the digests of several plans in the order of the people.
pub fn digest_of_all<'a>(digests: impl Iterator<Item = &'a str>) -> String {
    let mut hash = Sha256::new();
    for digest in digests {
        hash.update(digest.as_bytes());
        hash.update([b'\n']);
    }
    hex::encode(hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_plan_more_less_or_elsewhere_is_another_digest() {
        let of = |digests: &[&str]| digest_of_all(digests.iter().copied());
        let all = [of(&["a", "b"]), of(&["b", "a"]), of(&["ab"]), of(&["a"]), of(&[])];
        let different: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(different.len(), all.len());
        assert_eq!(of(&["a", "b"]), all[0]);
    }
}
