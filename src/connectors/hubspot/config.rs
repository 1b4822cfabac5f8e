//! The keys of a `type = "hubspot"` section.

use serde::Deserialize;

use crate::connectors::http::address::Base;
use crate::vault::SecretRef;

/// `[connectors.NAME]` with `type = "hubspot"`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// A private app's access token.
    pub token: SecretRef,
    /// The API; `HubSpot`'s own by default.
    #[serde(default = "api")]
    pub base_url: Base,
}

fn api() -> Base {
    Base::known("https://api.hubapi.com")
}
