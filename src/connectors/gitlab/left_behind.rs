//! What outlives the person: tokens of groups and projects, deploy keys, hooks, runners. No call here removes them, for
//! pipelines depend on them: a person has to look.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use super::client::{Client, names};
use super::config::Flavor;
use crate::connectors::Call;
use crate::connectors::http::{Failure, What};
use crate::connectors::vendor::{Act, Given};
use crate::model::{Account, ActionSpec, Finding, Outcome, Stage, StepClass, Verdict};

/// Whoever has this level (a maintainer) can make such things, and see their secrets.
const MAINTAINER: u64 = 40;

/// So many groups and projects of one person are looked into: each costs five calls.
const SOURCES: usize = 20;

/// What is listed of a group or a project: the end of its address, and what one of it is called.
const KINDS: [(&str, &str); 5] = [
    ("access_tokens", "access token"),
    ("deploy_tokens", "deploy token"),
    ("deploy_keys", "deploy key"),
    ("hooks", "webhook"),
    ("runners", "runner"),
];

struct ListLeftBehind {
    client: Arc<Client>,
}

/// A group or a project in which the person could make things.
struct Source {
    /// `groups` or `projects`.
    kind: &'static str,
    id: String,
    name: String,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let title =
        "Lists the tokens, deploy keys, webhooks and runners of the groups and projects that the person maintained";
    let base = given.spec("list-left-behind", title);
    let spec = ActionSpec { stage: Stage::Handover, class: StepClass::Pure, scopes: vec!["api".into()], ..base };
    (spec, ListLeftBehind { client: Arc::clone(client) })
}

impl ListLeftBehind {
    async fn sources(&self, account: &Account, call: &Call) -> Result<Vec<Source>, Failure> {
        match self.client.config.flavor {
            // A block leaves the memberships as they are.
            Flavor::SelfManaged => {
                let url = self.client.url(&["users", &account.id, "memberships"])?;
                let all = match self.client.list(&url, &[], call).await {
                    Err(failure) if failure.what == What::Gone => Vec::new(),
                    other => other?,
                };
                Ok(all.iter().filter(|one| level(one) >= MAINTAINER).filter_map(Source::of_membership).collect())
            }
            // The memberships are gone by now; who created a project is still told.
            Flavor::Saas => {
                let group = self.client.config.group.clone().unwrap_or_default();
                let url = self.client.group(&["projects"])?;
                let projects = self.client.list(&url, &[("include_subgroups", "true")], call).await?;
                let theirs = |one: &&Value| names(one, "creator_id", &account.id);
                let top = Source { kind: "groups", id: group.clone(), name: group };
                Ok([top].into_iter().chain(projects.iter().filter(theirs).filter_map(Source::of_project)).collect())
            }
        }
    }

    async fn look(&self, source: &Source, call: &Call) -> Result<Vec<Finding>, Failure> {
        let mut findings = Vec::new();
        // Groups have no deploy keys.
        for (list, what) in KINDS.into_iter().filter(|(list, _)| source.kind == "projects" || *list != "deploy_keys") {
            let url = self.client.url(&[source.kind, &source.id, list])?;
            match self.client.list(&url, &[], call).await {
                Ok(all) => findings.extend(all.iter().filter(|one| works(one)).map(|one| source.finding(what, one))),
                // Not in this plan, or not for this token: nobody may take that for "none".
                Err(failure) if matches!(failure.what, What::Denied | What::Gone) => findings.push(Finding {
                    what: format!("{what}s not shown"),
                    id: source.name.clone(),
                    detail: failure.reason,
                }),
                Err(failure) => return Err(failure),
            }
        }
        Ok(findings)
    }
}

fn level(membership: &Value) -> u64 {
    membership.get("access_level").and_then(Value::as_u64).unwrap_or_default()
}

/// Tokens stay in the list when they are revoked.
fn works(one: &Value) -> bool {
    one.get("revoked") != Some(&Value::Bool(true)) && one.get("active") != Some(&Value::Bool(false))
}

impl Source {
    fn of_membership(one: &Value) -> Option<Self> {
        Some(Self {
            kind: if one.get("source_type")?.as_str()? == "Project" { "projects" } else { "groups" },
            id: one.get("source_id")?.as_u64()?.to_string(),
            name: one.get("source_name").and_then(Value::as_str).unwrap_or_default().to_owned(),
        })
    }

    fn of_project(one: &Value) -> Option<Self> {
        Some(Self {
            kind: "projects",
            id: one.get("id")?.as_u64()?.to_string(),
            name: one.get("path_with_namespace").and_then(Value::as_str).unwrap_or_default().to_owned(),
        })
    }

    /// Nothing of a hook's address but its host is told: the rest may be a secret.
    fn finding(&self, what: &str, one: &Value) -> Finding {
        let text = |key: &str| one.get(key).and_then(Value::as_str);
        let host = text("url").and_then(|url| reqwest::Url::parse(url).ok()?.host_str().map(str::to_owned));
        let name = text("name").or(text("title")).or(text("description")).map(str::to_owned).or(host);
        let id = one.get("id").map(Value::to_string).unwrap_or_default();
        let expiry = text("expires_at").map(|at| format!(", expires {at}")).unwrap_or_default();
        Finding {
            what: what.to_owned(),
            id: format!("{}/{}: {id}", self.kind, self.name),
            detail: format!("{}{expiry}", name.unwrap_or_default()),
        }
    }
}

impl Act for ListLeftBehind {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let sources = self.sources(account, call).await?;
        // A set, for what belongs to a group is shown in its projects as well.
        let mut findings = BTreeSet::new();
        for source in sources.iter().take(SOURCES) {
            findings.extend(self.look(source, call).await?);
        }
        findings.extend(sources.iter().skip(SOURCES).map(|source| Finding {
            what: "not looked into".to_owned(),
            id: format!("{}/{}", source.kind, source.name),
            detail: format!("only the first {SOURCES} groups and projects are"),
        }));
        Ok(Outcome::Listed { findings: findings.into_iter().collect() })
    }

    async fn verify(&self, _account: &Account, _call: &Call) -> Result<Verdict, Failure> {
        Ok(Verdict::CannotTell {
            reason: "it only looks: there is nothing to read back".into(),
            after_ms: None,
            again: false,
        })
    }
}
