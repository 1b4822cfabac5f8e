//! By what an account is known to be the leaver's.

use serde_json::Value;

use super::config::{Field, Match};
use super::rule::text;
use crate::model::Leaver;

impl Field {
    /// What HR says of the leaver there, if anything.
    pub(super) fn of(self, leaver: &Leaver) -> Option<&str> {
        let said = match self {
            Self::Email | Self::Alias => Some(leaver.email.as_str()),
            Self::EmployeeId => leaver.employee_id.as_deref(),
            Self::Login => Some(leaver.login.as_str()),
        };
        said.filter(|said| !said.is_empty())
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Email => "e-mail",
            Self::Alias => "alias",
            Self::EmployeeId => "employee id",
            Self::Login => "login",
        }
    }
}

/// How an account compares with the leaver in one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Compared {
    Agrees,
    Differs,
    /// One of the two says nothing.
    Silent,
}

impl Match {
    /// What the account says there that can be compared.
    fn said(&self, item: &Value) -> Vec<String> {
        let mut said: Vec<String> = match item.pointer(&self.pointer) {
            Some(Value::Array(values)) => values.iter().filter_map(|value| text(value, "")).collect(),
            _ => text(item, &self.pointer).into_iter().collect(),
        };
        said.retain(|value| !value.is_empty());
        said
    }

    fn compare(&self, item: &Value, leaver: &Leaver) -> Compared {
        let Some(wanted) = self.field.of(leaver) else { return Compared::Silent };
        let said = self.said(item);
        if said.is_empty() {
            return Compared::Silent;
        }
        if said.iter().any(|value| value.eq_ignore_ascii_case(wanted)) { Compared::Agrees } else { Compared::Differs }
    }

    /// Whether nothing stands there that such a field could be: the pointer may be wrong, and whose account it is stays
    /// open. An empty list is an answer.
    pub(super) fn is_blind(&self, item: &Value) -> bool {
        if item.pointer(&self.pointer).and_then(Value::as_array).is_some_and(Vec::is_empty) {
            return false;
        }
        let could_be = |value: &String| match self.field {
            Field::Email | Field::Alias => value.contains('@'),
            Field::EmployeeId | Field::Login => true,
        };
        !self.said(item).iter().any(could_be)
    }

    pub(super) fn agrees(&self, item: &Value, leaver: &Leaver) -> bool {
        self.compare(item, leaver) == Compared::Agrees
    }
}

/// Whether the account that was found by `by` is theirs: what it was matched on, or why nobody can be sure.
pub(super) fn judged(by: &Match, all: &[Match], item: &Value, leaver: &Leaver) -> Result<String, String> {
    let agreeing = |field: Field| all.iter().find(|it| it.field == field && it.agrees(item, leaver));
    let differing =
        |field: Field| all.iter().find(|it| it.field == field && it.compare(item, leaver) == Compared::Differs);
    let by_alias = agreeing(Field::Alias).is_some();
    // An address that is theirs as an alias is no other person's; a login may be spelt in many ways.
    let contradiction = differing(Field::EmployeeId).or_else(|| differing(Field::Email).filter(|_| !by_alias));
    if let Some(other) = contradiction {
        let said = item.pointer(&other.pointer).map(ToString::to_string).unwrap_or_default();
        return Err(format!(
            "found by {}, but its {} at `{}` is {said}",
            by.field.name(),
            other.field.name(),
            other.pointer
        ));
    }
    if by.field != Field::Alias {
        return Ok(format!("{} at `{}`", by.field.name(), by.pointer));
    }
    match agreeing(Field::EmployeeId).or_else(|| agreeing(Field::Login)) {
        Some(second) => Ok(format!("alias at `{}` and {} at `{}`", by.pointer, second.field.name(), second.pointer)),
        None => Err("found by an alias alone, which may have been handed on: nothing else agrees".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn keys() -> Vec<Match> {
        let key = |pointer: &str, field| Match { pointer: pointer.to_owned(), field, request: None };
        vec![
            key("/mail", Field::Email),
            key("/number", Field::EmployeeId),
            key("/user", Field::Login),
            key("/aliases", Field::Alias),
        ]
    }

    fn leaver() -> Leaver {
        Leaver { employee_id: Some("1001".to_owned()), ..Leaver::from_email("alfa.doe@corp.example") }
    }

    #[test]
    fn what_agrees_identifies_and_what_differs_forbids() {
        let keys = keys();
        let judged = |by: usize, item: Value| judged(&keys[by], &keys, &item, &leaver());
        assert!(judged(0, json!({ "mail": "Alfa.Doe@corp.example", "user": "adoe" })).unwrap().contains("/mail"));
        assert!(judged(0, json!({ "mail": "alfa.doe@corp.example", "number": 1001 })).is_ok());
        let handed_on = judged(0, json!({ "mail": "alfa.doe@corp.example", "number": "2002" })).unwrap_err();
        assert!(handed_on.contains("employee id") && handed_on.contains("2002"), "{handed_on}");
        assert!(judged(1, json!({ "number": "1001", "mail": "bravo.doe@corp.example" })).is_err());
        assert!(judged(2, json!({ "user": "ALFA.DOE" })).is_ok());
    }

    #[test]
    fn an_alias_is_enough_only_with_a_second_field() {
        let keys = keys();
        let judged = |item: Value| judged(&keys[3], &keys, &item, &leaver());
        let item = json!({ "mail": "a.doe@corp.example", "aliases": ["x@corp.example", "alfa.doe@corp.example"] });
        assert!(judged(item.clone()).unwrap_err().contains("alias alone"));
        let mut second = item.clone();
        second["number"] = "1001".into();
        assert_eq!(judged(second).unwrap(), "alias at `/aliases` and employee id at `/number`");
        let mut other = item;
        other["number"] = "2002".into();
        assert!(judged(other).is_err());
    }
}
