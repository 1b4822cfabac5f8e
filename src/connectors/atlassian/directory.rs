//! The organisation's directories that a person is in: their access to its products.

use serde::Deserialize;
use serde_json::Value;

use super::client::Client;
use crate::connectors::Call;
use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, Request, What};

/// A person in one directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Membership {
    pub(super) directory: String,
    pub(super) suspended: bool,
}

#[derive(Deserialize)]
struct Directories {
    data: Vec<Directory>,
    #[serde(default)]
    links: Links,
}

#[derive(Deserialize)]
struct Directory {
    #[serde(alias = "id")]
    #[serde(rename = "directoryId")]
    id: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Links {
    next: Option<String>,
}

impl Client {
    /// `…/directories/{directory}/users/{id}` and what hangs under it.
    pub(super) fn member(&self, directory: &str, id: &str, rest: &[&str]) -> Result<reqwest::Url, Failure> {
        self.org(&[&["directories", directory, "users", id], rest].concat())
    }

    /// Where the person is, and whether they are suspended there.
    pub(super) async fn memberships(&self, id: &str, call: &Call) -> Result<Vec<Membership>, Failure> {
        let mut found = Vec::new();
        for directory in self.directories(id, call).await? {
            let suspended = self.suspended(&directory, id, call).await?;
            found.extend(suspended.map(|suspended| Membership { directory, suspended }));
        }
        Ok(found)
    }

    /// `None`: they are not in this directory.
    pub(super) async fn suspended(&self, directory: &str, id: &str, call: &Call) -> Result<Option<bool>, Failure> {
        let request = Request::get(self.member(directory, id, &[])?);
        let Some(answer) = self.found::<Value>(request, call).await? else { return Ok(None) };
        let user = answer.get("data").unwrap_or(&answer);
        match user.get("membershipStatus").and_then(Value::as_str) {
            Some("active") => Ok(Some(false)),
            Some("suspended") => Ok(Some(true)),
            Some("no_membership") => Ok(None),
            other => {
                let reason = format!("membershipStatus in {directory}: {}", other.unwrap_or("not said"));
                Err(Failure::new(Kind::Read, What::Unknown, reason))
            }
        }
    }

    async fn directories(&self, id: &str, call: &Call) -> Result<Vec<String>, Failure> {
        if !self.config.directory_ids.is_empty() {
            return Ok(self.config.directory_ids.clone());
        }
        let request = Request::get(self.org(&["directories"])?).query(&[("accountId", id), ("limit", "50")]);
        let page: Directories = self.read(request, call).await?;
        if page.links.next.is_some() {
            let reason = "one person is in more than 50 directories";
            return Err(Failure::new(Kind::Read, What::Rejected, reason).cure("set directory_ids"));
        }
        Ok(page.data.into_iter().map(|directory| directory.id).collect())
    }
}
