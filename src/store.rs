//! The only module that knows SQL: one writer thread with group commit, read-only readers, numbered migrations.
//!
//! One file, `journal.db`. The table `event` is the journal and the audit log: append-only, each row a leaf of the
//! Merkle tree. Every other table is a projection of it, written in the same transaction, and can be rebuilt. WAL with
//! `synchronous=FULL`, always: what was acknowledged survives a power cut.

mod archive;
pub mod audit;
mod check;
mod copy;
pub mod export;
mod log;
mod migrate;
mod newest;
mod open;
mod pack;
mod person;
mod project;
mod reader;
mod recover;
mod writer;

pub use archive::{Archive, Found};
pub use check::{Whole, check, permissions};
pub use copy::copy;
pub use open::{Journal, StoreError};
pub use person::Chapter;
pub use project::{Header, Row, rows};
pub use reader::{Cursor, Reader};
pub use recover::Recovered;
pub use writer::{Batch, Stamp, Then, Writer};
