//! Assignments of accounts and permission sets, made to the user alone. They are removed by jobs that AWS runs.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::{Center, sessions_left};
use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, What, each};
use crate::connectors::vendor::{Act, Given, kept};
use crate::connectors::{BoxFuture, Call};
use crate::model::{Account, ActionSpec, Before, Outcome, Stage, Verdict};

/// How often a job's state is asked for, and how long to wait before: a few seconds in all. The read-back sees the rest.
const POLLS: u32 = 4;
const PAUSE: Duration = Duration::from_millis(500);

struct RemoveAssignments {
    center: Arc<Center>,
}

/// One account with one permission set.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Assignment {
    account: String,
    permission_set: String,
}

pub(super) fn action(given: &Given, center: &Arc<Center>) -> (ActionSpec, impl Act) {
    let title = "Removes the accounts and permission sets assigned to the user alone";
    let base = given.spec_of_many_calls("remove-account-assignments", title);
    let spec = ActionSpec {
        stage: Stage::Licences,
        needs: vec![given.fact("account")],
        residual: Some(sessions_left()),
        undo: Some("assigns the accounts and permission sets again".into()),
        scopes: [
            "ListAccountAssignmentsForPrincipal",
            "DeleteAccountAssignment",
            "DescribeAccountAssignmentDeletionStatus",
            "CreateAccountAssignment",
        ]
        .map(|scope| format!("sso:{scope}"))
        .into(),
        ..base
    };
    (spec, RemoveAssignments { center: Arc::clone(center) })
}

impl Assignment {
    fn read(value: &Value, account: &str, permission_set: &str) -> Option<Self> {
        let text = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
        Some(Self { account: text(account)?, permission_set: text(permission_set)? })
    }

    fn kept(&self) -> Value {
        json!({ "account": self.account, "permission_set": self.permission_set })
    }

    /// As `CreateAccountAssignment` and `DeleteAccountAssignment` take it.
    fn body(&self, user: &str) -> Value {
        json!({
            "TargetId": self.account, "TargetType": "AWS_ACCOUNT", "PermissionSetArn": self.permission_set,
            "PrincipalType": "USER", "PrincipalId": user,
        })
    }
}

impl RemoveAssignments {
    /// The user's own, and how many more come by groups.
    async fn assignments(&self, user: &str, call: &Call) -> Result<(Vec<Assignment>, usize), Failure> {
        let ask = |body| self.center.sso(Kind::Read, "ListAccountAssignmentsForPrincipal", body, call);
        let body = json!({ "PrincipalId": user, "PrincipalType": "USER" });
        let all = match self.center.pages("AccountAssignments", ask, body).await {
            Err(failure) if failure.what == What::Gone => return Ok((Vec::new(), 0)),
            other => other?,
        };
        let is = |one: &Value, key: &str, wanted: &str| one.get(key).and_then(Value::as_str) == Some(wanted);
        let (own, by_group): (Vec<Value>, Vec<Value>) =
            all.into_iter().partition(|one| is(one, "PrincipalType", "USER") && is(one, "PrincipalId", user));
        let own =
            own.iter()
                .map(|one| Assignment::read(one, "AccountId", "PermissionSetArn"))
                .collect::<Option<_>>()
                .ok_or_else(|| Failure::new(Kind::Read, What::Unknown, "an account assignment without its account"))?;
        Ok((own, by_group.len()))
    }

    async fn remove(&self, assignment: &Assignment, user: &str, call: &Call) -> Result<(), Failure> {
        let started = match self.center.sso(Kind::Act, "DeleteAccountAssignment", assignment.body(user), call).await {
            Err(failure) if failure.what == What::Gone => return Ok(()),
            other => other?,
        };
        let mut status = started.get("AccountAssignmentDeletionStatus").cloned().unwrap_or(Value::Null);
        let Some(id) = status.get("RequestId").and_then(Value::as_str).map(str::to_owned) else {
            return Err(Failure::new(Kind::Act, What::Unknown, "DeleteAccountAssignment without a request's id"));
        };
        for _ in 0..POLLS {
            match status.get("Status").and_then(Value::as_str) {
                Some("SUCCEEDED") => return Ok(()),
                Some("FAILED") => {
                    let why = status.get("FailureReason").and_then(Value::as_str).unwrap_or("no reason given");
                    let reason = format!(
                        "AWS could not remove {} from {}: {why}",
                        assignment.permission_set, assignment.account
                    );
                    return Err(
                        Failure::new(Kind::Act, What::Rejected, reason).cure("remove the assignment in the console")
                    );
                }
                _ => {}
            }
            tokio::time::sleep(PAUSE).await;
            let body = json!({ "AccountAssignmentDeletionRequestId": id });
            // A state that cannot be read is no failure of the removal.
            let Ok(read) = self.center.sso(Kind::Read, "DescribeAccountAssignmentDeletionStatus", body, call).await
            else {
                return Ok(());
            };
            status = read.get("AccountAssignmentDeletionStatus").cloned().unwrap_or(Value::Null);
        }
        Ok(())
    }
}

impl Act for RemoveAssignments {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let (own, by_group) = self.assignments(&account.id, call).await?;
        if own.is_empty() {
            return Ok(Outcome::already(format!("assignments: none of the user's own, {by_group} by groups")));
        }
        let kept: Vec<Value> = own.iter().map(Assignment::kept).collect();
        call.keep(Before::of(json!({ "assignments": kept }))).await?;
        let mut acts: Vec<BoxFuture<'_, Result<(), Failure>>> = Vec::new();
        for assignment in &own {
            acts.push(Box::pin(self.remove(assignment, &account.id, call)));
        }
        each::all(acts).await?;
        Ok(Outcome::Acknowledged)
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        let (own, by_group) = self.assignments(&account.id, call).await?;
        let evidence = format!("assignments: {} of the user's own, {by_group} by groups", own.len());
        Ok(if own.is_empty() { Verdict::Dead { evidence } } else { Verdict::Alive { evidence } })
    }

    async fn undo(&self, account: &Account, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        let (there, _) = self.assignments(&account.id, call).await?;
        let removed = kept(before, "assignments").iter();
        let missing: Vec<Assignment> = removed
            .filter_map(|one| Assignment::read(one, "account", "permission_set"))
            .filter(|one| !there.contains(one))
            .collect();
        if missing.is_empty() {
            return Ok(Outcome::already("all of these are assigned"));
        }
        let mut acts: Vec<BoxFuture<'_, Result<(), Failure>>> = Vec::new();
        for assignment in &missing {
            let body = assignment.body(&account.id);
            acts.push(Box::pin(async move {
                self.center.sso(Kind::Act, "CreateAccountAssignment", body, call).await.map(drop)
            }));
        }
        each::all(acts).await?;
        Ok(Outcome::Acknowledged)
    }
}
