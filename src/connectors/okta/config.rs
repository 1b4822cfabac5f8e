//! The keys of a `type = "okta"` section.

use serde::Deserialize;

use crate::connectors::http::address::Base;
use crate::connectors::pace::Span;
use crate::model::{ConnectorId, Fact};
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
    /// Connectors of the systems that Okta provisions: their accounts end with an assignment or a deactivation here, so
    /// that their own steps have to go first.
    #[serde(default)]
    pub(super) downstream: Vec<ConnectorId>,
}

impl Config {
    /// These facts of the systems behind Okta.
    pub(super) fn downstream(&self, facts: &[&str]) -> Vec<Fact> {
        let of = |id: &ConnectorId| facts.iter().map(|fact| Fact(format!("{id}:{fact}"))).collect::<Vec<_>>();
        self.downstream.iter().flat_map(of).collect()
    }

    /// In milliseconds.
    pub(super) fn access_token_lifetime(&self) -> u64 {
        self.access_token_lifetime.map_or(3_600_000, Span::ms)
    }
}
