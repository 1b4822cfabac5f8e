//! The keys of a `type = "google"` section.

use serde::Deserialize;

use crate::connectors::guarded::BreakGlass;
use crate::connectors::http::address::Base;
use crate::connectors::pace::{Span, Wished};
use crate::vault::SecretRef;

/// `[connectors.NAME]` with `type = "google"`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The service account's key file, whole, as JSON.
    pub service_account: SecretRef,
    /// The admin in whose name the service account acts.
    pub admin: String,
    /// Addresses and user ids that are never touched.
    #[serde(default)]
    pub break_glass: BreakGlass,
    /// The Directory API; Google's own by default.
    #[serde(default = "directory")]
    pub base_url: Base,
    /// Where tokens are minted; by default what the key file says.
    #[serde(default)]
    pub token_url: Option<Base>,
    /// Jobs at once; 16.
    #[serde(default)]
    pub max_in_flight: Option<u32>,
    /// Jobs a second; 30, below the documented 2,400 queries a minute (Directory API limits).
    #[serde(default)]
    pub per_second: Option<f64>,
    /// One call's deadline; 10s.
    #[serde(default)]
    pub deadline: Option<Span>,
    /// How long Google may still act on a call after its deadline; 2m.
    #[serde(default)]
    pub quarantine: Option<Span>,
}

fn directory() -> Base {
    Base::known("https://admin.googleapis.com/admin/directory/v1")
}

impl Config {
    pub(super) fn pace(&self) -> Wished {
        Wished {
            max_in_flight: self.max_in_flight,
            per_second: self.per_second,
            deadline: self.deadline,
            quarantine: self.quarantine,
        }
    }
}
