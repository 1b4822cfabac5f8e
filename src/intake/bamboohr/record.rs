//! An employee's fields, and the leaver that they describe.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::config::BambooConfig;
use crate::intake::person;
use crate::model::{EmploymentKind, Leaver};

/// Fields by name. What is empty is not there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Record(BTreeMap<String, String>);

impl Record {
    /// Takes `"x": "text"` as it is read, and `"x": {"value": "text"}` as a webhook has it.
    pub(super) fn read(fields: &Map<String, Value>) -> Self {
        let text = |value: &Value| match value {
            Value::String(text) => Some(text.trim().to_owned()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(yes) => Some(yes.to_string()),
            _ => None,
        };
        let present = fields.iter().filter_map(|(name, value)| {
            let value = value.as_object().and_then(|object| object.get("value")).unwrap_or(value);
            Some((name.clone(), text(value).filter(|text| !text.is_empty())?))
        });
        Self(present.collect())
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The fields in one fixed order.
    pub(super) fn canonical(&self) -> String {
        serde_json::to_string(&self.0).unwrap_or_default()
    }
}

/// The person; the error says what is wrong with the work e-mail, without which nobody can be found anywhere.
pub(super) fn leaver(
    config: &BambooConfig,
    default_zone: &str,
    employee_id: &str,
    record: &Record,
) -> Result<Leaver, &'static str> {
    let fields = &config.fields;
    let text = |name: &str| record.get(name).and_then(person::text);
    let optional = |name: &Option<String>| name.as_deref().and_then(text);
    let yes = |name: &str| record.get(name).and_then(person::yes_or_no).unwrap_or(false);
    let email = person::email(record.get(&fields.email).ok_or("is missing")?)?;
    let bare = Leaver::from_email(&email);
    let manager = record.get(&fields.manager).and_then(|manager| person::email(manager).ok());
    Ok(Leaver {
        name: text(&fields.name).unwrap_or_else(|| bare.name.clone()),
        login: optional(&fields.login).unwrap_or_else(|| bare.login.clone()),
        employee_id: Some(employee_id.to_owned()),
        department: text(&fields.department),
        title: text(&fields.title),
        kind: kind(record, config),
        country: text(&fields.country),
        zone: Some(zone(config, default_zone, record)),
        // Nobody inherits from themselves.
        manager: manager.filter(|manager| *manager != email),
        privileged: yes(&fields.privileged),
        executive: yes(&fields.executive),
        involuntary: fields.involuntary.as_deref().is_some_and(yes),
        ..bare
    })
}

/// The work site's zone: its own field, else its location's, else the default.
pub(super) fn zone(config: &BambooConfig, default_zone: &str, record: &Record) -> String {
    let own = config.fields.zone.as_deref().and_then(|name| record.get(name));
    let of_location = || {
        let location = record.get(&config.fields.location)?.to_lowercase();
        config.zones.iter().find(|(known, _)| known.trim().to_lowercase() == location).map(|(_, zone)| zone.as_str())
    };
    let known = |name: &&str| person::zone(name).is_some();
    own.filter(known).or_else(of_location).filter(known).unwrap_or(default_zone).to_owned()
}

fn kind(record: &Record, config: &BambooConfig) -> EmploymentKind {
    let fields = &config.fields;
    let told =
        fields.kind.as_deref().and_then(|name| record.get(name)).or_else(|| record.get(&fields.employment_status));
    let told = told.unwrap_or_default().to_lowercase();
    if ["contract", "freelance", "agency"].iter().any(|word| told.contains(word)) {
        EmploymentKind::Contractor
    } else {
        EmploymentKind::Employee
    }
}
