//! A user as Salesforce shows it, whether it is the leaver's, and whether an admin would remain.

use serde::Deserialize;

use super::client::Client;
use super::soql::{is_user_id, quoted};
use crate::connectors::http::Failure;
use crate::connectors::{Call, Located};
use crate::model::Leaver;

/// The fields of a `User` that decide something.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct User {
    pub(super) id: String,
    pub(super) username: String,
    #[serde(default)]
    pub(super) email: Option<String>,
    pub(super) is_active: bool,
    #[serde(default)]
    profile: Option<Profile>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Profile {
    #[serde(default)]
    permissions_modify_all_data: bool,
    #[serde(default)]
    user_license: Option<Named>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Named {
    name: String,
}

const SELECT: &str =
    "SELECT Id, Username, Email, IsActive, Profile.PermissionsModifyAllData, Profile.UserLicense.Name FROM User";

impl User {
    fn found(&self, matched_on: &str) -> Located {
        let rank = if self.is_admin() { ", a system administrator" } else { "" };
        Located::found(&self.id, &self.username, &format!("{matched_on}{rank}"))
    }

    /// By what its profile allows: the profile's name is translated and can be changed.
    fn is_admin(&self) -> bool {
        self.profile.as_ref().is_some_and(|profile| profile.permissions_modify_all_data)
    }

    /// The licence that the account holds, as Salesforce names it.
    pub(super) fn licence(&self) -> Option<&str> {
        Some(&self.profile.as_ref()?.user_license.as_ref()?.name)
    }
}

impl Client {
    /// `None`: there is no such user.
    pub(super) async fn user(&self, id: &str, call: &Call) -> Result<Option<User>, Failure> {
        let users: Vec<User> = self.query(&format!("{SELECT} WHERE Id = {}", quoted(id)), call).await?;
        Ok(users.into_iter().next())
    }

    /// By id map, else by user name or e-mail. An e-mail is not unique in Salesforce, a user name is.
    pub(super) async fn search(&self, leaver: &Leaver, known: Option<&str>, call: &Call) -> Result<Located, Failure> {
        let email = &leaver.email;
        if let Some(id) = known {
            if !is_user_id(id) {
                let reason = format!("`{id}` of the id map is no Salesforce user id (005…, 15 or 18 characters)");
                return Ok(Located::Unsure { reason });
            }
            if let Some(user) = self.user(id, call).await? {
                return Ok(user.found("id map"));
            }
            return Ok(match self.named(email, call).await?.first() {
                None => Located::Nobody { searched: format!("user `{id}` of the id map, then {email}") },
                Some(other) => Located::Unsure {
                    reason: format!(
                        "the id map names user `{id}`, who does not exist, but {email} finds {} ({})",
                        other.username, other.id
                    ),
                },
            });
        }
        let users = self.named(email, call).await?;
        Ok(match users.as_slice() {
            [] => Located::Nobody { searched: format!("user name and e-mail {email}") },
            [user] if user.username.eq_ignore_ascii_case(email) => user.found("Username"),
            [user] if user.email.as_ref().is_some_and(|own| own.eq_ignore_ascii_case(email)) => user.found("Email"),
            [user] => Located::Unsure {
                reason: format!("{email} finds {} ({}), whose user name and e-mail differ", user.username, user.id),
            },
            [one, other, ..] => Located::Unsure {
                reason: format!(
                    "{email} finds both {} ({}) and {} ({}): put the right one into the id map",
                    one.username, one.id, other.username, other.id
                ),
            },
        })
    }

    async fn named(&self, email: &str, call: &Call) -> Result<Vec<User>, Failure> {
        let literal = quoted(email);
        self.query(&format!("{SELECT} WHERE Username = {literal} OR Email = {literal} LIMIT 3"), call).await
    }

    /// Refuses to shut out the last person who may change everything. The integration user is no person.
    pub(super) async fn spare_last_admin(&self, user: &User, call: &Call) -> Result<(), Failure> {
        if !user.is_admin() {
            return Ok(());
        }
        let own = self.own_id(call).await?;
        let others = format!(
            "SELECT COUNT() FROM User WHERE IsActive = true AND Profile.PermissionsModifyAllData = true AND Id != {} AND \
             Id != {}",
            quoted(&user.id),
            quoted(if own.is_empty() { &user.id } else { &own })
        );
        if self.count(&others, call).await? > 0 {
            return Ok(());
        }
        let reason = format!("{} is the last active System Administrator: name another one first", user.username);
        Err(Failure::needs_human(reason))
    }
}
