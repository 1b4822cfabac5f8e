//! The text behind a configuration: reading it safely, and finding line, column and key of a byte in it.

use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use super::error::ConfigError;
use super::spelling;

/// A file's text, kept for the places in it.
pub(super) struct Source {
    pub(super) path: PathBuf,
    pub(super) text: String,
}

/// Reads a configuration file that not everybody may write. `missing`: the cure where there is none.
pub(super) fn read(path: &Path, missing: &str) -> Result<String, ConfigError> {
    let fault = |what: String, cure: String| ConfigError {
        file: path.display().to_string(),
        at: None,
        key: String::new(),
        what,
        cure,
    };
    let unreadable = |error: &std::io::Error| {
        let cure = match error.kind() {
            std::io::ErrorKind::NotFound => missing.to_owned(),
            _ => String::new(),
        };
        fault(format!("cannot be read: {error}"), cure)
    };
    let mut file = File::open(path).map_err(|error| unreadable(&error))?;
    let mode = file.metadata().map_err(|error| unreadable(&error))?.permissions().mode();
    if mode & 0o002 != 0 {
        return Err(fault(
            format!("everybody may write it (permissions {:04o})", mode & 0o7777),
            format!("run: chmod o-w {}", path.display()),
        ));
    }
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(|error| unreadable(&error))?;
    Ok(text)
}

impl Source {
    /// The folder that relative paths are relative to.
    pub(super) fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    /// Line and column of a byte, from 1; columns count characters.
    pub(super) fn position(&self, offset: usize) -> (usize, usize) {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let before = &self.text[..offset];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }

    /// An error at a place.
    pub(super) fn fault(&self, span: Option<&Range<usize>>, key: &str, what: String, cure: String) -> ConfigError {
        ConfigError {
            file: self.path.display().to_string(),
            at: span.map(|span| self.position(span.start)),
            key: key.to_owned(),
            what,
            cure,
        }
    }

    /// What the TOML reader or a type said, at its place under the key `prefix`, in words for people. `others`: keys that
    /// may stand there too, and are another type's.
    pub(super) fn explain(
        &self,
        error: &toml::de::Error,
        prefix: &str,
        table: &DeTable<'_>,
        others: &[&str],
    ) -> ConfigError {
        let span = error.span();
        let mut key = prefix.to_owned();
        let path = span.as_ref().and_then(|span| path_to(table, span.start)).unwrap_or_default();
        let at_top = path.len() <= 1;
        for part in path {
            join(&mut key, &part);
        }
        let (what, cure) = spelling::in_words(error.message(), if at_top { others } else { &[] });
        self.fault(span.as_ref(), &key, what, cure)
    }
}

/// Appends a key to a dotted path.
pub(super) fn join(path: &mut String, part: &str) {
    if !path.is_empty() && !part.starts_with('[') {
        path.push('.');
    }
    path.push_str(part);
}

/// The keys that lead to the value or key at `offset`; deepest first found.
fn path_to(table: &DeTable<'_>, offset: usize) -> Option<Vec<String>> {
    table.iter().find_map(|(key, value)| {
        let inside = match value.get_ref() {
            DeValue::Table(table) => path_to(table, offset),
            DeValue::Array(items) => items.iter().enumerate().find_map(|(place, item)| {
                let mut path = match item.get_ref() {
                    DeValue::Table(table) => path_to(table, offset),
                    _ => None,
                }
                .or_else(|| item.span().contains(&offset).then(Vec::new))?;
                path.insert(0, format!("[{place}]"));
                Some(path)
            }),
            _ => None,
        };
        let mut path =
            inside.or_else(|| (key.span().contains(&offset) || value.span().contains(&offset)).then(Vec::new))?;
        path.insert(0, key.get_ref().to_string());
        Some(path)
    })
}
