//! The keys of a `type = "active-directory"` section.

use std::path::PathBuf;

use reqwest::Url;
use serde::Deserialize;

use crate::connectors::pace::Span;
use crate::vault::SecretRef;

/// `[connectors.NAME]` with `type = "active-directory"`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Writable domain controllers by the names in their certificates, the preferred one first, as in
    /// `ldaps://dc1.corp.example`; `ldap://` only together with `start_tls`.
    pub urls: Vec<Controller>,
    /// Port 389 with `StartTLS` instead of LDAPS; false.
    #[serde(default)]
    pub start_tls: bool,
    /// The only authority that may have signed the controllers' certificates, as PEM, as in `file:corp-ca.pem`; by default
    /// those that the system trusts.
    #[serde(default)]
    pub ca: Option<PemFile>,
    /// Who binds: a distinguished name, `name@corp.example`, or `CORP\name`.
    pub bind_as: String,
    /// Their password.
    pub password: SecretRef,
    /// Under which people and groups are searched: usually the domain, as in `DC=corp,DC=example`.
    pub base_dn: String,
    /// Where leavers are moved to. Without it, nobody is.
    #[serde(default)]
    pub leavers_ou: Option<String>,
    /// What a leaver's description then begins with; `Disabled by Nightlatch`.
    #[serde(default = "stamp")]
    pub stamp: String,
    /// How long a Kerberos ticket works on after the account is disabled; 10h, as Windows' own default.
    #[serde(default)]
    ticket_lifetime: Option<Span>,
}

/// A domain controller's address: scheme, host and at most a port.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Controller(pub(super) Url);

impl TryFrom<String> for Controller {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let url = Url::parse(&text).map_err(|error| format!("`{text}` is no address: {error}"))?;
        let bare = url.username().is_empty() && matches!(url.path(), "" | "/") && url.query().is_none();
        if !bare || url.host_str().is_none_or(str::is_empty) || !matches!(url.scheme(), "ldap" | "ldaps") {
            return Err(format!("`{text}` is no domain controller: write it as ldaps://dc1.corp.example"));
        }
        Ok(Self(url))
    }
}

/// A file that is no secret: `file:/path`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct PemFile(pub(super) PathBuf);

impl TryFrom<String> for PemFile {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.strip_prefix("file:") {
            Some(path) if !path.is_empty() => Ok(Self(PathBuf::from(path))),
            _ => Err(format!("`{text}` is no file: write file:/path, as in file:/etc/nightlatch/corp-ca.pem")),
        }
    }
}

fn stamp() -> String {
    "Disabled by Nightlatch".to_owned()
}

impl Config {
    /// In milliseconds.
    pub(super) fn ticket_lifetime(&self) -> u64 {
        self.ticket_lifetime.map_or(10 * 3_600_000, Span::ms)
    }

    /// What reads well and cannot be right.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.urls.is_empty() {
            return Err("urls names no domain controller: write one as ldaps://dc1.corp.example".to_owned());
        }
        for Controller(url) in &self.urls {
            if url.scheme() == "ldap" && !self.start_tls {
                return Err(format!(
                    "urls: `{url}` would send passwords in clear: write ldaps://, or set start_tls = true"
                ));
            }
            if url.scheme() == "ldaps" && self.start_tls {
                return Err(format!("urls: `{url}` is encrypted from the start: start_tls goes with ldap://"));
            }
        }
        let dns = [("base_dn", Some(&self.base_dn)), ("leavers_ou", self.leavers_ou.as_ref())];
        for (key, dn) in dns {
            if dn.is_some_and(|dn| !dn.contains('=')) {
                return Err(format!("{key} is no distinguished name, as in DC=corp,DC=example"));
            }
        }
        if self.stamp.trim().is_empty() {
            return Err("stamp is empty: nothing would show that a description was stamped".to_owned());
        }
        Ok(())
    }
}
