//! Addresses: a base from the configuration, and paths in which an id can only ever be one segment.

use reqwest::Url;
use serde::Deserialize;

use super::{Failure, What};
use crate::connectors::call::Kind;

/// The address that a vendor's paths hang under. Only `https`, but `http` to the own machine.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Base(Url);

impl TryFrom<String> for Base {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let url = Url::parse(text.trim_end_matches('/')).map_err(|error| format!("`{text}` is no address: {error}"))?;
        let own = matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
        if !(url.scheme() == "https" || url.scheme() == "http" && own) {
            return Err(format!("`{text}` is not https: a token would travel in clear"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("an address must hold no credentials: use a secret reference".to_owned());
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(format!("`{text}` must end with its path"));
        }
        Ok(Self(url))
    }
}

impl Base {
    /// A base that is known to be good, as the vendors' own.
    pub(crate) fn known(text: &str) -> Self {
        match Self::try_from(text.to_owned()) {
            Ok(base) => base,
            Err(why) => unreachable!("a built-in address: {why}"),
        }
    }

    /// The base itself.
    pub(crate) fn url(&self) -> Url {
        self.0.clone()
    }

    /// The base with these segments after its path, each percent-encoded whole: a `/`, `\`, `?` or `#` in an id stays in
    /// its segment. An id that is empty, `.` or `..` would name another thing, so it is refused.
    pub(crate) fn at(&self, segments: &[&str]) -> Result<Url, Failure> {
        let refused =
            |why: String| Failure::new(Kind::Read, What::Rejected, why).cure("correct the account's id in the id map");
        if let Some(bad) = segments.iter().find(|segment| matches!(**segment, "" | "." | "..")) {
            return Err(refused(format!("`{bad}` cannot be an id")));
        }
        let mut url = self.0.clone();
        match url.path_segments_mut() {
            Ok(mut path) => {
                path.pop_if_empty().extend(segments);
            }
            Err(()) => return Err(refused(format!("`{}` takes no path", self.0))),
        }
        Ok(url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_stays_one_segment_whatever_it_holds() {
        let base = Base::known("https://api.corp.example/v1/");
        let at = |id: &str| base.at(&["users", id, "suspend"]).unwrap().to_string();
        assert_eq!(at("a/b"), "https://api.corp.example/v1/users/a%2Fb/suspend");
        assert_eq!(at("a\\b?c#d%2f"), "https://api.corp.example/v1/users/a%5Cb%3Fc%23d%252f/suspend");
        assert_eq!(at("düe@corp.example"), "https://api.corp.example/v1/users/d%C3%BCe@corp.example/suspend");
        for id in ["", ".", ".."] {
            assert!(base.at(&["users", id]).is_err(), "{id:?}");
        }
    }

    #[test]
    fn only_https_or_the_own_machine() {
        let base = |text: &str| Base::try_from(text.to_owned());
        assert!(base("https://api.corp.example").is_ok());
        assert!(base("http://127.0.0.1:81/google").is_ok());
        for bad in ["http://api.corp.example", "ftp://x", "nonsense", "https://me:pw@corp.example", "https://x/?q=1"] {
            assert!(base(bad).is_err(), "{bad}");
        }
    }
}
