//! The standard's messages, as clients of any SCIM service write and read them.

use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

pub(crate) use super::profile::Form;
use crate::model::{Outcome, Verdict};

/// The protocol's own media type (RFC 7644 8.1).
pub(super) const MEDIA_TYPE: &str = "application/scim+json";

/// A `User` (RFC 7643 4.1): what of it tells who it is, and whether it is active.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct User {
    pub(crate) id: String,
    /// To sign in with.
    #[serde(rename = "userName", default)]
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) external_id: Option<String>,
    /// `None`: the service does not say, which is not "no".
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) active: Option<bool>,
    #[serde(default)]
    pub(crate) emails: Vec<Email>,
}

/// One of a user's addresses.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Email {
    pub(crate) value: String,
    #[serde(deserialize_with = "lenient")]
    primary: Option<bool>,
}

/// A page of a list (RFC 7644 3.4.2). Without any result, `Resources` may be left out.
#[derive(Deserialize)]
pub(crate) struct Page<T> {
    #[serde(rename = "Resources", default = "Vec::new")]
    pub(crate) resources: Vec<T>,
}

/// A boolean, or its name in any case: some services write words.
fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Bool(is) => Some(is),
        Value::String(word) => word.to_lowercase().parse().ok(),
        _ => None,
    })
}

impl User {
    /// What it shows of a deactivation.
    pub(crate) fn read_back(&self) -> Verdict {
        match self.active {
            Some(false) => Verdict::Dead { evidence: "active: false".into() },
            Some(true) => Verdict::Alive { evidence: "active: true".into() },
            None => Verdict::CannotTell {
                reason: "the answer does not say whether the user is active".into(),
                after_ms: None,
                again: true,
            },
        }
    }

    pub(crate) fn goes_by(&self, email: &str) -> bool {
        self.emails.iter().any(|one| one.value.eq_ignore_ascii_case(email)) || self.is_named(email)
    }

    /// By the name to sign in with, which knows no case (RFC 7643 4.1.1).
    pub(super) fn is_named(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// Another of its addresses is marked as the first one.
    pub(super) fn has_only_as_alias(&self, email: &str) -> bool {
        let first = self.emails.iter().find(|one| one.primary == Some(true));
        first.is_some_and(|first| !first.value.eq_ignore_ascii_case(email)) && !self.is_named(email)
    }

    pub(crate) fn label(&self) -> String {
        self.emails.first().map_or_else(|| self.name.clone(), |email| email.value.clone())
    }
}

/// `ATTRIBUTE eq "VALUE"` (RFC 7644 3.4.2.2): the value as a JSON string.
pub(crate) fn equals(attribute: &str, value: &str) -> String {
    format!("{attribute} eq {}", Value::from(value))
}

/// A PATCH of `active` (RFC 7644 3.5.2).
pub(crate) fn patch_active(form: Form, active: bool) -> Value {
    let operation = match form {
        Form::Path => json!({ "op": "replace", "path": "active", "value": active }),
        Form::Pathless => json!({ "op": "replace", "value": { "active": active } }),
        Form::Words => json!({ "op": "Replace", "path": "active", "value": word(active) }),
    };
    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation] })
}

/// The whole user with another `active`, for a PUT (RFC 7644 3.5.1). What only the service may write is left out.
pub(super) fn with_active(mut user: Value, form: Form, active: bool) -> Value {
    if let Some(fields) = user.as_object_mut() {
        fields.remove("meta");
        fields.remove("groups");
        let value = if form == Form::Words { word(active).into() } else { active.into() };
        fields.insert("active".to_owned(), value);
    }
    user
}

fn word(active: bool) -> &'static str {
    if active { "True" } else { "False" }
}

/// Of an undo, where the user was not active before.
pub(crate) fn stays_inactive(before: &Value) -> Option<Outcome> {
    let note = "it was not active before, so it stays so".to_owned();
    (before.get("active") == Some(&Value::Bool(false))).then_some(Outcome::already(note))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(json: Value) -> User {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn active_may_be_a_word_and_its_absence_says_nothing() {
        for (active, is) in [(json!(false), Some(false)), (json!("False"), Some(false)), (json!("true"), Some(true))] {
            assert_eq!(user(json!({ "id": "1", "active": active })).active, is);
        }
        for neither in [json!({ "id": "1" }), json!({ "id": "1", "active": null }), json!({ "id": "1", "active": 0 })] {
            assert_eq!(user(neither).active, None);
        }
    }

    #[test]
    fn a_filter_takes_no_orders_from_a_value() {
        assert_eq!(equals("userName", r#"a" or "1" eq "1\"#), r#"userName eq "a\" or \"1\" eq \"1\\""#);
    }

    #[test]
    fn an_address_beside_a_primary_one_is_an_alias() {
        let one = user(json!({ "id": "1", "userName": "adoe",
            "emails": [{ "value": "old@corp.example" }, { "value": "new@corp.example", "primary": true }] }));
        assert!(one.has_only_as_alias("old@corp.example") && !one.has_only_as_alias("New@corp.example"));
        assert!(one.goes_by("OLD@corp.example") && !one.goes_by("other@corp.example"));
    }

    #[test]
    fn active_is_written_in_each_services_way() {
        let operation = |form| patch_active(form, false)["Operations"][0].to_string();
        assert_eq!(operation(Form::Path), r#"{"op":"replace","path":"active","value":false}"#);
        assert_eq!(operation(Form::Pathless), r#"{"op":"replace","value":{"active":false}}"#);
        assert_eq!(operation(Form::Words), r#"{"op":"Replace","path":"active","value":"False"}"#);
        let whole = json!({ "id": "1", "userName": "adoe", "active": true, "meta": {}, "groups": [] });
        assert_eq!(with_active(whole, Form::Path, false), json!({ "id": "1", "userName": "adoe", "active": false }));
    }
}
