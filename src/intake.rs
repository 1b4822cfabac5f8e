//! What HR says: bytes in, verified notices out, on disk before the sender is told so.
//!
//! Order of work for each request: limits, signature over the raw bytes, timestamp, parse, the engine's disk, 200. A
//! verified webhook can open, merge or call off an offboarding; it approves nothing, and it never reaches a connector.
//!
//! A thin webhook names an employee and no more. It is parked on disk, answered, and its person is read from the HR
//! system afterwards, for as long as that takes: see `reader`.

pub mod bamboohr;
mod collect;
pub mod config;
pub mod counts;
pub mod csv;
mod day;
mod door;
pub mod feeds;
mod http;
mod json;
pub mod lookup;
mod person;
mod reader;
pub mod server;
mod signature;
#[cfg(test)]
mod tests;

pub use config::IntakeConfig;
pub use counts::{Counts, Tally};
pub use feeds::{Feed, Feeds, Leaving, Terminated};
pub use lookup::{LookupError, find, is_email, search, terminated, touched_terminations};
pub use server::{IntakeError, Server};
