//! The keys of a `type = "slack"` section.

use serde::Deserialize;

use crate::connectors::guarded::BreakGlass;
use crate::connectors::http::address::Base;
use crate::connectors::pace::{Span, Wished};
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
    /// Addresses and user ids that are never touched.
    #[serde(default)]
    pub break_glass: BreakGlass,
    /// Jobs at once; 8.
    #[serde(default)]
    pub max_in_flight: Option<u32>,
    /// Jobs a second; 3.
    #[serde(default)]
    pub per_second: Option<f64>,
    /// One call's deadline; 10s.
    #[serde(default)]
    pub deadline: Option<Span>,
    /// How long Slack may still act on a call after its deadline; 2m.
    #[serde(default)]
    pub quarantine: Option<Span>,
}

fn web() -> Base {
    Base::known("https://slack.com/api")
}

fn scim() -> Base {
    Base::known("https://api.slack.com/scim/v2")
}

impl Config {
    pub(super) fn pace(&self) -> Wished {
        Wished {
            max_in_flight: self.max_in_flight,
            per_second: self.per_second,
            deadline: self.deadline,
            quarantine: self.quarantine,
        }
    }
}
