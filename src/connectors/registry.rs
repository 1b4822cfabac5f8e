//! From a section of the configuration to a connector: one line a kind.

use super::adobe;
use super::atlassian;
use super::jamf;
use super::hubspot;
use super::pace::COMMON_KEYS;
use super::salesforce;
use super::zoom;
use super::{BuildError, Connector, Given, Http, github, google, http_api, okta, slack};
use super::{BuildError, Connector, Given, Http, active_directory, github, google, http_api, okta, scim, slack};
use super::{entra, intune};
use crate::config::{ConfigError, Section};

/// What a section's `type` may be.
pub const KINDS: &[&str] =
    &[google::KIND, okta::KIND, slack::KIND, github::KIND, atlassian::KIND, adobe::KIND, jamf::KIND, http_api::KIND];
    &[google::KIND, okta::KIND, slack::KIND, github::KIND, http_api::KIND, salesforce::KIND, hubspot::KIND, zoom::KIND];
    &[google::KIND, okta::KIND, slack::KIND, github::KIND, active_directory::KIND, scim::KIND, http_api::KIND];
    &[google::KIND, okta::KIND, slack::KIND, github::KIND, entra::KIND, intune::KIND, http_api::KIND];

/// A section of each kind with every option on, as short as it can be: what `nightlatch actions --every` and the README
/// list. Of `http`, which declares its own actions, there is none.
const SAMPLES: &[(&str, &str)] = &[
    (
        google::KIND,
        "service_account = 'env:A'\nadmin = 'nightlatch@corp.example'\nlicences = ['Google-Apps/1010020028']",
    ),
    (okta::KIND, "base_url = 'https://corp.okta.com'\napi_token = 'env:A'"),
    (slack::KIND, "token = 'env:A'\nenterprise = true"),
    (github::KIND, "org = 'corp-example'\ntoken = 'env:A'\nsaml = true"),
    (atlassian::KIND, "org_id = 'org-0001'\napi_key = 'env:A'"),
    (adobe::KIND, "org_id = '0@AdobeOrg'\nclient_id = 'a'\nclient_secret = 'env:A'"),
    (
        jamf::KIND,
        "base_url = 'https://corp.jamfcloud.com'\nclient_id = 'a'\nclient_secret = 'env:A'\n\
         wipe = { preserve_data_plan = true, clear_activation_lock = true, disallow_proximity_setup = false }",
    (hubspot::KIND, "token = 'env:A'"),
    (salesforce::KIND, "base_url = 'https://corp.my.salesforce.com'\nclient_id = 'A'\nclient_secret = 'env:A'"),
    (
        zoom::KIND,
        "account_id = 'A'\nclient_id = 'A'\nclient_secret = 'env:A'\ntransfer = { to = '{{ leaver.manager }}', \
         meetings = true, webinars = true, recordings = true, whiteboards = true }",
    ),
    (
        active_directory::KIND,
        "urls = ['ldaps://dc1.corp.example']\nbind_as = 'nightlatch@corp.example'\npassword = 'env:A'\n\
         base_dn = 'DC=corp,DC=example'\nleavers_ou = 'OU=Leavers,DC=corp,DC=example'",
    ),
    (scim::KIND, "base_url = 'https://intranet.corp.example/scim/v2'\ntoken = 'env:A'"),
    (entra::KIND, "tenant = 'corp.example'\nclient_id = '0'\nclient_secret = 'env:A'"),
    (intune::KIND, "tenant = 'corp.example'\nclient_id = '0'\nclient_secret = 'env:A'"),
    (slack::KIND, "token = 'env:A'\nenterprise = true\narchive_private = 'last-member'"),
    (github::KIND, GITHUB),
    (github::KIND, GITHUB_EMU),
];

const GITHUB: &str = "org = 'corp-example'\napp_id = '1'\nprivate_key = 'env:A'\nflavor = 'ghec-saml'\n\
                      enterprise = 'corp'\nenterprise_token = 'env:A'";
const GITHUB_EMU: &str = "org = 'corp-example'\ntoken = 'env:A'\nflavor = 'emu'\nenterprise = 'corp'";

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
        atlassian::KIND => atlassian::build(&given, section.parse()?),
        adobe::KIND => adobe::build(&given, section.parse()?),
        jamf::KIND => jamf::build(&given, section.parse()?),
        hubspot::KIND => hubspot::build(&given, section.parse()?),
        zoom::KIND => zoom::build(&given, section.parse()?),
        salesforce::KIND => salesforce::build(&given, section.parse()?),
        active_directory::KIND => active_directory::build(&given, section.parse()?),
        scim::KIND => scim::build(&given, section.parse()?),
        entra::KIND => entra::build(&given, section.parse()?),
        intune::KIND => intune::build(&given, section.parse()?),
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
