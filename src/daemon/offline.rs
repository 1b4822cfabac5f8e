//! What works on the files alone, without an engine: an auditor's copy, or the morning after.

use std::path::Path;

use super::DaemonError;
use crate::ledger::{Anchor, Report, Verifier};
use crate::paths::Paths;
use crate::store::audit::{self, Rebuild};

/// What `ledger verify` found, and by whose key.
#[derive(Debug, serde::Serialize)]
pub struct Verified {
    /// The key that the checkpoints were checked with.
    pub verifier_key: String,
    /// Where it came from.
    pub key_from: &'static str,
    /// What was found.
    #[serde(flatten)]
    pub report: Report,
}

fn said(error: impl std::fmt::Display) -> DaemonError {
    DaemonError::Said(error.to_string())
}

/// Recomputes the log in `journal` (by default the state directory's). `key` is a verifier key from elsewhere: worth
/// more than the one that the journal names.
pub fn verify(paths: &Paths, journal: Option<&Path>, key: Option<&str>) -> Result<Verified, DaemonError> {
    let own = paths.journal();
    let path = journal.unwrap_or(&own);
    must_exist(path)?;
    let (verifier_key, key_from) = match key {
        Some(key) => (key.to_owned(), "given"),
        None => {
            let named =
                audit::verifier_key(path)?.ok_or_else(|| said("the journal names no key: give one with --key"))?;
            (named, "the journal itself: compare it with the one that you keep elsewhere")
        }
    };
    let verifier = Verifier::parse(&verifier_key).map_err(said)?;
    let mut witnesses = Vec::new();
    if journal.is_none()
        && let Some(note) = Anchor::at(&paths.anchor()).map_err(said)?.note()
    {
        witnesses.push(("the anchor file".to_owned(), note.to_owned()));
    }
    let report = audit::verify(path, vec![verifier], &witnesses)?;
    Ok(Verified { verifier_key, key_from, report })
}

/// Folds the journal afresh and compares the projections with what comes out.
pub fn rebuild(paths: &Paths, journal: Option<&Path>) -> Result<Rebuild, DaemonError> {
    let own = paths.journal();
    let path = journal.unwrap_or(&own);
    must_exist(path)?;
    Ok(audit::rebuild(path)?)
}

fn must_exist(path: &Path) -> Result<(), DaemonError> {
    if path.exists() {
        return Ok(());
    }
    Err(said(format!("there is no journal at {}: name the state directory with --state-dir", path.display())))
}
