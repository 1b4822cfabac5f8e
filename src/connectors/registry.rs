//! From a section of the configuration to a connector: one line a kind.

use super::pace::COMMON_KEYS;
use super::{BuildError, Connector, Given, Http, github, google, http_api, okta, slack};
use crate::config::{ConfigError, Section};

/// What a section's `type` may be.
pub const KINDS: &[&str] = &[google::KIND, okta::KIND, slack::KIND, github::KIND, http_api::KIND];

/// Makes the connector of one section.
pub fn build(section: &Section) -> Result<Box<dyn Connector>, BuildError> {
    build_with(section, &Http::new()?)
}

/// Makes the connectors of these sections, which share one HTTP client. The first that is wrong is the error.
pub fn build_all(sections: &[Section]) -> Result<Vec<Box<dyn Connector>>, BuildError> {
    let http = Http::new()?;
    sections.iter().map(|section| build_with(section, &http)).collect()
}

fn build_with(section: &Section, http: &Http) -> Result<Box<dyn Connector>, BuildError> {
    let (section, common) = section.split(&COMMON_KEYS);
    let given = Given::new(section.id.clone(), common.parse()?, http.clone());
    let section = &section;
    let built = match section.kind.as_str() {
        google::KIND => google::build(&given, section.parse()?),
        okta::KIND => okta::build(&given, section.parse()?),
        slack::KIND => slack::build(&given, section.parse()?),
        github::KIND => github::build(&given, section.parse()?),
        http_api::KIND => http_api::build(&given, section.parse()?),
        other => return Err(unknown(section, other).into()),
    };
    // What only the connector can check gets its place in the file here.
    built.map_err(|error| match error {
        BuildError::Invalid { problem, .. } => section.fault("", problem, "").into(),
        other => other,
    })
}

fn unknown(section: &Section, kind: &str) -> ConfigError {
    let what = if kind.is_empty() { "no `type`".to_owned() } else { format!("`{kind}` is no kind of connector") };
    section.fault("type", what, format!("one of: {}", KINDS.join(", ")))
}
