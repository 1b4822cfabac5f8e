//! Keys and tokens of a managed user. Here they are destroyed, not only unauthorised: the account is the enterprise's own.

use std::sync::Arc;

use reqwest::Method;
use serde_json::json;

use super::client::Client;
use crate::connectors::Call;
use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, Request, What};
use crate::connectors::vendor::{Act, Given};
use crate::model::{Account, ActionSpec, Before, Danger, Outcome, Stage, StepClass, Verdict};

struct Destroy {
    client: Arc<Client>,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        stage: Stage::Credentials,
        danger: Danger::Irreversible,
        class: StepClass::Reconcile,
        proved_by: Some(given.id.action("suspend")),
        scopes: vec!["admin:enterprise".into()],
        ..given.spec("revoke-credentials", "Destroys every SSH key and personal token of the managed user")
    };
    (spec, Destroy { client: Arc::clone(client) })
}

impl Destroy {
    /// Left of those that are authorised in the organisation; `None`: nobody shows.
    async fn left(&self, login: &str, call: &Call) -> Result<Option<usize>, Failure> {
        match self.client.authorisations(login, call).await {
            Ok(all) => Ok(Some(all.len())),
            // An enterprise that signs on by OIDC authorises nothing.
            Err(failure) if matches!(failure.what, What::Gone | What::Denied) => Ok(None),
            Err(failure) => Err(failure),
        }
    }
}

impl Act for Destroy {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let Some(login) = self.client.login(account, call).await? else {
            let reason = format!("GitHub shows no login of the managed user {}", account.id);
            return Err(Failure::new(Kind::Read, What::Rejected, reason)
                .cure("a suspended user's keys open nothing; activate the user to have them destroyed"));
        };
        let own = self.client.enterprise().own_login(call).await;
        if own.is_some_and(|own| own.eq_ignore_ascii_case(&login)) {
            let reason = format!("{login} is the owner of the token in use, which would be destroyed too");
            return Err(Failure::needs_human(reason));
        }
        call.keep(Before::of(json!({ "scim_id": account.id }))).await?;
        let url = self.client.enterprise_url(&["credential-authorizations", &login, "revoke"])?;
        let request = Request::act(Method::POST, url).json(json!({ "revoke_credentials": true })).fresh();
        match self.client.enterprise().act(request, call).await {
            Ok(()) => Ok(Outcome::Acknowledged),
            Err(failure) if failure.reason.starts_with("422") => {
                Err(failure.cure("only an enterprise with managed users can do this: correct `flavor`"))
            }
            Err(failure) => Err(failure),
        }
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        let left = match self.client.login(account, call).await? {
            Some(login) => self.left(&login, call).await?,
            None => None,
        };
        Ok(match left {
            Some(0) => Verdict::Dead { evidence: "authorised credentials: none".into() },
            Some(left) => Verdict::Alive { evidence: format!("authorised credentials: {left}") },
            None => Verdict::CannotTell {
                reason: "GitHub shows no credentials of this user".into(),
                after_ms: None,
                again: false,
            },
        })
    }
}
