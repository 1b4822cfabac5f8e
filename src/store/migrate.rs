//! From the schema that a journal has to the one that this program writes: forward, one step a version, all of it in one
//! transaction. A crash in the middle leaves what was there.

mod from_1;

use rusqlite::{Connection, Transaction, TransactionBehavior};

/// The schema that this program writes. A new version is a new `schema.sql` and one more step.
pub(super) const PRESENT: i64 = 2;

/// Why a journal stays as it is.
#[derive(Debug)]
pub(super) enum Refusal {
    /// SQLite said no.
    Sqlite(rusqlite::Error),
    /// A row is not what its version wrote.
    Row(String),
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

/// The schema of the journal behind this connection; 0: it is empty.
pub(super) fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

/// Brings the journal to the present schema.
pub(super) fn to_present(connection: &mut Connection) -> Result<(), Refusal> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    match version(&transaction)? {
        PRESENT => return Ok(()),
        0 => create(&transaction)?,
        _ => from_1::migrate(&transaction)?,
    }
    transaction.pragma_update(None, "user_version", PRESENT)?;
    Ok(transaction.commit()?)
}

fn create(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    transaction.execute_batch(include_str!("schema.sql"))
}
