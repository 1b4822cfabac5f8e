//! The freeze: no sign-in, at once; the licence stays taken and everything else as it is.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::client::Client;
use super::soql::quoted;
use crate::connectors::Call;
use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, What};
use crate::connectors::vendor::{Act, Given, gone};
use crate::model::{Account, ActionSpec, Before, Outcome, Verdict};

struct Freeze {
    client: Arc<Client>,
}

/// The row beside a user that holds the freeze. Its id is not the user's.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UserLogin {
    id: String,
    is_frozen: bool,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        // Whose session ends while sign-in is open signs in again.
        precedes: vec![given.id.action("end-sessions")],
        undo: Some("lifts the freeze, if the user was not frozen before".into()),
        scopes: vec!["ManageUsers".into()],
        ..given.spec("freeze", "Freezes the Salesforce user: no sign-in, the licence stays taken")
    };
    (spec, Freeze { client: Arc::clone(client) })
}

impl Freeze {
    async fn login(&self, account: &Account, call: &Call) -> Result<UserLogin, Failure> {
        let soql = format!("SELECT Id, IsFrozen FROM UserLogin WHERE UserId = {}", quoted(&account.id));
        self.client.query::<UserLogin>(&soql, call).await?.into_iter().next().ok_or_else(|| {
            let reason = format!("Salesforce shows no UserLogin of user {}", account.id);
            Failure::new(Kind::Read, What::Denied, reason).cure("give the integration user Manage Users")
        })
    }

    async fn set(&self, login: &UserLogin, frozen: bool, call: &Call) -> Result<(), Failure> {
        self.client.change("UserLogin", &login.id, json!({ "IsFrozen": frozen }), call).await
    }
}

impl Act for Freeze {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let Some(user) = self.client.user(&account.id, call).await? else { return Ok(gone(account)) };
        if !user.is_active {
            let caveat = Some("it could be used again after an activation".to_owned());
            return Ok(Outcome::AlreadySo { note: "IsActive: false".into(), caveat });
        }
        let login = self.login(account, call).await?;
        if login.is_frozen {
            return Ok(Outcome::already("IsFrozen: true"));
        }
        self.client.spare_last_admin(&user, call).await?;
        call.keep(Before::of(json!({ "IsFrozen": false }))).await?;
        self.set(&login, true, call).await?;
        Ok(Outcome::Acknowledged)
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        Ok(match self.client.user(&account.id, call).await? {
            None => Verdict::Dead { evidence: "no such user".into() },
            Some(user) if !user.is_active => Verdict::Dead { evidence: "IsActive: false".into() },
            Some(_) if self.login(account, call).await?.is_frozen => {
                Verdict::Dead { evidence: "IsFrozen: true".into() }
            }
            Some(_) => Verdict::Alive { evidence: "IsFrozen: false".into() },
        })
    }

    async fn undo(&self, account: &Account, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        if before.get("IsFrozen") != Some(&Value::Bool(false)) {
            return Ok(Outcome::already("it was frozen before, so it stays so"));
        }
        let login = self.login(account, call).await?;
        if !login.is_frozen {
            return Ok(Outcome::already("IsFrozen: false"));
        }
        self.set(&login, false, call).await?;
        Ok(Outcome::Acknowledged)
    }
}
