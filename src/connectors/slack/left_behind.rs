//! What keeps working, or stays behind, when the person is gone: bots, webhooks and apps that they installed, apps that
//! they approved, private channels that nobody else is in or that another organisation shares.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::client::Client;
use crate::connectors::Call;
use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, What};
use crate::connectors::vendor::{Act, Given};
use crate::model::{Account, ActionSpec, Finding, Outcome, Stage, StepClass, Verdict};

/// Pages of the log that are read at most, 1000 entries each: beyond, it is taken to be endless.
const PAGES: u32 = 20;

struct LeftBehind {
    client: Arc<Client>,
}

#[derive(Deserialize)]
struct Logs {
    #[serde(default)]
    logs: Vec<Entry>,
    #[serde(default)]
    paging: Paging,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Paging {
    pages: u32,
}

/// One change of an app or of an integration of the older kind, a *service*.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Entry {
    app_id: Value,
    app_type: String,
    service_id: Value,
    service_type: String,
    change_type: String,
    channel: String,
    /// Epoch seconds, as a text or as a number.
    date: Value,
    scope: String,
}

#[derive(Deserialize)]
struct Approved {
    #[serde(default)]
    app: App,
    #[serde(default)]
    last_resolved_by: Option<ResolvedBy>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct App {
    id: String,
    name: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ResolvedBy {
    actor_id: String,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let mut scopes = vec!["admin".to_owned(), "groups:read".to_owned()];
    if client.config.enterprise {
        scopes.push("admin.apps:read".to_owned());
    }
    let spec = ActionSpec {
        stage: Stage::Handover,
        class: StepClass::Pure,
        scopes,
        ..given.spec(
            "list-left-behind",
            "Lists apps, webhooks and bots that the person installed, and channels left alone",
        )
    };
    (spec, LeftBehind { client: Arc::clone(client) })
}

impl Entry {
    /// Ids come as numbers and as texts.
    fn id(&self) -> String {
        [&self.app_id, &self.service_id].into_iter().map(plain).find(|id| !id.is_empty()).unwrap_or_default()
    }

    fn when(&self) -> u64 {
        plain(&self.date).parse().unwrap_or(0)
    }

    fn finding(&self) -> Finding {
        let has = |wanted: &str| self.scope.split(',').any(|scope| scope.trim() == wanted);
        let what = match (has("incoming-webhook"), has("bot")) {
            (true, _) => "incoming webhook",
            (false, true) => "bot",
            (false, false) => "app",
        };
        let name = if self.app_type.is_empty() { &self.service_type } else { &self.app_type };
        let place = if self.channel.is_empty() { String::new() } else { format!(", posts to {}", self.channel) };
        Finding { what: what.into(), id: self.id(), detail: format!("{name}{place}: give it an owner or remove it") }
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// The last word on each app: what was removed or disabled since works no more.
fn installed(mut log: Vec<Entry>) -> Vec<Finding> {
    log.sort_by_key(Entry::when);
    let mut apps: BTreeMap<String, Entry> = BTreeMap::new();
    for entry in log.into_iter().filter(|entry| !entry.id().is_empty()) {
        apps.insert(entry.id(), entry);
    }
    let works = |entry: &&Entry| !matches!(entry.change_type.as_str(), "removed" | "disabled");
    apps.values().filter(works).map(Entry::finding).collect()
}

impl LeftBehind {
    async fn log(&self, account: &Account, call: &Call) -> Result<Vec<Entry>, Failure> {
        let mut query = vec![("user", account.id.as_str()), ("count", "1000")];
        if self.client.config.enterprise {
            query.push(("team_id", self.client.team(call).await?));
        }
        let mut log = Vec::new();
        for page in 1..=PAGES {
            let number = page.to_string();
            let arguments: Vec<(&str, &str)> = query.iter().copied().chain([("page", number.as_str())]).collect();
            let mut answer = match self.client.ask::<Logs>("team.integrationLogs", &arguments, call).await {
                Err(failure) if failure.code == "invalid_auth" => return Err(self.not_in_team(failure, call).await),
                other => other?,
            };
            log.append(&mut answer.logs);
            if page >= answer.paging.pages {
                return Ok(log);
            }
        }
        Err(Failure::new(Kind::Read, What::Unknown, format!("an integration log of more than {PAGES} pages")))
    }

    /// Slack calls the token bad where its owner is not in the workspace. Every other method knows better.
    async fn not_in_team(&self, failure: Failure, call: &Call) -> Failure {
        match self.client.signs_on(call).await {
            Ok(()) => Failure { what: What::Denied, ..failure }.cure(
                "add the token's owner to the workspace `team_id`: Slack shows its integration log to members only",
            ),
            Err(bad) => bad,
        }
    }

    async fn approved(&self, account: &Account, call: &Call) -> Result<Vec<Finding>, Failure> {
        let arguments = [("team_id", self.client.team(call).await?), ("limit", "200")];
        let all: Vec<Approved> =
            self.client.list("admin.apps.approved.list", &arguments, "approved_apps", call).await?;
        let theirs = |one: &&Approved| one.last_resolved_by.as_ref().is_some_and(|by| by.actor_id == account.id);
        let told = |one: &Approved| Finding {
            what: "approved app".into(),
            id: one.app.id.clone(),
            detail: format!("{}: the person approved it for the workspace", one.app.name),
        };
        Ok(all.iter().filter(theirs).map(told).collect())
    }

    async fn channels(&self, account: &Account, call: &Call) -> Result<Vec<Finding>, Failure> {
        let channels = self.client.private_channels(account, call).await?.unwrap_or_default();
        let channels = self.client.with_last_members(channels, account, call).await?;
        let told = channels.into_iter().filter_map(|channel| {
            let why = match (channel.last_member, channel.shared) {
                (true, _) => "nobody else is in it",
                (false, true) => "shared with another organisation: tell them who follows",
                (false, false) => return None,
            };
            let detail = format!("{}: {why}", channel.name);
            Some(Finding { what: "private channel".into(), id: channel.id, detail })
        });
        Ok(told.collect())
    }
}

impl Act for LeftBehind {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let mut findings = installed(self.log(account, call).await?);
        if self.client.config.enterprise {
            findings.append(&mut self.approved(account, call).await?);
        }
        findings.append(&mut self.channels(account, call).await?);
        Ok(Outcome::Listed { findings })
    }

    async fn verify(&self, _: &Account, _: &Call) -> Result<Verdict, Failure> {
        Ok(Verdict::CannotTell { reason: "it only looks".into(), after_ms: None, again: false })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_on_an_app_counts_in_whatever_order_the_log_comes() {
        let log = serde_json::json!([
            { "service_id": 7, "service_type": "Alerts", "change_type": "enabled", "date": "30", "channel": "C1",
              "scope": "incoming-webhook" },
            { "app_id": "A1", "app_type": "Notes", "change_type": "removed", "date": 20 },
            { "app_id": "A1", "app_type": "Notes", "change_type": "added", "date": "10" },
            { "app_id": "A2", "app_type": "Stand-up", "change_type": "added", "date": "5", "scope": "chat:write, bot" },
            { "change_type": "added" },
        ]);
        let mut log: Vec<Entry> = serde_json::from_value(log).unwrap();
        for _ in 0..2 {
            let told: Vec<(String, String)> =
                installed(log.clone()).into_iter().map(|finding| (finding.what, finding.id)).collect();
            assert_eq!(told, [("incoming webhook".into(), "7".into()), ("bot".into(), "A2".into())]);
            log.reverse();
        }
    }
}
