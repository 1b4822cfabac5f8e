//! The keys of a `type = "google"` section.

use serde::Deserialize;

use super::licences::Licence;
use crate::connectors::http::address::Base;
use crate::vault::SecretRef;

/// `[connectors.NAME]` with `type = "google"`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The service account's key file, whole, as JSON.
    pub service_account: SecretRef,
    /// The admin in whose name the service account acts.
    pub admin: String,
    /// The Directory API; Google's own by default. Any other address stands for all of Google: the other APIs are looked
    /// for beside it, as in `{before admin/directory/v1}/gmail/v1`.
    #[serde(default = "directory")]
    pub base_url: Base,
    /// Where tokens are minted; by default what the key file says.
    #[serde(default)]
    pub token_url: Option<Base>,
    /// The licences that the firm has, as `product/sku`: there is no list of one user's.
    #[serde(default)]
    pub licences: Vec<Licence>,
}

const DIRECTORY: &str = "https://admin.googleapis.com/admin/directory/v1";

fn directory() -> Base {
    Base::known(DIRECTORY)
}

/// Google's APIs, each at a host of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Api {
    Directory,
    Gmail,
    Licensing,
    Drive,
    Calendar,
    CloudIdentity,
}

impl Api {
    /// Host and path.
    fn place(self) -> (&'static str, &'static str) {
        match self {
            Self::Directory => ("https://admin.googleapis.com", "admin/directory/v1"),
            Self::Gmail => ("https://gmail.googleapis.com", "gmail/v1"),
            Self::Licensing => ("https://licensing.googleapis.com", "apps/licensing/v1"),
            Self::Drive => ("https://www.googleapis.com", "drive/v3"),
            Self::Calendar => ("https://www.googleapis.com", "calendar/v3"),
            Self::CloudIdentity => ("https://cloudidentity.googleapis.com", "v1"),
        }
    }
}

impl Config {
    /// Where this API is.
    pub(super) fn base(&self, api: Api) -> Base {
        let (host, path) = api.place();
        if api == Api::Directory {
            return self.base_url.clone();
        }
        if self.base_url == directory() {
            return Base::known(&format!("{host}/{path}"));
        }
        let given = self.base_url.url();
        let root = given.as_str().trim_end_matches(Api::Directory.place().1).trim_end_matches('/');
        Base::known(&format!("{root}/{path}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(base_url: &str, api: Api) -> String {
        let text = format!("service_account = 'env:A'\nadmin = 'a@corp.example'\n{base_url}");
        let config: Config = toml::from_str(&text).unwrap();
        config.base(api).url().to_string()
    }

    #[test]
    fn every_api_has_its_host_unless_one_address_stands_for_google() {
        assert_eq!(at("", Api::Directory), DIRECTORY);
        assert_eq!(at("", Api::Gmail), "https://gmail.googleapis.com/gmail/v1");
        let proxy = "base_url = 'https://proxy.corp.example/google/admin/directory/v1'";
        assert_eq!(at(proxy, Api::Licensing), "https://proxy.corp.example/google/apps/licensing/v1");
        assert_eq!(at("base_url = 'http://127.0.0.1:1'", Api::CloudIdentity), "http://127.0.0.1:1/v1");
    }
}
