//! Mail settings by which mail goes on leaving: forwarding, filters that forward, delegates, other senders' addresses.
//!
//! Only the leaver themself may change them, so the service account speaks in the leaver's name, and only while the
//! account is active.

use std::sync::Arc;

use reqwest::{Method, Url};
use serde_json::{Value, json};

use super::client::Client;
use super::config::Api;
use super::said;
use super::scope::{Scope, declared};
use super::user::User;
use super::voice::Voice;
use crate::connectors::Call;
use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, Request, What};
use crate::connectors::vendor::{Act, Given, gone, kept, text};
use crate::model::{Account, ActionSpec, Before, Outcome, Verdict};

struct StopMailLeaks {
    client: Arc<Client>,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        needs: vec![given.fact("active-account")],
        undo: Some(
            "turns forwarding on again and adds the same filters, delegates and sender addresses; an address outside \
             has to be confirmed again"
                .into(),
        ),
        scopes: declared(&[Scope::Users, Scope::Mail]),
        ..given.spec("stop-mail-leaks", "Turns off mail forwarding, and removes delegates and other sender addresses")
    };
    (spec, StopMailLeaks { client: Arc::clone(client) })
}

/// What lets mail out.
#[derive(Debug, Default)]
struct Leaks {
    /// `autoForwarding`, if it is on.
    forwarding: Option<Value>,
    filters: Vec<Value>,
    delegates: Vec<Value>,
    send_as: Vec<Value>,
}

impl Leaks {
    fn is_none(&self) -> bool {
        self.forwarding.is_none() && self.filters.is_empty() && self.delegates.is_empty() && self.send_as.is_empty()
    }

    /// In numbers: the addresses are nobody's business on a screen.
    fn shown(&self) -> String {
        let kinds = [
            ("forwarding", usize::from(self.forwarding.is_some())),
            ("filters that forward", self.filters.len()),
            ("delegates", self.delegates.len()),
            ("sender addresses", self.send_as.len()),
        ];
        let left = kinds.iter().filter(|(_, count)| *count > 0).map(|(what, count)| format!("{what}: {count}"));
        left.collect::<Vec<_>>().join(", ")
    }

    fn image(&self) -> Value {
        json!({
            "forwarding": self.forwarding,
            "filters": self.filters,
            "delegates": self.delegates,
            "sendAs": self.send_as,
        })
    }
}

/// One leaver's settings.
struct Mailbox<'a> {
    client: &'a Client,
    voice: Voice<'a>,
}

/// These fields of an item: what it takes to make it anew, and nothing else.
fn only(item: &Value, fields: &[&str]) -> Value {
    let kept = fields.iter().filter_map(|field| Some(((*field).to_owned(), item.get(*field)?.clone())));
    Value::Object(kept.collect())
}

impl Mailbox<'_> {
    fn url(&self, rest: &[&str]) -> Result<Url, Failure> {
        self.client.at(Api::Gmail, &[&["users", "me", "settings"], rest].concat())
    }

    async fn list(&self, of: &str, key: &str, call: &Call) -> Result<Vec<Value>, Failure> {
        self.voice.pages(&Request::get(self.url(&[of])?), key, call).await
    }

    async fn leaks(&self, call: &Call) -> Result<Leaks, Failure> {
        let forwarding: Value = self.voice.read(Request::get(self.url(&["autoForwarding"])?), call).await?;
        let Some(on) = forwarding.get("enabled").and_then(Value::as_bool) else {
            return Err(Failure::new(Kind::Read, What::Unknown, "Gmail does not say whether forwarding is on"));
        };
        let filters = self.list("filters", "filter", call).await?;
        let delegates = self.list("delegates", "delegates", call).await?;
        let send_as = self.list("sendAs", "sendAs", call).await?;
        Ok(Leaks {
            forwarding: on.then(|| only(&forwarding, &["emailAddress", "disposition"])),
            filters: filters.into_iter().filter(|filter| filter.pointer("/action/forward").is_some()).collect(),
            delegates: delegates.iter().map(|it| only(it, &["delegateEmail"])).collect(),
            send_as: send_as
                .iter()
                .filter(|it| it.get("isPrimary").and_then(Value::as_bool) != Some(true))
                .map(|it| only(it, &["sendAsEmail", "displayName", "replyToAddress", "treatAsAlias"]))
                .collect(),
        })
    }

    async fn forward(&self, setting: Value, call: &Call) -> Result<(), Failure> {
        self.voice.change(Request::act(Method::PUT, self.url(&["autoForwarding"])?).json(setting), call).await
    }

    async fn remove(&self, of: &str, id: &str, call: &Call) -> Result<(), Failure> {
        Failure::unless_gone(self.voice.delete(self.url(&[of, id])?, call).await).map(drop)
    }

    async fn add(&self, of: &str, item: Value, call: &Call) -> Result<(), Failure> {
        match self.voice.change(Request::act(Method::POST, self.url(&[of])?).json(item), call).await {
            Err(failure) if said::is_there(&failure) => Ok(()),
            other => other,
        }
    }

    /// One after the other: Gmail limits changes of one mailbox by the second.
    async fn stop(&self, leaks: &Leaks, call: &Call) -> Result<(), Failure> {
        if leaks.forwarding.is_some() {
            self.forward(json!({ "enabled": false }), call).await?;
        }
        for filter in &leaks.filters {
            self.remove("filters", text(filter, "id"), call).await?;
        }
        for delegate in &leaks.delegates {
            self.remove("delegates", text(delegate, "delegateEmail"), call).await?;
        }
        for sender in &leaks.send_as {
            self.remove("sendAs", text(sender, "sendAsEmail"), call).await?;
        }
        Ok(())
    }

    async fn give_back(&self, before: &Value, call: &Call) -> Result<(), Failure> {
        let list = |key: &str| kept(before, key).to_vec();
        if let Some(mut forwarding) = before.get("forwarding").filter(|it| it.is_object()).cloned() {
            forwarding["enabled"] = json!(true);
            self.forward(forwarding, call).await?;
        }
        let there = self.leaks(call).await?;
        for filter in list("filters") {
            // A filter is not told by its id: made anew, it gets another.
            let filter = only(&filter, &["criteria", "action"]);
            if !there.filters.iter().any(|it| only(it, &["criteria", "action"]) == filter) {
                self.add("filters", filter, call).await?;
            }
        }
        for delegate in list("delegates") {
            self.add("delegates", delegate, call).await?;
        }
        for sender in list("sendAs") {
            self.add("sendAs", sender, call).await?;
        }
        Ok(())
    }
}

impl StopMailLeaks {
    fn mailbox(&self, user: &User) -> Mailbox<'_> {
        Mailbox { client: &self.client, voice: self.client.leaver(&user.primary_email, Scope::Mail) }
    }

    async fn try_stop(&self, user: &User, call: &Call) -> Result<Outcome, Failure> {
        let mailbox = self.mailbox(user);
        let leaks = mailbox.leaks(call).await?;
        if leaks.is_none() {
            return Ok(Outcome::already("mail settings: nothing lets mail out"));
        }
        call.keep(Before::of(leaks.image())).await?;
        mailbox.stop(&leaks, call).await?;
        Ok(Outcome::Acknowledged)
    }

    /// The user, unless there is nothing to be done for one like this.
    async fn settled(&self, account: &Account, call: &Call) -> Result<Result<User, Outcome>, Failure> {
        let Some(user) = self.client.found(&account.id, call).await? else { return Ok(Err(gone(account))) };
        Ok(match (user.suspension(), user.is_mailbox_setup) {
            (Some(suspension), _) => Err(Outcome::AlreadySo {
                note: format!("the account is no longer active: {suspension}"),
                caveat: Some("its mail settings would work again after an unsuspend".into()),
            }),
            (None, Some(false)) => Err(Outcome::already("there is no mailbox")),
            (None, _) => Ok(user),
        })
    }
}

/// Gmail is switched off for the user: nothing goes out.
fn no_mail(failure: &Failure) -> bool {
    matches!(failure.code.as_str(), "failedPrecondition" | "FAILED_PRECONDITION")
        && failure.reason.contains("Mail service not enabled")
}

impl Act for StopMailLeaks {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let user = match self.settled(account, call).await? {
            Ok(user) => user,
            Err(settled) => return Ok(settled),
        };
        match self.try_stop(&user, call).await {
            Err(failure) if no_mail(&failure) => Ok(Outcome::already(failure.reason)),
            // The first read may have been older than a suspension.
            Err(failure) if matches!(failure.what, What::Denied | What::Rejected | What::Gone) => {
                match self.settled(account, call).await? {
                    Ok(_) => Err(failure),
                    Err(settled) => Ok(settled),
                }
            }
            other => other,
        }
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        let user = match self.settled(account, call).await? {
            Ok(user) => user,
            Err(Outcome::AlreadySo { note, .. }) => return Ok(Verdict::Dead { evidence: note }),
            Err(_) => return Ok(Verdict::Dead { evidence: "no such user".into() }),
        };
        match self.mailbox(&user).leaks(call).await {
            Ok(leaks) if leaks.is_none() => {
                Ok(Verdict::Dead { evidence: "mail settings: nothing lets mail out".into() })
            }
            Ok(leaks) => Ok(Verdict::Alive { evidence: leaks.shown() }),
            Err(failure) if no_mail(&failure) => Ok(Verdict::Dead { evidence: failure.reason }),
            Err(failure) => Err(failure),
        }
    }

    async fn undo(&self, account: &Account, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        let user = self.client.user(&account.id, call).await?;
        if let Some(suspension) = user.suspension() {
            let reason = format!("the mail settings of an account that is not active cannot be changed: {suspension}");
            return Err(Failure::new(Kind::Read, What::Rejected, reason).cure("undo the suspension first, then this"));
        }
        self.mailbox(&user).give_back(before, call).await?;
        Ok(Outcome::Acknowledged)
    }
}
