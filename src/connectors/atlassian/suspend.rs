//! Suspension in the organisation's directories: no access to its products, no seat taken, roles and groups kept.

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};

use super::client::Client;
use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, What, each};
use crate::connectors::vendor::{Act, Given, gone, kept};
use crate::connectors::{BoxFuture, Call};
use crate::model::{Account, ActionSpec, Before, Outcome, Stage, Verdict};

struct Suspend {
    client: Arc<Client>,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        stage: Stage::Licences,
        needs: vec![given.fact("account")],
        precedes: vec![given.id.action("remove-from-directory")],
        undo: Some("restores the access, with the roles and groups of before".into()),
        scopes: vec![super::said::SCOPE.into()],
        ..given.spec("suspend-access", "Suspends the person in the organisation's directories, which frees their seats")
    };
    (spec, Suspend { client: Arc::clone(client) })
}

impl Suspend {
    async fn suspend(&self, directory: &str, id: &str, call: &Call) -> Result<(), Failure> {
        let url = self.client.member(directory, id, &["suspend"])?;
        match self.client.act(Method::POST, url, None, call).await {
            // Removed, or suspended, since it was read.
            Err(failure) if matches!(failure.what, What::Gone | What::Rejected) => {
                match self.client.suspended(directory, id, call).await? {
                    Some(false) => Err(failure),
                    Some(true) | None => Ok(()),
                }
            }
            other => other,
        }
    }

    async fn restore(&self, directory: &str, id: &str, call: &Call) -> Result<(), Failure> {
        match self.client.suspended(directory, id, call).await? {
            Some(false) => Ok(()),
            Some(true) => {
                self.client.act(Method::POST, self.client.member(directory, id, &["restore"])?, None, call).await
            }
            None => {
                let reason = format!("they are not in directory {directory} any more");
                Err(Failure::new(Kind::Read, What::Rejected, reason).cure("invite the person again: roles were lost"))
            }
        }
    }
}

impl Act for Suspend {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let Some(user) = self.client.user(&account.id, call).await? else { return Ok(gone(account)) };
        let mut active = self.client.memberships(&account.id, call).await?;
        active.retain(|membership| !membership.suspended);
        if active.is_empty() {
            return Ok(Outcome::already("membershipStatus: active in no directory"));
        }
        self.client.not_the_last_admin(&user, call).await?;
        let kept: Vec<Value> = active.iter().map(|membership| json!({ "id": membership.directory })).collect();
        call.keep(Before::of(json!({ "directories": kept })).seats(user.products())).await?;
        let acts = active
            .iter()
            .map(|membership| -> BoxFuture<'_, Result<(), Failure>> {
                Box::pin(self.suspend(&membership.directory, &account.id, call))
            })
            .collect();
        each::all(acts).await?;
        Ok(Outcome::Acknowledged)
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        let memberships = self.client.memberships(&account.id, call).await?;
        Ok(match memberships.iter().find(|membership| !membership.suspended) {
            None if memberships.is_empty() => Verdict::Dead { evidence: "in no directory".into() },
            None => Verdict::Dead { evidence: "membershipStatus: suspended".into() },
            Some(active) => Verdict::Alive { evidence: format!("membershipStatus: active in {}", active.directory) },
        })
    }

    async fn undo(&self, account: &Account, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        let listed = kept(before, "directories").iter();
        let directories: Vec<&str> = listed.filter_map(|one| one.get("id").and_then(Value::as_str)).collect();
        let acts = directories
            .iter()
            .map(|directory| -> BoxFuture<'_, Result<(), Failure>> {
                Box::pin(self.restore(directory, &account.id, call))
            })
            .collect();
        each::all(acts).await?;
        Ok(Outcome::Acknowledged)
    }
}
