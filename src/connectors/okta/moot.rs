//! What Okta would not do, because there is nobody left to do it to.

use super::client::Client;
use crate::connectors::Call;
use crate::connectors::http::{Failure, What};
use crate::connectors::vendor::gone;
use crate::model::{Account, Outcome, Verdict};

/// The outcome of an act that may have met a user who is gone or deactivated.
pub(super) async fn or_failure(
    client: &Client,
    account: &Account,
    done: Result<Outcome, Failure>,
    call: &Call,
) -> Result<Outcome, Failure> {
    match done {
        Err(failure) if matches!(failure.what, What::Gone | What::Rejected) => {
            match client.found(&account.id, call).await? {
                None => Ok(gone(account)),
                Some(user) if user.status == "DEPROVISIONED" => Ok(Outcome::already(user.shown())),
                Some(_) => Err(failure),
            }
        }
        other => other,
    }
}

/// The same for a read-back: who is gone has nothing left.
pub(super) fn or_gone(read: Result<Verdict, Failure>) -> Result<Verdict, Failure> {
    match read {
        Err(failure) if failure.what == What::Gone => Ok(Verdict::Dead { evidence: "no such user".into() }),
        other => other,
    }
}
