//! Admin roles of the user's own. Those that come by a group go with the group.

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};

use super::admins;
use super::client::Client;
use super::moot;
use super::scope::{Scope, declared};
use crate::connectors::Call;
use crate::connectors::http::{Failure, Request};
use crate::connectors::vendor::{Act, Given, kept, text};
use crate::model::{Account, ActionSpec, Before, Outcome, Stage, Verdict};

struct RevokeRoles {
    client: Arc<Client>,
}

/// Where the limits of a role are listed, for the roles that can have any.
fn limits_of(kind: &str) -> Option<&'static [&'static str]> {
    match kind {
        "APP_ADMIN" => Some(&["targets", "catalog", "apps"]),
        "USER_ADMIN" | "HELP_DESK_ADMIN" | "GROUP_MEMBERSHIP_ADMIN" => Some(&["targets", "groups"]),
        _ => None,
    }
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        stage: Stage::Credentials,
        needs: vec![given.fact("account")],
        undo: Some(
            "assigns the same roles again, but for those that were limited to some groups or applications".into(),
        ),
        scopes: declared(&[Scope::Users, Scope::Roles]),
        ..given.spec_of_many_calls("revoke-admin-roles", "Takes every admin role away that is the user's own")
    };
    (spec, RevokeRoles { client: Arc::clone(client) })
}

fn is_own(role: &Value) -> bool {
    text(role, "assignmentType") != "GROUP"
}

/// The roles that stay, in words.
fn by_group(roles: &[Value]) -> String {
    let labels: Vec<&str> = roles.iter().filter(|role| !is_own(role)).map(|role| text(role, "label")).collect();
    if labels.is_empty() { String::new() } else { format!("; by a group: {}", labels.join(", ")) }
}

impl RevokeRoles {
    /// What it takes to assign it again. A role that was limited must not come back unlimited, so that is noted.
    async fn image(&self, account: &Account, role: &Value, call: &Call) -> Result<Value, Failure> {
        let limited = match limits_of(text(role, "type")) {
            None => false,
            Some(rest) => {
                let request =
                    Request::get(self.client.url(&account.id, &[&["roles", text(role, "id")], rest].concat())?);
                !self.client.list(Scope::Roles, &request, call).await?.is_empty()
            }
        };
        Ok(json!({
            "type": role.get("type"),
            "label": role.get("label"),
            "role": role.get("role"),
            "resource-set": role.get("resource-set"),
            "limited": limited,
        }))
    }

    async fn try_revoke(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let all = admins::roles(&self.client, &account.id, call).await?;
        let own: Vec<&Value> = all.iter().filter(|role| is_own(role)).collect();
        if own.is_empty() {
            return Ok(Outcome::already(format!("own admin roles: none{}", by_group(&all))));
        }
        admins::spare(&self.client, account, &all, call).await?;
        let mut images = Vec::new();
        for role in &own {
            images.push(self.image(account, role, call).await?);
        }
        call.keep(Before::of(json!({ "roles": images }))).await?;
        for role in own {
            let url = self.client.url(&account.id, &["roles", text(role, "id")])?;
            self.client.remove(Scope::Roles, Request::act(Method::DELETE, url), call).await?;
        }
        Ok(Outcome::Acknowledged)
    }

    async fn assign(&self, account: &Account, image: &Value, call: &Call) -> Result<(), Failure> {
        let mut body = json!({ "type": image.get("type") });
        for field in ["role", "resource-set"] {
            if let Some(value) = image.get(field).filter(|value| !value.is_null()) {
                body[field] = value.clone();
            }
        }
        let request = Request::act(Method::POST, self.client.url(&account.id, &["roles"])?).json(body);
        self.client.act(Scope::Roles, request.query(&[("disableNotifications", "true")]), call).await
    }
}

/// The same role with the same reach.
fn is_same(role: &Value, image: &Value) -> bool {
    ["type", "role", "resource-set"].iter().all(|field| text(role, field) == text(image, field))
}

impl Act for RevokeRoles {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let done = self.try_revoke(account, call).await;
        moot::or_failure(&self.client, account, done, call).await
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        moot::or_gone(admins::roles(&self.client, &account.id, call).await.map(|roles| {
            match roles.iter().filter(|role| is_own(role)).count() {
                0 => Verdict::Dead { evidence: format!("own admin roles: none{}", by_group(&roles)) },
                left => Verdict::Alive { evidence: format!("own admin roles: {left}") },
            }
        }))
    }

    async fn undo(&self, account: &Account, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        let there = admins::roles(&self.client, &account.id, call).await?;
        let mut limited = Vec::new();
        for image in kept(before, "roles") {
            if there.iter().any(|role| is_own(role) && is_same(role, image)) {
                continue;
            }
            if image.get("limited").and_then(Value::as_bool) == Some(true) {
                limited.push(text(image, "label"));
                continue;
            }
            self.assign(account, image, call).await?;
        }
        if limited.is_empty() {
            return Ok(Outcome::Acknowledged);
        }
        let reason =
            format!("not given back, for it was limited to some groups or applications: {}", limited.join(", "));
        Err(Failure::needs_human(reason))
    }
}
