//! A user, and whether it is the leaver's.

use serde::Deserialize;
use serde_json::Value;

use super::client::Client;
use super::config::Flavor;
use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, Request, What};
use crate::connectors::{Call, Located};
use crate::model::Leaver;

/// The fields of a user that decide something, as an administrator sees them.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct User {
    pub(super) id: u64,
    pub(super) username: String,
    #[serde(default)]
    pub(super) state: String,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    pub(super) is_admin: bool,
    #[serde(default)]
    pub(super) bot: bool,
    #[serde(default)]
    pub(super) using_license_seat: bool,
    /// The SAML identity in the group, shown to its owners.
    #[serde(default)]
    group_saml_identity: Option<Saml>,
}

#[derive(Debug, Clone, Deserialize)]
struct Saml {
    #[serde(default)]
    extern_uid: String,
}

impl User {
    /// Nobody gets in with it. Deactivation is no lock: signing in ends it.
    pub(super) fn shut(&self) -> bool {
        matches!(self.state.as_str(), "blocked" | "ldap_blocked" | "banned" | "blocked_pending_approval")
    }

    pub(super) fn shown(&self) -> String {
        format!("state: {}", self.state)
    }

    fn goes_by(&self, email: &str) -> Option<&'static str> {
        let is = |text: &str| text.eq_ignore_ascii_case(email);
        if self.email.as_deref().is_some_and(is) {
            return Some("email");
        }
        self.group_saml_identity.as_ref().is_some_and(|saml| is(&saml.extern_uid)).then_some("SAML identity")
    }

    fn found(&self, matched_on: &str) -> Located {
        Located::found(&self.id.to_string(), &self.username, matched_on)
    }
}

impl Client {
    /// `None`: there is no such user, for this token.
    pub(super) async fn user(&self, id: &str, call: &Call) -> Result<Option<User>, Failure> {
        self.found(Request::get(self.url(&["users", id])?), call).await
    }

    /// By id map, else by e-mail, exactly. Never by username alone, which anybody can choose.
    pub(super) async fn search(&self, leaver: &Leaver, known: Option<&str>, call: &Call) -> Result<Located, Failure> {
        let email = leaver.email.as_str();
        if let Some(id) = known {
            if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_digit()) {
                let reason = format!("the id map names `{id}`, which is no user's number");
                return Ok(Located::Unsure { reason });
            }
            if let Some(user) = self.user(id, call).await? {
                return Ok(user.found("id map"));
            }
        }
        let candidates = self.candidates(email, call).await?;
        let searched = format!("e-mail {email}");
        let exact: Vec<(&User, &'static str)> =
            candidates.iter().filter_map(|user| Some((user, user.goes_by(email)?))).collect();
        Ok(match (known, exact.as_slice(), candidates.as_slice()) {
            (Some(id), [], []) => Located::Nobody { searched: format!("user {id} of the id map, then {searched}") },
            (Some(id), _, [other, ..]) => Located::Unsure {
                reason: format!(
                    "the id map names user {id}, who does not exist, but {email} finds {} ({})",
                    other.username, other.id
                ),
            },
            (None, [(user, _)], _) if user.bot => {
                Located::Unsure { reason: format!("{email} finds {}, which is a bot", user.username) }
            }
            (None, [(user, matched_on)], _) => user.found(matched_on),
            (None, [(one, _), (other, _), ..], _) => Located::Unsure {
                reason: format!(
                    "{email} finds both {} and {}: put the right one into the id map",
                    one.username, other.username
                ),
            },
            (None, [], [user, ..]) => Located::Unsure {
                reason: format!(
                    "{email} finds {} ({}), whose e-mail is another or is not shown: if it is the leaver's account, put its \
                     number into the id map",
                    user.username, user.id
                ),
            },
            (_, [], []) if self.config.flavor == Flavor::Saas && !self.config.enterprise_users => Located::Unsure {
                reason: format!(
                    "GitLab.com shows addresses of enterprise users alone, so nobody by {email} proves nothing: put the \
                     user's number into the id map, or set enterprise_users if the group has verified its domains"
                ),
            },
            (_, [], []) => Located::Nobody { searched },
            // Whoever is exact is a candidate.
            (Some(_), [_, ..], []) => Located::Unsure { reason: format!("{email} finds somebody") },
        })
    }

    async fn candidates(&self, email: &str, call: &Call) -> Result<Vec<User>, Failure> {
        let lists = match self.config.flavor {
            Flavor::SelfManaged => vec![self.list(&self.url(&["users"])?, &[("search", email)], call).await?],
            Flavor::Saas => vec![
                self.list(&self.group(&["members", "all"])?, &[("query", email)], call).await?,
                // Who is in a subgroup or a project alone.
                self.list(&self.group(&["billable_members"])?, &[("search", email)], call).await?,
            ],
        };
        let mut users: Vec<User> = Vec::new();
        for one in lists.into_iter().flatten() {
            let user = read(one)?;
            match users.iter_mut().find(|known| known.id == user.id) {
                // The two lists show different things of one user.
                Some(known) if known.goes_by(email).is_none() => *known = user,
                Some(_) => {}
                None => users.push(user),
            }
        }
        Ok(users)
    }
}

/// A user of a list.
pub(super) fn read(value: Value) -> Result<User, Failure> {
    serde_json::from_value(value).map_err(|_| Failure::new(Kind::Read, What::Unknown, "a user without id and username"))
}
