//! Private channels, as far as they can be seen: of other people's, Slack lists those that the token's own person is in.

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::Deserialize;

use super::client::Client;
use crate::connectors::Call;
use crate::connectors::http::Failure;
use crate::model::Account;

/// Channels whose members are read at once.
const AT_ONCE: usize = 4;

/// A private channel that is not archived.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Channel {
    pub(super) id: String,
    #[serde(default)]
    pub(super) name: String,
    /// Who made it: a user's id; `None` where Slack does not say.
    #[serde(default)]
    pub(super) creator: Option<String>,
    /// Another organisation is in it (Slack Connect).
    #[serde(default, rename = "is_ext_shared")]
    pub(super) shared: bool,
    /// Nobody but the leaver and the token's own person is in it.
    #[serde(skip)]
    pub(super) last_member: bool,
}

#[derive(Deserialize)]
struct Members {
    members: Vec<String>,
    #[serde(default)]
    response_metadata: Option<Onwards>,
}

#[derive(Deserialize)]
struct Onwards {
    #[serde(default)]
    next_cursor: String,
}

impl Client {
    /// Those of the person; `None`: Slack knows no such user, or none that is active.
    pub(super) async fn private_channels(
        &self,
        account: &Account,
        call: &Call,
    ) -> Result<Option<Vec<Channel>>, Failure> {
        let mut arguments = vec![
            ("user", account.id.as_str()),
            ("types", "private_channel"),
            ("exclude_archived", "true"),
            ("limit", "200"),
        ];
        // Only a token of a whole organisation needs to be told the workspace.
        if self.config.enterprise {
            arguments.push(("team_id", self.team(call).await?));
        }
        Failure::unless_gone(self.list("users.conversations", &arguments, "channels", call).await)
    }

    /// The same, and whether anybody else is in them.
    pub(super) async fn with_last_members(
        &self,
        channels: Vec<Channel>,
        account: &Account,
        call: &Call,
    ) -> Result<Vec<Channel>, Failure> {
        let own = self.whose(call).await?.user_id.as_str();
        let told = channels.into_iter().map(|channel| async move {
            let query = [("channel", channel.id.as_str()), ("limit", "10")];
            let page: Members = self.ask("conversations.members", &query, call).await?;
            let more = page.response_metadata.is_some_and(|onwards| !onwards.next_cursor.is_empty());
            let others = page.members.iter().any(|member| *member != account.id && member != own);
            Ok(Channel { last_member: !more && !others, ..channel })
        });
        stream::iter(told).buffered(AT_ONCE).try_collect().await
    }
}
