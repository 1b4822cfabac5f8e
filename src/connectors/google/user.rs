//! A user as the Directory API shows it, and whether it is the leaver's.

use serde::Deserialize;

use super::client::Client;
use crate::connectors::http::Failure;
use crate::connectors::{Call, Located};
use crate::model::Leaver;

/// The fields of a `User` that decide something (`users.get`, projection full).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct User {
    pub(super) id: String,
    pub(super) primary_email: String,
    /// The organisation; left out where Google does not say.
    pub(super) customer_id: Option<String>,
    pub(super) suspended: bool,
    pub(super) suspension_reason: Option<String>,
    pub(super) archived: bool,
    pub(super) is_admin: bool,
    pub(super) is_delegated_admin: bool,
    pub(super) org_unit_path: Option<String>,
    pub(super) creation_time: Option<String>,
    pub(super) aliases: Vec<String>,
    /// Where a forgotten password is recovered: personal data of the leaver's.
    pub(super) recovery_email: String,
    pub(super) recovery_phone: String,
    /// `false`: there is no mailbox. Left out where Google does not say.
    pub(super) is_mailbox_setup: Option<bool>,
    non_editable_aliases: Vec<String>,
    emails: Vec<Email>,
    external_ids: Vec<ExternalId>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Email {
    address: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct ExternalId {
    value: String,
}

impl User {
    fn goes_by(&self, email: &str) -> bool {
        let others = self.emails.iter().map(|email| &email.address);
        self.aliases
            .iter()
            .chain(&self.non_editable_aliases)
            .chain(others)
            .any(|alias| alias.eq_ignore_ascii_case(email))
    }

    fn has_employee_id(&self, employee_id: Option<&str>) -> bool {
        employee_id.is_some_and(|wanted| self.external_ids.iter().any(|id| id.value == wanted))
    }

    fn found(&self, matched_on: &str) -> Located {
        let rank = match (self.is_admin, self.is_delegated_admin) {
            (true, _) => ", a super admin",
            (_, true) => ", a delegated admin",
            _ => "",
        };
        Located::found(&self.id, &self.primary_email, &format!("{matched_on}{rank}"))
    }

    /// How its suspension reads, if it is suspended.
    pub(super) fn suspension(&self) -> Option<String> {
        if self.suspended {
            let why = self.suspension_reason.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
            return Some(format!("suspended: true{why}"));
        }
        self.archived.then(|| "archived: true".to_owned())
    }
}

impl Client {
    /// By id map, else by address. An alias alone is never enough: addresses are handed on.
    pub(super) async fn search(&self, leaver: &Leaver, known: Option<&str>, call: &Call) -> Result<Located, Failure> {
        let by_email = || async { self.found(&leaver.email, call).await };
        if let Some(id) = known {
            return Ok(match (self.found(id, call).await?, &leaver.email) {
                (Some(user), _) => user.found("id map"),
                (None, _) => match by_email().await? {
                    None => Located::Nobody { searched: format!("user `{id}` of the id map, then {}", leaver.email) },
                    Some(other) => Located::Unsure {
                        reason: format!(
                            "the id map names user `{id}`, who does not exist, but {} finds {} ({})",
                            leaver.email, other.primary_email, other.id
                        ),
                    },
                },
            });
        }
        let Some(user) = by_email().await? else {
            return Ok(Located::Nobody { searched: format!("primary address and aliases {}", leaver.email) });
        };
        let email = &leaver.email;
        Ok(if user.primary_email.eq_ignore_ascii_case(email) {
            user.found("primaryEmail")
        } else if user.has_employee_id(leaver.employee_id.as_deref()) {
            user.found("alias and employee id")
        } else {
            let how = if user.goes_by(email) { "only as an alias of" } else { "under" };
            Located::Unsure {
                reason: format!(
                    "{email} was found {how} {} ({}): if it is the leaver's account, put its id into the id map",
                    user.primary_email, user.id
                ),
            }
        })
    }

    pub(super) async fn found(&self, key: &str, call: &Call) -> Result<Option<User>, Failure> {
        Failure::unless_gone(self.user(key, call).await)
    }
}
