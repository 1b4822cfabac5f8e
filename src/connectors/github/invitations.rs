//! Invitations that wait: a way in for whoever opens the mail.

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};

use super::client::Client;
use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, Request, What, each};
use crate::connectors::vendor::{Act, Given, kept, text};
use crate::connectors::{BoxFuture, Call};
use crate::model::{Account, ActionSpec, Before, Outcome, Verdict};

struct CancelInvitations {
    client: Arc<Client>,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        undo: Some("sends the invitations again".into()),
        scopes: vec!["admin:org".into(), "members=write".into()],
        ..given.spec("cancel-invitations", "Cancels invitations of the person to the organisation")
    };
    (spec, CancelInvitations { client: Arc::clone(client) })
}

impl CancelInvitations {
    /// By login; with SAML also those to the address of the person's identity, of which no login is known.
    async fn invitations(&self, account: &Account, call: &Call) -> Result<Vec<Value>, Failure> {
        let mut all = self.client.list(&self.client.url(&["invitations"])?, &[], call).await?;
        if all.is_empty() {
            return Ok(all);
        }
        let saml = self.client.flavor.has_saml();
        let identity = if saml { self.client.identity(&account.id, call).await? } else { None };
        let address = identity.map(|identity| identity.name_id).filter(|name| name.contains('@')).unwrap_or_default();
        let is = |told: &str, wanted: &str| !wanted.is_empty() && told.eq_ignore_ascii_case(wanted);
        all.retain(|one| is(text(one, "login"), &account.id) || is(text(one, "email"), &address));
        Ok(all)
    }

    /// Whom the invitation was for: an address, or a user's number.
    async fn again(&self, one: &Value, account: &Account, call: &Call) -> Result<Request, Failure> {
        let mut invitation = json!({ "role": text(one, "role") });
        if text(one, "email").is_empty() {
            let user = Request::get(self.client.config.base_url.at(&["users", &account.id])?);
            let user: Value = self.client.read(user, call).await?;
            invitation["invitee_id"] = user.get("id").cloned().unwrap_or_default();
        } else {
            invitation["email"] = text(one, "email").into();
        }
        Ok(Request::act(Method::POST, self.client.url(&["invitations"])?).json(invitation))
    }
}

impl Act for CancelInvitations {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let all = self.invitations(account, call).await?;
        if all.is_empty() {
            return Ok(Outcome::already("invitations: none"));
        }
        let mut acts: Vec<BoxFuture<'_, Result<(), Failure>>> = Vec::new();
        let mut cancelled = Vec::new();
        for one in &all {
            let id = one.get("id").and_then(Value::as_u64).map(|id| id.to_string());
            let id = id.ok_or_else(|| Failure::new(Kind::Read, What::Unknown, "an invitation without an id"))?;
            let request = Request::act(Method::DELETE, self.client.url(&["invitations", &id])?);
            cancelled.push(json!({ "email": one.get("email"), "role": text(one, "role") }));
            acts.push(Box::pin(async move { Failure::unless_gone(self.client.act(request, call).await).map(drop) }));
        }
        call.keep(Before::of(json!({ "invitations": cancelled }))).await?;
        each::all(acts).await?;
        Ok(Outcome::Acknowledged)
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        Ok(match self.invitations(account, call).await?.len() {
            0 => Verdict::Dead { evidence: "invitations: none".into() },
            left => Verdict::Alive { evidence: format!("invitations: {left}") },
        })
    }

    async fn undo(&self, account: &Account, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        let there = self.invitations(account, call).await?;
        for one in kept(before, "invitations") {
            let sent = there.iter().any(|it| text(it, "email").eq_ignore_ascii_case(text(one, "email")));
            if !sent {
                self.client.act(self.again(one, account, call).await?, call).await?;
            }
        }
        Ok(Outcome::Acknowledged)
    }
}
