//! A block: no sign-in, no git, no API; what the person made stays.

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};

use super::SEAT;
use super::client::Client;
use super::user::{self, User};
use crate::connectors::Call;
use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, Request, What};
use crate::connectors::vendor::{Act, Given, gone};
use crate::model::{Account, ActionSpec, Before, Outcome, Verdict};

struct Block {
    client: Arc<Client>,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        destroys: vec![given.fact("active-account")],
        undo: Some("unblocks the user, if they were not blocked before".into()),
        scopes: vec!["api".into(), "admin_mode".into()],
        ..given.spec("block", "Blocks the GitLab user: no sign-in, no git, no API; frees the seat")
    };
    (spec, Block { client: Arc::clone(client) })
}

fn already(user: &User) -> Outcome {
    let caveat = (user.state == "ldap_blocked")
        .then(|| "the LDAP synchronisation blocked them, and may unblock them".to_owned());
    Outcome::AlreadySo { note: user.shown(), caveat }
}

impl Block {
    async fn post(&self, account: &Account, what: &str, call: &Call) -> Result<Value, Failure> {
        self.client.act(Request::act(Method::POST, self.client.url(&["users", &account.id, what])?), call).await
    }

    /// Whether nobody but this user and ourselves could administer the instance.
    async fn last_admin(&self, user: &User, call: &Call) -> Result<bool, Failure> {
        if !user.is_admin {
            return Ok(false);
        }
        let own = self.client.me(call).await?.id;
        let admins =
            self.client.list(&self.client.url(&["users"])?, &[("admins", "true"), ("active", "true")], call).await?;
        for one in admins {
            let one = user::read(one)?;
            // Should the filter ever be ignored, the others are no administrators.
            if one.is_admin && !one.shut() && one.id != user.id && one.id != own {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl Act for Block {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let Some(user) = self.client.user(&account.id, call).await? else { return Ok(gone(account)) };
        if user.shut() {
            return Ok(already(&user));
        }
        if self.last_admin(&user, call).await? {
            let reason = format!("{} is the last administrator: make somebody else one first", user.username);
            return Err(Failure::needs_human(reason));
        }
        let seats = user.using_license_seat.then_some(SEAT);
        call.keep(Before::of(json!({ "state": user.state })).seats(seats)).await?;
        match self.post(account, "block", call).await {
            Ok(Value::Bool(true)) => Ok(Outcome::Acknowledged),
            // 201 with `null`: they were blocked already.
            Ok(Value::Null) => match self.client.user(&account.id, call).await? {
                None => Ok(gone(account)),
                Some(user) if user.shut() => Ok(already(&user)),
                Some(user) => {
                    Err(Failure::new(Kind::Act, What::Unknown, format!("GitLab answers null; {}", user.shown())))
                }
            },
            Ok(other) => Err(Failure::new(Kind::Act, What::Unknown, format!("GitLab answers {other} to a block"))),
            // Blocked by LDAP, an internal user, or the token's own.
            Err(failure) if matches!(failure.what, What::Denied | What::Gone) => {
                match self.client.user(&account.id, call).await? {
                    None => Ok(gone(account)),
                    Some(user) if user.shut() => Ok(already(&user)),
                    Some(_) => Err(failure),
                }
            }
            Err(failure) => Err(failure),
        }
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        Ok(match self.client.user(&account.id, call).await? {
            None => Verdict::Dead { evidence: "no such user: 404".into() },
            Some(user) if user.shut() => Verdict::Dead { evidence: user.shown() },
            Some(user) => Verdict::Alive { evidence: user.shown() },
        })
    }

    async fn undo(&self, account: &Account, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        let Some(was) = before.get("state").and_then(Value::as_str) else {
            return Ok(Outcome::already("Nightlatch did not block this user"));
        };
        let Some(user) = self.client.user(&account.id, call).await? else {
            return Err(Failure::new(Kind::Read, What::Gone, format!("user {} does not exist any more", account.id)));
        };
        if !user.shut() {
            let note = format!("{}; it was: {was}", user.shown());
            return Ok(Outcome::already(note));
        }
        if user.state != "blocked" {
            let reason = format!("{}: only what is blocked by the API can be unblocked by it", user.shown());
            return Err(
                Failure::new(Kind::Read, What::Rejected, reason).cure("unblock the user where they were blocked")
            );
        }
        self.post(account, "unblock", call).await?;
        Ok(Outcome::Acknowledged)
    }
}
