//! The keys of a `type = "slack"` section.

use serde::Deserialize;

use super::archive::Policy;
use crate::connectors::http::address::Base;
use crate::vault::SecretRef;

/// `[connectors.NAME]` with `type = "slack"`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// A user token with the scopes `admin`, `users:read`, `users:read.email`, `groups:read`, `groups:write`,
    /// `usergroups:read` and `usergroups:write`; on Enterprise also `admin.users:read`, `admin.users:write` and
    /// `admin.apps:read`.
    pub token: SecretRef,
    /// The workspace is in an Enterprise organisation, so `admin.*` methods exist; false.
    #[serde(default)]
    pub enterprise: bool,
    /// The workspace whose sessions, channels, groups and apps are looked at; by default the token's own.
    #[serde(default)]
    pub team_id: Option<String>,
    /// Which private channels of a leaver are archived; none by default.
    #[serde(default)]
    pub archive_private: Option<Policy>,
    /// The web API; Slack's own by default.
    #[serde(default = "web")]
    pub web_url: Base,
    /// The SCIM API; Slack's own by default.
    #[serde(default = "scim")]
    pub scim_url: Base,
}

/// What the token needs everywhere, and in an Enterprise organisation beside.
const SCOPES: [&str; 7] =
    ["admin", "users:read", "users:read.email", "groups:read", "groups:write", "usergroups:read", "usergroups:write"];
const ENTERPRISE_SCOPES: [&str; 3] = ["admin.users:read", "admin.users:write", "admin.apps:read"];

impl Config {
    /// The scopes that the token needs.
    pub(super) fn scopes(&self) -> impl Iterator<Item = &'static str> {
        let enterprise = if self.enterprise { &ENTERPRISE_SCOPES[..] } else { &[] };
        SCOPES.iter().chain(enterprise).copied()
    }
}

fn web() -> Base {
    Base::known("https://slack.com/api")
}

fn scim() -> Base {
    Base::known("https://api.slack.com/scim/v2")
}
