//! The password, set to one that nobody knows.

use std::sync::Arc;

use reqwest::Method;
use serde_json::json;

use super::Entra;
use super::entra_user::no_such_user;
use crate::connectors::http::{Failure, Request};
use crate::connectors::msgraph::stamp::Stamps;
use crate::connectors::vendor::{Act, Given, gone};
use crate::connectors::{Call, password};
use crate::model::{Account, ActionSpec, Danger, Outcome, Verdict};

struct ResetPassword {
    entra: Arc<Entra>,
    before: Stamps,
}

pub(super) fn action(given: &Given, entra: &Arc<Entra>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        danger: Danger::HardToUndo,
        needs: vec![given.fact("account")],
        // A disabled account's password opens nothing.
        proved_by: Some(given.id.action("disable-account")),
        scopes: vec!["User-PasswordProfile.ReadWrite.All".into()],
        ..given.spec("reset-password", "Sets a random password that has to be changed at the next sign-in")
    };
    (spec, ResetPassword { entra: Arc::clone(entra), before: Stamps::default() })
}

impl Act for ResetPassword {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let Some(user) = self.entra.to_change(account, call).await? else { return Ok(gone(account)) };
        self.before.note(&account.id, user.password_changed.as_deref());
        let password = password::random()?;
        // `…/authentication/methods/{id}/resetPassword` is for signed-in admins only, never for an application.
        let profile = json!({ "forceChangePasswordNextSignIn": true, "password": password.expose() });
        let request = Request::act(Method::PATCH, self.entra.graph.user_url(&account.id, &[])?).hide(password);
        self.entra.graph.act(request.json(json!({ "passwordProfile": profile })), call).await?;
        Ok(Outcome::Acknowledged)
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        let Some(user) = self.entra.graph.user(&account.id, call).await? else { return Ok(no_such_user()) };
        Ok(self.before.judge(&account.id, "lastPasswordChangeDateTime", user.password_changed.as_deref()))
    }
}
