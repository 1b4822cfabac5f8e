//! Disabling the leaver's own `ChromeOS` devices: they stay managed, and nobody can use them. Google says no time within
//! which a device that is offline takes notice, so none is declared as a residual.
//!
//! Only what is annotated to them, and not where somebody else signed in last: such a device has been handed on.
//! `chromeosdevices.action` would do it too, and is deprecated in favour of the batch.

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};

use super::super::client::Client;
use super::super::config::Api;
use super::super::said;
use super::super::scope::{Scope, declared};
use super::Device;
use crate::connectors::Call;
use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, Request, What, each};
use crate::connectors::vendor::{Act, Given, gone, kept};
use crate::model::{Account, ActionSpec, Before, Outcome, Verdict};

/// Devices in one batch at most.
const BATCH: usize = 50;

struct Disable {
    client: Arc<Client>,
}

/// What is asked of a batch (`ChangeChromeOsDeviceStatusAction`).
#[derive(Clone, Copy)]
enum Order {
    Disable,
    Reenable,
}

/// The devices annotated to the leaver.
#[derive(Default)]
struct Sorted {
    open: Vec<Device>,
    /// How they stand that nobody can use.
    settled: Vec<String>,
    /// Why a person must decide.
    doubts: Vec<String>,
}

pub(in super::super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        needs: vec![given.fact("account")],
        undo: Some("enables the devices again, which takes an upgrade licence where disabling gave one back".into()),
        scopes: declared(&[Scope::Users, Scope::ChromeOs]),
        ..given.spec(
            "disable-chromeos-devices",
            "Disables the ChromeOS devices annotated as the user's own, as soon as they are online",
        )
    };
    (spec, Disable { client: Arc::clone(client) })
}

impl Order {
    fn name(self) -> &'static str {
        match self {
            Self::Disable => "CHANGE_CHROME_OS_DEVICE_STATUS_ACTION_DISABLE",
            Self::Reenable => "CHANGE_CHROME_OS_DEVICE_STATUS_ACTION_REENABLE",
        }
    }
}

/// In nobody's hands, or not managed any more: there is nothing to disable.
fn settled(device: &Device) -> bool {
    matches!(
        device.status.as_str(),
        "DISABLED" | "DEPROVISIONED" | "PRE_PROVISIONED" | "SHIPPED" | "RETURN_REQUESTED" | "RETURN_ARRIVED"
    )
}

impl Sorted {
    fn evidence(&self) -> String {
        let open = self.open.iter().map(|it| format!("{} {}", it.shown(), it.status));
        let all: Vec<String> = open.chain(self.settled.clone()).chain(self.doubts.clone()).collect();
        format!("ChromeOS devices: {}", if all.is_empty() { "none".to_owned() } else { all.join(", ") })
    }
}

impl Disable {
    async fn sorted(&self, email: &str, call: &Call) -> Result<Sorted, Failure> {
        let mut sorted = Sorted::default();
        for device in self.client.chromeos("user", email, call).await? {
            // The query is a search: another's device must not be touched.
            if !device.is_of(email) {
                continue;
            }
            let shown = device.shown();
            match device.last_user() {
                _ if settled(&device) => sorted.settled.push(format!("{shown} {}", device.status)),
                Some(other) if !other.eq_ignore_ascii_case(email) => {
                    let why = "give it to them in the Admin console, or disable it there";
                    sorted.doubts.push(format!("{shown} is annotated to {email}, and {other} signed in last: {why}"));
                }
                _ => sorted.open.push(device),
            }
        }
        Ok(sorted)
    }

    /// All batches are sent, whatever became of one: it may have done things that must be told.
    async fn order(&self, order: Order, customer: &str, ids: &[&str], call: &Call) -> Result<(), Failure> {
        let mut ends = Vec::new();
        for ids in ids.chunks(BATCH) {
            ends.push(self.batch(order, customer, ids, call).await);
        }
        each::worst(ends)
    }

    /// The answer is a success whatever became of each device, so each one's word is read.
    async fn batch(&self, order: Order, customer: &str, ids: &[&str], call: &Call) -> Result<(), Failure> {
        let segments = ["customer", customer, "devices", "chromeos:batchChangeStatus"];
        let body = json!({ "deviceIds": ids, "changeChromeOsDeviceStatusAction": order.name() });
        let request = Request::act(Method::POST, self.client.at(Api::Directory, &segments)?).json(body);
        let answer = self.client.with(Scope::ChromeOs).send(request, call).await?;
        let body: Value = answer.json()?;
        let results = kept(&body, "changeChromeOsDeviceStatusResults");
        let end = |id: &&str| {
            let of_it = |it: &&Value| it.get("deviceId").and_then(Value::as_str) == Some(*id);
            match results.iter().find(of_it).map(|it| it.get("error")) {
                Some(None) => Ok(()),
                Some(Some(error)) => Err(said::status(&answer, Scope::ChromeOs, error)),
                None => Err(answer.failure(What::Unknown, format!("Google says nothing of device {id}"))),
            }
        };
        each::worst(ids.iter().map(end).collect())
    }
}

impl Act for Disable {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let Some(user) = self.client.found(&account.id, call).await? else { return Ok(gone(account)) };
        let email = user.primary_email.as_str();
        let sorted = self.sorted(email, call).await?;
        if sorted.open.is_empty() {
            if sorted.doubts.is_empty() {
                return Ok(Outcome::already(sorted.evidence()));
            }
            return Err(Failure::needs_human(sorted.doubts.join("; ")));
        }
        // By the alias alone where Google does not say: it stands for the admin's own organisation.
        let customer = user.customer_id.as_deref().unwrap_or("my_customer");
        let image: Vec<Value> = sorted
            .open
            .iter()
            .map(|it| json!({ "deviceId": it.id, "device": it.shown(), "status": it.status }))
            .collect();
        call.keep(Before::of(json!({ "customer": customer, "devices": image }))).await?;
        let ids: Vec<&str> = sorted.open.iter().map(|it| it.id.as_str()).collect();
        match self.order(Order::Disable, customer, &ids, call).await {
            // Disabled meanwhile, or refused: only a look tells.
            Err(failure) if failure.what == What::Rejected => {
                if !self.sorted(email, call).await?.open.is_empty() {
                    return Err(failure);
                }
            }
            other => other?,
        }
        // Doubts, if there are any, are what the read-back shows.
        Ok(Outcome::Acknowledged)
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        let Some(user) = self.client.found(&account.id, call).await? else {
            return Ok(Verdict::Dead { evidence: "no such user".into() });
        };
        let sorted = self.sorted(&user.primary_email, call).await?;
        let evidence = sorted.evidence();
        let alive = !(sorted.open.is_empty() && sorted.doubts.is_empty());
        Ok(if alive { Verdict::Alive { evidence } } else { Verdict::Dead { evidence } })
    }

    async fn undo(&self, _account: &Account, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (mut disabled, mut left) = (Vec::new(), Vec::new());
        for was in kept(before, "devices") {
            let id = text(was, "deviceId");
            match Failure::unless_gone(self.client.chromeos_device(&id, call).await)? {
                None => left.push(format!("{} does not exist any more", text(was, "device"))),
                Some(now) if now.status == "DISABLED" => disabled.push(id),
                Some(now) if settled(&now) => left.push(format!("{} is {} by now", text(was, "device"), now.status)),
                Some(_) => {}
            }
        }
        if !disabled.is_empty() {
            let ids: Vec<&str> = disabled.iter().map(String::as_str).collect();
            self.order(Order::Reenable, &text(before, "customer"), &ids, call).await?;
        }
        if left.is_empty() {
            return Ok(Outcome::Acknowledged);
        }
        let reason = format!("not enabled again: {}", left.join("; "));
        Err(Failure::new(Kind::Read, What::Rejected, reason).cure("enrol the device anew"))
    }
}
