//! The demo and the rehearsal: a sandbox, an engine of its own process, and people who leave by signed webhooks.
//!
//! The engine does not know that it is a demo: it is the same binary with a configuration whose addresses point at the
//! sandbox. Everything lies in one directory, which is removed at the end.

mod alone;
mod config;
mod headless;
mod report;
mod stage;

use std::path::PathBuf;

pub use alone::{SandboxOptions, run_sandbox};
pub use config::{Settings, write as write_config};
pub use headless::headless;
pub use report::{Quantiles, Report};
pub use stage::{Stage, free_port};

/// What to play.
#[derive(Debug, Clone)]
pub struct Options {
    /// How many people leave.
    pub leavers: u32,
    /// The same seed makes the same people and the same mishaps.
    pub seed: u64,
    /// Within how many seconds their webhooks arrive.
    pub over_s: u64,
    /// Where everything is kept; `None`: in a directory that is removed at the end.
    pub keep: Option<PathBuf>,
}

/// Why the demo cannot be played.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct DemoError(String);

impl DemoError {
    fn new(what: impl std::fmt::Display) -> Self {
        Self(what.to_string())
    }
}
