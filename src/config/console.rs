//! `[console]`: how the screen draws and which keys it listens to.

use std::collections::BTreeMap;

use serde::Deserialize;

/// `[console]`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ConsoleConfig {
    /// Draw with ASCII alone; `None`: the locale decides.
    pub ascii: Option<bool>,
    /// A theme that the console knows by this name, or a path to a TOML file, relative to the configuration's folder.
    pub theme: Option<String>,
    /// Keys for the console's acts, as in `quit = ["q", "ctrl-c"]`; the console knows the acts' names.
    pub keys: BTreeMap<String, Vec<String>>,
}
