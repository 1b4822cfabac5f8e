//! `[hris.<name>]` with `type = "bamboohr"`.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

use crate::intake::day::EndOfDay;
use crate::vault::SecretRef;

/// Which date fires an offboarding by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ArmOn {
    /// The end of the last working day.
    #[default]
    LastDay,
    /// The moment at which HR says that there is a last day, whenever that is.
    Notice,
}

/// `[hris.<name>]` with `type = "bamboohr"`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BambooConfig {
    /// The webhook's private key; two while one is being rotated.
    pub webhook_keys: Vec<SecretRef>,
    /// The company's name in its `BambooHR` address.
    #[serde(default)]
    pub company: String,
    /// The API; without it `https://{company}.bamboohr.com/api/v1`.
    #[serde(default)]
    pub base_url: Option<String>,
    /// The API key that employees are read with. Without it only webhooks that carry everything are of use.
    #[serde(default)]
    pub api_key: Option<SecretRef>,
    /// The values of the status fields that mean "has left"; case does not matter.
    #[serde(default = "terminated_statuses")]
    pub terminated_statuses: Vec<String>,
    /// What this company's fields are called.
    #[serde(default)]
    pub fields: Fields,
    /// Location, as `BambooHR` spells it, to IANA zone.
    #[serde(default)]
    pub zones: BTreeMap<String, String>,
    /// Which date fires the offboarding.
    #[serde(default)]
    pub arm_on: ArmOn,
    /// When a last working day ends, at the work site: `"24:00"`, or a time as `"18:00"`.
    #[serde(default)]
    pub end_of_day: EndOfDay,
    /// A person who a webhook says may have left, and who the first read says has not, is read again after this; ms.
    #[serde(default = "confirm_after_ms")]
    pub confirm_after_ms: u64,
}

fn terminated_statuses() -> Vec<String> {
    ["Terminated", "Inactive"].map(str::to_owned).to_vec()
}

fn confirm_after_ms() -> u64 {
    5_000
}

/// `BambooHR`'s names for what is asked of a person: field names for reading, aliases in the webhook.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Fields {
    /// Work e-mail.
    pub email: String,
    /// Name.
    pub name: String,
    /// Department.
    pub department: String,
    /// Job title.
    pub title: String,
    /// Country.
    pub country: String,
    /// The manager's work e-mail.
    pub manager: String,
    /// The last working day.
    pub last_day: String,
    /// The record's status now: `Active` or `Inactive`.
    pub status: String,
    /// The employment status, a history whose rows may lie in the future.
    pub employment_status: String,
    /// Work site; its zone is looked up in `zones`.
    pub location: String,
    /// Yes or no: holds admin rights.
    pub privileged: String,
    /// Yes or no: an executive.
    pub executive: String,
    /// Yes or no: dismissed. No such field by default.
    pub involuntary: Option<String>,
    /// A text with `contract`, `freelance` or `agency` in it for those who are not employees. None by default.
    pub kind: Option<String>,
    /// IANA zone of the work site; wins over `zones`. None by default.
    pub zone: Option<String>,
    /// What an approver types to confirm; by default the e-mail's local part.
    pub login: Option<String>,
}

impl Default for Fields {
    fn default() -> Self {
        Self {
            email: "workEmail".into(),
            name: "displayName".into(),
            department: "department".into(),
            title: "jobTitle".into(),
            country: "country".into(),
            manager: "supervisorEmail".into(),
            last_day: "terminationDate".into(),
            status: "status".into(),
            employment_status: "employmentHistoryStatus".into(),
            location: "location".into(),
            privileged: "privileged".into(),
            executive: "executive".into(),
            involuntary: None,
            kind: None,
            zone: None,
            login: None,
        }
    }
}

impl Fields {
    /// Every field to ask for, once.
    pub(super) fn all(&self) -> Vec<&str> {
        let mut names = vec![
            self.email.as_str(),
            &self.name,
            &self.department,
            &self.title,
            &self.country,
            &self.manager,
            &self.last_day,
            &self.status,
            &self.employment_status,
            &self.location,
            &self.privileged,
            &self.executive,
        ];
        names
            .extend([&self.involuntary, &self.kind, &self.zone, &self.login].into_iter().flatten().map(String::as_str));
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Whether one of these changed fields is a status or the last day.
    pub(super) fn is_about_leaving(&self, changed: &[String]) -> bool {
        changed.iter().any(|name| [&self.status, &self.employment_status, &self.last_day].contains(&name))
    }
}

impl BambooConfig {
    pub(super) fn base_url(&self) -> Result<String, String> {
        if let Some(url) = &self.base_url {
            return Ok(url.clone());
        }
        let fits = !self.company.is_empty() && self.company.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        if fits {
            Ok(format!("https://{}.bamboohr.com/api/v1", self.company))
        } else {
            Err("set `company` to the name in the BambooHR address, as in company.bamboohr.com".to_owned())
        }
    }

    /// Whether this status says that the person has left.
    pub(super) fn is_terminated(&self, status: &str) -> bool {
        self.terminated_statuses.iter().any(|known| known.trim().to_lowercase() == status.trim().to_lowercase())
    }

    pub(super) fn confirm_after(&self) -> Duration {
        Duration::from_millis(self.confirm_after_ms)
    }
}
