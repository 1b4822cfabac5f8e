//! A user as Zoom shows it, and whether it is the leaver's.

use serde::Deserialize;

use super::client::Client;
use crate::connectors::http::Failure;
use crate::connectors::{Call, Located};
use crate::model::{Account, Leaver, Outcome};

/// The type of a user who may hold long meetings: the one that costs.
pub(super) const LICENSED: u64 = 2;
pub(super) const BASIC: u64 = 1;

/// The fields of a user that decide something.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct User {
    pub(super) id: String,
    pub(super) email: String,
    /// `active`, `inactive`, or `pending` for who never took up the invitation.
    pub(super) status: String,
    #[serde(rename = "type")]
    pub(super) kind: u64,
    #[serde(default)]
    role_name: String,
}

impl User {
    pub(super) fn is_inactive(&self) -> bool {
        self.status == "inactive"
    }

    pub(super) fn is_pending(&self) -> bool {
        self.status == "pending"
    }

    pub(super) fn shown(&self) -> String {
        format!("status: {}", self.status)
    }

    /// Nobody but a person hands an account over to another owner.
    pub(super) fn spare_owner(&self) -> Result<(), Failure> {
        if self.role_name != "Owner" {
            return Ok(());
        }
        let reason = format!("{} owns the Zoom account: hand the ownership over first", self.email);
        Err(Failure::needs_human(reason))
    }

    fn found(&self, matched_on: &str) -> Located {
        let rank = match self.role_name.as_str() {
            "Owner" => ", the account's owner",
            "Admin" => ", an admin",
            _ => "",
        };
        Located::found(&self.id, &self.email, &format!("{matched_on}{rank}"))
    }
}

/// The user was there when it was located.
pub(super) fn gone(account: &Account) -> Outcome {
    Outcome::already(format!("user {} does not exist any more: 1001", account.id))
}

impl Client {
    /// By id map, else by e-mail.
    pub(super) async fn search(&self, leaver: &Leaver, known: Option<&str>, call: &Call) -> Result<Located, Failure> {
        let email = &leaver.email;
        if let Some(id) = known {
            if let Some(user) = self.user(id, call).await? {
                return Ok(user.found("id map"));
            }
            return Ok(match self.user(email, call).await? {
                None => Located::Nobody { searched: format!("user `{id}` of the id map, then {email}") },
                Some(other) => Located::Unsure {
                    reason: format!(
                        "the id map names user `{id}`, who does not exist, but {email} finds {} ({})",
                        other.email, other.id
                    ),
                },
            });
        }
        Ok(match self.user(email, call).await? {
            None => Located::Nobody { searched: format!("e-mail {email}") },
            Some(user) if user.email.eq_ignore_ascii_case(email) => user.found("email"),
            Some(other) => Located::Unsure {
                reason: format!(
                    "{email} finds {} ({}), whose address differs: if it is the leaver's account, put its id into the \
                     id map",
                    other.email, other.id
                ),
            },
        })
    }
}
