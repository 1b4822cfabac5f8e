//! The keys of a `type = "atlassian"` section.

use serde::Deserialize;

use crate::connectors::http::address::Base;
use crate::vault::SecretRef;

/// `[connectors.NAME]` with `type = "atlassian"`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The organisation's id, as in `admin.atlassian.com/o/<org_id>`.
    pub org_id: String,
    /// An organisation's API key, created *without* scopes.
    pub api_key: SecretRef,
    /// The directories that are looked at; by default all in which the person is.
    #[serde(default)]
    pub directory_ids: Vec<String>,
    /// The admin APIs; Atlassian's own by default.
    #[serde(default = "base")]
    pub base_url: Base,
}

fn base() -> Base {
    Base::known("https://api.atlassian.com")
}
