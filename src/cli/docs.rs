//! The documents, in the binary: who installed nothing else has them, and those of this very version.

use clap::ValueEnum;

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Document {
    /// A tool of your own, by TOML: every key of `type = "http"`
    Tools,
    /// What to register in each system, with every permission by name
    Systems,
    /// A configuration with every key, to copy
    Config,
    /// The built-in runbook, to copy and adapt
    Runbook,
}

impl Document {
    /// Its text.
    pub fn text(self) -> &'static str {
        match self {
            Self::Tools => include_str!("../../TOOLS.md"),
            Self::Systems => include_str!("../../SYSTEMS.md"),
            Self::Config => include_str!("../../config.example.toml"),
            Self::Runbook => include_str!("../../assets/runbook.toml"),
        }
    }
}
