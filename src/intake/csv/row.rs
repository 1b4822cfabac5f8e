//! One row: every field checked, every mistake told.

use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};

use super::SOURCE;
use super::error::{Collected, did_you_mean};
use crate::intake::day::EndOfDay;
use crate::intake::person;
use crate::model::{EmploymentKind, HrNotice, Leaver, NoticeKind, Timestamp};

/// The columns that a file may have.
pub(super) const COLUMNS: [&str; 15] = [
    "email",
    "name",
    "employee_id",
    "login",
    "department",
    "title",
    "type",
    "country",
    "zone",
    "manager",
    "privileged",
    "executive",
    "involuntary",
    "last_day",
    "by_hand",
];

pub(super) struct Row<'a> {
    pub(super) line: u64,
    pub(super) columns: &'a [&'static str],
    pub(super) record: &'a csv::StringRecord,
}

impl Row<'_> {
    /// The row's notice; `None`, and at least one fault, if something is wrong with it.
    pub(super) fn notice(&self, default_zone: &str, faults: &mut Collected) -> Option<HrNotice> {
        let before = faults.len();
        let email = match self.get("email") {
            None => self.fault(faults, "email", "is empty"),
            Some(raw) => person::email(raw).map_or_else(|why| self.wrong(faults, "email", raw, why), Some),
        };
        let manager = self
            .get("manager")
            .and_then(|raw| person::email(raw).map_or_else(|why| self.wrong(faults, "manager", raw, why), Some));
        if manager.is_some() && manager == email {
            self.fault::<()>(faults, "manager", "is the leaver: who inherits has to be somebody else");
        }
        let zone_name = self.get("zone").unwrap_or(default_zone);
        let zone = person::zone(zone_name).or_else(|| {
            let cure = "is not a time zone known here: use an IANA name, as in Europe/Berlin";
            self.wrong(faults, "zone", zone_name, cure)
        });
        let kind = self.get("type").map_or(Some(EmploymentKind::Employee), |raw| match raw.to_lowercase().as_str() {
            "employee" => Some(EmploymentKind::Employee),
            "contractor" => Some(EmploymentKind::Contractor),
            other => {
                let cure = format!("is no type of employment; {}", did_you_mean(other, &["employee", "contractor"]));
                self.wrong(faults, "type", raw, &cure)
            }
        });
        let [privileged, executive, involuntary, by_hand] =
            ["privileged", "executive", "involuntary", "by_hand"].map(|column| self.yes(column, faults));
        let effective_at = self.get("last_day").and_then(|raw| {
            let zone = zone.clone().unwrap_or(TimeZone::UTC);
            last_instant(raw, &zone).or_else(|| {
                let cure = "is not a day: write 2026-11-30, or 2026-11-30T18:00 with or without an offset";
                self.wrong(faults, "last_day", raw, cure)
            })
        });
        let (Some(email), Some(kind)) = (email, kind) else { return None };
        if faults.len() > before {
            return None;
        }
        let text = |column: &str| self.get(column).and_then(person::text);
        let bare = Leaver::from_email(&email);
        let leaver = Leaver {
            name: text("name").unwrap_or_else(|| bare.name.clone()),
            login: text("login").unwrap_or_else(|| bare.login.clone()),
            employee_id: text("employee_id"),
            department: text("department"),
            title: text("title"),
            kind,
            country: text("country"),
            zone: Some(zone_name.to_owned()),
            manager,
            privileged,
            executive,
            involuntary,
            ..bare
        };
        let event_id = event_id(leaver.person_key(), effective_at);
        let kind = NoticeKind::Terminated;
        Some(HrNotice { source: SOURCE.to_owned(), event_id, kind, leaver, effective_at, by_hand, reason: None })
    }

    fn get(&self, column: &str) -> Option<&str> {
        let place = self.columns.iter().position(|name| *name == column)?;
        self.record.get(place).filter(|text| !text.is_empty())
    }

    fn yes(&self, column: &'static str, faults: &mut Collected) -> bool {
        let Some(raw) = self.get(column) else { return false };
        person::yes_or_no(raw).or_else(|| self.wrong(faults, column, raw, "is neither yes nor no")).unwrap_or(false)
    }

    fn fault<T>(&self, faults: &mut Collected, column: &'static str, what: &str) -> Option<T> {
        faults.add(self.line, Some(column), what.to_owned());
        None
    }

    fn wrong<T>(&self, faults: &mut Collected, column: &'static str, raw: &str, what: &str) -> Option<T> {
        let shown: String = raw.chars().take(60).flat_map(char::escape_debug).collect();
        self.fault(faults, column, &format!("`{shown}` {what}"))
    }
}

/// The instant at which a last day is over: a date ends at 24:00; a time is meant in `zone` unless it has an offset.
fn last_instant(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Some(at.into());
    }
    if !text.contains(':') {
        return EndOfDay::Midnight.of(text.parse().ok()?, zone);
    }
    let civil: jiff::civil::DateTime = text.parse().ok()?;
    Some(civil.to_zoned(zone.clone()).ok()?.timestamp().into())
}

fn event_id(person: &str, last_instant: Option<Timestamp>) -> String {
    let mut hash = Sha256::new();
    hash.update((person.len() as u64).to_be_bytes());
    hash.update(person.as_bytes());
    hash.update(last_instant.map_or_else(|| "now".to_owned(), |at| at.to_string()).as_bytes());
    hex::encode(hash.finalize())
}
