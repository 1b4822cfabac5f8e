//! A probe's failure in words, with its cure.

use super::Probe;
use super::failure::{Failure, What};
use crate::model::health::Health;

/// What a failed reading says of the connector.
pub(crate) fn failed(failure: Failure) -> Probe {
    let health = match failure.what {
        What::Throttled { .. } | What::Busy { .. } => Health::Throttled,
        What::Locked | What::Denied | What::Rejected | What::NeedsHuman => Health::Locked,
        What::NotSent | What::Unknown | What::Gone => Health::Down,
    };
    let message =
        if failure.cure.is_empty() { failure.reason } else { format!("{}; {}", failure.reason, failure.cure) };
    Probe { health, message, missing: Vec::new() }
}
