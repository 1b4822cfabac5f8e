//! `ChromeOS` devices that the leaver used lately and that are not theirs: kiosks, a colleague's, nobody's. Looks only.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::client::Client;
use super::super::scope::{Scope, declared};
use super::Device;
use crate::connectors::Call;
use crate::connectors::http::{Failure, What};
use crate::connectors::vendor::{Act, Given};
use crate::model::{Account, ActionSpec, Finding, Outcome, Stage, StepClass, Verdict};

struct ListUsed {
    client: Arc<Client>,
}

pub(in super::super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let title = "Lists the ChromeOS devices that the user signed in to lately and that are not annotated as their own";
    let spec = ActionSpec {
        stage: Stage::Handover,
        class: StepClass::Pure,
        needs: vec![given.fact("account")],
        scopes: declared(&[Scope::Users, Scope::ChromeOs]),
        ..given.spec("list-used-chromeos-devices", title)
    };
    (spec, ListUsed { client: Arc::clone(client) })
}

fn finding(device: &Device) -> Finding {
    let of = match device.annotated_user.trim() {
        "" => "annotated to nobody",
        whom => &format!("annotated to {whom}"),
    };
    let people = device.recent_users.len();
    let detail = format!(
        "{}, {}, {of}, used lately by {people} people: if it is in the leaver's hands, collect it or disable it by hand",
        device.shown(),
        device.status
    );
    Finding { what: "ChromeOS device".into(), id: device.id.clone(), detail }
}

impl Act for ListUsed {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let Some(user) = self.client.found(&account.id, call).await? else {
            return Ok(Outcome::Listed { findings: Vec::new() });
        };
        let email = user.primary_email.as_str();
        let mut found = self.client.chromeos("user", email, call).await?;
        let mut findings = Vec::new();
        match self.client.chromeos("recent_user", email, call).await {
            Ok(mut used) => found.append(&mut used),
            // Google's reference does not name this field: a person has to know that nobody has looked.
            Err(failure) if failure.what == What::Rejected => findings.push(Finding {
                what: "ChromeOS devices".into(),
                id: email.to_owned(),
                detail: format!("who used which was not searched: {}", failure.reason),
            }),
            Err(failure) => return Err(failure),
        }
        let others = found.iter().filter(|device| device.was_used_by(email) && !device.is_of(email));
        let once: BTreeMap<&str, &Device> = others.map(|device| (device.id.as_str(), device)).collect();
        findings.extend(once.into_values().map(finding));
        Ok(Outcome::Listed { findings })
    }

    async fn verify(&self, _account: &Account, _call: &Call) -> Result<Verdict, Failure> {
        Ok(Verdict::CannotTell { reason: "it only looks".into(), after_ms: None, again: false })
    }
}
