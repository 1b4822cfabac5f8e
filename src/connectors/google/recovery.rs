//! Recovery address and phone: with them, the leaver sets a new password by themselves.
//!
//! They are personal data. Their values stand in the before-image, which undo needs, and nowhere else.

use std::sync::Arc;

use serde_json::{Value, json};

use super::client::Client;
use super::scope::{Scope, declared};
use super::user::User;
use crate::connectors::Call;
use crate::connectors::http::Failure;
use crate::connectors::vendor::{Act, Given, gone};
use crate::model::{Account, ActionSpec, Before, Outcome, Verdict};
use crate::vault::Secret;

struct ClearRecovery {
    client: Arc<Client>,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        needs: vec![given.fact("account")],
        undo: Some("writes the recovery address and phone back".into()),
        scopes: declared(&[Scope::Users]),
        ..given.spec("clear-recovery", "Blanks the recovery address and phone: no way round the new password")
    };
    (spec, ClearRecovery { client: Arc::clone(client) })
}

/// Which of the two are set; never what they say.
fn shown(user: &User) -> Option<&'static str> {
    match (user.recovery_email.is_empty(), user.recovery_phone.is_empty()) {
        (true, true) => None,
        (false, true) => Some("recovery address: set"),
        (true, false) => Some("recovery phone: set"),
        (false, false) => Some("recovery address and phone: set"),
    }
}

impl ClearRecovery {
    async fn write(&self, account: &Account, email: &str, phone: &str, call: &Call) -> Result<(), Failure> {
        let hidden = [email, phone].map(|text| Secret::new(text.to_owned()));
        let change = json!({ "recoveryEmail": email, "recoveryPhone": phone });
        self.client.update_hiding(&account.id, change, hidden, call).await
    }
}

impl Act for ClearRecovery {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let Some(user) = self.client.found(&account.id, call).await? else { return Ok(gone(account)) };
        if shown(&user).is_none() {
            return Ok(Outcome::already("recovery address and phone: none"));
        }
        let before = json!({ "recoveryEmail": user.recovery_email, "recoveryPhone": user.recovery_phone });
        call.keep(Before::of(before)).await?;
        self.write(account, "", "", call).await?;
        Ok(Outcome::Acknowledged)
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        let Some(user) = self.client.found(&account.id, call).await? else {
            return Ok(Verdict::Dead { evidence: "no such user".into() });
        };
        Ok(match shown(&user) {
            None => Verdict::Dead { evidence: "recovery address and phone: none".into() },
            Some(left) => Verdict::Alive { evidence: left.into() },
        })
    }

    async fn undo(&self, account: &Account, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        let text = |key: &str| before.get(key).and_then(Value::as_str).unwrap_or_default();
        self.write(account, text("recoveryEmail"), text("recoveryPhone"), call).await?;
        Ok(Outcome::Acknowledged)
    }
}
