//! User groups. Slack takes the list of a group's users whole, so each is read right before it is written.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::client::Client;
use crate::connectors::Call;
use crate::connectors::http::Failure;
use crate::connectors::vendor::{Act, Given, kept};
use crate::model::{Account, ActionSpec, Before, Outcome, Stage, Verdict};

struct LeaveGroups {
    client: Arc<Client>,
}

#[derive(Deserialize)]
struct Groups {
    usergroups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    id: String,
    #[serde(default)]
    handle: String,
    #[serde(default)]
    users: Vec<String>,
    /// Slack fills it by itself, as with all admins.
    #[serde(default)]
    auto_type: Option<String>,
    /// When it was disabled, in epoch seconds; 0: it is not.
    #[serde(default, rename = "date_delete")]
    disabled_at: u64,
}

#[derive(Deserialize)]
struct Users {
    users: Vec<String>,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        stage: Stage::Licences,
        undo: Some("adds the person to the groups again, and enables those that were disabled for being empty".into()),
        scopes: vec!["usergroups:read".into(), "usergroups:write".into()],
        ..given.spec("leave-user-groups", "Removes the person from every user group; one left empty is disabled")
    };
    (spec, LeaveGroups { client: Arc::clone(client) })
}

impl LeaveGroups {
    async fn arguments<'a>(
        &'a self,
        more: &[(&'a str, &'a str)],
        call: &Call,
    ) -> Result<Vec<(&'a str, &'a str)>, Failure> {
        let mut arguments = more.to_vec();
        if self.client.config.enterprise {
            arguments.push(("team_id", self.client.team(call).await?));
        }
        Ok(arguments)
    }

    async fn groups(&self, disabled_too: bool, call: &Call) -> Result<Vec<Group>, Failure> {
        let disabled = if disabled_too { "true" } else { "false" };
        let arguments = self.arguments(&[("include_users", "true"), ("include_disabled", disabled)], call).await?;
        let mut groups = self.client.ask::<Groups>("usergroups.list", &arguments, call).await?.usergroups;
        groups.retain(|group| group.auto_type.is_none());
        Ok(groups)
    }

    async fn of(&self, account: &Account, call: &Call) -> Result<Vec<Group>, Failure> {
        let mut groups = self.groups(false, call).await?;
        groups.retain(|group| group.disabled_at == 0 && group.users.contains(&account.id));
        Ok(groups)
    }

    async fn users(&self, group: &str, call: &Call) -> Result<Vec<String>, Failure> {
        let arguments = self.arguments(&[("usergroup", group), ("include_disabled", "true")], call).await?;
        Ok(self.client.ask::<Users>("usergroups.users.list", &arguments, call).await?.users)
    }

    async fn change(&self, method: &str, more: &[(&str, &str)], call: &Call) -> Result<(), Failure> {
        let arguments = self.arguments(more, call).await?;
        self.client.act(method, &arguments, call).await
    }

    async fn leave(&self, group: &str, account: &Account, call: &Call) -> Result<(), Failure> {
        let users = self.users(group, call).await?;
        let rest: Vec<&str> = users.iter().map(String::as_str).filter(|user| *user != account.id).collect();
        match rest.as_slice() {
            rest if rest.len() == users.len() => Ok(()),
            // A group cannot be written empty.
            [] => self.change("usergroups.disable", &[("usergroup", group)], call).await,
            rest => {
                let rest = rest.join(",");
                self.change("usergroups.users.update", &[("usergroup", group), ("users", &rest)], call).await
            }
        }
    }

    async fn join(&self, group: &Group, was_last: bool, account: &Account, call: &Call) -> Result<(), Failure> {
        if was_last && group.disabled_at != 0 {
            self.change("usergroups.enable", &[("usergroup", &group.id)], call).await?;
        }
        let mut users = self.users(&group.id, call).await?;
        if users.contains(&account.id) {
            return Ok(());
        }
        users.push(account.id.clone());
        let users = users.join(",");
        self.change("usergroups.users.update", &[("usergroup", &group.id), ("users", &users)], call).await
    }
}

impl Act for LeaveGroups {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let groups = self.of(account, call).await?;
        if groups.is_empty() {
            return Ok(Outcome::already("user groups: none"));
        }
        let told = |group: &Group| json!({ "id": group.id, "handle": group.handle, "last": group.users.len() == 1 });
        call.keep(Before::of(json!({ "groups": groups.iter().map(told).collect::<Vec<_>>() }))).await?;
        // One by one: what is read of a group must not grow old before it is written.
        for group in &groups {
            self.leave(&group.id, account, call).await?;
        }
        Ok(Outcome::Acknowledged)
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        let groups = self.of(account, call).await?;
        let handles: Vec<&str> = groups.iter().map(|group| group.handle.as_str()).collect();
        Ok(if handles.is_empty() {
            Verdict::Dead { evidence: "user groups: none".into() }
        } else {
            Verdict::Alive { evidence: format!("user groups: {}", handles.join(", ")) }
        })
    }

    async fn undo(&self, account: &Account, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        let left = kept(before, "groups").to_vec();
        for group in self.groups(true, call).await? {
            if let Some(was) = left.iter().find(|was| was.get("id").and_then(Value::as_str) == Some(&group.id)) {
                self.join(&group, was.get("last") == Some(&Value::Bool(true)), account, call).await?;
            }
        }
        Ok(Outcome::Acknowledged)
    }
}
