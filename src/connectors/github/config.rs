//! The keys of a `type = "github"` section.

use serde::Deserialize;

use crate::connectors::http::address::Base;
use crate::vault::SecretRef;

/// `[connectors.NAME]` with `type = "github"`. Either `token`, or `app_id` and `private_key`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The organisation's login.
    pub org: String,
    /// A personal access token of an organisation owner.
    #[serde(default)]
    pub token: Option<SecretRef>,
    /// The GitHub App's id or client id.
    #[serde(default)]
    pub app_id: Option<String>,
    /// The GitHub App's private key, PEM.
    #[serde(default)]
    pub private_key: Option<SecretRef>,
    /// The organisation signs on by SAML: people are found by their identity there, and authorised credentials can be
    /// revoked; false. Without it, people are found by the id map alone.
    #[serde(default)]
    pub saml: bool,
    /// The API; GitHub's own by default. For an Enterprise Server: `https://HOST/api/v3`.
    #[serde(default = "api")]
    pub base_url: Base,
    /// The GraphQL API; by default `graphql` under `base_url`. For an Enterprise Server: `https://HOST/api/graphql`.
    #[serde(default)]
    pub graphql_url: Option<Base>,
}

fn api() -> Base {
    Base::known("https://api.github.com")
}
