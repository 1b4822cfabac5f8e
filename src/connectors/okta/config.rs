//! The keys of a `type = "okta"` section.

use serde::Deserialize;

use crate::connectors::guarded::BreakGlass;
use crate::connectors::http::address::Base;
use crate::connectors::pace::{Span, Wished};
use crate::vault::SecretRef;

/// `[connectors.NAME]` with `type = "okta"`. Either `api_token`, or `client_id` and `private_key`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The org, as in `https://corp.okta.com`.
    pub base_url: Base,
    /// An API token. It acts as the person who made it, and ends with their account.
    #[serde(default)]
    pub api_token: Option<SecretRef>,
    /// The service application's client id.
    #[serde(default)]
    pub client_id: Option<String>,
    /// The service application's private key, PEM.
    #[serde(default)]
    pub private_key: Option<SecretRef>,
    /// The key's id, if the application has several.
    #[serde(default)]
    pub key_id: Option<String>,
    /// How long an access token outlives its refresh token; 1h, as Okta's own default.
    #[serde(default)]
    access_token_lifetime: Option<Span>,
    /// Logins and user ids that are never touched.
    #[serde(default)]
    pub break_glass: BreakGlass,
    /// Jobs at once; 16, below Okta's limit of 35 concurrent calls on its smallest plan.
    #[serde(default)]
    pub max_in_flight: Option<u32>,
    /// Jobs a second; 5.
    #[serde(default)]
    pub per_second: Option<f64>,
    /// One call's deadline; 10s.
    #[serde(default)]
    pub deadline: Option<Span>,
    /// How long Okta may still act on a call after its deadline; 2m.
    #[serde(default)]
    pub quarantine: Option<Span>,
}

impl Config {
    /// In milliseconds.
    pub(super) fn access_token_lifetime(&self) -> u64 {
        self.access_token_lifetime.map_or(3_600_000, Span::ms)
    }

    pub(super) fn pace(&self) -> Wished {
        Wished {
            max_in_flight: self.max_in_flight,
            per_second: self.per_second,
            deadline: self.deadline,
            quarantine: self.quarantine,
        }
    }
}
