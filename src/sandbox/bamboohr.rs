//! `BambooHR`'s read API: the thin webhook is only a hint, and the truth about a leaver is read here.

use axum::http::Method;
use jiff::civil::Date;
use serde_json::{Map, Value, json};

use super::clock;
use super::lock::hold;
use super::people::Person;
use super::reply::Reply;
use super::request::Request;
use super::route::{Answer, Route, Turn};
use super::world::World;

/// What the vendor writes where there is no date.
const NO_DATE: &str = "0000-00-00";

/// More fields than this in one read are refused.
const FIELDS_AT_MOST: usize = 400;

pub(super) fn route(world: &World, request: &Request) -> Route {
    let parts: Vec<&str> = request.segments.iter().skip(1).map(String::as_str).collect();
    match (&request.method, parts.as_slice()) {
        (&Method::GET, ["api", "v1", "employees", "directory"]) => {
            Route::read("bamboohr.employees.directory", None, directory)
        }
        (&Method::GET, ["api", "v1", "employees", "changed"]) => {
            Route::read("bamboohr.employees.changed", None, changed)
        }
        (&Method::GET, ["api", "v1", "employees", "changed", "tables", table]) => {
            let table = (*table).to_owned();
            Route::read("bamboohr.employees.changed-rows", None, move |turn| changed_rows(turn, &table))
        }
        (&Method::GET, ["api", "v1", "employees", id]) => {
            let found = world.keys.employee(id);
            Route::read("bamboohr.employees.get", found, move |turn| employee(turn, found))
        }
        _ => Route::read("bamboohr.unknown", None, |_| Err(missing())),
    }
}

pub(super) fn limited() -> Reply {
    Reply::json(429, &json!({"error": {"code": 429, "message": "Too many requests"}}))
}

pub(super) fn failed(status: u16) -> Reply {
    match status {
        429 => limited(),
        503 => Reply::text(503, "Service Unavailable"),
        _ => Reply::empty(status).with("x-bamboohr-error-message", "An error occurred"),
    }
}

/// Today in UTC, `YYYY-MM-DD`.
pub(super) fn today() -> String {
    clock::rfc3339(clock::epoch_ms()).chars().take(10).collect()
}

/// Writes or takes back a last day; false when there is no such person or day.
pub(super) fn terminate(world: &World, email: &str, last_day: Option<&str>) -> bool {
    let Some(index) = world.keys.email(email) else { return false };
    if last_day.is_some_and(|day| day.parse::<Date>().is_err() || day.len() != 10) {
        return false;
    }
    let mut account = hold(&world.accounts[index]);
    account.employment.ends = last_day.map(ToOwned::to_owned);
    account.employment.changed_ms = Some(clock::epoch_ms());
    true
}

fn missing() -> Reply {
    Reply::empty(404).with("x-bamboohr-error-message", "Not found")
}

fn allowed(turn: &Turn<'_>) -> Result<(), Reply> {
    if turn.request.basic_user().as_deref() == Some(turn.world.issued.credentials.bamboohr_api_key.as_str()) {
        Ok(())
    } else {
        Err(Reply::text(401, "").with("www-authenticate", "Basic realm=\"BambooHR\""))
    }
}

/// Without an `Accept` of JSON the vendor may answer in XML, so this always does.
fn wants_json(turn: &Turn<'_>) -> bool {
    turn.request.header("accept").is_some_and(|accept| accept.contains("application/json"))
}

fn employee(turn: &Turn<'_>, found: Option<usize>) -> Answer {
    allowed(turn)?;
    let index = found.ok_or_else(missing)?;
    let wanted = turn.request.query("fields").unwrap_or("firstName,lastName");
    let names: Vec<&str> = wanted.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    if names.len() > FIELDS_AT_MOST {
        return Err(Reply::text(400, "").with("x-bamboohr-error-message", "Too many fields"));
    }
    let future_too = turn.request.query("onlyCurrent") == Some("false");
    let person = turn.person(index);
    let ends = turn.account(index).employment.ends.clone();
    let mut fields = Map::new();
    fields.insert("id".into(), json!(person.employee_id));
    for name in names {
        // Unknown names are left out without a word.
        if let Some(value) = value(turn.world, person, ends.as_deref(), future_too, name) {
            fields.insert(name.to_owned(), value);
        }
    }
    if wants_json(turn) {
        return Ok(Reply::json(200, &Value::Object(fields)));
    }
    let mut lines = String::new();
    for (name, value) in fields.iter().filter(|(name, _)| *name != "id") {
        for part in ["<field id=\"", name, "\">", &escape(value.as_str().unwrap_or_default()), "</field>"] {
            lines.push_str(part);
        }
    }
    let id = &person.employee_id;
    Ok(Reply::xml(200, format!("<?xml version=\"1.0\"?>\n<employee id=\"{id}\">{lines}</employee>\n")))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// One field as text, which is how the vendor writes every type. History-tracked fields show a termination from its
/// effective date on, unless future rows are asked for.
fn value(world: &World, person: &Person, ends: Option<&str>, future_too: bool, name: &str) -> Option<Value> {
    let over = ends.is_some_and(|day| day <= today().as_str());
    let (first, last) = person.name.split_once(' ').unwrap_or((&person.name, ""));
    let manager = || person.manager_email.as_deref().and_then(|email| world.keys.email(email));
    let yes_no = |yes: bool| json!(if yes { "Yes" } else { "No" });
    Some(match name {
        "id" | "employeeNumber" => json!(person.employee_id),
        "workEmail" => json!(person.email),
        "homeEmail" => json!(format!("{}@home.example", person.login)),
        "displayName" | "fullName1" => json!(person.name),
        "firstName" => json!(first),
        "lastName" => json!(last),
        "department" => json!(person.department),
        "jobTitle" => json!(person.title),
        "country" => json!(person.country),
        "location" => json!(person.location),
        "supervisorEmail" => json!(person.manager_email),
        "supervisorEId" => json!(manager().map(|index| world.people[index].employee_id.as_str())),
        "supervisor" => json!(manager().map(|index| world.people[index].name.as_str())),
        "hireDate" => json!("2021-04-01"),
        "terminationDate" => json!(ends.filter(|_| over || future_too).unwrap_or(NO_DATE)),
        "status" => json!(if over { "Inactive" } else { "Active" }),
        "employmentHistoryStatus" if over || (future_too && ends.is_some()) => json!("Terminated"),
        "employmentHistoryStatus" if person.kind == "contractor" => json!("Contractor"),
        "employmentHistoryStatus" => json!("Full-Time"),
        "privileged" => yes_no(person.privileged),
        "executive" => yes_no(person.executive),
        _ => return None,
    })
}

/// The fields of a webhook that posts some: `{"workEmail":{"value":…}}`.
pub(super) fn posted_fields(world: &World, index: usize) -> Map<String, Value> {
    let person = &world.people[index];
    let ends = hold(&world.accounts[index]).employment.ends.clone();
    let names = [
        "workEmail",
        "displayName",
        "department",
        "jobTitle",
        "country",
        "location",
        "supervisorEmail",
        "terminationDate",
        "status",
        "employmentHistoryStatus",
        "privileged",
        "executive",
    ];
    let posted = names.iter().filter_map(|name| {
        let value = value(world, person, ends.as_deref(), false, name)?;
        Some(((*name).to_owned(), json!({ "value": value })))
    });
    posted.collect()
}

fn directory(turn: &Turn<'_>) -> Answer {
    allowed(turn)?;
    let names =
        ["displayName", "firstName", "lastName", "jobTitle", "workEmail", "department", "location", "supervisor"];
    let today = today();
    let employees: Vec<Value> = (0..turn.world.admin())
        .filter(|&index| turn.account(index).employment.ends.as_deref().is_none_or(|day| day > today.as_str()))
        .map(|index| {
            let person = turn.person(index);
            let mut fields = Map::new();
            fields.insert("id".into(), json!(person.employee_id));
            for name in names {
                if let Some(value) = value(turn.world, person, None, false, name) {
                    fields.insert(name.to_owned(), value);
                }
            }
            Value::Object(fields)
        })
        .collect();
    let fields: Vec<Value> = names.iter().map(|name| json!({"id": name, "type": "text", "name": name})).collect();
    Ok(Reply::json(200, &json!({"fields": fields, "employees": employees})))
}

/// The instant in `since`, in ms since 1970.
fn since(turn: &Turn<'_>) -> Result<u64, Reply> {
    let since = turn.request.query("since").and_then(|text| text.parse::<jiff::Timestamp>().ok());
    let invalid = || Reply::text(400, "").with("x-bamboohr-error-message", "Invalid since");
    Ok(u64::try_from(since.ok_or_else(invalid)?.as_millisecond()).unwrap_or(0))
}

/// All rows of a table, of everybody of whom anything was changed, rows of the future too. An empty map is written as PHP
/// writes it: as an empty list.
fn changed_rows(turn: &Turn<'_>, table: &str) -> Answer {
    allowed(turn)?;
    let since = since(turn)?;
    if table != "employmentStatus" {
        return Err(missing());
    }
    let mut employees = Map::new();
    for (index, person) in turn.world.staff().iter().enumerate() {
        let account = turn.account(index);
        let Some(at) = account.employment.changed_ms.filter(|&at| at >= since) else { continue };
        let hired = if person.kind == "contractor" { "Contractor" } else { "Full-Time" };
        let mut rows = vec![json!({"date": "2021-04-01", "employmentStatus": hired, "comment": ""})];
        if let Some(day) = &account.employment.ends {
            rows.insert(0, json!({"date": day, "employmentStatus": "Terminated", "comment": ""}));
        }
        let changed = json!({"lastChanged": clock::rfc3339(at), "rows": rows});
        employees.insert(person.employee_id.clone(), changed);
    }
    let employees = if employees.is_empty() { json!([]) } else { Value::Object(employees) };
    Ok(Reply::json(200, &json!({"table": table, "employees": employees})))
}

fn changed(turn: &Turn<'_>) -> Answer {
    allowed(turn)?;
    let since = since(turn)?;
    let mut employees = Map::new();
    for (index, person) in turn.world.staff().iter().enumerate() {
        if let Some(at) = turn.account(index).employment.changed_ms.filter(|&at| at >= since) {
            let row = json!({"id": person.employee_id, "action": "Updated", "lastChanged": clock::rfc3339(at)});
            employees.insert(person.employee_id.clone(), row);
        }
    }
    Ok(Reply::json(200, &json!({"latest": clock::rfc3339(clock::epoch_ms()), "employees": employees})))
}
