//! Factors: possible only while the user is not deactivated.

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};

use super::client::Client;
use super::scope::{Scope, declared};
use crate::connectors::Call;
use crate::connectors::http::{Failure, Request, What};
use crate::connectors::vendor::{Act, Given, gone};
use crate::model::{Account, ActionSpec, Before, Danger, Outcome, Stage, Verdict};

struct ResetFactors {
    client: Arc<Client>,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        stage: Stage::Credentials,
        danger: Danger::HardToUndo,
        needs: vec![given.fact("account")],
        scopes: declared(&[Scope::Users]),
        ..given.spec("reset-factors", "Unenrols every factor of the user")
    };
    (spec, ResetFactors { client: Arc::clone(client) })
}

impl ResetFactors {
    async fn try_reset(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let factors = self.factors(account, call).await?;
        if factors.is_empty() {
            return Ok(Outcome::already("factors: none"));
        }
        let kinds: Vec<Value> = factors
            .iter()
            .map(|factor| json!({ "id": factor.get("id"), "factorType": factor.get("factorType") }))
            .collect();
        let url = self.client.url(&account.id, &["lifecycle", "reset_factors"])?;
        call.keep(Before::of(json!({ "factors": kinds }))).await?;
        self.client.act(Scope::Users, Request::act(Method::POST, url), call).await?;
        Ok(Outcome::Acknowledged)
    }

    async fn factors(&self, account: &Account, call: &Call) -> Result<Vec<Value>, Failure> {
        self.client.read(Scope::Users, Request::get(self.client.url(&account.id, &["factors"])?), call).await
    }

    /// A deactivated user's factors open nothing.
    async fn shut_or(&self, account: &Account, alive: String, call: &Call) -> Result<Verdict, Failure> {
        Ok(match self.client.found(&account.id, call).await? {
            None => Verdict::Dead { evidence: "no such user".into() },
            Some(user) if user.status == "DEPROVISIONED" => Verdict::Dead { evidence: user.shown() },
            Some(_) => Verdict::Alive { evidence: alive },
        })
    }
}

impl Act for ResetFactors {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        match self.try_reset(account, call).await {
            Err(failure) if matches!(failure.what, What::Gone | What::Rejected | What::Denied) => {
                match self.client.found(&account.id, call).await {
                    Ok(None) => Ok(gone(account)),
                    Ok(Some(user)) if user.status == "DEPROVISIONED" => Ok(Outcome::AlreadySo {
                        note: format!("factors of a deactivated user cannot be reset; {}", user.shown()),
                        caveat: Some("its factors may be valid again after an activation".into()),
                    }),
                    _ => Err(failure),
                }
            }
            other => other,
        }
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        match self.factors(account, call).await {
            Ok(factors) if factors.is_empty() => Ok(Verdict::Dead { evidence: "factors: none".into() }),
            Ok(factors) => self.shut_or(account, format!("factors: {}", factors.len()), call).await,
            Err(failure) if matches!(failure.what, What::Gone | What::Rejected) => {
                match self.shut_or(account, String::new(), call).await? {
                    Verdict::Alive { .. } => Err(failure),
                    other => Ok(other),
                }
            }
            Err(failure) => Err(failure),
        }
    }
}
