//! What somebody is in the workspace: owner, guest, or neither.

use std::time::Duration;

use serde::Deserialize;

use super::client::Client;
use crate::connectors::Call;
use crate::connectors::http::Failure;
use crate::model::Account;

/// A kill switch waits no longer for what it could do without.
const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Standing {
    #[serde(rename = "is_primary_owner")]
    primary_owner: bool,
    /// A guest.
    #[serde(rename = "is_restricted")]
    guest: bool,
    /// A guest of one channel.
    #[serde(rename = "is_ultra_restricted")]
    guest_of_one_channel: bool,
}

#[derive(Deserialize)]
struct Info {
    user: Standing,
}

impl Client {
    /// What cannot be read is taken for a plain member's: the primary owner is refused by Slack itself too.
    pub(super) async fn standing(&self, account: &Account, call: &Call) -> Standing {
        let arguments = [("user", account.id.as_str())];
        match tokio::time::timeout(PATIENCE, self.ask::<Info>("users.info", &arguments, call)).await {
            Ok(Ok(info)) => info.user,
            Ok(Err(_)) | Err(_) => Standing::default(),
        }
    }
}

impl Standing {
    /// Somebody else has to become the primary owner first.
    pub(super) fn may_go(self, account: &Account) -> Result<(), Failure> {
        if !self.primary_owner {
            return Ok(());
        }
        let reason = format!("{} is the primary owner: hand the primary ownership over first", account.label);
        Err(Failure::needs_human(reason))
    }

    /// The paid seat that a deactivation frees. Guests of one channel cost nothing.
    pub(super) fn seat(self) -> Option<&'static str> {
        match self {
            Self { guest_of_one_channel: true, .. } => None,
            Self { guest: true, .. } => Some("guest"),
            Self { .. } => Some("member"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guest_of_one_channel_frees_no_seat() {
        let guest = Standing { guest: true, ..Standing::default() };
        assert_eq!(Standing::default().seat(), Some("member"));
        assert_eq!(guest.seat(), Some("guest"));
        assert_eq!(Standing { guest_of_one_channel: true, ..guest }.seat(), None);
    }
}
