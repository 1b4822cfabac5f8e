//! Loads and validates the TOML configuration; an error names the file, the line, the key and the cure.
//!
//! This knows the frame only: who has which section. What stands in a connector's, an intake's or an alert's section
//! is typed by its owner and read with [`Section::parse`]. Secrets are references, resolved elsewhere.

pub mod access;
pub mod console;
pub mod engine;
pub mod error;
mod licences;
mod parse;
pub mod section;
mod source;
mod spelling;

use std::path::{Path, PathBuf};

pub use access::AccessConfig;
pub use console::ConsoleConfig;
pub use engine::EngineConfig;
pub use error::ConfigError;
pub use section::Section;

use sha2::{Digest as _, Sha256};

use crate::model::reclaimed::Prices;

/// The configuration's frame.
#[derive(Debug, Clone)]
pub struct Config {
    /// The file it was read from; `None`: nothing is configured.
    pub path: Option<PathBuf>,
    /// The hash of its text.
    text: [u8; 32],
    /// `[engine]`.
    pub engine: EngineConfig,
    /// `[access]`.
    pub access: AccessConfig,
    /// `[console]`.
    pub console: ConsoleConfig,
    /// The same as it stands in the file: for faults that only the console can find.
    pub console_section: Section,
    /// The runbook's file, made absolute from the configuration's folder; `None`: the built-in runbook.
    pub runbook: Option<PathBuf>,
    /// `[intake]`.
    pub intake: Section,
    /// `[hris.<id>]`, by id.
    pub hris: Vec<Section>,
    /// `[alerts]`.
    pub alerts: Section,
    /// `[connectors.<id>]`, by id.
    pub connectors: Vec<Section>,
    /// `[licences]`: what seats cost.
    pub prices: Prices,
}

impl Config {
    /// Reads and validates the file at `path`. One that everybody may write is refused: whoever writes it chooses
    /// which programs the engine runs for its secrets.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        Self::parse(&source::read(path, "write one: `config.example.toml` shows every key")?, path)
    }

    /// Validates `text`; `path` is where it comes from, and what relative paths are relative to.
    pub fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        parse::parse(text, path)
    }

    /// A hash of all that it says, its runbook included; empty: the runbook cannot be read. Two that are the same make the
    /// same engine.
    pub fn fingerprint(&self) -> String {
        let runbook = self.runbook.as_ref().map(std::fs::read).transpose();
        let hash = |runbook: Option<Vec<u8>>| {
            Sha256::new().chain_update(self.text).chain_update(runbook.unwrap_or_default()).finalize()
        };
        runbook.map(|it| hex::encode(hash(it))).unwrap_or_default()
    }

    /// Nothing is configured: every default, no system.
    pub fn default_empty() -> Self {
        Self {
            path: None,
            text: [0; 32],
            engine: EngineConfig::default(),
            access: AccessConfig::default(),
            console: ConsoleConfig::default(),
            console_section: Section::absent("console"),
            runbook: None,
            intake: Section::absent("intake"),
            hris: Vec::new(),
            alerts: Section::absent("alerts"),
            connectors: Vec::new(),
            prices: Prices::default(),
        }
    }
}

#[cfg(test)]
mod tests;
