//! The person who leaves, and what HR said.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::ids::ConnectorId;
use super::time::Timestamp;

/// How the person is employed; runbook conditions ask for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmploymentKind {
    /// On the payroll.
    #[default]
    Employee,
    /// A contractor, freelancer or agency worker.
    Contractor,
}

/// The person whose access is cut. Everything that a plan's conditions may ask of them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leaver {
    /// Work e-mail: the key by which systems without an id mapping are searched. Lower case.
    pub email: String,
    /// Name for people to read. Never used to find an account.
    pub name: String,
    /// What an approver types to confirm; by default the e-mail's local part.
    pub login: String,
    /// The HR system's immutable id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub employee_id: Option<String>,
    /// Department, as HR spells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    /// Job title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Employee or contractor.
    #[serde(default)]
    pub kind: EmploymentKind,
    /// Country, as HR spells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// IANA time zone of the work site, as in `Europe/Berlin`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// The manager's e-mail: who inherits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manager: Option<String>,
    /// Holds admin rights somewhere: cut first.
    #[serde(default)]
    pub privileged: bool,
    /// An executive: deletion needs approval by policy, and they are cut first.
    #[serde(default)]
    pub executive: bool,
    /// Dismissed rather than resigned: urgent.
    #[serde(default)]
    pub involuntary: bool,
    /// Known account ids, per connector: these win over any search.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub accounts: BTreeMap<ConnectorId, String>,
}

impl Leaver {
    /// A leaver of whom only the e-mail is known; the login is its local part.
    pub fn from_email(email: &str) -> Self {
        let email = email.trim().to_lowercase();
        let login = email.split('@').next().unwrap_or_default().to_owned();
        Self { name: login.clone(), login, email, ..Self::default() }
    }

    /// The key by which two notices are of the same person: HR's id, else the e-mail.
    pub fn person_key(&self) -> &str {
        self.employee_id.as_deref().unwrap_or(&self.email)
    }

    /// Under what a person is known: HR's id, and the e-mail.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.employee_id.as_deref().into_iter().chain([self.email.as_str()])
    }

    /// Whether the two may be one person: the same e-mail with another HR id is another person, it was given anew.
    pub fn may_be(&self, other: &Self) -> bool {
        let ids = self.employee_id.as_ref().zip(other.employee_id.as_ref());
        ids.is_none_or(|(one, other)| one == other)
    }

    /// Whether this leaver goes before others of the same stage.
    pub fn urgent(&self) -> bool {
        self.privileged || self.executive || self.involuntary
    }
}

/// What an HR notice says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// The person has left, or will at [`HrNotice::effective_at`].
    Terminated,
    /// The termination is called off.
    Rescinded,
    /// A person has what was done undone.
    Undone,
}

/// A verified notice about one person, whatever brought it: webhook, CSV row or command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HrNotice {
    /// The feed: `bamboohr`, `csv`, `console`.
    pub source: String,
    /// The sender's id of this notice; unique within the source for ever. The guard against replays.
    pub event_id: String,
    /// What it says.
    pub kind: NoticeKind,
    /// About whom.
    pub leaver: Leaver,
    /// When access has to end. `None`: now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_at: Option<Timestamp>,
    /// Opened, but fired by a person's `launch` only.
    #[serde(default)]
    pub by_hand: bool,
    /// Why, if a person brought it and said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A notice's identity, for ever: the first half of SHA-256 over source and sender's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NoticeKey(pub [u8; 16]);

impl NoticeKey {
    /// The key of a notice.
    pub fn of(source: &str, event_id: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(source.as_bytes());
        hash.update([0]);
        hash.update(event_id.as_bytes());
        let mut key = [0; 16];
        key.copy_from_slice(&hash.finalize()[..16]);
        Self(key)
    }
}

/// A verified webhook whose person has still to be read from the HR system: on disk, so that nothing is lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parked {
    /// The feed.
    pub source: String,
    /// The sender's id of the notice.
    pub event_id: String,
    /// When it came.
    pub received_at: Timestamp,
    /// What the reader needs: the verified body, cut to the person and the kind.
    pub body: serde_json::Value,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_another_id_is_another_person_whatever_the_address() {
        let leaver = |id: Option<&str>| Leaver {
            employee_id: id.map(str::to_owned),
            ..Leaver::from_email("alfa.doe@corp.example")
        };
        assert!(leaver(Some("7")).may_be(&leaver(Some("7"))) && leaver(Some("7")).may_be(&leaver(None)));
        assert!(!leaver(Some("7")).may_be(&leaver(Some("8"))));
        assert_eq!(leaver(Some("7")).keys().collect::<Vec<_>>(), ["7", "alfa.doe@corp.example"]);
    }

    #[test]
    fn an_address_alone_gives_the_login_to_type() {
        let leaver = Leaver::from_email(" Alfa.Doe@corp.example ");
        assert_eq!((leaver.email.as_str(), leaver.login.as_str()), ("alfa.doe@corp.example", "alfa.doe"));
    }
}
