//! The account switched off: one bit of `userAccountControl`, and none of its neighbours.

use std::sync::Arc;

use super::attribute::{Attribute, Back, Change};
use super::client::Client;
use crate::connectors::vendor::{Act, Given};
use crate::model::{ActionSpec, Residual};

/// `ADS_UF_ACCOUNTDISABLE`.
const DISABLED: u32 = 0x2;

struct Disable;

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        destroys: vec![given.fact("active-account")],
        residual: Some(Residual { what: "Kerberos tickets".into(), ms: client.config.ticket_lifetime() }),
        undo: Some("enables the account again, if it was enabled before".into()),
        scopes: vec!["write userAccountControl".into()],
        ..given.spec("disable", "Disables the Active Directory account, and leaves its other flags as they are")
    };
    (spec, Attribute { change: Disable, client: Arc::clone(client) })
}

fn flags(value: Option<&str>) -> Option<u32> {
    // Written as a signed number.
    value?.parse().ok().map(i32::cast_unsigned)
}

fn text(flags: u32) -> String {
    flags.cast_signed().to_string()
}

impl Change for Disable {
    const ATTRIBUTE: &'static str = "userAccountControl";
    const SHUTS_OUT: bool = true;

    fn wanted(&self, now: Option<&str>) -> Option<String> {
        // Without the right to read it, it is written blind, and that fails.
        let flags = flags(now).unwrap_or_default();
        (flags & DISABLED == 0).then(|| text(flags | DISABLED))
    }

    /// The one bit: what others have changed since stays.
    fn given_back(&self, now: Option<&str>, before: Option<&str>) -> Back {
        match (flags(now), flags(before)) {
            (Some(now), Some(before)) if now & DISABLED != 0 && before & DISABLED == 0 => {
                Back::To(Some(text(now & !DISABLED)))
            }
            _ => Back::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_514_but_the_one_bit() {
        let disabled = |flags: &str| Disable.wanted(Some(flags));
        assert_eq!(disabled("512").as_deref(), Some("514"));
        // DONT_EXPIRE_PASSWD, SMARTCARD_REQUIRED and NOT_DELEGATED stay.
        assert_eq!(disabled("1376768").as_deref(), Some("1376770"));
        assert_eq!(disabled("-2147483136").as_deref(), Some("-2147483134"));
        assert_eq!(disabled("66050"), None);
    }

    #[test]
    fn undo_clears_the_bit_if_it_was_clear_and_keeps_what_others_set() {
        let back = |now, before| Disable.given_back(Some(now), before);
        assert_eq!(back("514", Some("512")), Back::To(Some("512".to_owned())));
        assert_eq!(back("66050", Some("512")), Back::To(Some("66048".to_owned())));
        for (now, before) in [("514", Some("514")), ("512", Some("512")), ("514", None)] {
            assert_eq!(back(now, before), Back::Nothing, "{now} {before:?}");
        }
    }
}
