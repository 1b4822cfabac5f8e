//! What gives the user rights: groups, attached policies, inline policies. All of it can be given back.

use std::sync::Arc;

use serde_json::{Value, json};

use super::belongings::{ATTACHED_POLICIES, Belongings, GROUPS, INLINE_POLICIES};
use super::credentials::listed;
use super::{Iam, Query, UserName, deny, no_user};
use crate::connectors::http::{Failure, each};
use crate::connectors::vendor::{Act, Given, gone, kept};
use crate::connectors::{BoxFuture, Call};
use crate::model::{Account, ActionSpec, Before, Outcome, Stage, Verdict};

/// Groups or attached policies: a name is all that is needed to give them back.
struct Untie {
    what: Belongings,
    restore: &'static str,
    iam: Arc<Iam>,
}

/// Inline policies: gone with their documents, so these are kept.
struct DeleteInline {
    iam: Arc<Iam>,
}

/// Either of them.
enum Tie {
    Named(Untie),
    Inline(DeleteInline),
}

pub(super) fn actions(given: &Given, iam: &Arc<Iam>) -> Vec<(ActionSpec, impl Act)> {
    let spec = |name: &str, title: &str, undo: &str, scopes: &[&str]| ActionSpec {
        stage: Stage::Licences,
        needs: vec![given.fact("account")],
        undo: Some(undo.to_owned()),
        scopes: scopes.iter().map(|scope| format!("iam:{scope}")).collect(),
        ..given.spec(name, title)
    };
    let iam = || Arc::clone(iam);
    vec![
        (
            spec(
                "remove-groups",
                "Removes the IAM user from every group",
                "adds the user to the groups again",
                &["ListGroupsForUser", "RemoveUserFromGroup", "AddUserToGroup"],
            ),
            Tie::Named(Untie { what: GROUPS, restore: "AddUserToGroup", iam: iam() }),
        ),
        (
            spec(
                "detach-policies",
                "Detaches every managed policy from the IAM user",
                "attaches the policies again",
                &["ListAttachedUserPolicies", "DetachUserPolicy", "AttachUserPolicy"],
            ),
            Tie::Named(Untie { what: ATTACHED_POLICIES, restore: "AttachUserPolicy", iam: iam() }),
        ),
        (
            spec(
                "delete-inline-policies",
                "Deletes the IAM user's inline policies, but for the one that denies everything",
                "puts the policies back with their documents",
                &["ListUserPolicies", "GetUserPolicy", "DeleteUserPolicy", "PutUserPolicy"],
            ),
            Tie::Inline(DeleteInline { iam: iam() }),
        ),
    ]
}

impl Act for Tie {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        match self {
            Self::Named(tie) => tie.execute(account, call).await,
            Self::Inline(tie) => tie.execute(account, call).await,
        }
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        match self {
            Self::Named(tie) => tie.verify(account, call).await,
            Self::Inline(tie) => tie.verify(account, call).await,
        }
    }

    async fn undo(&self, account: &Account, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        match self {
            Self::Named(tie) => tie.undo(account, before, call).await,
            Self::Inline(tie) => tie.undo(account, before, call).await,
        }
    }
}

fn left(noun: &str, left: Option<usize>) -> Verdict {
    match left {
        None => no_user(),
        Some(0) => Verdict::Dead { evidence: format!("{noun}: none") },
        Some(left) => Verdict::Alive { evidence: format!("{noun}: {left}") },
    }
}

fn none(noun: &str) -> Outcome {
    Outcome::already(format!("{noun}: none"))
}

impl Act for Untie {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let user = UserName::of(account)?;
        let Some(all) = self.iam.all(&self.what, &user, call).await? else { return Ok(gone(account)) };
        let ids: Vec<String> = all.into_iter().map(|one| one.id).collect();
        if ids.is_empty() {
            return Ok(none(self.what.noun));
        }
        call.keep(Before::of(json!({ "removed": ids }))).await?;
        self.iam.each(self.what.remove, self.what.id, &ids, &[], &user, call).await?;
        Ok(Outcome::Acknowledged)
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        let user = UserName::of(account)?;
        Ok(left(self.what.noun, self.iam.all(&self.what, &user, call).await?.map(|all| all.len())))
    }

    async fn undo(&self, account: &Account, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        let user = UserName::of(account)?;
        let ids = listed(before, "removed");
        if ids.is_empty() {
            return Ok(Outcome::already(format!("Nightlatch removed none of the {}", self.what.noun)));
        }
        let mut acts: Vec<BoxFuture<'_, Result<(), Failure>>> = Vec::new();
        for id in &ids {
            // A group or policy that has been deleted since cannot come back, and that is said.
            let query = Query::act(self.restore, &user).with(self.what.id, id);
            acts.push(Box::pin(async move { self.iam.ask(&query, call).await.map(drop) }));
        }
        each::all(acts).await?;
        Ok(Outcome::Acknowledged)
    }
}

impl DeleteInline {
    /// All but the policy of the kill switch; `None`: there is no such user.
    async fn names(&self, user: &UserName, call: &Call) -> Result<Option<Vec<String>>, Failure> {
        let all = self.iam.all(&INLINE_POLICIES, user, call).await?;
        Ok(all.map(|all| all.into_iter().map(|policy| policy.id).filter(|name| name != deny::NAME).collect()))
    }
}

impl Act for DeleteInline {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let user = UserName::of(account)?;
        let Some(names) = self.names(&user, call).await? else { return Ok(gone(account)) };
        let (mut removed, mut kept) = (Vec::new(), Vec::new());
        for name in names {
            // Gone since it was listed: somebody else's doing.
            if let Some(document) = self.iam.policy(&user, &name, call).await? {
                kept.push(json!({ "name": name, "document": document }));
                removed.push(name);
            }
        }
        if removed.is_empty() {
            return Ok(none(INLINE_POLICIES.noun));
        }
        call.keep(Before::of(json!({ "policies": kept }))).await?;
        self.iam.each(INLINE_POLICIES.remove, INLINE_POLICIES.id, &removed, &[], &user, call).await?;
        Ok(Outcome::Acknowledged)
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        let user = UserName::of(account)?;
        Ok(left(INLINE_POLICIES.noun, self.names(&user, call).await?.map(|names| names.len())))
    }

    async fn undo(&self, account: &Account, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        let user = UserName::of(account)?;
        let policies = kept(before, "policies").to_vec();
        if policies.is_empty() {
            return Ok(Outcome::already("Nightlatch deleted no inline policy"));
        }
        let mut acts: Vec<BoxFuture<'_, Result<(), Failure>>> = Vec::new();
        for policy in &policies {
            let text = |key: &str| policy.get(key).and_then(Value::as_str).unwrap_or_default();
            let query = Query::act("PutUserPolicy", &user)
                .with("PolicyName", text("name"))
                .with("PolicyDocument", text("document"));
            acts.push(Box::pin(async move { self.iam.ask(&query, call).await.map(drop) }));
        }
        each::all(acts).await?;
        Ok(Outcome::Acknowledged)
    }
}
