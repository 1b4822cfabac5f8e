//! Roles in enterprise applications that the user holds directly.

use std::sync::Arc;

use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Entra;
use super::entra_user::no_such_user;
use crate::connectors::Call;
use crate::connectors::http::{Failure, Request, What};
use crate::connectors::vendor::{Act, Given, gone, kept};
use crate::model::{Account, ActionSpec, Before, Outcome, Stage, Verdict};

struct RemoveAppRoles {
    entra: Arc<Entra>,
}

/// An `appRoleAssignment`.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Assignment {
    #[serde(default)]
    id: String,
    principal_id: String,
    resource_id: String,
    #[serde(default)]
    resource_display_name: Option<String>,
    app_role_id: String,
}

pub(super) fn action(given: &Given, entra: &Arc<Entra>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        stage: Stage::Credentials,
        needs: vec![given.fact("account")],
        undo: Some("assigns the same roles in the same applications".into()),
        scopes: vec!["AppRoleAssignment.ReadWrite.All".into()],
        ..given.spec("remove-app-roles", "Removes the user's own role assignments in enterprise applications")
    };
    (spec, RemoveAppRoles { entra: Arc::clone(entra) })
}

impl RemoveAppRoles {
    /// The user's own ones. The list also holds those of the user's groups: to delete one would take the application from
    /// everybody in the group.
    async fn assignments(&self, account: &Account, call: &Call) -> Result<Vec<Assignment>, Failure> {
        let url = self.entra.graph.user_url(&account.id, &["appRoleAssignments"])?;
        let mut assignments: Vec<Assignment> = self.entra.graph.list(Request::get(url), call).await?;
        assignments.retain(|assignment| assignment.principal_id == account.id);
        Ok(assignments)
    }
}

impl Act for RemoveAppRoles {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        if self.entra.to_change(account, call).await?.is_none() {
            return Ok(gone(account));
        }
        let assignments = self.assignments(account, call).await?;
        if assignments.is_empty() {
            return Ok(Outcome::already("own app roles: none"));
        }
        let mut deletions = Vec::new();
        for assignment in &assignments {
            let url = self.entra.graph.user_url(&account.id, &["appRoleAssignments", &assignment.id])?;
            deletions.push(Request::act(Method::DELETE, url));
        }
        call.keep(Before::of(json!({ "assignments": assignments }))).await?;
        self.entra.graph.act_all(deletions, |failure| failure.what == What::Gone, call).await?;
        Ok(Outcome::Acknowledged)
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        match self.assignments(account, call).await {
            Ok(left) if left.is_empty() => Ok(Verdict::Dead { evidence: "own app roles: none".into() }),
            Ok(left) => Ok(Verdict::Alive { evidence: format!("own app roles: {}", left.len()) }),
            Err(failure) if failure.what == What::Gone => Ok(no_such_user()),
            Err(failure) => Err(failure),
        }
    }

    async fn undo(&self, account: &Account, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        let url = self.entra.graph.user_url(&account.id, &["appRoleAssignments"])?;
        let lost = kept(before, "assignments").iter();
        let grants = lost
            .map(|lost| {
                let body = json!({
                    "principalId": account.id, "resourceId": lost.get("resourceId"), "appRoleId": lost.get("appRoleId"),
                });
                Request::act(Method::POST, url.clone()).json(body)
            })
            .collect();
        // "Permission being assigned already exists on the object"
        let there = |failure: &Failure| failure.what == What::Rejected && failure.reason.contains("already exists");
        self.entra.graph.act_all(grants, there, call).await?;
        Ok(Outcome::Acknowledged)
    }
}
