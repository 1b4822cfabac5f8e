//! Deletion, with everything handed over that the configuration names. There is no way back.

use std::sync::Arc;

use reqwest::Method;
use serde_json::json;

use super::client::Client;
use super::config::Transfer;
use super::recipient::Recipient;
use super::user::{User, gone};
use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, Request, What};
use crate::connectors::vendor::{Act, Given};
use crate::connectors::{BuildError, Call};
use crate::model::{Account, ActionSpec, Before, Danger, Fact, Outcome, Stage, StepClass, Verdict};

struct Delete {
    client: Arc<Client>,
    transfer: Transfer,
    recipient: Recipient,
}

pub(super) fn action(
    given: &Given,
    client: &Arc<Client>,
    transfer: Transfer,
) -> Result<(ActionSpec, impl Act), BuildError> {
    let recipient = Recipient::new(transfer.to.clone()).map_err(|why| given.wrong(why))?;
    let spec = ActionSpec {
        stage: Stage::Purge,
        danger: Danger::Irreversible,
        class: StepClass::Reconcile,
        needs: recipient.needs_manager().then(|| Fact("leaver:manager".into())).into_iter().collect(),
        destroys: vec![given.fact("account"), given.fact("active-account")],
        scopes: vec!["user:delete:user:admin".into(), "user:read:user:admin".into()],
        ..given.spec("delete-user", "Deletes the Zoom user; what is not handed over is lost")
    };
    Ok((spec, Delete { client: Arc::clone(client), transfer, recipient }))
}

impl Delete {
    /// Who gets it all, and can: a user of the account who is active.
    async fn recipient(&self, leaving: &User, call: &Call) -> Result<String, Failure> {
        let address = self.recipient.of(call.leaver()).map_err(Failure::needs_human)?;
        if address.eq_ignore_ascii_case(&leaving.email) {
            return Err(Failure::needs_human(format!("{address}, who should get everything, is the one who leaves")));
        }
        match self.client.user(&address, call).await? {
            Some(user) if user.status == "active" => Ok(address),
            Some(user) => {
                Err(Failure::needs_human(format!("{address}, who should get everything, has {}", user.shown())))
            }
            None => Err(Failure::needs_human(format!(
                "{address}, who should get everything, is no user of this Zoom account"
            ))),
        }
    }

    /// Every flag is said: what Zoom assumes of one that is missing is to let the person keep the account.
    fn request(&self, account: &Account, to: &str) -> Result<Request, Failure> {
        let Transfer { meetings, webinars, recordings, whiteboards, .. } = self.transfer;
        let flag = |yes: bool| if yes { "true" } else { "false" };
        Ok(Request::act(Method::DELETE, self.client.url(&account.id, &[])?).fresh().query(&[
            ("action", "delete"),
            ("transfer_email", to),
            ("transfer_meeting", flag(meetings)),
            ("transfer_webinar", flag(webinars)),
            ("transfer_recording", flag(recordings)),
            ("transfer_whiteboard", flag(whiteboards)),
        ]))
    }
}

impl Act for Delete {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        if account.id.contains('@') {
            let reason = format!("`{}` is an address: an address may belong to somebody else by now", account.id);
            return Err(Failure::new(Kind::Read, What::Rejected, reason).cure("put the user's id into the id map"));
        }
        let Some(user) = self.client.user(&account.id, call).await? else { return Ok(gone(account)) };
        if user.id != account.id {
            return Err(Failure::needs_human(format!("asked for user {}, Zoom answered with {}", account.id, user.id)));
        }
        user.spare_owner()?;
        if user.is_pending() {
            let reason = format!("{} never took up the invitation, and Zoom deletes no such user", user.email);
            return Err(Failure::needs_human(format!("{reason}: withdraw the invitation in Zoom")));
        }
        let to = self.recipient(&user, call).await?;
        let before = json!({ "id": user.id, "email": user.email, "type": user.kind, "status": user.status, "to": to });
        call.keep(Before::of(before)).await?;
        match self.client.act(self.request(account, &to)?, call).await {
            Ok(()) => Ok(Outcome::Acknowledged),
            Err(failure) if failure.what == What::Gone => Ok(gone(account)),
            Err(failure) => Err(failure),
        }
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        Ok(match self.client.user(&account.id, call).await? {
            None => Verdict::Dead { evidence: "no such user: 1001".into() },
            Some(user) => Verdict::Alive { evidence: format!("user {} exists", user.id) },
        })
    }
}
