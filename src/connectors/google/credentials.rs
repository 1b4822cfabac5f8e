//! What keeps working beside the password: tokens, app passwords, backup codes, sessions; and the password itself.

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};

use super::client::Client;
use super::scope::{Scope, declared};
use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, Request, What, each};
use crate::connectors::vendor::{Act, Given, gone};
use crate::connectors::{BoxFuture, Call, password};
use crate::model::{Account, ActionSpec, Before, Danger, Outcome, Verdict};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Thing {
    Tokens,
    AppPasswords,
    BackupCodes,
    SignOut,
    Password,
}

struct Credential {
    what: Thing,
    client: Arc<Client>,
}

pub(super) fn actions(given: &Given, client: &Arc<Client>) -> impl Iterator<Item = (ActionSpec, impl Act)> {
    let spec = |name: &str, title: &str| ActionSpec {
        needs: vec![given.fact("active-account")],
        scopes: declared(&[Scope::Security]),
        ..given.spec(name, title)
    };
    // A grant, an app password or a code cannot be given back, but its owner can make a new one.
    let gone_for_good = |name: &str, title: &str| ActionSpec { danger: Danger::HardToUndo, ..spec(name, title) };
    let unreadable = |spec: ActionSpec| ActionSpec { proved_by: Some(given.id.action("suspend")), ..spec };
    let all = [
        (Thing::Tokens, gone_for_good("revoke-tokens", "Revokes every OAuth grant to third-party applications")),
        (Thing::AppPasswords, gone_for_good("revoke-app-passwords", "Deletes every app password")),
        (Thing::BackupCodes, gone_for_good("invalidate-backup-codes", "Invalidates the two-step backup codes")),
        (Thing::SignOut, unreadable(spec("sign-out", "Ends all web and device sessions"))),
        (
            Thing::Password,
            ActionSpec {
                danger: Danger::HardToUndo,
                scopes: declared(&[Scope::Users]),
                ..unreadable(spec("reset-password", "Sets a random password that nobody ever sees"))
            },
        ),
    ];
    all.into_iter().map(|(what, spec)| (spec, Credential { what, client: Arc::clone(client) }))
}

impl Credential {
    /// Google refuses these calls once the user is suspended, and says so in no stable words: so the user is read.
    async fn moot(&self, account: &Account, failure: Failure, call: &Call) -> Result<Outcome, Failure> {
        match self.client.user(&account.id, call).await {
            Ok(user) => match user.suspension() {
                Some(suspension) => Ok(self.inactive(&suspension)),
                // A read may lag behind the suspension that the refusal met: the next try sees it.
                None if failure.code.starts_with("invalid") => Ok(Outcome::Busy {
                    reason: format!("{}, though the account still reads as active", failure.reason),
                    after_ms: None,
                }),
                None => Err(failure),
            },
            Err(read) if read.what == What::Gone => Ok(gone(account)),
            // What it would have said is not known yet: the next try asks again.
            Err(read) if failure.code.starts_with("invalid") => Err(read),
            Err(_) => Err(failure),
        }
    }

    fn inactive(&self, suspension: &str) -> Outcome {
        Outcome::AlreadySo {
            note: format!("the account is no longer active: {suspension}"),
            caveat: Some(format!("{} would be valid again after an unsuspend", self.noun())),
        }
    }

    fn noun(&self) -> &'static str {
        match self.what {
            Thing::Tokens => "its OAuth grants",
            Thing::AppPasswords => "its app passwords",
            Thing::BackupCodes => "its backup codes",
            Thing::SignOut => "its sessions",
            Thing::Password => "its password",
        }
    }

    async fn items(&self, list: &str, account: &Account, call: &Call) -> Result<Vec<Value>, Failure> {
        let request = Request::get(self.client.url(&account.id, &[list])?);
        let body: Value = self.client.with(Scope::Security).read(request, call).await?;
        match body.get("items") {
            None => Ok(Vec::new()),
            Some(Value::Array(items)) => Ok(items.clone()),
            Some(_) => Err(Failure::new(Kind::Read, What::Unknown, format!("Google's list of {list} is no list"))),
        }
    }

    async fn delete_all(
        &self,
        list: &str,
        key: &str,
        name: &str,
        account: &Account,
        call: &Call,
    ) -> Result<Outcome, Failure> {
        let items = self.items(list, account, call).await?;
        if items.is_empty() {
            return Ok(Outcome::already(format!("{list}: none")));
        }
        let named: Vec<(String, &str)> = items
            .iter()
            .map(|item| (plain(item.get(key)), item.get(name).and_then(Value::as_str).unwrap_or_default()))
            .collect();
        let mut deletions: Vec<BoxFuture<'_, Result<(), Failure>>> = Vec::new();
        for (id, _) in &named {
            let url = self.client.url(&account.id, &[list, id])?;
            deletions.push(Box::pin(async move {
                match self.client.with(Scope::Security).delete(url, call).await {
                    // Gone meanwhile: 404 for a token, 400 `invalid` for an app password (as GAM meets them).
                    Err(failure) if failure.what == What::Gone || failure.code.starts_with("invalid") => Ok(()),
                    other => other,
                }
            }));
        }
        let revoked: Vec<Value> = named.iter().map(|(id, name)| json!({ "id": id, "name": name })).collect();
        call.keep(Before::of(json!({ "revoked": revoked }))).await?;
        each::all(deletions).await?;
        Ok(Outcome::Acknowledged)
    }

    async fn invalidate_codes(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let done = self.post(account, &["verificationCodes", "invalidate"], call).await;
        let Err(failure) = done else { return done };
        if !failure.code.starts_with("invalid") {
            return Err(failure);
        }
        // `invalid` is what Google says without codes, and for a suspended user.
        // Read once: of two reads, one may lag behind the other.
        Ok(match self.client.user(&account.id, call).await?.suspension() {
            Some(suspension) => self.inactive(&suspension),
            None => Outcome::already("no backup codes"),
        })
    }

    async fn post(&self, account: &Account, path: &[&str], call: &Call) -> Result<Outcome, Failure> {
        let request = Request::act(Method::POST, self.client.url(&account.id, path)?);
        self.client.with(Scope::Security).act(request, call).await?;
        Ok(Outcome::Acknowledged)
    }

    async fn reset_password(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let password = password::random()?;
        let change = json!({ "password": password.expose(), "changePasswordAtNextLogin": true });
        self.client.update_hiding(&account.id, change, [password], call).await?;
        Ok(Outcome::Acknowledged)
    }
}

/// Certainly not done, for a reason that may be the suspension.
fn refused(failure: &Failure) -> bool {
    matches!(failure.what, What::Denied | What::Gone | What::Rejected | What::NeedsHuman)
}

fn plain(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    }
}

impl Act for Credential {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let done = match self.what {
            Thing::Tokens => self.delete_all("tokens", "clientId", "displayText", account, call).await,
            Thing::AppPasswords => self.delete_all("asps", "codeId", "name", account, call).await,
            Thing::BackupCodes => self.invalidate_codes(account, call).await,
            Thing::SignOut => self.post(account, &["signOut"], call).await,
            Thing::Password => self.reset_password(account, call).await,
        };
        match done {
            Err(failure) if refused(&failure) => self.moot(account, failure, call).await,
            other => other,
        }
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        let list = match self.what {
            Thing::Tokens => "tokens",
            Thing::AppPasswords => "asps",
            Thing::BackupCodes => "verificationCodes",
            Thing::SignOut | Thing::Password => {
                return Ok(Verdict::CannotTell {
                    reason: "Google shows neither sessions nor passwords".into(),
                    after_ms: None,
                    again: false,
                });
            }
        };
        let Some(user) = self.client.found(&account.id, call).await? else {
            return Ok(Verdict::Dead { evidence: "no such user".into() });
        };
        if let Some(suspension) = user.suspension() {
            let noun = self.noun();
            return Ok(Verdict::Dead {
                evidence: format!("account suspended; {suspension}; {noun} would be valid again after an unsuspend"),
            });
        }
        // The list of backup codes holds live codes: it is counted, and nothing of it is kept.
        Ok(match self.items(list, account, call).await?.len() {
            0 => Verdict::Dead { evidence: format!("{list}: none") },
            left => Verdict::Alive { evidence: format!("{list}: {left}") },
        })
    }
}
