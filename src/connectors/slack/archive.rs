//! Archives private channels of the person, where the configuration names a policy. Direct messages cannot be archived.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::channels::{ids, image, nothing_seen};
use super::client::Client;
use super::conversations::Channel;
use crate::connectors::Call;
use crate::connectors::http::Failure;
use crate::connectors::vendor::{Act, Given};
use crate::model::{Account, ActionSpec, Before, Danger, Outcome, Stage, Verdict};

/// Which private channels are archived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Policy {
    /// Those in which nobody else is, but for the token's own person.
    LastMember,
    /// Those that the person made, whoever else is in them.
    Created,
}

struct Archive {
    client: Arc<Client>,
    policy: Policy,
}

pub(super) fn action(given: &Given, client: &Arc<Client>, policy: Policy) -> (ActionSpec, impl Act) {
    let title = match policy {
        Policy::LastMember => "Archives the person's private channels that nobody else is in",
        Policy::Created => "Archives the private channels that the person made",
    };
    let spec = ActionSpec {
        // Before they are taken out of the channels, which is how these are found.
        stage: Stage::Handover,
        danger: Danger::HardToUndo,
        undo: Some("opens the channels again; who has left one meanwhile stays out".into()),
        scopes: vec!["groups:read".into(), "groups:write".into()],
        ..given.spec("archive-private-channels", title)
    };
    (spec, Archive { client: Arc::clone(client), policy })
}

impl Archive {
    /// Those that the policy means. What another organisation is in too is never archived from here.
    async fn meant(&self, account: &Account, call: &Call) -> Result<Option<Vec<Channel>>, Failure> {
        let Some(mut channels) = self.client.private_channels(account, call).await? else { return Ok(None) };
        channels.retain(|channel| !channel.shared);
        match self.policy {
            Policy::Created => channels.retain(|channel| channel.creator.as_ref() == Some(&account.id)),
            Policy::LastMember => {
                channels = self.client.with_last_members(channels, account, call).await?;
                channels.retain(|channel| channel.last_member);
            }
        }
        Ok(Some(channels))
    }
}

impl Act for Archive {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let Some(channels) = self.meant(account, call).await? else { return Ok(nothing_seen()) };
        if channels.is_empty() {
            return Ok(Outcome::already("private channels to archive: none"));
        }
        call.keep(Before::of(image(&channels))).await?;
        let ids: Vec<&str> = channels.iter().map(|channel| channel.id.as_str()).collect();
        self.client.to_each("conversations.archive", &ids, None, "already_archived", call).await?;
        Ok(Outcome::Acknowledged)
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        Ok(match self.meant(account, call).await?.unwrap_or_default().as_slice() {
            [] => Verdict::Dead { evidence: "open private channels to archive: none".into() },
            left => Verdict::Alive { evidence: format!("open private channels to archive: {}", left.len()) },
        })
    }

    async fn undo(&self, _: &Account, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        self.client.to_each("conversations.unarchive", &ids(before), None, "not_archived", call).await?;
        Ok(Outcome::Acknowledged)
    }
}
