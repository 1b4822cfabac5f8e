//! Rules by which answers are told apart.

use serde::Deserialize;
use serde_json::Value;

use crate::connectors::http::Answer;

/// A value in evidence is cut behind so many characters.
const LONGEST_VALUE: usize = 200;

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
    /// What is wrong with the rule itself.
    pub(super) fn check(&self) -> Result<(), String> {
        match &self.pointer {
            None if self.compares() => Err("a rule with `equals` or `in` needs a `pointer`".to_owned()),
            None if self.status.is_none() => Err("an empty rule would hold for every answer".to_owned()),
            None => Ok(()),
            Some(pointer) => check_pointer(pointer),
        }
    }

    fn compares(&self) -> bool {
        self.equals.is_some() || self.any_of.is_some()
    }

    /// Whether it speaks of answers with this status.
    fn is_about(&self, status: u16) -> bool {
        let Some(Statuses(ranges)) = &self.status else { return true };
        ranges.iter().any(|(from, to)| (*from..=*to).contains(&status))
    }

    /// What shows that it holds, if it holds.
    pub(super) fn evidence(&self, answer: &Answer, body: Option<&Value>) -> Option<String> {
        // A sign-in page of some proxy comes with 200 too.
        if answer.ok() && answer.is_html() {
            return None;
        }
        if !self.is_about(answer.status) {
            return None;
        }
        let Some(pointer) = &self.pointer else {
            return Some(format!("status {}", answer.status));
        };
        let value = body?.pointer(pointer)?;
        let equal = self.equals.as_ref().is_none_or(|wanted| wanted == value);
        let among = self.any_of.as_ref().is_none_or(|wanted| wanted.contains(value));
        (equal && among).then(|| shown(pointer, value, answer))
    }
}

/// A value as evidence, masked and cut.
fn shown(pointer: &str, value: &Value, answer: &Answer) -> String {
    // In this order: half a secret would not be known for one.
    let value = answer.masked(&value.to_string());
    match value.char_indices().nth(LONGEST_VALUE) {
        Some((end, _)) => format!("{pointer}: {}\u{2026}", &value[..end]),
        None => format!("{pointer}: {value}"),
    }
}

/// What an answer has where rules look.
pub(super) struct Looked<'r> {
    /// The values there; where there is none, that.
    pub(super) values: Vec<String>,
    /// Pointers whose value is to be compared, and that lead to nothing.
    pub(super) missing: Vec<&'r str>,
}

/// What the answer has at the pointers of those rules that speak of its status.
pub(super) fn looked<'r>(rules: impl Iterator<Item = &'r Rule>, answer: &Answer, body: &Value) -> Looked<'r> {
    let mut looked = Looked { values: Vec::new(), missing: Vec::new() };
    for rule in rules.filter(|rule| rule.is_about(answer.status)) {
        let Some(pointer) = rule.pointer.as_deref() else { continue };
        let value = body.pointer(pointer);
        if value.is_none() && rule.compares() && !looked.missing.contains(&pointer) {
            looked.missing.push(pointer);
        }
        let told = value.map_or_else(|| format!("nothing at {pointer}"), |value| shown(pointer, value, answer));
        if !looked.values.contains(&told) {
            looked.values.push(told);
        }
    }
    looked
}

/// The first rule that holds, and what shows it.
pub(super) fn first<'a>(rules: &'a [Rule], answer: &Answer, body: Option<&Value>) -> Option<(&'a Rule, String)> {
    rules.iter().find_map(|rule| Some((rule, rule.evidence(answer, body)?)))
}

/// Checks rules, naming their place.
pub(super) fn check_all(rules: &[Rule], what: &str) -> Result<(), String> {
    rules.iter().try_for_each(|rule| rule.check().map_err(|why| format!("{what}: {why}")))
}
