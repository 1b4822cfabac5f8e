//! The HR system's webhook, signed the way `BambooHR` signs.

use std::fmt;

use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::Sha256;

use super::bamboohr;
use super::clock;
use super::world::World;

/// A webhook call ready to send: POST the body with the two headers.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedWebhook {
    /// `X-BambooHR-Timestamp`: seconds since 1970.
    pub timestamp: String,
    /// `X-BambooHR-Signature`: lower-case hex HMAC-SHA256 of body and timestamp, the body first, nothing between.
    pub signature: String,
    /// The exact bytes that were signed.
    pub body: String,
}

impl fmt::Debug for SignedWebhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedWebhook")
            .field("timestamp", &self.timestamp)
            .field("body", &self.body)
            .finish_non_exhaustive()
    }
}

/// The thin `employee.updated` event that the vendor sends on the effective date of a termination.
pub(super) fn leaver(world: &World, email: &str) -> Option<SignedWebhook> {
    let person = &world.people[world.keys.email(email)?];
    let body = json!({
        "type": "employee.updated",
        "timestamp": clock::rfc3339(clock::epoch_ms()),
        "data": { "companyId": "1", "employeeId": person.employee_id, "changedFields": CHANGED },
    });
    sign(world, body.to_string())
}

/// The same as the older `employee_with_fields.updated` event, which carries the fields that the hook was made with.
pub(super) fn leaver_with_fields(world: &World, email: &str) -> Option<SignedWebhook> {
    let index = world.keys.email(email)?;
    let fields = bamboohr::posted_fields(world, index);
    let body = json!({ "employees": [{
        "id": world.people[index].employee_id,
        "action": "Updated",
        "timestamp": clock::rfc3339(clock::epoch_ms()),
        "changedFields": CHANGED,
        "fields": fields,
    }]});
    sign(world, body.to_string())
}

const CHANGED: [&str; 3] = ["employmentHistoryStatus", "status", "terminationDate"];

fn sign(world: &World, body: String) -> Option<SignedWebhook> {
    let timestamp = clock::epoch_s().to_string();
    let key = world.issued.credentials.bamboohr_webhook_key.as_bytes();
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(body.as_bytes());
    mac.update(timestamp.as_bytes());
    Some(SignedWebhook { signature: hex::encode(mac.finalize().into_bytes()), timestamp, body })
}
