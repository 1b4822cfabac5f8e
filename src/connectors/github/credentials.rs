//! Tokens and SSH keys that the person authorised for the organisation's SAML. The authorisation ends; the key itself
//! stays theirs for other organisations.

use std::collections::BTreeSet;
use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};

use super::client::Client;
use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, Request, What, each};
use crate::connectors::vendor::{Act, Given};
use crate::connectors::{BoxFuture, Call};
use crate::model::{Account, ActionSpec, Before, Danger, Outcome, Stage, Verdict};

struct RevokeCredentials {
    client: Arc<Client>,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        stage: Stage::Credentials,
        danger: Danger::HardToUndo,
        scopes: vec!["read:org".into(), "admin:org".into()],
        ..given.spec("revoke-credentials", "Revokes the SAML authorisation of every token and SSH key")
    };
    (spec, RevokeCredentials { client: Arc::clone(client) })
}

impl Client {
    /// What this login has authorised for the organisation's SAML.
    pub(super) async fn authorisations(&self, login: &str, call: &Call) -> Result<Vec<Value>, Failure> {
        let url = self.url(&["credential-authorizations"])?;
        let mut all = self.list(&url, &[("login", login)], call).await?;
        // Should the filter ever be ignored, the others' credentials must stay.
        all.retain(|one| one.get("login").and_then(Value::as_str).is_some_and(|it| it.eq_ignore_ascii_case(login)));
        // A list that moves on between two pages names one of them twice.
        let mut known = BTreeSet::new();
        all.retain(|one| one.get("credential_id").and_then(Value::as_u64).is_none_or(|id| known.insert(id)));
        Ok(all)
    }
}

impl Act for RevokeCredentials {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let all = self.client.authorisations(&account.id, call).await?;
        if all.is_empty() {
            return Ok(Outcome::already("authorised credentials: none"));
        }
        let mut acts: Vec<BoxFuture<'_, Result<(), Failure>>> = Vec::new();
        let mut revoked = Vec::new();
        for one in &all {
            let id = one.get("credential_id").and_then(Value::as_u64).map(|id| id.to_string()).ok_or_else(|| {
                Failure::new(Kind::Read, What::Unknown, "an authorised credential without a credential_id")
            })?;
            let request = Request::act(Method::DELETE, self.client.url(&["credential-authorizations", &id])?);
            revoked.push(json!({ "credential_id": id, "credential_type": one.get("credential_type") }));
            acts.push(Box::pin(async move { Failure::unless_gone(self.client.act(request, call).await).map(drop) }));
        }
        call.keep(Before::of(json!({ "revoked": revoked }))).await?;
        each::all(acts).await?;
        Ok(Outcome::Acknowledged)
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        Ok(match self.client.authorisations(&account.id, call).await?.len() {
            0 => Verdict::Dead { evidence: "authorised credentials: none".into() },
            left => Verdict::Alive { evidence: format!("authorised credentials: {left}") },
        })
    }
}
