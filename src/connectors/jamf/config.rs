//! The keys of a `type = "jamf"` section.

use serde::Deserialize;

use crate::connectors::http::address::Base;
use crate::vault::SecretRef;

/// `[connectors.NAME]` with `type = "jamf"`. Either `client_id` and `client_secret`, or `username` and `password`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The server, as in `https://corp.jamfcloud.com`.
    pub base_url: Base,
    /// An API client's id.
    #[serde(default)]
    pub client_id: Option<String>,
    /// Its secret.
    #[serde(default)]
    pub client_secret: Option<SecretRef>,
    /// A user account's name.
    #[serde(default)]
    pub username: Option<String>,
    /// Its password.
    #[serde(default)]
    pub password: Option<SecretRef>,
    /// What a locked device shows.
    #[serde(default = "message")]
    pub lock_message: String,
    /// The number that a locked device offers to call.
    #[serde(default)]
    pub lock_phone: Option<String>,
    /// What a wipe does beside erasing. Without it, nothing can be wiped.
    #[serde(default)]
    pub wipe: Option<Wipe>,
}

/// `wipe`: each flag has to be said, for none can be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wipe {
    /// Keep the eSIM and its data plan.
    pub preserve_data_plan: bool,
    /// Clear Activation Lock: a device that is wiped with it on can be set up by its last owner alone.
    pub clear_activation_lock: bool,
    /// Forbid the set-up by another device held near it.
    pub disallow_proximity_setup: bool,
}

fn message() -> String {
    "This device belongs to the company. Please return it.".to_owned()
}
