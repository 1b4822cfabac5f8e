//! The account, blocked on every device that the user signs in to, whoever owns it. The device itself stays usable, and
//! for other people's accounts too.
//!
//! What is saved on it stays readable for as long as nobody wipes it: no span to be waited for, and no residual.

use std::sync::Arc;

use serde_json::{Value, json};

use super::client::Client;
use super::scope::{Scope, declared};
use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, What, each};
use crate::connectors::vendor::{Act, Given, gone, kept, text};
use crate::connectors::{BoxFuture, Call};
use crate::model::{Account, ActionSpec, Before, Outcome, Verdict};

struct LockDevices {
    client: Arc<Client>,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let title = "Blocks the account on every phone, tablet and computer that Google manages; what is saved there stays";
    let spec = ActionSpec {
        needs: vec![given.fact("account")],
        precedes: vec![given.id.action("wipe-mobile-accounts"), given.id.action("wipe-company-devices")],
        undo: Some("approves the account again on the devices where it was approved".into()),
        scopes: declared(&[Scope::Users, Scope::Devices]),
        ..given.spec("lock-devices", title)
    };
    (spec, LockDevices { client: Arc::clone(client) })
}

/// The account may still be used there: neither blocked, nor taken off it, nor about to be (`DeviceUser.managementState`).
fn open(user: &Value) -> bool {
    !matches!(text(user, "managementState"), "BLOCKED" | "WIPING" | "WIPED" | "UNENROLLED")
}

fn shown(users: &[Value]) -> String {
    let states: Vec<&str> = users.iter().map(|it| text(it, "managementState")).collect();
    format!("the account on devices: {}", if states.is_empty() { "none".to_owned() } else { states.join(", ") })
}

impl LockDevices {
    async fn block(&self, name: &str, call: &Call) -> Result<(), Failure> {
        match self.client.ordered(self.client.order(name, "block")?, call).await {
            Err(failure) if failure.what == What::Gone => Ok(()),
            // Blocked meanwhile, or refused: only a look tells.
            Err(failure) if failure.what == What::Rejected => {
                let now = Failure::unless_gone(self.client.device(name, call).await)?;
                if now.as_ref().is_some_and(open) { Err(failure) } else { Ok(()) }
            }
            other => other,
        }
    }

    /// `Err`: why it stays as it is, for a person to know.
    async fn approve(&self, was: &Value, call: &Call) -> Result<Result<(), String>, Failure> {
        let name = text(was, "name");
        let Some(now) = Failure::unless_gone(self.client.device(name, call).await)? else {
            return Ok(Err(format!("{name} does not exist any more")));
        };
        match (text(&now, "managementState"), text(was, "managementState")) {
            // Nothing but an admin's consent makes of it more than it was.
            ("BLOCKED", "PENDING_APPROVAL") => Ok(Err(format!("{name} waited for an admin's approval before"))),
            ("BLOCKED", _) => self.client.ordered(self.client.order(name, "approve")?, call).await.map(Ok),
            _ if open(&now) => Ok(Ok(())),
            (state, _) => Ok(Err(format!("{name} is {state} by now"))),
        }
    }
}

impl Act for LockDevices {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let Some(user) = self.client.found(&account.id, call).await? else { return Ok(gone(account)) };
        let users = self.client.signed_in(&user.primary_email, call).await?;
        let left: Vec<&Value> = users.iter().filter(|it| open(it)).collect();
        if left.is_empty() {
            return Ok(Outcome::already(shown(&users)));
        }
        let image: Vec<Value> = left
            .iter()
            .map(|it| json!({ "name": text(it, "name"), "managementState": it.get("managementState") }))
            .collect();
        call.keep(Before::of(json!({ "deviceUsers": image }))).await?;
        let blocks = left
            .iter()
            .map(|it| -> BoxFuture<'_, Result<(), Failure>> { Box::pin(self.block(text(it, "name"), call)) });
        each::all(blocks.collect()).await?;
        Ok(Outcome::Acknowledged)
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        let Some(user) = self.client.found(&account.id, call).await? else {
            return Ok(Verdict::Dead { evidence: "no such user".into() });
        };
        let users = self.client.signed_in(&user.primary_email, call).await?;
        let evidence = shown(&users);
        Ok(if users.iter().any(open) { Verdict::Alive { evidence } } else { Verdict::Dead { evidence } })
    }

    async fn undo(&self, _account: &Account, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        let mut left = Vec::new();
        for was in kept(before, "deviceUsers") {
            left.extend(self.approve(was, call).await?.err());
        }
        if left.is_empty() {
            return Ok(Outcome::Acknowledged);
        }
        Err(Failure::new(Kind::Read, What::Rejected, format!("not given back: {}", left.join("; ")))
            .cure("approve the device in the Admin console under Devices, or let the user add the account anew"))
    }
}
