//! Phones and tablets that people brought themselves: the firm's account is taken off them, nothing else.
//!
//! `admin_remote_wipe` would erase the whole device, and this list holds private ones only: it is never sent.

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};

use super::client::Client;
use super::scope::{Scope, declared};
use crate::connectors::http::{Failure, Request, What, each};
use crate::connectors::vendor::{Act, Given, gone, text};
use crate::connectors::{BoxFuture, Call};
use crate::model::{Account, ActionSpec, Before, Danger, Outcome, Stage, Verdict};

struct WipeAccounts {
    client: Arc<Client>,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        stage: Stage::Credentials,
        danger: Danger::HardToUndo,
        needs: vec![given.fact("account")],
        scopes: declared(&[Scope::Users, Scope::Mobile]),
        ..given.spec(
            "wipe-mobile-accounts",
            "Takes the account and its data off the user's own phones and tablets, when they are next in reach",
        )
    };
    (spec, WipeAccounts { client: Arc::clone(client) })
}

/// The account is still on it, and nobody has told it to go: not `ACCOUNT_WIPING`, `WIPED` and their like.
fn holds_account(device: &Value) -> bool {
    let status = text(device, "status").to_ascii_uppercase();
    !status.contains("WIP") && status != "UNPROVISIONED"
}

fn statuses(devices: &[Value]) -> String {
    let all: Vec<&str> = devices.iter().map(|device| text(device, "status")).collect();
    if all.is_empty() { "none".to_owned() } else { all.join(", ") }
}

impl WipeAccounts {
    /// The devices of this address. The query is a search, so each is looked at: another's phone must not be touched.
    async fn devices(&self, email: &str, call: &Call) -> Result<Vec<Value>, Failure> {
        let query = format!("email:{email}");
        let url = self.client.customer(&["devices", "mobile"])?;
        let request =
            Request::get(url).query(&[("query", query.as_str()), ("projection", "FULL"), ("maxResults", "100")]);
        let mut devices = self.client.with(Scope::Mobile).pages(&request, "mobiledevices", call).await?;
        devices.retain(|device| {
            let mut emails = device.get("email").and_then(Value::as_array).into_iter().flatten();
            emails.any(|it| it.as_str().is_some_and(|it| it.eq_ignore_ascii_case(email)))
        });
        Ok(devices)
    }

    async fn wipe(&self, device: &str, email: &str, call: &Call) -> Result<(), Failure> {
        let url = self.client.customer(&["devices", "mobile", device, "action"])?;
        let request = Request::act(Method::POST, url).json(json!({ "action": "admin_account_wipe" }));
        match self.client.with(Scope::Mobile).act(request, call).await {
            Err(failure) if failure.what == What::Gone => Ok(()),
            // What a missing device gets, and what breaks: only the list tells.
            Err(failure) if failure.code == "internalError" => {
                let left = self.devices(email, call).await?;
                if left.iter().any(|it| text(it, "resourceId") == device) { Err(failure) } else { Ok(()) }
            }
            other => other,
        }
    }
}

impl Act for WipeAccounts {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let Some(user) = self.client.found(&account.id, call).await? else { return Ok(gone(account)) };
        let devices = self.devices(&user.primary_email, call).await?;
        let held: Vec<&Value> = devices.iter().filter(|device| holds_account(device)).collect();
        if held.is_empty() {
            return Ok(Outcome::already(format!("the user's own devices: {}", statuses(&devices))));
        }
        let image: Vec<Value> = held
            .iter()
            .map(|it| json!({ "resourceId": text(it, "resourceId"), "model": it.get("model"), "status": it.get("status") }))
            .collect();
        call.keep(Before::of(json!({ "devices": image }))).await?;
        let email = user.primary_email.as_str();
        let wipes = held.iter().map(|device| -> BoxFuture<'_, Result<(), Failure>> {
            Box::pin(self.wipe(text(device, "resourceId"), email, call))
        });
        each::all(wipes.collect()).await?;
        Ok(Outcome::Acknowledged)
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        let Some(user) = self.client.found(&account.id, call).await? else {
            return Ok(Verdict::Dead { evidence: "no such user".into() });
        };
        let devices = self.devices(&user.primary_email, call).await?;
        let evidence = format!("the user's own devices: {}", statuses(&devices));
        Ok(if devices.iter().any(holds_account) { Verdict::Alive { evidence } } else { Verdict::Dead { evidence } })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_that_is_blocked_still_holds_the_account_and_one_under_wiping_does_not() {
        for (status, holds) in [
            ("APPROVED", true),
            ("PENDING", true),
            ("BLOCKED", true),
            ("UNKNOWN", true),
            ("", true),
            ("ACCOUNT_WIPING", false),
            ("ACCOUNT_WIPED", false),
            ("WIPING", false),
            ("Wiped", false),
            ("UNPROVISIONED", false),
        ] {
            assert_eq!(holds_account(&json!({ "status": status })), holds, "{status}");
        }
    }
}
