//! The keys of a `type = "gitlab"` section.

use serde::Deserialize;

use crate::connectors::http::address::Base;
use crate::vault::SecretRef;

/// `[connectors.NAME]` with `type = "gitlab"`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// An instance of one's own, or a group on GitLab.com.
    pub(super) flavor: Flavor,
    /// A token with the scope `api`: of an administrator (where Admin Mode is on, with `admin_mode` too), or of an owner
    /// of the group.
    pub(super) token: SecretRef,
    /// The API; GitLab.com's by default. Of an instance: `https://HOST/api/v4`.
    #[serde(default)]
    pub(super) base_url: Option<Base>,
    /// On GitLab.com: the top-level group, by path or number.
    #[serde(default)]
    pub(super) group: Option<String>,
    /// On GitLab.com: the group has verified its domains, so its owners see the members' addresses; false. Without it,
    /// people are found by the id map alone, or by their SAML identity.
    #[serde(default)]
    pub(super) enterprise_users: bool,
}

/// Who runs the GitLab.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Flavor {
    /// The firm itself.
    SelfManaged,
    /// GitLab.
    Saas,
}

impl Config {
    /// What reads well and cannot be right.
    pub(super) fn check(&self) -> Result<(), &'static str> {
        match self.flavor {
            Flavor::SelfManaged if self.base_url.is_none() => {
                Err("a self-managed GitLab needs its base_url, as in https://gitlab.corp.example/api/v4")
            }
            Flavor::SelfManaged if self.group.is_some() || self.enterprise_users => {
                Err("group and enterprise_users are of flavor = \"saas\": an instance blocks people as a whole")
            }
            Flavor::Saas if self.group.as_deref().is_none_or(str::is_empty) => {
                Err("on GitLab.com, name the top-level group with group")
            }
            _ => Ok(()),
        }
    }

    pub(super) fn base(&self) -> Base {
        self.base_url.clone().unwrap_or_else(|| Base::known("https://gitlab.com/api/v4"))
    }
}
