//! A person as Slack's two halves show them, and whether it is the leaver.

use serde::Deserialize;

use super::client::Client;
use crate::connectors::http::{Failure, Request, What};
use crate::connectors::scim::message::{self, Page, User};
use crate::connectors::{Call, Located};
use crate::model::Leaver;

#[derive(Deserialize)]
struct LookedUp {
    user: WebUser,
}

#[derive(Deserialize)]
struct WebUser {
    id: String,
    #[serde(default)]
    profile: WebProfile,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WebProfile {
    email: String,
}

impl Client {
    pub(super) async fn person(&self, id: &str, call: &Call) -> Result<Option<User>, Failure> {
        Failure::unless_gone(self.scim(Request::get(self.scim_user(id)?), call).await.and_then(|answer| answer.json()))
    }

    /// By id map, else by address in the web API, else in SCIM, which knows deactivated people too.
    pub(super) async fn search(&self, leaver: &Leaver, known: Option<&str>, call: &Call) -> Result<Located, Failure> {
        let email = &leaver.email;
        if let Some(id) = known {
            if let Some(person) = self.person(id, call).await? {
                return Ok(Located::found(&person.id, &person.label(), "id map"));
            }
            return Ok(match self.by_email(email, call).await? {
                Located::Found(other) => Located::Unsure {
                    reason: format!("the id map names {id}, who does not exist, but {email} finds {}", other.id),
                },
                Located::Nobody { .. } => Located::Nobody { searched: format!("{id} of the id map, then {email}") },
                unsure @ Located::Unsure { .. } => unsure,
            });
        }
        self.by_email(email, call).await
    }

    async fn by_email(&self, email: &str, call: &Call) -> Result<Located, Failure> {
        match self.ask::<LookedUp>("users.lookupByEmail", &[("email", email)], call).await {
            Ok(LookedUp { user }) => {
                // An address that the token may not see is left out.
                let seen = &user.profile.email;
                if !seen.is_empty() && !seen.eq_ignore_ascii_case(email) {
                    return Ok(Located::Unsure {
                        reason: format!("{email} finds {} ({seen}): put the right id into the id map", user.id),
                    });
                }
                return Ok(Located::found(&user.id, email, "users.lookupByEmail"));
            }
            Err(failure) if failure.what == What::Gone || failure.code == "missing_scope" => {}
            Err(failure) => return Err(failure),
        }
        let filter = message::equals("email", email);
        let request = Request::get(self.scim_users()?).query(&[("filter", &filter), ("count", "2")]);
        let found = self.scim(request, call).await?.json::<Page<User>>()?.resources;
        Ok(match found.as_slice() {
            [] => Located::Nobody { searched: format!("users.lookupByEmail and SCIM e-mail {email}") },
            [person] if person.goes_by(email) => Located::found(&person.id, &person.label(), "SCIM e-mail"),
            [person] => Located::Unsure {
                reason: format!("{email} finds {} ({}): put the right id into the id map", person.id, person.label()),
            },
            [one, other, ..] => Located::Unsure {
                reason: format!("{email} finds both {} and {}: put the right one into the id map", one.id, other.id),
            },
        })
    }
}
