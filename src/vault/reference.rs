//! What stands in a configuration instead of a secret.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::{Secret, VaultError, cmd, file};

/// Where a secret is kept.
#[derive(Clone, PartialEq, Eq)]
pub enum SecretRef {
    /// `env:NAME`: an environment variable of the engine.
    Env(String),
    /// `file:/path`: a file that only its owner may read; one trailing newline is dropped.
    File(PathBuf),
    /// `cmd:["argv", …]`: what a program prints; no shell.
    Cmd(Vec<String>),
    /// `systemd:NAME`: a credential that systemd gave the engine's unit.
    Systemd(String),
}

/// The text is no reference. Does not hold the text: it may be the secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadRef {
    /// Not one of the four forms.
    #[error(
        "a secret in clear was refused: write where it is kept, as env:NAME, file:/path, cmd:[\"program\", \"argument\"] \
         or systemd:NAME, and change the secret if this file was ever shared"
    )]
    InClear,
    /// `env:` and `systemd:` with something else than a name.
    #[error("a secret's name has letters, digits, `_`, `-` and `.` only, as in env:OKTA_TOKEN or systemd:okta-token")]
    Name,
    /// `file:` without a path.
    #[error("file: needs a path, as in file:/etc/nightlatch/okta.token")]
    Path,
    /// `cmd:` with something else than an argument list.
    #[error("cmd: needs a JSON list of program and arguments, as in cmd:[\"op\", \"read\", \"op://vault/okta/token\"]")]
    Argv,
}

impl SecretRef {
    /// Fetches the value. Blocks: a command may take up to 10 s.
    pub fn resolve(&self) -> Result<Secret, VaultError> {
        match self {
            Self::Env(name) => match std::env::var(name) {
                Ok(value) if !value.is_empty() => Ok(Secret::new(value)),
                Err(std::env::VarError::NotUnicode(_)) => Err(VaultError::NotText { whose: self.to_string() }),
                _ => Err(VaultError::Unset { name: name.clone() }),
            },
            Self::File(path) => file::read(path),
            Self::Cmd(argv) => cmd::run(argv),
            Self::Systemd(name) => match std::env::var_os("CREDENTIALS_DIRECTORY") {
                Some(folder) => file::read_credential(&PathBuf::from(folder).join(name)),
                None => Err(VaultError::NoCredentials { name: name.clone() }),
            },
        }
    }
}

impl FromStr for SecretRef {
    type Err = BadRef;

    fn from_str(text: &str) -> Result<Self, BadRef> {
        let (kind, rest) = text.split_once(':').ok_or(BadRef::InClear)?;
        match kind {
            "env" => Ok(Self::Env(name(rest)?)),
            "systemd" => Ok(Self::Systemd(name(rest)?)),
            "file" if rest.is_empty() => Err(BadRef::Path),
            "file" => Ok(Self::File(PathBuf::from(rest))),
            "cmd" => match serde_json::from_str::<Vec<String>>(rest) {
                Ok(argv) if argv.first().is_some_and(|program| !program.is_empty()) => Ok(Self::Cmd(argv)),
                _ => Err(BadRef::Argv),
            },
            _ => Err(BadRef::InClear),
        }
    }
}

/// A name that can be neither a path nor an assignment.
fn name(text: &str) -> Result<String, BadRef> {
    let fits = text.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
    if fits && !text.is_empty() && !text.starts_with('.') { Ok(text.to_owned()) } else { Err(BadRef::Name) }
}

impl fmt::Display for SecretRef {
    /// The reference; of a command only the program, as an argument may be confidential.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "env:{name}"),
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::Cmd(argv) if argv.len() > 1 => write!(f, "cmd:[{:?}, …]", argv[0]),
            Self::Cmd(argv) => write!(f, "cmd:{argv:?}"),
            Self::Systemd(name) => write!(f, "systemd:{name}"),
        }
    }
}

impl fmt::Debug for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<'de> Deserialize<'de> for SecretRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RefVisitor)
    }
}

/// Takes a reference and repeats nothing else: serde's own refusals would show what they found.
struct RefVisitor;

macro_rules! refuse_in_clear {
    ($($visit:ident: $found:ty),*) => {$(
        fn $visit<E: de::Error>(self, _: $found) -> Result<SecretRef, E> {
            Err(E::custom(BadRef::InClear))
        }
    )*};
}

impl<'de> Visitor<'de> for RefVisitor {
    type Value = SecretRef;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a reference to a secret")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<SecretRef, E> {
        text.parse().map_err(E::custom)
    }

    refuse_in_clear!(visit_bool: bool, visit_i64: i64, visit_i128: i128, visit_u64: u64, visit_u128: u128);
    refuse_in_clear!(visit_f64: f64, visit_bytes: &[u8]);

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<SecretRef, A::Error> {
        Err(de::Error::custom(BadRef::InClear))
    }

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<SecretRef, A::Error> {
        Err(de::Error::custom(BadRef::InClear))
    }
}
