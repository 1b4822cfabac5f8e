//! Whether the journal's file is whole: SQLite's own look at every page, index and row.

use std::path::Path;

use serde::Serialize;

use super::migrate;
use super::open::{self, StoreError};
use super::reader::Reader;
use crate::model::fleet::OpenAlert;

/// What the file holds, and what SQLite finds wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Whole {
    /// The schema of the file.
    pub schema: i64,
    /// The schema that this program writes.
    pub schema_of_this_program: i64,
    /// Events in the journal.
    pub events: u64,
    /// Offboardings, ended ones included.
    pub offboardings: u64,
    /// The journal was set back, and no person has resumed the engine since; in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rollback: Option<String>,
    /// What the integrity check found, one a line; empty: nothing.
    pub problems: Vec<String>,
}

/// The most lines that the integrity check says.
const LISTED: u32 = 20;

/// Looks at the whole of the journal at `path`: reads every page of it.
pub fn check(path: &Path) -> Result<Whole, StoreError> {
    let schema = open::schema(path)?;
    let reader = Reader::open(path)?;
    let found = reader.rows(&format!("PRAGMA integrity_check({LISTED})"), [], |row| row.get::<_, String>(0));
    let problems = match found {
        Ok(found) => found.into_iter().filter(|it| it != "ok").collect(),
        Err(StoreError::Corrupt { found, .. }) => vec![found],
        Err(other) => return Err(other),
    };
    let rollback = reader.rows("SELECT body FROM alert WHERE key = 'rollback'", [], |row| row.get::<_, String>(0))?;
    let rollback = rollback.first().and_then(|body| serde_json::from_str::<OpenAlert>(body).ok());
    Ok(Whole {
        schema,
        schema_of_this_program: migrate::PRESENT,
        events: reader.size()?,
        offboardings: reader.number("SELECT count(*) FROM offboarding")?,
        rollback: rollback.map(|alert| alert.summary),
        problems,
    })
}

/// Whether the file is its owner's alone, as a start wants it. Nothing is opened.
pub fn permissions(path: &Path) -> Result<(), StoreError> {
    open::check_file(path).map(drop)
}
