//! Sessions and OAuth tokens. Okta's own: it does not end sessions inside web and native applications.

use std::sync::Arc;

use reqwest::Method;

use super::client::Client;
use super::moot::or_failure;
use super::scope::{Scope, declared};
use crate::connectors::Call;
use crate::connectors::http::{Failure, Request};
use crate::connectors::vendor::{Act, Given};
use crate::model::{Account, ActionSpec, Outcome, Residual, Verdict};

struct ClearSessions {
    client: Arc<Client>,
}

pub(super) fn action(given: &Given, client: &Arc<Client>, lifetime_ms: u64) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        needs: vec![given.fact("account")],
        residual: Some(Residual {
            what: "access tokens issued before, and sessions that applications keep themselves".into(),
            ms: lifetime_ms,
        }),
        proved_by: Some(given.id.action("suspend")),
        scopes: declared(&[Scope::Users]),
        ..given.spec("clear-sessions", "Ends all Okta sessions, revokes OAuth tokens and forgets devices")
    };
    (spec, ClearSessions { client: Arc::clone(client) })
}

impl Act for ClearSessions {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        // `oauthTokens` is false unless told (`revokeUserSessions`).
        let request = Request::act(Method::DELETE, self.client.url(&account.id, &["sessions"])?)
            .query(&[("oauthTokens", "true"), ("forgetDevices", "true")]);
        let done = self.client.act(Scope::Users, request, call).await.map(|()| Outcome::Acknowledged);
        or_failure(&self.client, account, done, call).await
    }

    async fn verify(&self, _account: &Account, _call: &Call) -> Result<Verdict, Failure> {
        Ok(Verdict::CannotTell { reason: "Okta lists no user's sessions".into(), after_ms: None, again: false })
    }
}
