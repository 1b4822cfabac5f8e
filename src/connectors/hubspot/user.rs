//! A user as `HubSpot` shows it, and whether it is the leaver's.

use serde::Deserialize;
use serde_json::Value;

use super::client::Client;
use crate::connectors::http::Failure;
use crate::connectors::{Call, Located};
use crate::model::Leaver;

/// The fields of a `PublicUser` that decide something, or that an invitation would need again.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct User {
    pub(super) id: String,
    pub(super) email: String,
    #[serde(default)]
    pub(super) role_id: Value,
    #[serde(default)]
    pub(super) role_ids: Value,
    #[serde(default)]
    pub(super) primary_team_id: Value,
    #[serde(default)]
    pub(super) secondary_team_ids: Value,
    /// `true`, or `"true"` as the guide has it.
    #[serde(default)]
    super_admin: Value,
}

impl User {
    pub(super) fn is_super_admin(&self) -> bool {
        self.super_admin.as_bool().or_else(|| self.super_admin.as_str().map(|text| text == "true")).unwrap_or(false)
    }

    fn found(&self, matched_on: &str) -> Located {
        let rank = if self.is_super_admin() { ", a super admin" } else { "" };
        Located::found(&self.id, &self.email, &format!("{matched_on}{rank}"))
    }
}

impl Client {
    /// By id map, else by e-mail.
    pub(super) async fn search(&self, leaver: &Leaver, known: Option<&str>, call: &Call) -> Result<Located, Failure> {
        let email = &leaver.email;
        if let Some(id) = known {
            if let Some(user) = self.user(id, "USER_ID", call).await? {
                return Ok(user.found("id map"));
            }
            return Ok(match self.user(email, "EMAIL", call).await? {
                None => Located::Nobody { searched: format!("user `{id}` of the id map, then {email}") },
                Some(other) => Located::Unsure {
                    reason: format!(
                        "the id map names user `{id}`, who does not exist, but {email} finds {} ({})",
                        other.email, other.id
                    ),
                },
            });
        }
        Ok(match self.user(email, "EMAIL", call).await? {
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
