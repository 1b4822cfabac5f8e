//! Admin roles: the assignments, and super admin, which a plain update silently ignores.

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};

use super::client::Client;
use super::scope::{Scope, declared};
use super::{admins, said};
use crate::connectors::Call;
use crate::connectors::http::{Failure, Request, What};
use crate::connectors::vendor::{Act, Given, gone, kept};
use crate::model::{Account, ActionSpec, Before, Danger, Outcome, Stage, Verdict};

struct RevokeRoles {
    client: Arc<Client>,
}

/// What an assignment is made of.
const FIELDS: [&str; 4] = ["roleId", "scopeType", "orgUnitId", "condition"];

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        stage: Stage::Credentials,
        danger: Danger::Reversible,
        needs: vec![given.fact("account")],
        undo: Some("makes the user super admin again and assigns the same roles, if they had them".into()),
        scopes: declared(&[Scope::Users, Scope::Roles]),
        ..given.spec("revoke-admin-roles", "Takes super admin and every admin role away")
    };
    (spec, RevokeRoles { client: Arc::clone(client) })
}

impl RevokeRoles {
    async fn assignments(&self, account: &Account, call: &Call) -> Result<Vec<Value>, Failure> {
        let url = self.client.customer(&["roleassignments"])?;
        let request = Request::get(url).query(&[("userKey", account.id.as_str()), ("maxResults", "200")]);
        self.client.with(Scope::Roles).pages(&request, "items", call).await
    }

    async fn make_admin(&self, account: &Account, status: bool, call: &Call) -> Result<(), Failure> {
        let request = Request::act(Method::POST, self.client.url(&account.id, &["makeAdmin"])?);
        self.client.with(Scope::Users).act(request.json(json!({ "status": status })), call).await
    }
}

impl Act for RevokeRoles {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let Some(user) = self.client.found(&account.id, call).await? else { return Ok(gone(account)) };
        let assignments = self.assignments(account, call).await?;
        if !user.is_admin && assignments.is_empty() {
            return Ok(Outcome::already("admin roles: none"));
        }
        admins::spare(&self.client, &user, call).await?;
        call.keep(Before::of(json!({ "superAdmin": user.is_admin, "assignments": assignments }))).await?;
        if user.is_admin {
            self.make_admin(account, false, call).await?;
        }
        for assignment in &assignments {
            let id = assignment.get("roleAssignmentId").and_then(Value::as_str).unwrap_or_default();
            match self.client.with(Scope::Roles).delete(self.client.customer(&["roleassignments", id])?, call).await {
                // Super admin's own assignment goes with super admin.
                Err(failure) if failure.what == What::Gone => {}
                other => other?,
            }
        }
        Ok(Outcome::Acknowledged)
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        let Some(user) = self.client.found(&account.id, call).await? else {
            return Ok(Verdict::Dead { evidence: "no such user".into() });
        };
        let left = self.assignments(account, call).await?.len();
        Ok(match (user.is_admin, left) {
            (false, 0) => Verdict::Dead { evidence: "admin roles: none".into() },
            (false, left) => Verdict::Alive { evidence: format!("admin roles: {left}") },
            (true, left) => Verdict::Alive { evidence: format!("super admin, and admin roles: {left}") },
        })
    }

    async fn undo(&self, account: &Account, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        if before.get("superAdmin").and_then(Value::as_bool) == Some(true) {
            self.make_admin(account, true, call).await?;
        }
        for assignment in kept(before, "assignments") {
            let mut body = json!({ "assignedTo": account.id });
            for field in FIELDS {
                if let Some(value) = assignment.get(field).filter(|value| !value.is_null()) {
                    body[field] = value.clone();
                }
            }
            let request = Request::act(Method::POST, self.client.customer(&["roleassignments"])?).json(body);
            match self.client.with(Scope::Roles).change(request, call).await {
                Err(failure) if said::is_there(&failure) => {}
                other => other?,
            }
        }
        Ok(Outcome::Acknowledged)
    }
}
