//! The protocol between the engine and its consoles: types, codec, client, and the client's mirror of the engine's
//! state. Knows [`crate::model`] alone, so that the console and the command line never reach the engine's code.
//!
//! One JSON object a line over a Unix socket. The client speaks first (`hello`); the engine answers with its own.
//! Requests carry an id, so that a resend is not done twice; acts carry the revision that the operator saw, and a
//! stale one is refused. `subscribe` gives a snapshot (in parts, where there are many people), then numbered events; a
//! slow reader gets a new snapshot.

pub mod archive;
pub mod client;
pub mod codec;
pub mod ledger;
pub mod mirror;
pub mod parts;
pub mod protocol;

pub use archive::{HistoryPage, HistoryRow, PersonPage, Signing};
pub use client::{Client, ConnectError, Link};
pub use ledger::LedgerStatus;
pub use mirror::{Mirror, MirrorLink};
pub use parts::Part;
pub use protocol::{
    ClientLine, ConfigMark, EngineLine, EngineStatus, ErrorCode, Evidence, Hello, Lookup, Op, ProbeReport, Refusal,
    Reply, Request, RunbookText, Summary, Welcome,
};
