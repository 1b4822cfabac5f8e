//! Rules by which answers are told apart.

use serde::Deserialize;
use serde_json::Value;

use crate::connectors::http::Answer;

/// A description of answers; all that it says must hold.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rule {
    /// As in `200`, `"2xx"`, `"400-404"`, or a list of those.
    #[serde(default)]
    status: Option<Statuses>,
    /// JSON pointer (RFC 6901) into the answer.
    #[serde(default)]
    pointer: Option<String>,
    /// The value there is this.
    #[serde(default)]
    equals: Option<Value>,
    /// The value there is one of these.
    #[serde(default, rename = "in")]
    any_of: Option<Vec<Value>>,
    /// In a `retry` rule: everything of this connector waits, not this step alone; true.
    #[serde(default = "yes")]
    pub(super) throttled: bool,
}

fn yes() -> bool {
    true
}

#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "OneOrMany")]
struct Statuses(Vec<(u16, u16)>);

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(Status),
    Many(Vec<Status>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Status {
    Number(u16),
    Text(String),
}

impl TryFrom<OneOrMany> for Statuses {
    type Error = String;

    fn try_from(given: OneOrMany) -> Result<Self, String> {
        let given = match given {
            OneOrMany::One(one) => vec![one],
            OneOrMany::Many(many) => many,
        };
        let range = |status: Status| {
            let text = match status {
                Status::Number(number) => number.to_string(),
                Status::Text(text) => text,
            };
            let wrong = || format!("`{text}` is no status (as in 200, \"2xx\", \"400-404\")");
            let number = |text: &str| text.trim().parse::<u16>().ok().filter(|n| (100..600).contains(n));
            let found = if let Some(class) = text.strip_suffix("xx") {
                class.parse::<u16>().ok().filter(|n| (1..6).contains(n)).map(|n| (n * 100, n * 100 + 99))
            } else if let Some((from, to)) = text.split_once('-') {
                number(from).zip(number(to)).filter(|(from, to)| from <= to)
            } else {
                number(&text).map(|n| (n, n))
            };
            found.ok_or_else(wrong)
        };
        given.into_iter().map(range).collect::<Result<_, _>>().map(Self)
    }
}

/// The text at a pointer: ids come as texts and as numbers.
pub(super) fn text(item: &Value, pointer: &str) -> Option<String> {
    match item.pointer(pointer)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A JSON pointer is empty or begins with a slash.
pub(super) fn check_pointer(pointer: &str) -> Result<(), String> {
    if pointer.is_empty() || pointer.starts_with('/') {
        return Ok(());
    }
    Err(format!("`{pointer}` is no JSON pointer: it begins with `/`, as in `/agent/state`"))
}

impl Rule {
    /// Any answer of this status.
    pub(super) fn of_status(status: u16) -> Self {
        let status = Some(Statuses(vec![(status, status)]));
        Self { status, pointer: None, equals: None, any_of: None, throttled: true }
    }

    /// What is wrong with the rule itself.
    pub(super) fn check(&self) -> Result<(), String> {
        let compares = self.equals.is_some() || self.any_of.is_some();
        match &self.pointer {
            None if compares => Err("a rule with `equals` or `in` needs a `pointer`".to_owned()),
            None if self.status.is_none() => Err("an empty rule would hold for every answer".to_owned()),
            None => Ok(()),
            Some(pointer) => check_pointer(pointer),
        }
    }

    /// What shows that it holds, if it holds.
    pub(super) fn evidence(&self, answer: &Answer, body: Option<&Value>) -> Option<String> {
        // A sign-in page of some proxy comes with 200 too.
        if answer.ok() && answer.is_html() {
            return None;
        }
        if let Some(Statuses(ranges)) = &self.status
            && !ranges.iter().any(|(from, to)| (*from..=*to).contains(&answer.status))
        {
            return None;
        }
        let Some(pointer) = &self.pointer else {
            return Some(format!("status {}", answer.status));
        };
        let value = body?.pointer(pointer)?;
        let equal = self.equals.as_ref().is_none_or(|wanted| wanted == value);
        let among = self.any_of.as_ref().is_none_or(|wanted| wanted.contains(value));
        (equal && among).then(|| answer.masked(&format!("{pointer}: {value}")))
    }
}

/// The first rule that holds, and what shows it.
pub(super) fn first<'a>(rules: &'a [Rule], answer: &Answer, body: Option<&Value>) -> Option<(&'a Rule, String)> {
    rules.iter().find_map(|rule| Some((rule, rule.evidence(answer, body)?)))
}

/// Checks rules, naming their place.
pub(super) fn check_all(rules: &[Rule], what: &str) -> Result<(), String> {
    rules.iter().try_for_each(|rule| rule.check().map_err(|why| format!("{what}: {why}")))
}
