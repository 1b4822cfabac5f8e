//! References to secrets, resolved late and never printed.
//!
//! A configuration holds references only: `env:NAME`, `file:/path`, `cmd:["argv", …]`. A value in clear is refused.

use std::fmt;
use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

/// A secret's value. Prints as `***`, is wiped when dropped.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Wraps a value.
    pub fn new(value: impl Into<String>) -> Self {
        Self(SecretString::from(value.into()))
    }

    /// The value, for the one place that sends or signs with it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Where a secret is kept.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum SecretRef {
    /// An environment variable of the engine.
    Env(String),
    /// A file that only its owner may read; one trailing newline is dropped.
    File(PathBuf),
    /// What a program prints: no shell.
    Cmd(Vec<String>),
}

/// Why a secret could not be had. Never shows a value.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// Not there, not readable, too open.
    #[error("{0}")]
    Unavailable(String),
}

impl TryFrom<String> for SecretRef {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.split_once(':') {
            Some(("env", name)) if !name.is_empty() => Ok(Self::Env(name.to_owned())),
            Some(("file", path)) if !path.is_empty() => Ok(Self::File(PathBuf::from(path))),
            _ => Err("a secret in clear, or an unknown reference: use env:NAME, file:/path or cmd:[…]".to_owned()),
        }
    }
}

impl SecretRef {
    /// Fetches the value.
    pub fn resolve(&self) -> Result<Secret, VaultError> {
        Err(VaultError::Unavailable(format!("{self:?} is not resolved yet")))
    }
}
