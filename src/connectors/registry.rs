//! From a section of the configuration to a connector: one line a kind.

use super::pace::COMMON_KEYS;
use super::{
    BuildError, Connector, Given, Http, active_directory, adobe, atlassian, aws, entra, github, gitlab, google,
    http_api, hubspot, intune, jamf, okta, salesforce, scim, slack, zoom,
};
use crate::config::{ConfigError, Section};

/// What a section's `type` may be.
pub const KINDS: &[&str] = &[
    google::KIND,
    entra::KIND,
    active_directory::KIND,
    okta::KIND,
    github::KIND,
    gitlab::KIND,
    slack::KIND,
    aws::KIND,
    salesforce::KIND,
    hubspot::KIND,
    zoom::KIND,
    atlassian::KIND,
    adobe::KIND,
    jamf::KIND,
    intune::KIND,
    scim::KIND,
    http_api::KIND,
];

/// Sections as short as they can be with every option on: what `nightlatch actions --every` and the README list. By name, kind
/// and keys; a system of two flavours stands here twice. Of `http`, which declares its own actions, there is none.
const SAMPLES: &[(&str, &str, &str)] = &[
    (
        "google",
        google::KIND,
        "service_account = 'env:A'\nadmin = 'nightlatch@corp.example'\nlicences = ['Google-Apps/1010020028']",
    ),
    ("entra", entra::KIND, "tenant = 'corp.example'\nclient_id = '0'\nclient_secret = 'env:A'"),
    (
        "active-directory",
        active_directory::KIND,
        "urls = ['ldaps://dc1.corp.example']\nbind_as = 'nightlatch@corp.example'\npassword = 'env:A'\n\
         base_dn = 'DC=corp,DC=example'\nleavers_ou = 'OU=Leavers,DC=corp,DC=example'",
    ),
    ("okta", okta::KIND, "base_url = 'https://corp.okta.com'\napi_token = 'env:A'"),
    (
        "github",
        github::KIND,
        "org = 'corp-example'\napp_id = '1'\nprivate_key = 'env:A'\nflavor = 'ghec-saml'\nenterprise = 'corp'\n\
         enterprise_token = 'env:A'",
    ),
    ("github-emu", github::KIND, "org = 'corp-example'\ntoken = 'env:A'\nflavor = 'emu'\nenterprise = 'corp'"),
    (
        "gitlab",
        gitlab::KIND,
        "flavor = 'self-managed'\nbase_url = 'https://gitlab.corp.example/api/v4'\ntoken = 'env:A'",
    ),
    ("gitlab-saas", gitlab::KIND, "flavor = 'saas'\ngroup = 'corp-example'\ntoken = 'env:A'"),
    ("slack", slack::KIND, "token = 'env:A'\nenterprise = true\narchive_private = 'last-member'"),
    ("aws", aws::KIND, "access_key_id = 'env:A'\nsecret_access_key = 'env:B'\nsession_roles = ['Admin']"),
    (
        "aws-identity-center",
        aws::KIND,
        "access_key_id = 'env:A'\nsecret_access_key = 'env:B'\ndirectory = 'identity-center'",
    ),
    (
        "salesforce",
        salesforce::KIND,
        "base_url = 'https://corp.my.salesforce.com'\nclient_id = 'A'\nclient_secret = 'env:A'",
    ),
    ("hubspot", hubspot::KIND, "token = 'env:A'"),
    (
        "zoom",
        zoom::KIND,
        "account_id = 'A'\nclient_id = 'A'\nclient_secret = 'env:A'\ntransfer = { to = '{{ leaver.manager }}', \
         meetings = true, webinars = true, recordings = true, whiteboards = true }",
    ),
    ("atlassian", atlassian::KIND, "org_id = 'org-0001'\napi_key = 'env:A'"),
    ("adobe", adobe::KIND, "org_id = '0@AdobeOrg'\nclient_id = 'a'\nclient_secret = 'env:A'"),
    (
        "jamf",
        jamf::KIND,
        "base_url = 'https://corp.jamfcloud.com'\nclient_id = 'a'\nclient_secret = 'env:A'\n\
         wipe = { preserve_data_plan = true, clear_activation_lock = true, disallow_proximity_setup = false }",
    ),
    ("intune", intune::KIND, "tenant = 'corp.example'\nclient_id = '0'\nclient_secret = 'env:A'"),
    ("scim", scim::KIND, "base_url = 'https://intranet.corp.example/scim/v2'\ntoken = 'env:A'"),
];

/// A connector of every kind: everything that could be configured. None of them may be used.
pub fn catalogue() -> Result<Vec<Box<dyn Connector>>, BuildError> {
    let section =
        |(name, kind, keys): &(&str, &str, &str)| Section::from_toml(name, &format!("type = '{kind}'\n{keys}"));
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
