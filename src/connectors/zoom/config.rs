//! The keys of a `type = "zoom"` section.

use serde::Deserialize;

use crate::connectors::http::address::Base;
use crate::vault::SecretRef;

/// `[connectors.NAME]` with `type = "zoom"`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The account's id, as the app's credentials page shows it.
    pub account_id: String,
    /// The server-to-server OAuth app.
    pub client_id: String,
    /// Its secret.
    pub client_secret: SecretRef,
    /// What becomes of a deleted user's things. Without it, there is no action that deletes.
    #[serde(default)]
    pub transfer: Option<Transfer>,
    /// The API; Zoom's own by default.
    #[serde(default = "api")]
    pub base_url: Base,
    /// Where tokens are minted; Zoom's own by default.
    #[serde(default = "token")]
    pub token_url: Base,
}

/// Who gets what. None of it has a default: what is not transferred is lost.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transfer {
    /// An address, or a template over `leaver`, as in `{{ leaver.manager }}`.
    pub to: String,
    /// Scheduled meetings.
    pub meetings: bool,
    /// Scheduled webinars: the recipient needs a webinar licence.
    pub webinars: bool,
    /// Cloud recordings: the recipient needs a licence.
    pub recordings: bool,
    /// Whiteboards.
    pub whiteboards: bool,
}

fn api() -> Base {
    Base::known("https://api.zoom.us/v2")
}

fn token() -> Base {
    Base::known("https://zoom.us/oauth/token")
}
