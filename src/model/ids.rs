//! Names of things: short enough to type, stable for ever.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize, de};

/// One person's offboarding, written `ob-17`. Numbered by the journal, never used twice.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OffboardingId(pub u64);

/// One step of an offboarding, written `ob-17/3`; `ord` is its place in the plan, from 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StepRef {
    /// Whose step.
    pub offboarding: OffboardingId,
    /// Its place in the plan, from 0.
    pub ord: u16,
}

/// A configured system, named by its section in the configuration: `google`, `okta`, `helpdesk`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct ConnectorId(Arc<str>);

/// An action of a configured system, written `google.suspend`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActionId {
    /// The system.
    pub connector: ConnectorId,
    /// What is done there.
    pub name: Arc<str>,
}

/// A text that is not an id of the kind asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {expected}")]
pub struct BadId {
    text: String,
    expected: &'static str,
}

impl BadId {
    fn new(text: &str, expected: &'static str) -> Self {
        Self { text: text.chars().take(80).collect(), expected }
    }
}

impl OffboardingId {
    /// The reference to this offboarding's step number `ord`.
    pub fn step(self, ord: u16) -> StepRef {
        StepRef { offboarding: self, ord }
    }
}

impl ConnectorId {
    /// A connector's name: lower-case letters, digits, `-` and `_`, starting with a letter.
    pub fn new(name: &str) -> Result<Self, BadId> {
        let mut chars = name.chars();
        let starts_well = chars.next().is_some_and(|c| c.is_ascii_lowercase());
        let goes_on_well = chars.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_');
        if starts_well && goes_on_well && name.len() <= 40 {
            Ok(Self(name.into()))
        } else {
            Err(BadId::new(name, "a connector's name (lower-case letters, digits, - and _, at most 40)"))
        }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// This connector's action `name`.
    pub fn action(&self, name: &str) -> ActionId {
        ActionId { connector: self.clone(), name: name.into() }
    }
}

impl fmt::Display for OffboardingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("ob-{}", self.0))
    }
}

impl fmt::Display for StepRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}/{}", self.offboarding, self.ord))
    }
}

impl fmt::Display for ConnectorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Display for ActionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}.{}", self.connector, self.name))
    }
}

impl FromStr for OffboardingId {
    type Err = BadId;

    /// Reads `ob-17`, and `17` as an operator types it.
    fn from_str(text: &str) -> Result<Self, BadId> {
        let digits = text.strip_prefix("ob-").unwrap_or(text);
        digits.parse().map(Self).map_err(|_| BadId::new(text, "an offboarding (as in ob-17)"))
    }
}

impl FromStr for StepRef {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let bad = || BadId::new(text, "a step (as in ob-17/3)");
        let (offboarding, ord) = text.split_once('/').ok_or_else(bad)?;
        Ok(Self { offboarding: offboarding.parse().map_err(|_| bad())?, ord: ord.parse().map_err(|_| bad())? })
    }
}

impl FromStr for ActionId {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let bad = || BadId::new(text, "an action (as in google.suspend)");
        let (connector, name) = text.split_once('.').ok_or_else(bad)?;
        if name.is_empty() {
            return Err(bad());
        }
        Ok(Self { connector: ConnectorId::new(connector).map_err(|_| bad())?, name: name.into() })
    }
}

macro_rules! debug_as_shown {
    ($($id:ty),*) => {$(
        impl fmt::Debug for $id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    )*};
}
debug_as_shown!(OffboardingId, StepRef, ConnectorId, ActionId);

macro_rules! serde_as_text {
    ($($id:ty),*) => {$(
        impl Serialize for $id {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $id {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }
    )*};
}
serde_as_text!(OffboardingId, StepRef, ActionId);

impl<'de> Deserialize<'de> for ConnectorId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::new(&text).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_read_back_what_they_show() {
        let step: StepRef = "ob-17/3".parse().unwrap();
        assert_eq!(step, OffboardingId(17).step(3));
        assert_eq!(step.to_string(), "ob-17/3");
        let action: ActionId = "google.suspend".parse().unwrap();
        assert_eq!(serde_json::to_string(&action).unwrap(), "\"google.suspend\"");
        assert_eq!("17".parse::<OffboardingId>().unwrap(), OffboardingId(17));
    }

    #[test]
    fn a_wrong_id_says_what_was_expected() {
        let told = "ob-x".parse::<OffboardingId>().unwrap_err().to_string();
        assert_eq!(told, "`ob-x` is not an offboarding (as in ob-17)");
        assert!("Google.suspend".parse::<ActionId>().is_err());
        assert!(ConnectorId::new("../x").is_err());
    }
}
