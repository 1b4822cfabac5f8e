//! Templates: minijinja, where a name that does not exist is an error and what goes into an address is percent-encoded.

use std::fmt::Write as _;
use std::sync::LazyLock;

use minijinja::value::Value as Jinja;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior};
use serde_json::{Value, json};

use crate::connectors::Call;
use crate::model::{Account, Leaver};
use crate::vault::Secret;

/// What a template may name beside `secrets`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::connectors) enum Scope {
    /// `leaver`.
    Leaver,
    /// `account` and `idempotency_key`.
    Account,
    /// `account`, for what comes from the id map or is read back.
    Known,
    /// Nothing.
    Bare,
}

/// The values of one request's templates, without the secrets.
#[derive(Debug, Clone)]
pub(in crate::connectors) struct Values(Value);

impl Values {
    pub(in crate::connectors) fn leaver(leaver: &Leaver) -> Self {
        Self(json!({ "leaver": leaver }))
    }

    pub(super) fn account(account: &Account, call: &Call) -> Self {
        Self(json!({ "account": account, "idempotency_key": call.idempotency_key }))
    }

    pub(super) fn known(account: &Account) -> Self {
        Self(json!({ "account": account }))
    }

    pub(super) fn bare() -> Self {
        Self(json!({}))
    }

    /// Made-up values, to try out templates.
    pub(in crate::connectors) fn sample(scope: Scope) -> Self {
        let account = json!({ "id": "id", "label": "label", "matched_on": "id" });
        Self(match scope {
            Scope::Leaver => json!({ "leaver": {
                "email": "alfa.doe@corp.example", "name": "name", "login": "alfa.doe", "employee_id": "1",
                "department": "department", "title": "title", "kind": "employee", "country": "country", "zone": "UTC",
                "manager": "manager", "privileged": false, "executive": false, "involuntary": false, "accounts": {},
            }}),
            Scope::Account => json!({ "account": account, "idempotency_key": "key" }),
            Scope::Known => json!({ "account": account }),
            Scope::Bare => json!({}),
        })
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
        Value::String(text) => Jinja::from(text.as_str()),
        Value::Array(items) => items.iter().map(jinja).collect(),
        Value::Object(fields) => Jinja::from_pairs(fields.iter().map(|(key, value)| (key.clone(), jinja(value)))),
    }
}

/// For headers and bodies.
static PLAIN: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    // A template is its own name: it is compiled once. Templates come from the configuration alone, so they are few.
    environment.set_loader(|template| Ok(Some(template.to_owned())));
    environment.set_auto_escape_callback(|_| AutoEscape::None);
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
pub(super) fn plain(template: &str, values: &Jinja) -> Result<String, String> {
    render(&PLAIN, template, values)
}

/// Renders an account's id. An empty one would name nobody, or everybody.
pub(in crate::connectors) fn named(template: &str, values: &Values) -> Result<String, String> {
    let id = plain(template, &values.with(&[]))?;
    if id.trim().is_empty() { Err(format!("the template `{template}` gives nothing")) } else { Ok(id) }
}

/// Renders for an address: each value percent-encoded whole, so that it stays in its segment or parameter.
pub(super) fn address(template: &str, values: &Jinja) -> Result<String, String> {
    render(&ADDRESS, template, values)
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
        Values::known(&account).with(&[("token".into(), Secret::new("s3cret"))])
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
