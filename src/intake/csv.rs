//! A list of leavers as a CSV file, for companies whose HR system sends nothing and for days when it does not.
//!
//! All or nothing: a file with one mistake imports nobody, and every mistake is told at once, with line and column.

mod error;
mod row;

use std::collections::BTreeMap;

pub use error::{CsvError, CsvErrors};
use row::{COLUMNS, Row};

use super::person;
use crate::model::HrNotice;
use error::Collected;

/// The source of notices from files.
pub const SOURCE: &str = "csv";

/// Larger files are a mistake.
const ROWS_AT_MOST: usize = 10_000;

/// Reads the file `name`, whose text is `text`.
///
/// Columns, in any order: `email` (required), `name`, `employee_id`, `login`, `department`, `title`, `type` (employee or
/// contractor), `country`, `zone` (IANA), `manager` (an e-mail), `privileged`, `executive`, `involuntary`, `by_hand` (yes
/// or no), `last_day` (a date, which ends at 24:00 in the row's zone, or a date and time). Without a last day access
/// ends now. A row without a zone has `default_zone`.
///
/// A notice's event id is SHA-256 over the person (employee id, else e-mail) and the last day: importing the same file
/// again does nothing, and so does a second row for the same departure in another file.
pub fn parse(name: &str, text: &str, default_zone: &str) -> Result<Vec<HrNotice>, CsvErrors> {
    let mut faults = Collected::new(name);
    let notices = read(text.trim_start_matches('\u{feff}'), default_zone, &mut faults);
    faults.finish(notices)
}

fn read(text: &str, default_zone: &str, faults: &mut Collected) -> Vec<HrNotice> {
    if text.trim().is_empty() {
        faults.add(1, None, "the file is empty: the first line names the columns, as in `email,last_day`".to_owned());
        return Vec::new();
    }
    if person::zone(default_zone).is_none() {
        faults.add(1, None, format!("the default zone `{default_zone}` is not known here"));
        return Vec::new();
    }
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(text))
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut records = reader.records();
    let Some(columns) = records.next().and_then(|header| columns(header, faults)) else { return Vec::new() };
    let mut notices = Vec::new();
    let mut people: BTreeMap<String, u64> = BTreeMap::new();
    for (number, record) in records.enumerate() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                faults.add(line, None, format!("cannot be read: {error}"));
                return notices;
            }
        };
        let line = record.position().map_or(0, csv::Position::line);
        if number >= ROWS_AT_MOST {
            faults.add(line, None, format!("more than {ROWS_AT_MOST} people: split the file"));
            return notices;
        }
        if record.iter().all(str::is_empty) {
            continue;
        }
        if record.len() != columns.len() {
            let what = format!("has {} fields, and the first line names {} columns", record.len(), columns.len());
            let cure = if record.len() > columns.len() { ": put \"…\" around a text with a comma in it" } else { "" };
            faults.add(line, None, format!("{what}{cure}"));
            continue;
        }
        let row = Row { line, columns: &columns, record: &record };
        let Some(notice) = row.notice(default_zone, faults) else { continue };
        // The same person by id or by e-mail.
        let keys = [Some(&notice.leaver.email), notice.leaver.employee_id.as_ref()];
        let mut is_first = true;
        for key in keys.into_iter().flatten() {
            let first = *people.entry(key.clone()).or_insert(line);
            if first != line && is_first {
                is_first = false;
                faults.add(line, Some("email"), format!("{key} is on line {first} already: leave one of the two out"));
            }
        }
        notices.push(notice);
    }
    // Rows that are wrong are there nevertheless.
    if notices.is_empty() && faults.len() == 0 {
        faults.add(1, None, "there is no leaver below the first line".to_owned());
    }
    notices
}

/// The names of the columns; `None` if rows cannot be read with them.
fn columns(header: Result<csv::StringRecord, csv::Error>, faults: &mut Collected) -> Option<Vec<&'static str>> {
    let header = match header {
        Ok(header) => header,
        Err(error) => {
            faults.add(1, None, format!("cannot be read: {error}"));
            return None;
        }
    };
    let line = header.position().map_or(1, csv::Position::line);
    if header.iter().any(|field| field.contains('@')) {
        faults.add(line, None, "the first line has to name the columns, as in `email,last_day`".to_owned());
        return None;
    }
    let mut columns: Vec<&'static str> = Vec::new();
    let mut fits = true;
    for field in &header {
        let name = field.to_lowercase().replace([' ', '-'], "_");
        match COLUMNS.iter().find(|known| **known == name) {
            Some(known) if columns.contains(known) => {
                faults.add(line, Some(known), "this column is there twice".to_owned());
                fits = false;
            }
            Some(known) => columns.push(known),
            None => {
                let shown: String = field.chars().take(60).collect();
                faults.add(line, None, format!("unknown column `{shown}`; {}", error::did_you_mean(&name, &COLUMNS)));
                fits = false;
            }
        }
    }
    if fits && !columns.contains(&"email") {
        faults.add(line, Some("email"), "this column is missing".to_owned());
        fits = false;
    }
    fits.then_some(columns)
}

/// Comma, or what spreadsheets write instead of it where the comma is the decimal sign.
fn delimiter(text: &str) -> u8 {
    let header = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    [b',', b';', b'\t'].into_iter().find(|sign| header.as_bytes().contains(sign)).unwrap_or(b',')
}

#[cfg(test)]
mod tests;
