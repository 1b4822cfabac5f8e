//! One section of the configuration, kept with its place in the file until its owner reads it.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Deserializer};

use super::error::ConfigError;
use super::source::{self, Source, join};
use crate::model::ConnectorId;

/// A section such as `[connectors.google]`, untyped: its owner reads it with [`Section::parse`].
#[derive(Clone)]
pub struct Section {
    /// What it is called: `google` of `[connectors.google]`, or `intake`.
    pub id: ConnectorId,
    /// Its `type` key; empty where there is none.
    pub kind: String,
    /// The keys that lead to it; none: the whole text is the section.
    path: Vec<String>,
    present: bool,
    keys: Keys,
    source: Arc<Source>,
}

/// Which of its keys an owner reads.
#[derive(Clone)]
enum Keys {
    All,
    Only(&'static [&'static str]),
    AllBut(&'static [&'static str]),
}

impl Keys {
    fn hold(&self, key: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(keys) => keys.contains(&key),
            Self::AllBut(keys) => !keys.contains(&key),
        }
    }
}

impl Section {
    /// Reads the section as `T`, without its `type` key. Let `T` have `#[serde(deny_unknown_fields)]`.
    ///
    /// A string `file:relative` is handed over as `file:/absolute`, from the configuration's folder.
    /// An error names file, line, column, the dotted key and the cure.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, ConfigError> {
        let table = self.table();
        let mut bare = table.clone();
        bare.get_mut().remove("type");
        for key in table.get_ref().keys().filter(|key| !self.keys.hold(key.get_ref())) {
            bare.get_mut().remove(key.get_ref().as_ref());
        }
        anchor(bare.get_mut(), self.folder());
        T::deserialize(Deserializer::from(bare)).map_err(|error| {
            let others = if let Keys::AllBut(keys) = self.keys { keys } else { &[] };
            let mut fault = self.source.explain(&error, &self.name(), table.get_ref(), others);
            // A key that is missing from a section that is missing is at no place.
            fault.at = fault.at.filter(|_| self.present);
            fault
        })
    }

    /// A section as it would stand under `[<id>]`, without a file: for tests and the demo.
    pub fn from_toml(id: &str, text: &str) -> Result<Self, ConfigError> {
        let source = Arc::new(Source { path: format!("[{id}]").into(), text: text.to_owned() });
        let table = DeTable::parse(text).map_err(|error| source.explain(&error, id, &DeTable::default(), &[]))?;
        Self::new(id, Vec::new(), &table, &source)
    }

    /// A file of its own that is one section, such as a theme's. `missing`: the cure where there is none.
    pub fn load(id: &str, path: &Path, missing: &str) -> Result<Self, ConfigError> {
        let source = Arc::new(Source { path: path.to_owned(), text: source::read(path, missing)? });
        let table =
            DeTable::parse(&source.text).map_err(|error| source.explain(&error, id, &DeTable::default(), &[]))?;
        Self::new(id, Vec::new(), &table, &source)
    }

    /// The section in two, for two owners: without these keys, and with nothing but them.
    pub fn split(&self, keys: &'static [&'static str]) -> (Self, Self) {
        (Self { keys: Keys::AllBut(keys), ..self.clone() }, Self { keys: Keys::Only(keys), ..self.clone() })
    }

    /// Whether the configuration has this section.
    pub fn is_present(&self) -> bool {
        self.present
    }

    /// Its dotted name in the file, as in `connectors.google`.
    pub fn name(&self) -> String {
        if self.path.is_empty() { self.id.to_string() } else { self.path.join(".") }
    }

    /// The configuration's folder: what relative paths in the section are relative to.
    pub fn folder(&self) -> &Path {
        self.source.folder()
    }

    /// An error at one of its keys (dotted, as in `auth.token`), for what only the owner can check.
    pub fn fault(&self, key: &str, what: impl Into<String>, cure: impl Into<String>) -> ConfigError {
        let whole = self.table();
        let mut table = whole.get_ref();
        let mut span = whole.span();
        for part in key.split('.') {
            let Some(value) = table.get(part) else { break };
            span = value.span();
            let DeValue::Table(inner) = value.get_ref() else { break };
            table = inner;
        }
        let mut path = self.name();
        if !key.is_empty() {
            join(&mut path, key);
        }
        self.source.fault(Some(&span).filter(|_| self.present), &path, what.into(), cure.into())
    }

    /// A section that the configuration does not have. `id` is one of this module's own words.
    pub(super) fn absent(id: &str) -> Self {
        #[expect(clippy::expect_used, reason = "only this module's own section names come here; a test reads them all")]
        let id = ConnectorId::new(id).expect("a section's name is an id");
        let source = Source { path: "config.toml".into(), text: String::new() };
        Self { id, kind: String::new(), path: Vec::new(), present: false, keys: Keys::All, source: Arc::new(source) }
    }

    pub(super) fn new(
        id: &str,
        path: Vec<String>,
        table: &Spanned<DeTable<'_>>,
        source: &Arc<Source>,
    ) -> Result<Self, ConfigError> {
        let name = path.join(".");
        let id = ConnectorId::new(id).map_err(|error| {
            source.fault(Some(&table.span()), &name, error.to_string(), "rename the section".to_owned())
        })?;
        let kind = match table.get_ref().get("type") {
            None => String::new(),
            Some(value) => value.get_ref().as_str().map(str::to_owned).ok_or_else(|| {
                let mut key = name.clone();
                join(&mut key, "type");
                source.fault(Some(&value.span()), &key, "wrong type: expected a string".to_owned(), String::new())
            })?,
        };
        Ok(Self { id, kind, path, present: true, keys: Keys::All, source: Arc::clone(source) })
    }

    /// Its table, read afresh: the text was read once already, so that it reads.
    fn table(&self) -> Spanned<DeTable<'_>> {
        let mut table = DeTable::parse(&self.source.text).unwrap_or_else(|_| Spanned::new(0..0, DeTable::default()));
        for key in &self.path {
            let Some(value) = table.get_mut().remove(key.as_str()) else { break };
            let span = value.span();
            let DeValue::Table(inner) = value.into_inner() else { break };
            table = Spanned::new(span, inner);
        }
        table
    }
}

impl fmt::Debug for Section {
    /// Without the values.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Section").field("name", &self.name()).field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// Makes `file:relative` absolute, so that a reference means the same wherever the engine was started.
fn anchor(table: &mut DeTable<'_>, folder: &Path) {
    table.iter_mut().for_each(|(_, value)| anchor_value(value.get_mut(), folder));
}

fn anchor_value(value: &mut DeValue<'_>, folder: &Path) {
    match value {
        DeValue::String(text) => {
            if let Some(path) = text.strip_prefix("file:")
                && !path.is_empty()
                && Path::new(path).is_relative()
            {
                *text = format!("file:{}", folder.join(path).display()).into();
            }
        }
        DeValue::Array(items) => items.iter_mut().for_each(|item| anchor_value(item.get_mut(), folder)),
        DeValue::Table(table) => anchor(table, folder),
        _ => {}
    }
}
