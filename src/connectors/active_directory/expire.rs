//! The account's end as a date: belt and braces, and no one who enables the account by mistake lets them in.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use super::attribute::{Attribute, Back, Change};
use super::client::Client;
use crate::connectors::vendor::{Act, Given};
use crate::model::{ActionSpec, Stage};

struct Expire;

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        stage: Stage::Credentials,
        undo: Some("sets the former date, or none".into()),
        scopes: vec!["write accountExpires".into()],
        ..given.spec("expire", "Sets the Active Directory account's end to now, should somebody enable it again")
    };
    (spec, Attribute { change: Expire, client: Arc::clone(client) })
}

/// Now in hundreds of nanoseconds since 1601, as Windows counts (`FILETIME`).
fn now() -> u64 {
    let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    (unix.as_secs() + 11_644_473_600) * 10_000_000
}

/// Two values mean "never".
fn is_past(value: Option<&str>) -> bool {
    value.and_then(|value| value.parse().ok()).is_some_and(|at: u64| at != 0 && at <= now())
}

impl Change for Expire {
    const ATTRIBUTE: &'static str = "accountExpires";
    const SHUTS_OUT: bool = true;

    fn wanted(&self, value: Option<&str>) -> Option<String> {
        (!is_past(value)).then(|| now().to_string())
    }

    fn given_back(&self, value: Option<&str>, before: Option<&str>) -> Back {
        if is_past(value) && value != before { Back::To(before.map(str::to_owned)) } else { Back::Nothing }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nought_and_the_largest_number_mean_never() {
        for never in ["0", "9223372036854775807"] {
            let set = Expire.wanted(Some(never)).unwrap();
            assert_eq!(Expire.wanted(Some(&set)), None);
            assert_eq!(Expire.given_back(Some(&set), Some(never)), Back::To(Some(never.to_owned())));
        }
        // 2001-09-09.
        assert_eq!(Expire.wanted(Some("126444736000000000")), None);
        assert_eq!(Expire.given_back(Some("0"), Some("0")), Back::Nothing, "somebody has lifted it already");
    }
}
