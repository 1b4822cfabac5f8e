//! Takes the person out of private channels. A deactivated account reads none of them; this is for channels whose list of
//! members must be right, and for guests.

use std::sync::Arc;

use serde_json::{Value, json};

use super::client::Client;
use super::conversations::Channel;
use crate::connectors::http::{Failure, each};
use crate::connectors::vendor::{Act, Given, kept};
use crate::connectors::{BoxFuture, Call};
use crate::model::{Account, ActionSpec, Before, Outcome, Stage, Verdict};

struct LeaveChannels {
    client: Arc<Client>,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        stage: Stage::Licences,
        only_by_rule: true,
        undo: Some("invites the person again into the channels that they were taken out of".into()),
        scopes: vec!["groups:read".into(), "groups:write".into()],
        ..given.spec("leave-private-channels", "Removes the person from the private channels that the token can see")
    };
    (spec, LeaveChannels { client: Arc::clone(client) })
}

/// Slack knows no such user, or shows nothing of one that is deactivated.
pub(super) fn nothing_seen() -> Outcome {
    Outcome::already("Slack shows no private channel of this user")
}

/// Tells of each channel what undo and a reader of the journal need.
pub(super) fn image(channels: &[Channel]) -> Value {
    let told = |channel: &Channel| {
        json!({
            "id": channel.id, "name": channel.name, "shared": channel.shared, "last_member": channel.last_member,
        })
    };
    json!({ "channels": channels.iter().map(told).collect::<Vec<_>>() })
}

/// The ids of the channels in a before-image.
pub(super) fn ids(before: &Value) -> Vec<&str> {
    let channels = kept(before, "channels").iter();
    channels.filter_map(|channel| channel.get("id").and_then(Value::as_str)).collect()
}

impl Client {
    /// Does this to each of the channels. `fine`: the error that says that it was so before.
    pub(super) async fn to_each(
        &self,
        method: &str,
        channels: &[&str],
        person: Option<(&str, &str)>,
        fine: &str,
        call: &Call,
    ) -> Result<(), Failure> {
        let acts = channels.iter().map(|id| -> BoxFuture<'_, Result<(), Failure>> {
            let arguments: Vec<(&str, &str)> = [("channel", *id)].into_iter().chain(person).collect();
            Box::pin(async move {
                match self.act(method, &arguments, call).await {
                    Err(failure) if failure.code == fine => Ok(()),
                    Err(failure) => Err(Failure { reason: format!("{}, channel {id}", failure.reason), ..failure }),
                    Ok(()) => Ok(()),
                }
            })
        });
        each::all(acts.collect()).await
    }
}

impl Act for LeaveChannels {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let Some(channels) = self.client.private_channels(account, call).await? else { return Ok(nothing_seen()) };
        if channels.is_empty() {
            return Ok(Outcome::already("private channels: none"));
        }
        let channels = self.client.with_last_members(channels, account, call).await?;
        call.keep(Before::of(image(&channels))).await?;
        let ids: Vec<&str> = channels.iter().map(|channel| channel.id.as_str()).collect();
        self.client.to_each("conversations.kick", &ids, Some(("user", &account.id)), "not_in_channel", call).await?;
        Ok(Outcome::Acknowledged)
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        let channels = self.client.private_channels(account, call).await?.unwrap_or_default();
        let names: Vec<&str> = channels.iter().map(|channel| channel.name.as_str()).collect();
        Ok(if names.is_empty() {
            Verdict::Dead { evidence: "private channels that the token can see: none".into() }
        } else {
            Verdict::Alive { evidence: format!("private channels: {}", names.join(", ")) }
        })
    }

    async fn undo(&self, account: &Account, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        let person = Some(("users", account.id.as_str()));
        self.client.to_each("conversations.invite", &ids(before), person, "already_in_channel", call).await?;
        Ok(Outcome::Acknowledged)
    }
}
