//! References to secrets, resolved late and never printed.
//!
//! A configuration holds references only: `env:NAME`, `file:/path`, `cmd:["argv", …]`, `systemd:NAME`. A value in
//! clear is refused, and not repeated in the refusal.

mod cmd;
pub mod error;
mod file;
pub mod reference;

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

pub use error::VaultError;
pub use reference::SecretRef;

/// No secret is larger, in bytes.
const LARGEST: usize = 64 * 1024;

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

    /// What a file or a program held: text, not empty, one line end less.
    fn from_bytes(bytes: &[u8], whose: &str) -> Result<Self, VaultError> {
        if bytes.len() > LARGEST {
            return Err(VaultError::TooBig { whose: whose.to_owned() });
        }
        let text = std::str::from_utf8(bytes).map_err(|_| VaultError::NotText { whose: whose.to_owned() })?;
        let text = text.strip_suffix('\n').map_or(text, |line| line.strip_suffix('\r').unwrap_or(line));
        if text.is_empty() {
            return Err(VaultError::Empty { whose: whose.to_owned() });
        }
        Ok(Self::new(text))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests;
