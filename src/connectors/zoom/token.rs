//! The token of a single sign-on: revoked, and read by nobody. That the user is inactive proves it moot.

use std::sync::Arc;

use reqwest::Method;

use super::client::Client;
use super::user::gone;
use crate::connectors::Call;
use crate::connectors::http::{Failure, Request, What};
use crate::connectors::vendor::{Act, Given};
use crate::model::{Account, ActionSpec, Outcome, Verdict};

struct RevokeToken {
    client: Arc<Client>,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        needs: vec![given.fact("active-account")],
        proved_by: Some(given.id.action("deactivate")),
        scopes: vec!["user:delete:token:admin".into()],
        ..given.spec("revoke-sso-token", "Revokes the single sign-on token: every client has to sign in again")
    };
    (spec, RevokeToken { client: Arc::clone(client) })
}

impl Act for RevokeToken {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let request = Request::act(Method::DELETE, self.client.url(&account.id, &["token"])?);
        match self.client.act(request, call).await {
            Ok(()) => Ok(Outcome::Acknowledged),
            Err(failure) if failure.what == What::Gone => Ok(gone(account)),
            Err(failure) => Err(failure),
        }
    }

    async fn verify(&self, _account: &Account, _call: &Call) -> Result<Verdict, Failure> {
        Ok(Verdict::CannotTell { reason: "Zoom shows no user's tokens".into(), after_ms: None, again: false })
    }
}
