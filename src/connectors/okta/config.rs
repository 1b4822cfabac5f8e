//! The keys of a `type = "okta"` section.

use serde::Deserialize;

use crate::connectors::http::address::Base;
use crate::connectors::pace::Span;
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
}

impl Config {
    /// In milliseconds.
    pub(super) fn access_token_lifetime(&self) -> u64 {
        self.access_token_lifetime.map_or(3_600_000, Span::ms)
    }
}
