//! A user of the Identity Store, and whether it is the leaver's.

use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::Center;
use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, What};
use crate::connectors::{Call, Located};
use crate::model::Leaver;

/// The fields of `DescribeUser` that decide something.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct User {
    #[serde(rename = "UserId")]
    pub(super) id: String,
    #[serde(rename = "UserName", default, deserialize_with = "or_empty")]
    pub(super) name: String,
    #[serde(default, deserialize_with = "or_empty")]
    emails: Vec<Email>,
    /// Who provisions the user, where an identity provider does.
    #[serde(default, deserialize_with = "or_empty")]
    external_ids: Vec<ExternalId>,
}

/// A `null` says no more than a field that is left out.
fn or_empty<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(from: D) -> Result<T, D::Error> {
    Option::deserialize(from).map(Option::unwrap_or_default)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Email {
    #[serde(default, deserialize_with = "or_empty")]
    value: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ExternalId {
    #[serde(default, deserialize_with = "or_empty")]
    issuer: String,
}

impl User {
    /// The identity provider that would provision the user anew.
    pub(super) fn provisioner(&self) -> Option<&str> {
        self.external_ids.first().map(|id| if id.issuer.is_empty() { "an identity provider" } else { &id.issuer })
    }

    fn has_address(&self, email: &str) -> bool {
        self.name.eq_ignore_ascii_case(email) || self.emails.iter().any(|one| one.value.eq_ignore_ascii_case(email))
    }

    fn found(&self, matched_on: &str) -> Located {
        Located::found(&self.id, &self.name, matched_on)
    }
}

impl Center {
    /// `None`: there is no such user.
    pub(super) async fn user(&self, id: &str, call: &Call) -> Result<Option<User>, Failure> {
        match self.store(Kind::Read, "DescribeUser", json!({ "UserId": id }), call).await {
            Ok(user) => serde_json::from_value(user)
                .map(Some)
                .map_err(|_| Failure::new(Kind::Read, What::Unknown, "DescribeUser without a user")),
            Err(failure) if failure.what == What::Gone => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// By id map, else by user name and by e-mail, which must find the same one.
    pub(super) async fn search(&self, leaver: &Leaver, known: Option<&str>, call: &Call) -> Result<Located, Failure> {
        if let Some(id) = known
            && let Some(user) = self.user(id, call).await?
        {
            return Ok(user.found("id map"));
        }
        let email = leaver.email.as_str();
        let names = self.config.names(leaver).map_err(|why| {
            Failure::new(Kind::Read, What::Rejected, why).cure("correct user_names, or what HR says of the leaver")
        })?;
        let mut ids: Vec<(String, &str)> = Vec::new();
        let keys = names.iter().map(|name| ("userName", name.as_str())).chain([("emails.value", email)]);
        for (path, value) in keys {
            if let Some(id) = self.user_id(path, value, call).await?
                && !ids.iter().any(|(other, _)| *other == id)
            {
                ids.push((id, path));
            }
        }
        let searched = format!("userName {}, emails.value {email}", names.join(" or "));
        Ok(match (known, ids.as_slice()) {
            (None, []) => Located::Nobody { searched },
            (Some(known), []) => Located::Nobody { searched: format!("user `{known}` of the id map, then {searched}") },
            (Some(known), [(id, _), ..]) => Located::Unsure {
                reason: format!("the id map names user `{known}`, who does not exist, but {searched} finds {id}"),
            },
            (None, [(one, _), (other, _), ..]) => Located::Unsure {
                reason: format!("both {one} and {other} may be the leaver's: put the right one into the id map"),
            },
            (None, [(id, path)]) => match self.user(id, call).await? {
                None => Located::Nobody { searched },
                Some(user) if user.has_address(email) => user.found(path),
                Some(user) => Located::Unsure {
                    reason: format!(
                        "{searched} finds {} ({id}), who has another address: if it is the leaver's, put the id into the \
                         id map",
                        user.name
                    ),
                },
            },
        })
    }

    /// `None`: nobody has this value.
    async fn user_id(&self, path: &str, value: &str, call: &Call) -> Result<Option<String>, Failure> {
        let by =
            json!({ "AlternateIdentifier": { "UniqueAttribute": { "AttributePath": path, "AttributeValue": value } } });
        match self.store(Kind::Read, "GetUserId", by, call).await {
            Ok(found) => match found.get("UserId").and_then(Value::as_str).filter(|id| !id.is_empty()) {
                Some(id) => Ok(Some(id.to_owned())),
                None => Err(Failure::new(Kind::Read, What::Unknown, "GetUserId without a UserId")),
            },
            Err(failure) if failure.what == What::Gone => Ok(None),
            Err(failure) => Err(failure),
        }
    }
}
