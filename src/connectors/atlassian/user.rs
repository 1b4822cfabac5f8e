//! A user as the organisation sees them, and whether it is the leaver.

use serde::Deserialize;
use serde_json::{Value, json};

use super::client::Client;
use super::said;
use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, Request, What};
use crate::connectors::{Call, Located};
use crate::model::Leaver;

const ORG_ADMIN: &str = "atlassian/org-admin";

/// The fields of a user that decide something (`POST …/directories/-/users/search`).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct User {
    pub(super) account_id: String,
    pub(super) email: Option<String>,
    /// `active`, `inactive` or `closed`.
    pub(super) account_status: String,
    /// `managed`: on a verified domain of the organisation; `unmanaged`: their own.
    pub(super) claim_status: Option<String>,
    /// Deleted, and within the days in which that can be called off.
    pub(super) for_deletion: bool,
    platform_roles: Option<Vec<String>>,
    product_access: Option<Vec<Product>>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Product {
    key: String,
}

#[derive(Deserialize)]
struct Page {
    data: Vec<User>,
}

#[derive(Deserialize)]
struct Profiled {
    account: Profile,
}

#[derive(Deserialize)]
struct Profile {
    account_status: String,
}

impl User {
    pub(super) fn label(&self) -> &str {
        self.email.as_deref().unwrap_or(&self.account_id)
    }

    pub(super) fn unmanaged(&self) -> bool {
        self.claim_status.as_deref() == Some("unmanaged")
    }

    /// The products that they take a seat of.
    pub(super) fn products(&self) -> Vec<String> {
        let keys = self.product_access.iter().flatten().map(|product| product.key.clone());
        keys.filter(|key| !key.is_empty()).collect()
    }

    fn goes_by(&self, email: &str) -> bool {
        self.email.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(email))
    }

    fn is_org_admin(&self) -> bool {
        self.platform_roles.iter().flatten().any(|role| role == ORG_ADMIN)
    }
}

impl Client {
    /// Asks for users by a filter, with what decides about them.
    async fn users(&self, filter: Value, call: &Call) -> Result<Vec<User>, Failure> {
        let mut body = json!({ "limit": 2, "expand": ["platformRoles", "productAccess"] });
        if let (Value::Object(body), Value::Object(filter)) = (&mut body, filter) {
            body.extend(filter);
        }
        let url = self.org(&["directories", "-", "users", "search"])?;
        Ok(self.read::<Page>(Request::ask(url).json(body), call).await?.data)
    }

    /// `None`: the organisation knows no such account.
    pub(super) async fn user(&self, id: &str, call: &Call) -> Result<Option<User>, Failure> {
        let found = self.users(json!({ "accountIds": [id] }), call).await?.into_iter().next();
        if let Some(other) = found.as_ref().filter(|user| user.account_id != id) {
            let reason = format!("asked for account {id}, Atlassian answered with {}", other.account_id);
            return Err(Failure::needs_human(reason));
        }
        Ok(found)
    }

    /// By id map, else by address.
    pub(super) async fn look_up(&self, leaver: &Leaver, known: Option<&str>, call: &Call) -> Result<Located, Failure> {
        let email = &leaver.email;
        if let Some(id) = known {
            if let Some(user) = self.user(id, call).await? {
                return Ok(Located::found(&user.account_id, user.label(), "id map"));
            }
            return Ok(match self.users(json!({ "emails": [email] }), call).await?.first() {
                None => Located::Nobody { searched: format!("account `{id}` of the id map, then {email}") },
                Some(other) => Located::Unsure {
                    reason: format!(
                        "the id map names account `{id}`, which does not exist, but {email} finds {}",
                        other.account_id
                    ),
                },
            });
        }
        Ok(match self.users(json!({ "emails": [email] }), call).await?.as_slice() {
            [] => Located::Nobody { searched: format!("accounts with the address {email}") },
            [user] if user.goes_by(email) => Located::found(&user.account_id, user.label(), "email"),
            [user] => Located::Unsure {
                reason: format!(
                    "{email} finds {} ({}): if it is the leaver's account, put its id into the id map",
                    user.account_id,
                    user.label()
                ),
            },
            [one, other, ..] => Located::Unsure {
                reason: format!(
                    "{email} finds both {} and {}: put the right one into the id map",
                    one.account_id, other.account_id
                ),
            },
        })
    }

    /// Reads the list of users, of which there is none by this address (RFC 2606).
    pub(super) async fn reads_users(&self, call: &Call) -> Result<(), Failure> {
        self.users(json!({ "emails": ["probe@nightlatch.invalid"] }), call).await.map(drop)
    }

    /// Whether user management accepts the key, which must have no scopes. An account that is not there, or not ours to
    /// manage, shows that it does.
    pub(super) async fn manages(&self, call: &Call) -> Result<bool, Failure> {
        match self.found::<Value>(Request::get(self.account("nightlatch-probe", &[])?), call).await {
            Err(failure) if failure.what == What::Locked => Ok(false),
            Err(failure) if matches!(failure.what, What::NotSent | What::Unknown | What::Throttled { .. }) => {
                Err(failure)
            }
            _ => Ok(true),
        }
    }

    /// The account's own status: `active`, `inactive` or `closed`. `None`: not ours to manage, or gone.
    pub(super) async fn account_status(&self, id: &str, call: &Call) -> Result<Option<String>, Failure> {
        let request = Request::get(self.account(id, &["profile"])?);
        Ok(self.found::<Profiled>(request, call).await?.map(|profiled| profiled.account.account_status))
    }

    /// Refuses what would leave the organisation without an admin.
    pub(super) async fn not_the_last_admin(&self, user: &User, call: &Call) -> Result<(), Failure> {
        if !user.is_org_admin() {
            return Ok(());
        }
        let filter = json!({ "roleIds": [ORG_ADMIN], "status": ["active"] });
        let others = self.users(filter, call).await?;
        if others.iter().any(|other| other.account_id != user.account_id && other.is_org_admin()) {
            return Ok(());
        }
        let reason = format!("{} is the organisation's last active admin: appoint another one first", user.label());
        Err(Failure::needs_human(reason))
    }

    /// Refuses accounts that are not the organisation's to manage, with the way out. `privilege`: as in
    /// `lifecycle.enablement`.
    pub(super) async fn manageable(&self, user: &User, privilege: &str, call: &Call) -> Result<(), Failure> {
        let unclaimed = || {
            let reason = format!("{} is not a managed account: its domain is not verified here", user.label());
            said::restricted(Failure::new(Kind::Read, What::Rejected, reason), "forbidden.unclaimedDomain", "")
        };
        if user.unmanaged() {
            return Err(unclaimed());
        }
        let request = Request::get(self.account(&user.account_id, &[])?);
        let Some(rules) = self.found::<Value>(request, call).await? else { return Err(unclaimed()) };
        let rule = rules.get(privilege).unwrap_or(&Value::Null);
        // The description has a boolean where it is allowed and a text where it is not.
        let allowed = rule.get("allowed").is_none_or(|allowed| *allowed == json!(true) || *allowed == json!("true"));
        if allowed {
            return Ok(());
        }
        let key = rule.pointer("/reason/key").and_then(Value::as_str).unwrap_or_default();
        let reason = format!("{} may not be managed from here: {privilege} is not allowed: {key}", user.label());
        Err(said::restricted(Failure::new(Kind::Read, What::Rejected, reason), "forbidden.action", key))
    }
}
