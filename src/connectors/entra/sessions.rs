//! Sign-in sessions: refresh tokens and browser sessions end; access tokens that were issued run out by themselves.

use std::sync::Arc;

use reqwest::Method;
use serde_json::Value;

use super::Entra;
use super::disable::issued_tokens;
use super::entra_user::no_such_user;
use crate::connectors::Call;
use crate::connectors::http::{Failure, Request};
use crate::connectors::msgraph::stamp::Stamps;
use crate::connectors::vendor::{Act, Given, gone};
use crate::model::{Account, ActionSpec, Outcome, Verdict};

struct RevokeSessions {
    entra: Arc<Entra>,
    before: Stamps,
}

pub(super) fn action(given: &Given, entra: &Arc<Entra>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        needs: vec![given.fact("account")],
        residual: Some(issued_tokens()),
        // A disabled account's sessions get no new token.
        proved_by: Some(given.id.action("disable-account")),
        scopes: vec!["User.RevokeSessions.All".into()],
        ..given.spec("revoke-sessions", "Ends all sign-in sessions: refresh tokens and browser sessions")
    };
    (spec, RevokeSessions { entra: Arc::clone(entra), before: Stamps::default() })
}

impl Act for RevokeSessions {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let Some(user) = self.entra.to_change(account, call).await? else { return Ok(gone(account)) };
        self.before.note(&account.id, user.sessions_valid_from.as_deref());
        let url = self.entra.graph.user_url(&account.id, &["revokeSignInSessions"])?;
        // `{"value":true}`, or nothing: a known issue of the documentation.
        let said = self.entra.graph.act(Request::act(Method::POST, url), call).await?;
        if said.get("value") == Some(&Value::Bool(false)) {
            return Ok(Outcome::Busy { reason: "Graph says that no session was revoked".into(), after_ms: None });
        }
        Ok(Outcome::Acknowledged)
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        let Some(user) = self.entra.graph.user(&account.id, call).await? else { return Ok(no_such_user()) };
        let since = user.sessions_valid_from.as_deref();
        Ok(self.before.judge(&account.id, "signInSessionsValidFromDateTime", since))
    }
}
