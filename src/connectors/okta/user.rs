//! A user as Okta shows it, and whether it is the leaver's.

use serde::Deserialize;

use super::client::Client;
use super::scope::Scope;
use crate::connectors::http::{Failure, Request};
use crate::connectors::{Call, Located};
use crate::model::Leaver;

/// The fields of a `User` that decide something (`getUser`).
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct User {
    pub(super) id: String,
    pub(super) status: String,
    #[serde(default)]
    pub(super) transitioning_to_status: Option<String>,
    #[serde(default)]
    pub(super) profile: Profile,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Profile {
    pub(super) login: String,
    email: String,
}

impl User {
    fn goes_by(&self, email: &str) -> Option<&'static str> {
        let is = |text: &str| text.eq_ignore_ascii_case(email);
        is(&self.profile.login).then_some("login").or_else(|| is(&self.profile.email).then_some("profile.email"))
    }

    /// Whether nobody can sign in with it.
    pub(super) fn shut(&self) -> bool {
        matches!(self.status.as_str(), "SUSPENDED" | "DEPROVISIONED")
    }

    fn found(&self, matched_on: &str) -> Located {
        Located::found(&self.id, &self.profile.login, matched_on)
    }

    pub(super) fn shown(&self) -> String {
        match &self.transitioning_to_status {
            Some(next) => format!("status: {} (on its way to {next})", self.status),
            None => format!("status: {}", self.status),
        }
    }
}

impl Client {
    pub(super) async fn user(&self, id: &str, call: &Call) -> Result<User, Failure> {
        self.read(Scope::Users, Request::get(self.url(id, &[])?), call).await
    }

    /// `None`: there is no such user.
    pub(super) async fn found(&self, id: &str, call: &Call) -> Result<Option<User>, Failure> {
        Failure::unless_gone(self.user(id, call).await)
    }

    /// By id map, else by login, else by profile e-mail.
    pub(super) async fn search(&self, leaver: &Leaver, known: Option<&str>, call: &Call) -> Result<Located, Failure> {
        let email = &leaver.email;
        if let Some(id) = known {
            if let Some(user) = self.found(id, call).await? {
                return Ok(user.found("id map"));
            }
            return Ok(match self.by_email(email, call).await?.first() {
                None => Located::Nobody { searched: format!("user `{id}` of the id map, then {email}") },
                Some(other) => Located::Unsure {
                    reason: format!(
                        "the id map names user `{id}`, who does not exist, but {email} finds {} ({})",
                        other.profile.login, other.id
                    ),
                },
            });
        }
        let users = self.by_email(email, call).await?;
        Ok(match users.as_slice() {
            [] => Located::Nobody { searched: format!("login and profile e-mail {email}") },
            [user] => match user.goes_by(email) {
                Some(matched_on) => user.found(matched_on),
                None => Located::Unsure {
                    reason: format!(
                        "{email} finds {} ({}), whose login and e-mail differ: if it is the leaver's account, put its \
                         id into the id map",
                        user.profile.login, user.id
                    ),
                },
            },
            [one, other, ..] => Located::Unsure {
                reason: format!("{email} finds both {} and {}: put the right one into the id map", one.id, other.id),
            },
        })
    }

    async fn by_email(&self, email: &str, call: &Call) -> Result<Vec<User>, Failure> {
        if let Some(user) = self.found(email, call).await? {
            return Ok(vec![user]);
        }
        let quoted = email.replace('\\', "\\\\").replace('"', "\\\"");
        let search = format!("profile.email eq \"{quoted}\"");
        self.read(Scope::Users, Request::get(self.api(&["users"])?).query(&[("search", &search), ("limit", "2")]), call)
            .await
    }
}
