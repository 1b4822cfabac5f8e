//! What a user holds beside the password: tokens, those that administrators made in their name, SSH and GPG keys.

use std::sync::Arc;

use reqwest::{Method, Url};
use serde_json::{Value, json};

use super::client::{Client, names};
use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, Request, What, each};
use crate::connectors::vendor::{Act, Given};
use crate::connectors::{BoxFuture, Call};
use crate::model::{Account, ActionSpec, Before, Danger, Outcome, Stage, Verdict};

/// One kind of thing that a user holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Thing {
    Tokens,
    ImpersonationTokens,
    SshKeys,
    GpgKeys,
}

struct Revoke {
    what: Thing,
    client: Arc<Client>,
}

pub(super) fn actions(given: &Given, client: &Arc<Client>) -> Vec<(ActionSpec, impl Act)> {
    let action = |name: &str, title: &str, what: Thing| {
        let spec = ActionSpec {
            stage: Stage::Credentials,
            danger: Danger::HardToUndo,
            scopes: vec!["api".into(), "admin_mode".into()],
            ..given.spec(name, title)
        };
        (spec, Revoke { what, client: Arc::clone(client) })
    };
    vec![
        action("revoke-tokens", "Revokes the user's personal access tokens", Thing::Tokens),
        action(
            "revoke-impersonation-tokens",
            "Revokes the tokens that administrators made in the user's name, which the user does not see",
            Thing::ImpersonationTokens,
        ),
        action("delete-ssh-keys", "Deletes the user's SSH keys", Thing::SshKeys),
        action("delete-gpg-keys", "Deletes the user's GPG keys", Thing::GpgKeys),
    ]
}

impl Thing {
    fn noun(self) -> &'static str {
        match self {
            Self::Tokens => "active personal access tokens",
            Self::ImpersonationTokens => "active impersonation tokens",
            Self::SshKeys => "SSH keys",
            Self::GpgKeys => "GPG keys",
        }
    }
}

impl Revoke {
    /// Where one of them is, or all of them.
    fn url(&self, user: &str, rest: &[&str]) -> Result<Url, Failure> {
        let list: Vec<&str> = match self.what {
            Thing::Tokens => vec!["personal_access_tokens"],
            Thing::ImpersonationTokens => vec!["users", user, "impersonation_tokens"],
            Thing::SshKeys => vec!["users", user, "keys"],
            Thing::GpgKeys => vec!["users", user, "gpg_keys"],
        };
        self.client.url(&[&list, rest].concat())
    }

    /// What works of it. A revoked token stays in the list as a row that says so.
    async fn active(&self, account: &Account, call: &Call) -> Result<Vec<Value>, Failure> {
        self.client.as_administrator(call).await?;
        let query: &[(&str, &str)] = match self.what {
            Thing::Tokens => &[("user_id", &account.id), ("state", "active")],
            Thing::ImpersonationTokens => &[("state", "active")],
            Thing::SshKeys | Thing::GpgKeys => &[],
        };
        let mut all = match self.client.list(&self.url(&account.id, &[])?, query, call).await {
            // The user is gone, and this with them; or the token sees neither.
            Err(failure) if failure.what == What::Gone => match self.client.user(&account.id, call).await? {
                None => Vec::new(),
                Some(_) => return Err(failure),
            },
            other => other?,
        };
        // Should a filter ever be ignored, other people's tokens must stay.
        let theirs = |one: &Value| one.get("user_id").is_none() || names(one, "user_id", &account.id);
        all.retain(|one| theirs(one) && one.get("revoked") != Some(&Value::Bool(true)));
        if self.what == Thing::Tokens && all.iter().any(|one| one.get("user_id").is_none()) {
            return Err(Failure::new(Kind::Read, What::Unknown, "a personal access token without its user_id"));
        }
        Ok(all)
    }

    async fn revoke(&self, account: &Account, id: &str, call: &Call) -> Result<(), Failure> {
        let url = self.url(&account.id, &[id])?;
        match self.client.act(Request::act(Method::DELETE, url.clone()), call).await {
            Err(failure) if failure.what == What::Gone => Ok(()),
            // 400 and 401 are how a token may be refused that is revoked already: its row tells.
            Err(failure) if self.what == Thing::Tokens && matches!(failure.what, What::Rejected | What::Locked) => {
                match self.client.found::<Value>(Request::get(url), call).await {
                    Ok(Some(row)) if row.get("revoked") == Some(&Value::Bool(true)) => Ok(()),
                    _ => Err(failure),
                }
            }
            other => other.map(drop),
        }
    }
}

impl Act for Revoke {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let active = self.active(account, call).await?;
        if active.is_empty() {
            return Ok(Outcome::already(format!("{}: none", self.what.noun())));
        }
        let (mut ids, mut kept) = (Vec::new(), Vec::new());
        for one in &active {
            let id = one.get("id").and_then(Value::as_u64).ok_or_else(|| {
                Failure::new(Kind::Read, What::Unknown, format!("one of the {} without an id", self.what.noun()))
            })?;
            let name = one.get("name").or_else(|| one.get("title"));
            kept.push(
                json!({ "id": id, "name": name, "scopes": one.get("scopes"), "expires_at": one.get("expires_at") }),
            );
            ids.push(id.to_string());
        }
        call.keep(Before::of(json!({ "revoked": kept }))).await?;
        let mut acts: Vec<BoxFuture<'_, Result<(), Failure>>> = Vec::new();
        for id in &ids {
            acts.push(Box::pin(self.revoke(account, id, call)));
        }
        each::all(acts).await?;
        Ok(Outcome::Acknowledged)
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        let noun = self.what.noun();
        Ok(match self.active(account, call).await?.len() {
            0 => Verdict::Dead { evidence: format!("{noun}: none") },
            left => Verdict::Alive { evidence: format!("{noun}: {left}") },
        })
    }
}
