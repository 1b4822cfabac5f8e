//! The account itself: no sign-in, and no new token for what is signed in.

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};

use super::Entra;
use super::entra_user::no_such_user;
use crate::connectors::Call;
use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, Request, What};
use crate::connectors::msgraph::User;
use crate::connectors::vendor::{Act, Given, gone};
use crate::model::{Account, ActionSpec, Before, Outcome, Residual, Verdict};

struct Disable {
    entra: Arc<Entra>,
}

/// What a disabled account's access tokens still open: they are issued for 60 to 90 minutes (access tokens).
pub(super) fn issued_tokens() -> Residual {
    Residual {
        what: "access tokens issued before; services with continuous access evaluation refuse them within minutes"
            .into(),
        ms: 90 * 60_000,
    }
}

pub(super) fn action(given: &Given, entra: &Arc<Entra>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        needs: vec![given.fact("account")],
        destroys: vec![given.fact("active-account")],
        residual: Some(issued_tokens()),
        undo: Some("enables the account, if it was enabled before".into()),
        scopes: vec!["User.EnableDisableAccount.All".into(), "User.Read.All".into()],
        ..given.spec("disable-account", "Disables the account: no sign-in to Microsoft 365 or what is behind Entra ID")
    };
    (spec, Disable { entra: Arc::clone(entra) })
}

fn shown(user: &User) -> String {
    match user.account_enabled {
        Some(enabled) => format!("accountEnabled: {enabled}"),
        None => "accountEnabled: not shown".to_owned(),
    }
}

/// A change here would last until the next synchronisation.
fn mastered_elsewhere(user: &User) -> Failure {
    let reason = format!(
        "{} is synchronised from Active Directory, which would enable it again: it cannot be disabled here for good",
        user.upn
    );
    Failure::new(Kind::Read, What::Rejected, reason).cure(
        "disable it in Active Directory (a connector of type `ad`) and let it synchronise, then retry: the step is done \
         when Entra ID shows it disabled",
    )
}

impl Disable {
    async fn switch(&self, account: &Account, enabled: bool, call: &Call) -> Result<(), Failure> {
        let request = Request::act(Method::PATCH, self.entra.graph.user_url(&account.id, &[])?);
        self.entra.graph.act(request.json(json!({ "accountEnabled": enabled })), call).await.map(drop)
    }
}

impl Act for Disable {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let Some(user) = self.entra.to_change(account, call).await? else { return Ok(gone(account)) };
        if user.account_enabled == Some(false) {
            return Ok(Outcome::already(shown(&user)));
        }
        if user.is_synced() {
            return Err(mastered_elsewhere(&user));
        }
        call.keep(Before::of(json!({ "accountEnabled": user.account_enabled }))).await?;
        self.switch(account, false, call).await?;
        Ok(Outcome::Acknowledged)
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        let Some(user) = self.entra.graph.user(&account.id, call).await? else { return Ok(no_such_user()) };
        Ok(match user.account_enabled {
            Some(false) => Verdict::Dead { evidence: shown(&user) },
            Some(true) => Verdict::Alive { evidence: shown(&user) },
            None => Verdict::CannotTell { reason: shown(&user), after_ms: None, again: true },
        })
    }

    async fn undo(&self, account: &Account, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        if before.get("accountEnabled") != Some(&Value::Bool(true)) {
            return Ok(Outcome::already("the account was not enabled before, so it stays as it is"));
        }
        self.switch(account, true, call).await?;
        Ok(Outcome::Acknowledged)
    }
}
