//! `ledger export`: evidence that somebody else checks with tools that are not ours.
//!
//! What is written is checked first, and a log that does not hold is not written. The whole log goes out as the static
//! files of C2SP tlog-tiles; of one person go the leaves, what they were made of, and a proof for each.

mod error;
mod folder;
mod person;
mod report;
mod source;
mod whole;

use std::path::{Path, PathBuf};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde::Serialize;

use crate::ledger::{Anchor, Checkpoint};
use crate::model::OffboardingId;
use crate::paths::Paths;

pub use error::ExportError;
use folder::Folder;
use source::Source;

const VERIFIERS: [(&str, &str); 2] = [
    ("verify_tlog.go", include_str!("../../../assets/verify_tlog.go")),
    ("verify_tlog.py", include_str!("../../../assets/verify_tlog.py")),
];

/// Whose evidence is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whom {
    /// Everybody with this e-mail address, in lower case.
    Email(String),
    /// One offboarding.
    Offboarding(OffboardingId),
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exported {
    /// The directory.
    pub to: PathBuf,
    /// How many files.
    pub files: u64,
    /// The events in it.
    pub events: u64,
    /// The offboardings in it; empty: the whole log.
    pub offboardings: Vec<OffboardingId>,
    /// The log's name.
    pub origin: String,
    /// The events under the checkpoint.
    pub size: u64,
    /// The root that it signs, in base64.
    pub root: String,
    /// The key that its signature was checked with.
    pub verifier_key: String,
    /// Events that are left out because no checkpoint is over them yet.
    pub unsigned: u64,
}

impl std::fmt::Display for Exported {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { to, files, events, offboardings, origin, size, root, verifier_key, unsigned } = self;
        writeln!(f, "written       {}, {files} files", to.display())?;
        if offboardings.is_empty() {
            writeln!(f, "events        {events}, the whole log")?;
        } else {
            let named: Vec<String> = offboardings.iter().map(ToString::to_string).collect();
            writeln!(f, "events        {events}, of {}", named.join(", "))?;
        }
        writeln!(f, "checkpoint    {origin}, {size} events, root {root}")?;
        writeln!(f, "key           {verifier_key}")?;
        if *unsigned > 0 {
            writeln!(f, "left out      {unsigned} events that no checkpoint is over yet: export again later")?;
        }
        write!(f, "VERIFY.md there says how to check it.")
    }
}

/// What went into the folder.
struct Counts {
    events: u64,
    offboardings: Vec<OffboardingId>,
    unsigned: u64,
}

/// Writes evidence from `journal` (by default the state directory's) into the directory `to`, which must be new or empty.
pub fn export(paths: &Paths, journal: Option<&Path>, to: &Path, whom: Option<&Whom>) -> Result<Exported, ExportError> {
    let own = paths.journal();
    let path = journal.unwrap_or(&own);
    super::must_exist(path).map_err(ExportError::said)?;
    let anchor = match journal {
        None => Anchor::at(&paths.anchor()).map_err(ExportError::said)?.note().map(str::to_owned),
        Some(_) => None,
    };
    let source = Source::open(path, anchor)?;
    let mut folder = Folder::create(to)?;
    let Counts { events, offboardings, unsigned } = match fill(&source, whom, &mut folder) {
        Ok(counts) => counts,
        Err(error) => {
            folder.discard();
            return Err(error);
        }
    };
    let (to, files) = folder.finish()?;
    let Checkpoint { origin, size, root } = source.last.checkpoint;
    let root = BASE64_STANDARD.encode(root);
    Ok(Exported { to, files, events, offboardings, origin, size, root, verifier_key: source.key, unsigned })
}

fn fill(source: &Source, whom: Option<&Whom>, folder: &mut Folder) -> Result<Counts, ExportError> {
    let counts = match whom {
        None => whole::write(source, folder)?,
        Some(whom) => person::write(source, whom, folder)?,
    };
    for (name, text) in VERIFIERS {
        folder.put(name, text.as_bytes())?;
    }
    folder.put("log.vkey", format!("{}\n", source.key).as_bytes())?;
    folder.put("checkpoint", source.last.note.as_bytes())?;
    if let Some(before) = &source.before {
        folder.put("checkpoint.prev", before.note.as_bytes())?;
    }
    Ok(counts)
}
