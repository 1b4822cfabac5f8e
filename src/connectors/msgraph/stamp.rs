//! Read-backs by a time stamp: what Graph shows only as "since when" is proved by a stamp newer than before the act.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::model::Verdict;

/// What the stamp said before the act, by account. Only in memory: after a restart nobody can tell, and the covering
/// step has to prove it.
#[derive(Debug, Default)]
pub(in crate::connectors) struct Stamps(Mutex<HashMap<String, String>>);

impl Stamps {
    /// Before the act.
    pub(in crate::connectors) fn note(&self, account: &str, stamp: Option<&str>) {
        let mut stamps = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        stamps.insert(account.to_owned(), stamp.unwrap_or_default().to_owned());
    }

    /// After it. `name`: Graph's name of the stamp. RFC 3339 in UTC, so that the order of texts is that of times.
    pub(in crate::connectors) fn judge(&self, account: &str, name: &str, stamp: Option<&str>) -> Verdict {
        let stamps = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let stamp = stamp.unwrap_or_default();
        let evidence = format!("{name}: {}", if stamp.is_empty() { "never" } else { stamp });
        match stamps.get(account) {
            Some(before) if stamp > before.as_str() => Verdict::Dead { evidence },
            Some(_) => Verdict::Alive { evidence },
            None => Verdict::CannotTell {
                reason: format!("{evidence}; what it said before the act is not known any more"),
                after_ms: None,
                again: false,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_stamp_newer_than_before_the_act_proves_it() {
        let stamps = Stamps::default();
        let judge = |stamp| stamps.judge("1", "since", stamp);
        assert!(matches!(judge(Some("2026-01-05T08:00:00Z")), Verdict::CannotTell { again: false, .. }));
        stamps.note("1", Some("2026-01-05T08:00:00Z"));
        assert!(matches!(judge(Some("2026-01-05T08:00:00Z")), Verdict::Alive { .. }));
        assert!(matches!(judge(Some("2026-01-05T08:00:01Z")), Verdict::Dead { .. }));
        stamps.note("1", None);
        assert!(matches!(judge(None), Verdict::Alive { .. }));
        assert!(matches!(judge(Some("2026-01-05T08:00:00Z")), Verdict::Dead { .. }));
    }
}
