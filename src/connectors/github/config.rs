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
    /// What kind of organisation it is; `org`.
    #[serde(default)]
    pub flavor: Option<Flavor>,
    /// The older way to say `flavor = "ghec-saml"`.
    #[serde(default)]
    pub saml: Option<bool>,
    /// The enterprise's slug: for managed users, and for teams of the enterprise.
    #[serde(default)]
    pub enterprise: Option<String>,
    /// A classic personal token of an enterprise owner (`admin:enterprise`; for managed users the setup user's, with
    /// `scim:enterprise` too), for GitHub lets no App and no other token in there; `token` by default.
    #[serde(default)]
    pub enterprise_token: Option<SecretRef>,
    /// In how many repositories deploy keys, webhooks, secrets and runners are looked for, those pushed to last first;
    /// 20. 0: only in the organisation.
    #[serde(default = "twenty")]
    pub look_through: usize,
    /// The API; GitHub's own by default. For an Enterprise Server: `https://HOST/api/v3`.
    #[serde(default = "api")]
    pub base_url: Base,
    /// The GraphQL API; by default `graphql` under `base_url`. For an Enterprise Server: `https://HOST/api/graphql`.
    #[serde(default)]
    pub graphql_url: Option<Base>,
}

/// What people are to the organisation, and how they are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flavor {
    /// People bring their own accounts, and are found by the id map alone.
    Org,
    /// The same, but they sign on by SAML: they are found by their identity there, and authorised credentials can be
    /// revoked.
    GhecSaml,
    /// The same, and an identity provider fills the organisation by SCIM: removal deletes the identity too.
    GhecScim,
    /// Enterprise Managed Users: the accounts are the enterprise's, and are suspended.
    Emu,
}

impl Flavor {
    /// The organisation itself signs on by SAML.
    pub(super) fn has_saml(self) -> bool {
        matches!(self, Self::GhecSaml | Self::GhecScim)
    }
}

impl Config {
    /// What was meant, or what is wrong with it.
    pub(super) fn flavor(&self) -> Result<Flavor, &'static str> {
        let flavor = match (self.flavor, self.saml) {
            (Some(_), Some(_)) => return Err("give either flavor, or the older key saml"),
            (Some(flavor), None) => flavor,
            (None, Some(true)) => Flavor::GhecSaml,
            (None, Some(false) | None) => Flavor::Org,
        };
        match (flavor, &self.enterprise) {
            (Flavor::Emu, None) => Err("flavor = \"emu\" needs the enterprise's slug: set enterprise"),
            _ => Ok(flavor),
        }
    }
}

fn twenty() -> usize {
    20
}

fn api() -> Base {
    Base::known("https://api.github.com")
}
