//! Templates: minijinja, where a name that does not exist is an error and what goes into an address is percent-encoded.

use std::fmt::Write as _;
use std::sync::{Arc, LazyLock};

use minijinja::value::{Object, ObjectRepr, Value as Jinja};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, escape_formatter};
use serde_json::{Value, json};

use crate::model::{Account, Leaver};
use crate::vault::Secret;

/// The values of one request's templates, without the secrets.
#[derive(Debug, Clone)]
pub(in crate::connectors) struct Values(Value);

/// In a sample: a value of a shape that nobody knows before it is there. Samples and answers never meet.
const ANYTHING: &str = "\u{0}anything";

impl Values {
    pub(in crate::connectors) fn leaver(leaver: &Leaver) -> Self {
        Self(json!({ "leaver": leaver }))
    }

    pub(super) fn account(account: &Account) -> Self {
        Self(json!({ "account": account }))
    }

    pub(in crate::connectors) fn bare() -> Self {
        Self(json!({}))
    }

    /// And this one.
    #[must_use]
    pub(super) fn and(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0[name] = value.into();
        self
    }

    /// The value at a JSON pointer, as in `/before/role`.
    pub(super) fn at(&self, pointer: &str) -> Option<&Value> {
        let mut from = &self.0;
        for part in pointer.strip_prefix('/')?.split('/') {
            if from == ANYTHING {
                return Some(from);
            }
            from = from.pointer(&format!("/{part}"))?;
        }
        Some(from)
    }

    /// A made-up leaver of whom HR says all that it can.
    pub(in crate::connectors) fn sample_leaver() -> Self {
        let some = |text: &str| Some(text.to_owned());
        let mut values = Self::leaver(&Leaver {
            employee_id: some("1001"),
            department: some("Engineering"),
            title: some("Engineer"),
            country: some("DE"),
            zone: some("Europe/Berlin"),
            manager: some("bravo.doe@corp.example"),
            ..Leaver::from_email("alfa.doe@corp.example")
        });
        values.0["leaver"]["accounts"] = ANYTHING.into();
        values
    }

    /// A made-up leaver of whom HR gives an e-mail and nothing else.
    pub(super) fn sample_of_an_email() -> Self {
        Self::leaver(&Leaver::from_email("alfa.doe@corp.example"))
    }

    /// A made-up account.
    pub(super) fn sample_account() -> Self {
        Self(json!({ "account": { "id": "id", "label": "label", "matched_on": "id" } }))
    }

    /// And something of whatever shape.
    #[must_use]
    pub(super) fn and_anything(self, name: &str) -> Self {
        self.and(name, ANYTHING)
    }

    /// And an object with these fields, of whatever shape.
    #[must_use]
    pub(super) fn and_object<'a>(self, name: &str, fields: impl IntoIterator<Item = &'a String>) -> Self {
        let fields: serde_json::Map<_, _> =
            fields.into_iter().map(|field| (field.clone(), Value::from(ANYTHING))).collect();
        self.and(name, fields)
    }

    /// With the secrets under `secrets`.
    pub(super) fn with(&self, secrets: &[(String, Secret)]) -> Jinja {
        let mut all = self.0.clone();
        let named: serde_json::Map<_, _> =
            secrets.iter().map(|(name, secret)| (name.clone(), Value::from(secret.expose()))).collect();
        all["secrets"] = Value::Object(named);
        jinja(&all)
    }
}

fn jinja(value: &Value) -> Jinja {
    match value {
        Value::Null => Jinja::from(()),
        Value::Bool(yes) => Jinja::from(*yes),
        Value::Number(number) => match number.as_i64() {
            Some(number) => Jinja::from(number),
            None => Jinja::from(number.as_f64().unwrap_or_default()),
        },
        Value::String(text) if text == ANYTHING => Jinja::from_object(Anything),
        Value::String(text) => Jinja::from(text.as_str()),
        Value::Array(items) => items.iter().map(jinja).collect(),
        Value::Object(fields) => Jinja::from_pairs(fields.iter().map(|(key, value)| (key.clone(), jinja(value)))),
    }
}

/// Has every field, and is a text.
#[derive(Debug)]
struct Anything;

impl Object for Anything {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, _: &Jinja) -> Option<Jinja> {
        Some(Jinja::from_object(Self))
    }

    fn render(self: &Arc<Self>, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("anything")
    }
}

/// For headers and bodies.
static PLAIN: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    // A template is its own name: it is compiled once. Templates come from the configuration alone, so they are few.
    environment.set_loader(|template| Ok(Some(template.to_owned())));
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_formatter(|out, state, value| {
        // "none" is nobody's role.
        if value.is_none() {
            return Err(Error::from(ErrorKind::UndefinedError));
        }
        escape_formatter(out, state, value)
    });
    environment
});

/// For addresses: each value percent-encoded whole.
static ADDRESS: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = PLAIN.clone();
    environment.set_formatter(|out, _, value| {
        if value.is_undefined() || value.is_none() {
            return Err(Error::from(ErrorKind::UndefinedError));
        }
        let text = value.to_string();
        if matches!(text.as_str(), "" | "." | "..") {
            return Err(Error::new(ErrorKind::InvalidOperation, format!("`{text}` cannot be part of an address")));
        }
        out.write_str(&encoded(&text)).map_err(Error::from)
    });
    environment
});

/// Renders as it is: for headers and bodies.
pub(in crate::connectors) fn plain(template: &str, values: &Jinja) -> Result<String, String> {
    render(&PLAIN, template, values)
}

/// Renders what names somebody, as an account's id. An empty one would name nobody, or everybody.
pub(in crate::connectors) fn named(template: &str, values: &Values) -> Result<String, String> {
    let id = plain(template, &values.with(&[]))?;
    if id.trim().is_empty() { Err(format!("the template `{template}` gives nothing")) } else { Ok(id) }
}

/// Renders for an address: each value percent-encoded whole, so that it stays in its segment or parameter.
pub(super) fn address(template: &str, values: &Jinja) -> Result<String, String> {
    render(&ADDRESS, template, values)
}

/// What of its names a template does not find, if it cannot be rendered; else what is wrong with it.
pub(super) fn fault(template: &str, is_address: bool, values: &Values, secrets: &[(String, Secret)]) -> Option<String> {
    let environment: &Environment<'_> = if is_address { &ADDRESS } else { &PLAIN };
    let why = render(environment, template, &values.with(secrets)).err()?;
    let secret = |name: &str| secrets.iter().any(|(known, _)| name.strip_prefix("secrets.") == Some(known));
    let names = environment.get_template(template).map(|it| it.undeclared_variables(true)).unwrap_or_default();
    let mut missing: Vec<String> = names
        .into_iter()
        .filter(|name| !secret(name) && values.at(&format!("/{}", name.replace('.', "/"))).is_none())
        .map(|name| format!("`{name}`"))
        .collect();
    missing.sort();
    match missing.as_slice() {
        [] => Some(why),
        [one] => Some(format!("{one} is undefined, in `{template}`")),
        several => Some(format!("{} are undefined, in `{template}`", several.join(", "))),
    }
}

fn render(environment: &Environment<'_>, template: &str, values: &Jinja) -> Result<String, String> {
    // The names of what was undefined, and no values.
    environment.get_template(template).and_then(|compiled| compiled.render(values)).map_err(|error| {
        match error.detail() {
            Some(detail) => format!("the template `{template}`: {}: {detail}", error.kind()),
            None => format!("the template `{template}`: {} (of what may be named here)", error.kind()),
        }
    })
}

/// All but the unreserved characters of RFC 3986 2.3.
pub(super) fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(id: &str) -> Jinja {
        let account = Account { id: id.into(), label: "l".into(), matched_on: "m".into() };
        Values::account(&account).with(&[("token".into(), Secret::new("s3cret"))])
    }

    #[test]
    fn an_id_stays_in_its_place_in_an_address() {
        let at = |id: &str| address("/agents/{{ account.id }}/disable", &account(id));
        assert_eq!(at("7").unwrap(), "/agents/7/disable");
        assert_eq!(at("a/../b?c#ü").unwrap(), "/agents/a%2F..%2Fb%3Fc%23%C3%BC/disable");
        assert!(at("..").is_err() && at("").is_err());
    }

    #[test]
    fn an_unknown_name_is_an_error_and_shows_no_secret() {
        for template in ["{{ acount.id }}", "{{ account.nme }}", "{{ secrets.tokn }}", "{{ leaver.email }}"] {
            let why = plain(template, &account("7")).unwrap_err();
            assert!(why.contains(template) && !why.contains("s3cret"), "{why}");
        }
        assert_eq!(plain("Bearer {{ secrets.token }}", &account("7")).unwrap(), "Bearer s3cret");
    }
}
