//! Both families of webhook, and the key by which a second delivery of the same event is known.

use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::record::Record;
use crate::intake::json;
use crate::intake::signature::instant;
use crate::model::Timestamp;

/// More people than this in one webhook are not a webhook.
const EMPLOYEES_AT_MOST: usize = 1_000;

/// What one webhook says of one employee.
#[derive(Debug, PartialEq)]
pub(super) struct Change {
    pub(super) event_id: String,
    pub(super) employee_id: String,
    pub(super) changed_fields: Vec<String>,
    /// The event's own time.
    pub(super) at: Option<Timestamp>,
    /// The fields, if the webhook carries them.
    pub(super) record: Option<Record>,
}

#[derive(Deserialize)]
struct Body {
    // Legacy.
    employees: Option<Vec<Employee>>,
    // Thin.
    r#type: Option<String>,
    timestamp: Option<String>,
    data: Option<Data>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Employee {
    #[serde(deserialize_with = "id")]
    id: String,
    #[serde(default)]
    changed_fields: Vec<String>,
    #[serde(default)]
    fields: serde_json::Map<String, Value>,
    #[serde(default)]
    action: String,
    #[serde(default)]
    timestamp: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    #[serde(deserialize_with = "id")]
    employee_id: String,
    #[serde(default)]
    changed_fields: Vec<String>,
}

/// Reads a verified body. `sent_at` is the signed header's text, which stands in for an event's own time.
pub(super) fn parse(body: &[u8], sent_at: &str) -> Result<Vec<Change>, String> {
    let body: Body = json::read(body)?;
    if let Some(employees) = body.employees {
        if employees.len() > EMPLOYEES_AT_MOST {
            return Err(format!("more than {EMPLOYEES_AT_MOST} employees"));
        }
        return Ok(employees.into_iter().map(|employee| legacy(employee, sent_at)).collect());
    }
    match (body.r#type, body.data) {
        (Some(kind), Some(data)) if kind.starts_with("employee.") => {
            Ok(vec![thin(&kind, data, body.timestamp.as_deref().unwrap_or(sent_at))])
        }
        // Company events, and a test delivery, are about nobody.
        (Some(_), _) => Ok(Vec::new()),
        (None, _) => Err("neither `employees` nor `type` is there".to_owned()),
    }
}

fn legacy(employee: Employee, sent_at: &str) -> Change {
    let time = if employee.timestamp.is_empty() { sent_at } else { &employee.timestamp };
    let record = Record::read(&employee.fields);
    let event_id = event_id(&employee.id, &employee.action, time, &employee.changed_fields, &record.canonical());
    Change {
        event_id,
        at: instant(time),
        employee_id: employee.id,
        changed_fields: employee.changed_fields,
        record: Some(record),
    }
}

fn thin(kind: &str, data: Data, time: &str) -> Change {
    Change {
        event_id: event_id(&data.employee_id, kind, time, &data.changed_fields, ""),
        at: instant(time),
        employee_id: data.employee_id,
        changed_fields: data.changed_fields,
        record: None,
    }
}

/// The key of an event, of which the vendor has none: SHA-256, in hex, over the employee's id, the action, the event's
/// time, the names of what changed (in order of the alphabet) and the fields carried, each preceded by its length. Two
/// deliveries of one event have the same key, whatever the order of their fields and whichever key signed them.
fn event_id(employee_id: &str, action: &str, time: &str, changed_fields: &[String], fields: &str) -> String {
    let mut changed: Vec<&str> = changed_fields.iter().map(String::as_str).collect();
    changed.sort_unstable();
    let mut hash = Sha256::new();
    for part in [employee_id, action, time].into_iter().chain(changed).chain([fields]) {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hex::encode(hash.finalize())
}

/// Whether this can be an employee's id. It becomes part of an address.
pub(super) fn is_employee_id(text: &str) -> bool {
    (1..=40).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// An id is a number in some payloads and a string in others.
fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let id = match Value::deserialize(deserializer)? {
        Value::String(text) => text,
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    };
    if is_employee_id(&id) { Ok(id) } else { Err(D::Error::custom("not an employee's id")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Change {
        parse(text.as_bytes(), "1795392000").unwrap().remove(0)
    }

    #[test]
    fn the_same_event_has_the_same_key_and_another_has_another() {
        let event = one(
            r#"{"type":"employee.updated","timestamp":"2026-11-23T00:00:00Z","data":{"companyId":"1","employeeId":"42","changedFields":["status","terminationDate"]}}"#,
        );
        let again = one(
            r#"{"data":{"changedFields":["terminationDate","status"],"employeeId":42},"timestamp":"2026-11-23T00:00:00Z","type":"employee.updated"}"#,
        );
        assert_eq!(event, Change { changed_fields: event.changed_fields.clone(), ..again });
        let later = one(
            r#"{"type":"employee.updated","timestamp":"2026-11-23T00:00:01Z","data":{"employeeId":"42","changedFields":["status","terminationDate"]}}"#,
        );
        assert_ne!(event.event_id, later.event_id);
        // The lengths keep neighbours apart.
        assert_ne!(event_id("4", "2x", "", &[], ""), event_id("42", "x", "", &[], ""));
    }

    #[test]
    fn a_legacy_body_may_carry_several_people() {
        let body = r#"{"employees":[
            {"id":"1","changedFields":["status"],"fields":{"workEmail":{"value":"alfa.doe@corp.example"}},"action":"Updated","timestamp":"2026-11-23T00:00:00+00:00"},
            {"id":2,"fields":{"workEmail":"bravo.doe@corp.example","n":7,"x":null}}]}"#;
        let changes = parse(body.as_bytes(), "1795392000").unwrap();
        let email = |n: usize| changes[n].record.as_ref().unwrap().get("workEmail").map(str::to_owned);
        assert_eq!(
            (email(0).as_deref(), email(1).as_deref()),
            (Some("alfa.doe@corp.example"), Some("bravo.doe@corp.example"))
        );
        assert_eq!(changes[0].at, Some(Timestamp(1_795_392_000_000)));
        assert_eq!(changes[1].at, Some(Timestamp(1_795_392_000_000)), "the header's time stands in");
    }

    #[test]
    fn an_id_cannot_lead_elsewhere() {
        for id in [r#""../company""#, r#""1?x=1""#, r#""""#, "null", "[1]", r#""1/2""#] {
            let body = format!(r#"{{"type":"employee.updated","data":{{"employeeId":{id}}}}}"#);
            assert!(parse(body.as_bytes(), "1").unwrap_err().contains("employee"), "{id}");
        }
    }

    #[test]
    fn events_about_no_employee_are_taken_and_say_nothing() {
        assert_eq!(parse(br#"{"type":"company.updated","data":null}"#, "1"), Ok(vec![]));
        assert!(parse(b"{}", "1").is_err());
        assert!(parse(b"[1]", "1").is_err());
        assert!(parse(b"", "1").is_err());
    }
}
