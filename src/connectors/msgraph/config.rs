//! The keys of a `type = "entra"` and of a `type = "intune"` section.

use serde::Deserialize;

use crate::connectors::http::address::Base;
use crate::vault::SecretRef;

/// `[connectors.NAME]` of an app registration with application permissions. Either `client_secret` or `certificate`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The directory (tenant) id, or one of its domains.
    pub tenant: String,
    /// The application (client) id.
    pub client_id: String,
    /// A client secret of the app registration.
    #[serde(default)]
    pub client_secret: Option<SecretRef>,
    /// Its certificate and the private key (RSA) that belongs to it, PEM, one after the other.
    #[serde(default)]
    pub certificate: Option<SecretRef>,
    /// Microsoft Graph, without the version.
    #[serde(default = "graph")]
    pub base_url: Base,
    /// Where tokens come from.
    #[serde(default = "login")]
    pub login_url: Base,
    /// What the token is for; national clouds have another Graph.
    #[serde(default = "scope")]
    pub scope: String,
}

fn graph() -> Base {
    Base::known("https://graph.microsoft.com")
}

fn login() -> Base {
    Base::known("https://login.microsoftonline.com")
}

fn scope() -> String {
    "https://graph.microsoft.com/.default".to_owned()
}
