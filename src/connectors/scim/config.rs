//! The keys of a `type = "scim"` section.

use serde::Deserialize;

use super::profile::Profile;
use crate::connectors::http::address::Base;
use crate::vault::SecretRef;

/// `[connectors.NAME]` with `type = "scim"`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// What `/Users` hangs under, as in `https://app.corp.example/scim/v2`.
    pub base_url: Base,
    /// The bearer token; with `user` its password, with `header` that header's value.
    pub token: SecretRef,
    /// Signs on by Basic authentication in this name.
    #[serde(default)]
    pub user: Option<String>,
    /// The header that the token goes into as it is, instead of `Authorization`.
    #[serde(default)]
    pub header: Option<String>,
    /// How the service departs from the standard; `plain`.
    #[serde(default)]
    pub profile: Profile,
    /// The attributes by which people are searched: by e-mail, and `externalId` by HR's id; `["userName", "emails.value"]`.
    #[serde(default = "search")]
    pub search: Vec<Attribute>,
}

/// An attribute that people can be searched by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Attribute {
    /// The name to sign in with.
    #[serde(rename = "userName")]
    UserName,
    /// One of the addresses, as the standard writes it.
    #[serde(rename = "emails.value")]
    EmailsValue,
    /// One of the addresses, as some services write it.
    #[serde(rename = "emails")]
    Emails,
    /// The client's own id: here HR's.
    #[serde(rename = "externalId")]
    ExternalId,
}

impl Attribute {
    /// As it stands in a filter.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::UserName => "userName",
            Self::EmailsValue => "emails.value",
            Self::Emails => "emails",
            Self::ExternalId => "externalId",
        }
    }
}

fn search() -> Vec<Attribute> {
    vec![Attribute::UserName, Attribute::EmailsValue]
}

impl Config {
    /// What reads well and cannot be right.
    pub(super) fn check(&self) -> Result<(), &'static str> {
        if self.user.is_some() && self.header.is_some() {
            return Err("give either user or header: both say how the token is sent");
        }
        if self.search.is_empty() {
            return Err("search names no attribute: nobody would be found");
        }
        Ok(())
    }
}
