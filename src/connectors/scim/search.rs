//! From the leaver to exactly one user.

use super::client::Client;
use super::config::Attribute;
use super::message::{self, User};
use crate::connectors::http::{Failure, What};
use crate::connectors::{Call, Located};
use crate::model::Leaver;

/// What was found, by which attributes, and what could not be asked.
#[derive(Default)]
struct Finds {
    /// Each with the attribute that it was found by first.
    users: Vec<(Attribute, User)>,
    asked: Vec<&'static str>,
    refused: Option<Failure>,
}

/// Whether this is what was searched for: a service may know no filter, and show everybody.
fn fits(user: &User, attribute: Attribute, leaver: &Leaver) -> bool {
    match attribute {
        Attribute::UserName => user.is_named(&leaver.email),
        Attribute::EmailsValue | Attribute::Emails => user.goes_by(&leaver.email),
        Attribute::ExternalId => user.external_id.is_some() && user.external_id == leaver.employee_id,
    }
}

fn judged(finds: &Finds, leaver: &Leaver) -> Located {
    let email = &leaver.email;
    let named = |user: &User| format!("{} ({})", user.label(), user.id);
    match finds.users.as_slice() {
        [] => Located::Nobody { searched: format!("{} of {email}", finds.asked.join(" and ")) },
        [(attribute, user)] if !fits(user, *attribute, leaver) => Located::Unsure {
            reason: format!("a search for {email} gives {}: put the right id into the id map", named(user)),
        },
        [(Attribute::ExternalId, user)] if !user.goes_by(email) => Located::Unsure {
            reason: format!(
                "externalId finds {}, who does not go by {email}: put the right id into the id map",
                named(user)
            ),
        },
        [(_, user)] if user.has_only_as_alias(email) => Located::Unsure {
            reason: format!("{email} is but an alias of {}: if it is theirs, put its id into the id map", named(user)),
        },
        [(attribute, user)] => Located::found(&user.id, &user.label(), attribute.name()),
        [(_, one), (_, other), ..] => Located::Unsure {
            reason: format!(
                "{email} finds both {} and {}: put the right one into the id map",
                named(one),
                named(other)
            ),
        },
    }
}

impl Client {
    /// By the id map, else by each attribute that the configuration names.
    pub(super) async fn search_for(
        &self,
        leaver: &Leaver,
        known: Option<&str>,
        call: &Call,
    ) -> Result<Located, Failure> {
        let Some(id) = known else { return Ok(judged(&self.finds(leaver, call).await?, leaver)) };
        if let Some(found) = self.user(id, call).await? {
            return Ok(Located::found(&found.user.id, &found.user.label(), "id map"));
        }
        let finds = self.finds(leaver, call).await?;
        Ok(match finds.users.first() {
            None => Located::Nobody { searched: format!("{id} of the id map, then {}", leaver.email) },
            Some((_, other)) => Located::Unsure {
                reason: format!(
                    "the id map names {id}, who does not exist, but {} finds {} ({})",
                    leaver.email,
                    other.label(),
                    other.id
                ),
            },
        })
    }

    async fn finds(&self, leaver: &Leaver, call: &Call) -> Result<Finds, Failure> {
        let mut finds = Finds::default();
        let mut none_was_404 = false;
        for &attribute in &self.config.search {
            let value = match attribute {
                Attribute::ExternalId => leaver.employee_id.as_deref(),
                _ => Some(leaver.email.as_str()),
            };
            let Some(value) = value else { continue };
            let found = match self.matching(&message::equals(attribute.name(), value), call).await {
                // It cannot be searched by this one; by another, perhaps.
                Err(failure) if failure.what == What::Rejected => {
                    finds.refused = Some(failure);
                    continue;
                }
                // There is none, or there is no such list.
                Err(failure) if failure.what == What::Gone => {
                    none_was_404 = true;
                    Vec::new()
                }
                other => other?,
            };
            finds.asked.push(attribute.name());
            let (right, wrong): (Vec<User>, Vec<User>) =
                found.into_iter().partition(|user| fits(user, attribute, leaver));
            // Only where nothing fits is what does not fit of interest.
            let shown = if right.is_empty() { wrong } else { right };
            for user in shown {
                if finds.users.iter().all(|(_, known)| known.id != user.id) {
                    finds.users.push((attribute, user));
                }
            }
        }
        if none_was_404 && finds.users.is_empty() {
            self.has_users(call).await?;
        }
        // Whom one search finds and another does not fit, fits.
        if finds.users.iter().any(|(attribute, user)| fits(user, *attribute, leaver)) {
            finds.users.retain(|(attribute, user)| fits(user, *attribute, leaver));
        }
        match finds.refused.take() {
            Some(refused) if finds.asked.is_empty() => {
                Err(refused.cure("name attributes in `search` that the service can filter by, or use the id map"))
            }
            _ => Ok(finds),
        }
    }
}
