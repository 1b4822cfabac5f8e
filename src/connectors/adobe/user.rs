//! A user as Adobe shows it, and whether it is the leaver.

use serde::Deserialize;
use serde_json::{Value, json};

use super::client::Client;
use crate::connectors::http::{Failure, Request, What};
use crate::connectors::{Call, Located};
use crate::model::{Account, Leaver, Outcome};

/// The fields that decide something, and those that an undo needs (docs/en/api/getUser.md).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct User {
    /// In Adobe's own spelling: commands tell upper case from lower case, look-ups do not.
    pub(super) email: String,
    username: Option<String>,
    domain: Option<String>,
    /// `adobeID`, `enterpriseID` or `federatedID`.
    #[serde(rename = "type")]
    pub(super) kind: String,
    firstname: Option<String>,
    lastname: Option<String>,
    country: Option<String>,
    /// User groups and product profiles alike.
    pub(super) groups: Vec<String>,
    pub(super) admin_roles: Vec<String>,
}

#[derive(Deserialize)]
struct Got {
    user: User,
}

impl User {
    /// As a command names it: `user`, with `domain` where the user name is no address.
    pub(super) fn named(&self) -> Value {
        match self.username.as_deref().filter(|name| self.kind == "federatedID" && !name.contains('@')) {
            Some(name) => json!({ "user": name, "domain": self.domain }),
            None if self.kind == "adobeID" => json!({ "user": self.email, "useAdobeID": true }),
            None => json!({ "user": self.email }),
        }
    }

    /// What an undo needs to bring them back.
    pub(super) fn image(&self) -> Value {
        json!({
            "named": self.named(), "email": self.email, "type": self.kind, "country": self.country,
            "firstname": self.firstname, "lastname": self.lastname, "groups": self.groups,
            "adminRoles": self.admin_roles,
        })
    }

    /// Product profiles, one a seat. User groups are among them, which no price is set for; admin groups are not.
    pub(super) fn seats(&self) -> Vec<String> {
        self.groups.iter().filter(|group| !group.starts_with('_')).cloned().collect()
    }

    fn is(&self, id: &str) -> bool {
        self.email.eq_ignore_ascii_case(id)
            || self.username.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(id))
    }
}

/// The person was there when they were located.
pub(super) fn gone(account: &Account) -> Outcome {
    Outcome::already(format!("{} is not in the organisation: 404", account.id))
}

impl Client {
    /// `None`: the organisation has no such user.
    pub(super) async fn user(&self, id: &str, call: &Call) -> Result<Option<User>, Failure> {
        let url = self.config.base_url.at(&["organizations", &self.config.org_id, "users", id])?;
        let mut request = Request::get(url);
        if let Some(domain) = self.config.domain.as_deref().filter(|_| !id.contains('@')) {
            request = request.query(&[("domain", domain)]);
        }
        match self.send(request, call).await {
            Ok(answer) => {
                let user = answer.json::<Got>()?.user;
                if user.is(id) {
                    return Ok(Some(user));
                }
                let reason = format!("asked for {id}, Adobe answered with {}", user.email);
                Err(answer.failure(What::NeedsHuman, reason))
            }
            Err(failure) if failure.what == What::Gone => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// The user that a step is about, who must not be a system administrator: the API cannot take that role away, and
    /// says nothing of how many there are.
    pub(super) async fn removable(&self, account: &Account, call: &Call) -> Result<Option<User>, Failure> {
        let found = self.user(&account.id, call).await?;
        if found.as_ref().is_some_and(|user| user.admin_roles.iter().any(|role| role == "org")) {
            let reason = format!(
                "{} is a system administrator: see in the Admin Console that another one is left, and take the role away \
                 there",
                account.label
            );
            return Err(Failure::needs_human(reason));
        }
        Ok(found)
    }

    /// By id map, else by address.
    pub(super) async fn look_up(&self, leaver: &Leaver, known: Option<&str>, call: &Call) -> Result<Located, Failure> {
        let email = &leaver.email;
        let by_email = self.user(known.unwrap_or(email), call).await;
        let found = match by_email {
            Err(failure) if failure.what == What::NeedsHuman => return Ok(Located::Unsure { reason: failure.reason }),
            other => other?,
        };
        Ok(match (found, known) {
            (Some(user), Some(id)) => {
                // An address is taken in Adobe's spelling; a user name is what the id map says.
                let id = if id.contains('@') { &user.email } else { id };
                Located::found(id, &user.email, "id map")
            }
            (Some(user), None) if user.email == *email => Located::found(&user.email, &user.email, "email"),
            (Some(user), None) => Located::found(&user.email, &user.email, "email, in Adobe's spelling"),
            (None, None) => Located::Nobody { searched: format!("users with the address {email}") },
            (None, Some(id)) => match self.user(email, call).await? {
                None => Located::Nobody { searched: format!("user `{id}` of the id map, then {email}") },
                Some(other) => Located::Unsure {
                    reason: format!(
                        "the id map names user `{id}`, who does not exist, but {email} finds {}",
                        other.email
                    ),
                },
            },
        })
    }
}
