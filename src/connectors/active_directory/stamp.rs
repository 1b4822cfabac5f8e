//! The description, for whoever comes across the account later.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::attribute::{Attribute, Back, Change};
use super::client::Client;
use crate::connectors::vendor::{Act, Given};
use crate::model::{ActionSpec, Stage};

/// Longest description that Active Directory keeps, in characters (schema, `rangeUpper`).
const LONGEST: usize = 1_024;

struct Stamp {
    words: String,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        stage: Stage::Licences,
        undo: Some("restores the former description, unless somebody has changed it since".into()),
        scopes: vec!["write description".into()],
        ..given.spec("stamp", "Writes into the Active Directory account's description that it was disabled, and when")
    };
    (spec, Attribute { change: Stamp { words: client.config.stamp.clone() }, client: Arc::clone(client) })
}

impl Change for Stamp {
    const ATTRIBUTE: &'static str = "description";
    const SHUTS_OUT: bool = false;

    fn wanted(&self, now: Option<&str>) -> Option<String> {
        if now.is_some_and(|now| now.starts_with(&self.words)) {
            return None;
        }
        let day = Timestamp::now().to_zoned(TimeZone::UTC).date();
        let before = now.map(|now| format!("; before: {now}")).unwrap_or_default();
        Some(format!("{} on {day}{before}", self.words).chars().take(LONGEST).collect())
    }

    fn given_back(&self, now: Option<&str>, before: Option<&str>) -> Back {
        match now {
            Some(now) if now.starts_with(&self.words) => Back::To(before.map(str::to_owned)),
            _ => Back::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_former_description_is_kept_behind_the_stamp_and_comes_back() {
        let stamp = Stamp { words: "Left".to_owned() };
        let stamped = stamp.wanted(Some("Sales")).unwrap();
        assert!(stamped.starts_with("Left on 20") && stamped.ends_with("; before: Sales"), "{stamped}");
        assert_eq!(stamp.wanted(Some(&stamped)), None);
        assert_eq!(stamp.given_back(Some(&stamped), Some("Sales")), Back::To(Some("Sales".to_owned())));
        assert_eq!(stamp.given_back(Some(&stamped), None), Back::To(None), "there was none");
        assert_eq!(stamp.given_back(Some("Somebody's own"), Some("Sales")), Back::Nothing);
        assert_eq!(stamp.wanted(Some(&"ä".repeat(2_000))).unwrap().chars().count(), LONGEST);
    }
}
