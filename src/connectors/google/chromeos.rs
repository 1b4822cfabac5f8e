//! `ChromeOS` devices: whose they are, and who uses them (Directory API, `chromeosdevices`).

pub(super) mod disable;
pub(super) mod used;

use serde::Deserialize;
use serde_json::Value;

use super::client::Client;
use super::scope::Scope;
use crate::connectors::Call;
use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, Request, What};

/// What is read of each device.
const FIELDS: &str = "nextPageToken,chromeosdevices(deviceId,status,model,serialNumber,annotatedUser,recentUsers)";

/// A device as the list shows it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Device {
    #[serde(rename = "deviceId")]
    id: String,
    status: String,
    model: String,
    serial_number: String,
    /// Whose it is, as an admin has written: free text, mostly an address.
    annotated_user: String,
    /// Who signed in, the latest first.
    recent_users: Vec<RecentUser>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct RecentUser {
    /// Empty for people from outside the domain.
    email: String,
}

impl Device {
    fn is_of(&self, email: &str) -> bool {
        self.annotated_user.trim().eq_ignore_ascii_case(email)
    }

    fn was_used_by(&self, email: &str) -> bool {
        self.recent_users.iter().any(|user| user.email.eq_ignore_ascii_case(email))
    }

    fn last_user(&self) -> Option<&str> {
        self.recent_users.first().map(|user| user.email.as_str()).filter(|email| !email.is_empty())
    }

    /// Model and serial number: what a person finds it by.
    fn shown(&self) -> String {
        format!("{} {}", self.model, self.serial_number).trim().to_owned()
    }
}

impl Client {
    /// What a search finds: `user:` looks at whose a device is, `recent_user:` at who used it (`list-query-operators`).
    async fn chromeos(&self, field: &str, email: &str, call: &Call) -> Result<Vec<Device>, Failure> {
        let request = Request::get(self.customer(&["devices", "chromeos"])?).query(&[
            ("query", format!("{field}:{email}").as_str()),
            ("projection", "FULL"),
            ("maxResults", "100"),
            ("fields", FIELDS),
        ]);
        let devices = self.with(Scope::ChromeOs).pages(&request, "chromeosdevices", call).await?;
        serde_json::from_value(Value::Array(devices)).map_err(|error| {
            Failure::new(
                Kind::Read,
                What::Unknown,
                format!("Google's list of ChromeOS devices makes no sense: {error}"),
            )
        })
    }

    /// One of them, as it is now.
    async fn chromeos_device(&self, id: &str, call: &Call) -> Result<Device, Failure> {
        let request = Request::get(self.customer(&["devices", "chromeos", id])?).query(&[("projection", "BASIC")]);
        self.with(Scope::ChromeOs).read(request, call).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_of_whom_it_is_annotated_to_whole_and_whoever_used_it() {
        let device = |annotated: &str| Device {
            annotated_user: annotated.into(),
            recent_users: vec![RecentUser { email: "Alfa.Doe@corp.example".into() }],
            ..Device::default()
        };
        let alfa = "alfa.doe@corp.example";
        for (annotated, is) in [
            ("alfa.doe@corp.example", true),
            (" ALFA.DOE@corp.example ", true),
            ("alfa.doe@corp.example.org", false),
            ("xalfa.doe@corp.example", false),
            ("alfa.doe", false),
            ("", false),
        ] {
            assert_eq!(device(annotated).is_of(alfa), is, "{annotated}");
        }
        assert!(device("").was_used_by(alfa) && !device("").was_used_by("alfa.doe2@corp.example"));
    }
}
