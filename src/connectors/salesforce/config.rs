//! The keys of a `type = "salesforce"` section.

use serde::Deserialize;

use crate::connectors::http::address::Base;
use crate::vault::SecretRef;

/// `[connectors.NAME]` with `type = "salesforce"`. Either `username` and `private_key`, or `client_secret`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The org's My Domain, as in `https://corp.my.salesforce.com`.
    pub base_url: Base,
    /// The connected app's consumer key.
    pub client_id: String,
    /// The integration user that the app acts as (JWT bearer flow).
    #[serde(default)]
    pub username: Option<String>,
    /// The private key of the certificate that was uploaded to the app, PEM.
    #[serde(default)]
    pub private_key: Option<SecretRef>,
    /// The app's consumer secret (client credentials flow).
    #[serde(default)]
    pub client_secret: Option<SecretRef>,
    /// Where JWTs are traded for tokens; for a sandbox org `https://test.salesforce.com`.
    #[serde(default = "login")]
    pub login_url: Base,
}

fn login() -> Base {
    Base::known("https://login.salesforce.com")
}
