//! The licence: from Licensed to Basic, and back.

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};

use super::client::Client;
use super::user::{BASIC, LICENSED, User, gone};
use crate::connectors::Call;
use crate::connectors::http::Failure;
use crate::connectors::vendor::{Act, Given};
use crate::model::{Account, ActionSpec, Before, Outcome, Stage, Verdict};

struct FreeLicence {
    client: Arc<Client>,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        stage: Stage::Licences,
        needs: vec![given.fact("account")],
        undo: Some("makes the user Licensed again, if a licence is free".into()),
        scopes: vec!["user:update:user:admin".into(), "user:read:user:admin".into()],
        ..given.spec("free-licence", "Frees the meeting licence: the user becomes Basic")
    };
    (spec, FreeLicence { client: Arc::clone(client) })
}

fn shown(user: &User) -> String {
    format!("type: {}", user.kind)
}

impl FreeLicence {
    async fn set(&self, account: &Account, kind: u64, call: &Call) -> Result<(), Failure> {
        self.client.change(Method::PATCH, self.client.url(&account.id, &[])?, json!({ "type": kind }), call).await
    }
}

impl Act for FreeLicence {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let Some(user) = self.client.user(&account.id, call).await? else { return Ok(gone(account)) };
        if user.kind != LICENSED {
            return Ok(Outcome::already(shown(&user)));
        }
        user.spare_owner()?;
        call.keep(Before::of(json!({ "type": LICENSED })).seats(["Licensed"])).await?;
        self.set(account, BASIC, call).await?;
        Ok(Outcome::Acknowledged)
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        Ok(match self.client.user(&account.id, call).await? {
            None => Verdict::Dead { evidence: "no such user: 1001".into() },
            Some(user) if user.kind == LICENSED => Verdict::Alive { evidence: shown(&user) },
            Some(user) => Verdict::Dead { evidence: shown(&user) },
        })
    }

    async fn undo(&self, account: &Account, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        if before.get("type").and_then(Value::as_u64) != Some(LICENSED) {
            return Ok(Outcome::already("the user had no licence before"));
        }
        if let Some(user) = self.client.user(&account.id, call).await?
            && user.kind == LICENSED
        {
            return Ok(Outcome::already(shown(&user)));
        }
        self.set(account, LICENSED, call).await?;
        Ok(Outcome::Acknowledged)
    }
}
