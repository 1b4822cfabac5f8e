//! The keys of a `type = "slack"` section.

use serde::Deserialize;

use crate::connectors::http::address::Base;
use crate::vault::SecretRef;

/// `[connectors.NAME]` with `type = "slack"`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// A user token with the scopes `admin` and `users:read.email`; on Enterprise also `admin.users:read` and `admin.users:write`.
    pub token: SecretRef,
    /// The workspace is in an Enterprise organisation, so `admin.*` methods exist; false.
    #[serde(default)]
    pub enterprise: bool,
    /// The workspace whose sessions are read back; by default the token's own.
    #[serde(default)]
    pub team_id: Option<String>,
    /// The web API; Slack's own by default.
    #[serde(default = "web")]
    pub web_url: Base,
    /// The SCIM API; Slack's own by default.
    #[serde(default = "scim")]
    pub scim_url: Base,
}

fn web() -> Base {
    Base::known("https://slack.com/api")
}

fn scim() -> Base {
    Base::known("https://api.slack.com/scim/v2")
}
