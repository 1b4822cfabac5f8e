//! What is wrong with a configuration, where, and what to do.

use std::fmt;

/// Something wrong in a configuration: where, what, and the cure.
///
/// Shows as `config.toml:12:9: connectors.google.max_in_flight: wrong type: …; expected …`. Never shows the line's
/// text, nor a value that stands where a secret may stand.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    /// The file, as it was named.
    pub file: String,
    /// Line and column, from 1; `None` where the fault is not at one place.
    pub at: Option<(usize, usize)>,
    /// The dotted path of the key, as in `connectors.google.max_in_flight`; empty: the whole file.
    pub key: String,
    /// What is wrong.
    pub what: String,
    /// What to do about it; empty where `what` says so.
    pub cure: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some((line, column)) = self.at {
            write!(f, ":{line}:{column}")?;
        }
        if !self.key.is_empty() {
            write!(f, ": {}", self.key)?;
        }
        write!(f, ": {}", self.what)?;
        if !self.cure.is_empty() {
            write!(f, "; {}", self.cure)?;
        }
        Ok(())
    }
}
