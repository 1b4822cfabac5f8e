//! From text to [`Config`]: the top level, and which sections there are.

use std::path::Path;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::access::AccessConfig;
use super::console::ConsoleConfig;
use super::engine::EngineConfig;
use super::source::Source;
use super::{Config, ConfigError, Section, licences, spelling};

const KNOWN: [&str; 9] =
    ["runbook", "engine", "access", "console", "intake", "hris", "alerts", "connectors", "licences"];

pub(super) fn parse(text: &str, path: &Path) -> Result<Config, ConfigError> {
    let source = Arc::new(Source { path: path.to_owned(), text: text.to_owned() });
    let root = DeTable::parse(&source.text).map_err(|error| source.explain(&error, "", &DeTable::default(), &[]))?;
    let hash = Sha256::digest(text).into();
    let mut config = Config { path: Some(path.to_owned()), text: hash, ..Config::default_empty() };
    for (key, value) in root.get_ref() {
        match &**key.get_ref() {
            "runbook" => {
                let runbook = value.get_ref().as_str().filter(|text| !text.is_empty());
                let wrong = || source.fault(Some(&value.span()), "runbook", expected("a path"), String::new());
                config.runbook = Some(source.folder().join(runbook.ok_or_else(wrong)?));
            }
            "engine" => config.engine = EngineConfig::read(&section("engine", value, &source)?)?,
            "access" => config.access = AccessConfig::read(&section("access", value, &source)?)?,
            "console" => {
                config.console_section = section("console", value, &source)?;
                config.console = config.console_section.parse::<ConsoleConfig>()?;
            }
            "intake" => config.intake = section("intake", value, &source)?,
            "alerts" => config.alerts = section("alerts", value, &source)?,
            "hris" => config.hris = sections("hris", value, &source)?,
            "licences" => config.prices = licences::read(&section("licences", value, &source)?)?,
            "connectors" => config.connectors = sections("connectors", value, &source)?,
            unknown => {
                let what = format!("unknown key `{unknown}`");
                let cure = spelling::suggest(unknown, &KNOWN, "keys");
                return Err(source.fault(Some(&key.span()), "", what, cure));
            }
        }
    }
    Ok(config)
}

/// `[name]`.
fn section(name: &str, value: &Spanned<DeValue<'_>>, source: &Arc<Source>) -> Result<Section, ConfigError> {
    let table = table(name, value, source)?;
    Section::new(name, vec![name.to_owned()], &table, source)
}

/// Every `[name.<id>]`. Each must say what type it is.
fn sections(name: &str, value: &Spanned<DeValue<'_>>, source: &Arc<Source>) -> Result<Vec<Section>, ConfigError> {
    let mut all = Vec::new();
    for (id, value) in table(name, value, source)?.get_ref() {
        let id: &str = id.get_ref();
        let dotted = format!("{name}.{id}");
        let table = table(&dotted, value, source)?;
        let section = Section::new(id, vec![name.to_owned(), id.to_owned()], &table, source)?;
        if section.kind.is_empty() {
            let what = "the key `type` is missing".to_owned();
            return Err(source.fault(Some(&value.span()), &dotted, what, format!("add `type = \"{id}\"`")));
        }
        all.push(section);
    }
    Ok(all)
}

fn table<'t>(name: &str, value: &Spanned<DeValue<'t>>, source: &Source) -> Result<Spanned<DeTable<'t>>, ConfigError> {
    match value.get_ref() {
        DeValue::Table(table) => Ok(Spanned::new(value.span(), table.clone())),
        _ => Err(source.fault(Some(&value.span()), name, expected("a table"), format!("write it as `[{name}]`"))),
    }
}

fn expected(what: &str) -> String {
    format!("wrong type: expected {what}")
}
