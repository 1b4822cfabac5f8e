//! Sessions and OAuth tokens. Okta's own: it does not end sessions inside web and native applications.

use std::sync::Arc;

use reqwest::Method;

use super::account;
use super::client::Client;
use super::suspend::gone;
use crate::connectors::http::failure::settle;
use crate::connectors::http::{Failure, Request, What};
use crate::connectors::pace::Pace;
use crate::connectors::{Action, BoxFuture, Call};
use crate::model::{Account, ActionSpec, ConnectorId, Outcome, Residual, Verdict};

struct ClearSessions {
    spec: ActionSpec,
    client: Arc<Client>,
}

pub(super) fn action(id: &ConnectorId, pace: &Pace, client: &Arc<Client>, lifetime_ms: u64) -> Box<dyn Action> {
    let spec = ActionSpec {
        needs: vec![account(id)],
        residual: Some(Residual {
            what: "access tokens issued before, and sessions that applications keep themselves".into(),
            ms: lifetime_ms,
        }),
        proved_by: Some(id.action("suspend")),
        scopes: vec!["okta.users.manage".into()],
        ..pace.spec(id, "clear-sessions", "Ends all Okta sessions, revokes OAuth tokens and forgets devices")
    };
    Box::new(ClearSessions { spec, client: Arc::clone(client) })
}

impl ClearSessions {
    async fn clear(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        self.client.allowed(account, call).await?;
        // `oauthTokens` is false unless told (`revokeUserSessions`).
        let request = Request::act(Method::DELETE, self.client.url(&account.id, &["sessions"])?)
            .query(&[("oauthTokens", "true"), ("forgetDevices", "true")]);
        match self.client.act(request, call).await {
            Ok(()) => Ok(Outcome::Acknowledged { before: None }),
            Err(failure) if matches!(failure.what, What::Gone | What::Rejected) => {
                match self.client.found(&account.id, call).await? {
                    None => Ok(gone(account)),
                    Some(user) if user.status == "DEPROVISIONED" => {
                        Ok(Outcome::AlreadySo { note: user.shown(), caveat: None })
                    }
                    Some(_) => Err(failure),
                }
            }
            Err(failure) => Err(failure),
        }
    }
}

impl Action for ClearSessions {
    fn spec(&self) -> &ActionSpec {
        &self.spec
    }

    fn execute<'a>(&'a self, account: &'a Account, call: &'a Call) -> BoxFuture<'a, Outcome> {
        Box::pin(async move { settle(self.clear(account, call).await) })
    }

    fn verify<'a>(&'a self, _account: &'a Account, _call: &'a Call) -> BoxFuture<'a, Verdict> {
        let reason = "Okta lists no user's sessions".to_owned();
        Box::pin(async move { Verdict::CannotTell { reason, after_ms: None, again: false } })
    }
}
