//! What works on the files alone, without an engine: an auditor's copy, or the morning after.

mod actions;
mod backup;
mod check;
mod export;

use std::path::{Path, PathBuf};

use super::DaemonError;
use crate::ledger::{Anchor, Report, Verifier};
use crate::paths::Paths;
use crate::store::audit::{self, Rebuild};

pub use actions::{Actions, Declared, actions};
pub use backup::{BackedUp, backup};
pub use check::{Checked, check};
pub use export::{ExportError, Exported, Whom, export};

/// What `ledger verify` found, and by whose key.
#[derive(Debug, serde::Serialize)]
pub struct Verified {
    /// The keys that the checkpoints were checked with.
    pub verifier_keys: Vec<String>,
    /// Where they came from.
    pub key_from: &'static str,
    /// What was found.
    #[serde(flatten)]
    pub report: Report,
}

fn said(error: impl std::fmt::Display) -> DaemonError {
    DaemonError::Said(error.to_string())
}

/// Recomputes the log in `journal` (by default the state directory's). `keys` are verifier keys from elsewhere: worth
/// more than the one that the journal names. `checkpoints` are files with notes kept elsewhere.
pub fn verify(
    paths: &Paths,
    journal: Option<&Path>,
    keys: &[String],
    checkpoints: &[PathBuf],
) -> Result<Verified, DaemonError> {
    let own = paths.journal();
    let path = journal.unwrap_or(&own);
    must_exist(path)?;
    let (keys, key_from) = if keys.is_empty() {
        let named = audit::verifier_key(path)?.ok_or_else(|| said("the journal names no key: give one with --key"))?;
        (vec![named], "the journal itself: compare it with the one that you keep elsewhere")
    } else {
        (keys.to_vec(), "given")
    };
    let verifiers = keys.iter().map(|key| Verifier::parse(key).map_err(said)).collect::<Result<_, _>>()?;
    let mut witnesses = Vec::new();
    for file in checkpoints {
        let note = std::fs::read_to_string(file).map_err(|error| said(format!("{}: {error}", file.display())))?;
        witnesses.push((file.display().to_string(), note));
    }
    if journal.is_none()
        && let Some(note) = Anchor::at(&paths.anchor()).map_err(said)?.note()
    {
        witnesses.push(("the anchor file".to_owned(), note.to_owned()));
    }
    let report = audit::verify(path, verifiers, &witnesses)?;
    Ok(Verified { verifier_keys: keys, key_from, report })
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
