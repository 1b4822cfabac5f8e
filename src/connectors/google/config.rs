//! The keys of a `type = "google"` section.

use serde::Deserialize;

use crate::connectors::http::address::Base;
use crate::vault::SecretRef;

/// `[connectors.NAME]` with `type = "google"`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The service account's key file, whole, as JSON.
    pub service_account: SecretRef,
    /// The admin in whose name the service account acts.
    pub admin: String,
    /// The Directory API; Google's own by default.
    #[serde(default = "directory")]
    pub base_url: Base,
    /// Where tokens are minted; by default what the key file says.
    #[serde(default)]
    pub token_url: Option<Base>,
}

fn directory() -> Base {
    Base::known("https://admin.googleapis.com/admin/directory/v1")
}
