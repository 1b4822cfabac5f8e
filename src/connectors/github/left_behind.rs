//! What keeps working when a member is gone: deploy keys, webhooks, secrets of Actions, self-hosted runners. A person has
//! to look at them, for none of these says whom it serves.

use std::sync::Arc;

use futures_util::future;
use serde_json::Value;

use super::client::Client;
use crate::connectors::Call;
use crate::connectors::http::{Failure, What};
use crate::connectors::vendor::{Act, Given};
use crate::model::{Account, ActionSpec, Finding, Outcome, Stage, StepClass, Verdict};

struct LeftBehind {
    client: Arc<Client>,
}

/// Where a thing is: a repository's name, or the organisation's.
struct Place<'a> {
    name: &'a str,
    path: Vec<&'a str>,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec =
        given.spec("list-left-behind", "Lists deploy keys, webhooks, secrets and runners that outlive the member");
    let scopes = ["repo", "admin:org_hook", "administration=read", "repository_hooks=read", "secrets=read"];
    let of_org = ["organization_hooks=read", "organization_secrets=read", "organization_self_hosted_runners=read"];
    let spec = ActionSpec {
        stage: Stage::Handover,
        class: StepClass::Pure,
        scopes: scopes.into_iter().chain(of_org).map(str::to_owned).collect(),
        ..spec
    };
    (spec, LeftBehind { client: Arc::clone(client) })
}

fn text<'a>(one: &'a Value, pointer: &str) -> &'a str {
    one.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn finding(what: &str, place: &str, one: &Value, name: &str, detail: &str) -> Finding {
    let id = one.get("id").map_or_else(|| name.to_owned(), Value::to_string);
    Finding { what: what.to_owned(), id: format!("{place}: {id}"), detail: format!("{name}{detail}") }
}

/// A deploy key that this person added, or nobody knows who; another's is no business of this offboarding.
fn of_key(place: &str, key: &Value, login: Option<&str>) -> Option<Finding> {
    let by = text(key, "/added_by");
    let theirs = login.is_some_and(|login| by.eq_ignore_ascii_case(login));
    let detail = match (theirs, by) {
        (true, _) => ", added by the leaver: replace it",
        (false, "") => ", nobody knows who added it",
        (false, _) => return None,
    };
    Some(finding("deploy key", place, key, text(key, "/title"), detail))
}

impl LeftBehind {
    /// A list that is not there (Actions are off, the repository is gone) holds nothing.
    async fn list(
        &self,
        place: &Place<'_>,
        rest: &[&str],
        key: Option<&str>,
        call: &Call,
    ) -> Result<Vec<Value>, Failure> {
        let url = self.client.config.base_url.at(&[place.path.as_slice(), rest].concat())?;
        match self.client.list_under(&url, &[], key, call).await {
            Err(failure) if failure.what == What::Gone => Ok(Vec::new()),
            other => other,
        }
    }

    /// Webhooks, secrets and runners.
    async fn look(&self, place: &Place<'_>, call: &Call) -> Result<Vec<Finding>, Failure> {
        let (hooks, secrets, runners) = future::try_join3(
            self.list(place, &["hooks"], None, call),
            self.list(place, &["actions", "secrets"], Some("secrets"), call),
            self.list(place, &["actions", "runners"], Some("runners"), call),
        )
        .await?;
        let name = place.name;
        let hook = |one: &Value| finding("webhook", name, one, text(one, "/config/url"), "");
        let secret = |one: &Value| finding("secret", name, one, text(one, "/name"), ": change it if they knew it");
        let runner = |one: &Value| finding("self-hosted runner", name, one, text(one, "/name"), "");
        let found = hooks.iter().map(hook).chain(secrets.iter().map(secret)).chain(runners.iter().map(runner));
        Ok(found.collect())
    }

    /// The repositories that were pushed to last, as many as the configuration says.
    async fn repositories(&self, call: &Call) -> Result<Vec<String>, Failure> {
        let most = self.client.config.look_through;
        if most == 0 {
            return Ok(Vec::new());
        }
        let url = self.client.url(&["repos"])?;
        let repositories = self.client.some_of(&url, &[("sort", "pushed"), ("direction", "desc")], most, call).await?;
        Ok(repositories.iter().map(|one| text(one, "/name").to_owned()).filter(|name| !name.is_empty()).collect())
    }
}

impl Act for LeftBehind {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let login = self.client.login(account, call).await?;
        let org = self.client.org();
        let mut things = self.look(&Place { name: org, path: vec!["orgs", org] }, call).await?;
        let mut keys = Vec::new();
        for name in self.repositories(call).await? {
            let place = Place { name: &name, path: vec!["repos", org, &name] };
            let (found, more) =
                future::try_join(self.list(&place, &["keys"], None, call), self.look(&place, call)).await?;
            keys.extend(found.iter().filter_map(|key| of_key(&name, key, login.as_deref())));
            things.extend(more);
        }
        // The leaver's own first.
        keys.sort_by_key(|key| !key.detail.contains("added by the leaver"));
        keys.append(&mut things);
        Ok(Outcome::Listed { findings: keys })
    }

    async fn verify(&self, _: &Account, _: &Call) -> Result<Verdict, Failure> {
        Ok(Verdict::CannotTell { reason: "it only looks".into(), after_ms: None, again: false })
    }
}
