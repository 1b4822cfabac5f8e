//! Reading employees: Basic authentication with the API key as the user, JSON asked for, nothing written ever.

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::{StatusCode, Url, header};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::config::BambooConfig;
use super::record::Record;
use super::webhook::is_employee_id;
use crate::intake::feeds::ReadError;
use crate::intake::http;
use crate::model::Timestamp;
use crate::vault::Secret;
use crate::web;

const EMPLOYEE_AT_MOST: usize = 1 << 20;
const DIRECTORY_AT_MOST: usize = 64 << 20;

#[derive(Debug)]
pub(super) struct Client {
    http: reqwest::Client,
    base: Url,
    key: Secret,
    fields: String,
}

#[derive(Deserialize)]
struct Directory {
    employees: Vec<Map<String, Value>>,
}

/// What `employees/changed/tables/{table}` answers. Where nobody was changed, PHP writes an empty list for the empty map.
#[derive(Deserialize)]
struct ChangedRows {
    employees: Value,
}

#[derive(Deserialize)]
struct Rows {
    #[serde(default)]
    rows: Vec<Map<String, Value>>,
}

impl Client {
    pub(super) fn new(config: &BambooConfig, key: Secret) -> Result<Self, String> {
        let base = http::base(&config.base_url()?)?;
        let http = http::client(&base)?;
        Ok(Self { http, base, key, fields: config.fields.all().join(",") })
    }

    /// The employee's fields, rows of the future too; `None`: there is no such employee.
    pub(super) async fn employee(&self, id: &str) -> Result<Option<Record>, ReadError> {
        let mut url = self.url(&["employees", id])?;
        url.query_pairs_mut().append_pair("fields", &self.fields).append_pair("onlyCurrent", "false");
        let Some(body) = self.get(url, EMPLOYEE_AT_MOST).await? else { return Ok(None) };
        let fields: Map<String, Value> = serde_json::from_slice(&body).map_err(|_| not_json())?;
        let record = Record::read(&fields);
        match record.get("id") {
            Some(told) if told != id => {
                Err(ReadError::later(format!("asked for employee {id}, the HR system answered with another")))
            }
            _ => Ok(Some(record)),
        }
    }

    /// The ids of everybody in the company's directory who `is` meant; it lists people who work there.
    pub(super) async fn listed(&self, is: impl Fn(&Record) -> bool) -> Result<Vec<String>, ReadError> {
        let url = self.url(&["employees", "directory"])?;
        let Some(body) = self.get(url, DIRECTORY_AT_MOST).await? else {
            return Err(ReadError::lasting("the company's directory is switched off".to_owned()));
        };
        let directory: Directory = serde_json::from_slice(&body).map_err(|_| not_json())?;
        let people = directory.employees.iter().map(Record::read).filter(is);
        Ok(people.filter_map(|record| record.get("id").map(str::to_owned)).filter(|id| is_employee_id(id)).collect())
    }

    /// The employment histories, all rows and those of the future too, of everybody of whom anything was changed since
    /// then, by id. A row that is typed today for a day to come is in it, which no other list shows.
    pub(super) async fn histories(&self, since: Timestamp) -> Result<Vec<(String, Vec<Record>)>, ReadError> {
        let since =
            jiff::Timestamp::from_millisecond(since.0).map_err(|error| ReadError::lasting(error.to_string()))?;
        let mut url = self.url(&["employees", "changed", "tables", "employmentStatus"])?;
        url.query_pairs_mut().append_pair("since", &since.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
        let Some(body) = self.get(url, DIRECTORY_AT_MOST).await? else {
            return Err(ReadError::lasting("there is no table employmentStatus that the API key may see".to_owned()));
        };
        let ChangedRows { employees } = serde_json::from_slice(&body).map_err(|_| not_json())?;
        if employees.as_array().is_some_and(Vec::is_empty) {
            return Ok(Vec::new());
        }
        let employees: BTreeMap<String, Rows> = serde_json::from_value(employees).map_err(|_| not_json())?;
        let known = employees.into_iter().filter(|(id, _)| is_employee_id(id));
        Ok(known.map(|(id, rows)| (id, rows.rows.iter().map(Record::read).collect())).collect())
    }

    fn url(&self, path: &[&str]) -> Result<Url, ReadError> {
        let mut url = self.base.clone();
        let told = || ReadError::lasting("base_url cannot carry a path".to_owned());
        url.path_segments_mut().map_err(|()| told())?.pop_if_empty().extend(path);
        Ok(url)
    }

    async fn get(&self, url: Url, at_most: usize) -> Result<Option<Vec<u8>>, ReadError> {
        let request =
            self.http.get(url).basic_auth(self.key.expose(), Some("x")).header(header::ACCEPT, "application/json");
        let answer = request.send().await.map_err(|error| {
            ReadError::later(format!("the HR system cannot be reached: {}", causes(&error.without_url())))
        })?;
        let (status, retry_after) = (answer.status(), web::retry_after(&answer));
        match status {
            StatusCode::OK => {
                let body = http::body(answer, at_most).await.map_err(ReadError::later)?;
                refused_in_words(&body, retry_after).map_or(Ok(Some(body)), Err)
            }
            StatusCode::NOT_FOUND => Ok(None),
            StatusCode::TOO_MANY_REQUESTS => Err(slow_down(retry_after)),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(ReadError::lasting(format!(
                "the HR system refuses the API key (HTTP {}): renew it, or let its user see these fields",
                status.as_u16()
            ))),
            status if status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT => {
                let why = format!("the HR system answers HTTP {}", status.as_u16());
                Err(ReadError { why, after: retry_after, lasting: false })
            }
            status => Err(ReadError::lasting(format!("the HR system answers HTTP {}", status.as_u16()))),
        }
    }
}

/// A 200 may say no: `{"error": {"code": 429}}`.
fn refused_in_words(body: &[u8], retry_after: Option<Duration>) -> Option<ReadError> {
    #[derive(Deserialize)]
    struct Refusal {
        error: Code,
    }
    #[derive(Deserialize)]
    struct Code {
        code: i64,
    }
    let refusal: Refusal = serde_json::from_slice(body).ok()?;
    Some(match refusal.error.code {
        429 => slow_down(retry_after),
        code => ReadError::later(format!("the HR system answers 200 with error {code}")),
    })
}

fn slow_down(after: Option<Duration>) -> ReadError {
    ReadError { why: "the HR system's rate limit is reached".to_owned(), after, lasting: false }
}

fn not_json() -> ReadError {
    ReadError::later("the HR system's answer is not the JSON that was asked for".to_owned())
}

/// An error with its causes.
fn causes(error: &dyn std::error::Error) -> String {
    let mut told = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        told = format!("{told}: {cause}");
        source = cause.source();
    }
    told
}
