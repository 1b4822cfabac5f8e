//! From a section of the configuration to a connector: one line a kind.

use super::pace::COMMON_KEYS;
use super::{BuildError, Connector, Given, Http, aws, github, gitlab, google, http_api, okta, slack};
use crate::config::{ConfigError, Section};

/// What a section's `type` may be.
pub const KINDS: &[&str] =
    &[google::KIND, okta::KIND, slack::KIND, github::KIND, aws::KIND, gitlab::KIND, http_api::KIND];

/// A section of each kind with every option on, as short as it can be: what `nightlatch actions --every` and the README
/// list. Of `http`, which declares its own actions, there is none.
const SAMPLES: &[(&str, &str)] = &[
    (google::KIND, "service_account = 'env:A'\nadmin = 'nightlatch@corp.example'"),
    (okta::KIND, "base_url = 'https://corp.okta.com'\napi_token = 'env:A'"),
    (slack::KIND, "token = 'env:A'\nenterprise = true"),
    (github::KIND, "org = 'corp-example'\ntoken = 'env:A'\nsaml = true"),
    (aws::KIND, "access_key_id = 'env:A'\nsecret_access_key = 'env:B'\nsession_roles = ['Admin']"),
    (aws::KIND, "access_key_id = 'env:A'\nsecret_access_key = 'env:B'\ndirectory = 'identity-center'"),
    (gitlab::KIND, "flavor = 'self-managed'\nbase_url = 'https://gitlab.corp.example/api/v4'\ntoken = 'env:A'"),
    (gitlab::KIND, "flavor = 'saas'\ngroup = 'corp-example'\ntoken = 'env:A'"),
];

/// A connector of every kind, named like its kind: everything that could be configured. None of them may be used.
pub fn catalogue() -> Result<Vec<Box<dyn Connector>>, BuildError> {
    let section = |(kind, keys): &(&str, &str)| Section::from_toml(kind, &format!("type = '{kind}'\n{keys}"));
    let sections: Vec<Section> = SAMPLES.iter().map(section).collect::<Result<_, _>>()?;
    build_all(&sections)
}

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
        aws::KIND => aws::build(&given, section.parse()?),
        gitlab::KIND => gitlab::build(&given, section.parse()?),
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
