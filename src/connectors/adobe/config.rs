//! The keys of a `type = "adobe"` section.

use serde::Deserialize;

use crate::connectors::http::address::Base;
use crate::vault::SecretRef;

/// `[connectors.NAME]` with `type = "adobe"`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The organisation, as in `0123456789ABCDEF01234567@AdobeOrg`.
    pub org_id: String,
    /// The client id of an OAuth server-to-server credential with the User Management API.
    pub client_id: String,
    /// Its client secret.
    pub client_secret: SecretRef,
    /// The claimed domain of people who are known by a user name that is no address; such a user name stands in the id map.
    #[serde(default)]
    pub domain: Option<String>,
    /// The User Management API; Adobe's own by default.
    #[serde(default = "base")]
    pub base_url: Base,
    /// Where tokens are given; Adobe's own by default.
    #[serde(default = "token")]
    pub token_url: Base,
}

fn base() -> Base {
    Base::known("https://usermanagement.adobe.io/v2/usermanagement")
}

fn token() -> Base {
    Base::known("https://ims-na1.adobelogin.com/ims/token/v2")
}
