//! Sessions: rows of `AuthSession`, and each ends with its row. A freeze alone ends none.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::client::Client;
use super::soql::quoted;
use crate::connectors::Call;
use crate::connectors::http::{Failure, What};
use crate::connectors::vendor::{Act, Given};
use crate::model::{Account, ActionSpec, Before, Outcome, Verdict};

struct EndSessions {
    client: Arc<Client>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Session {
    id: String,
    #[serde(default)]
    session_type: Option<String>,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        scopes: vec!["ManageUsers".into()],
        ..given.spec("end-sessions", "Ends every session: browser, mobile and API")
    };
    (spec, EndSessions { client: Arc::clone(client) })
}

impl EndSessions {
    async fn sessions(&self, account: &Account, call: &Call) -> Result<Vec<Session>, Failure> {
        let soql = format!("SELECT Id, SessionType FROM AuthSession WHERE UsersId = {}", quoted(&account.id));
        self.client.query(&soql, call).await
    }
}

impl Act for EndSessions {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let sessions = self.sessions(account, call).await?;
        if sessions.is_empty() {
            return Ok(Outcome::already("sessions: none"));
        }
        let ended: Vec<Value> =
            sessions.iter().map(|one| json!({ "id": one.id, "SessionType": one.session_type })).collect();
        call.keep(Before::of(json!({ "ended": ended }))).await?;
        let ids: Vec<&str> = sessions.iter().map(|one| one.id.as_str()).collect();
        match self.client.delete_all(&ids, call).await {
            Ok(()) => Ok(Outcome::Acknowledged),
            // A session that ends takes those with it that were opened from it, and their rows.
            Err(failure) if failure.what == What::Rejected && self.sessions(account, call).await?.is_empty() => {
                Ok(Outcome::Acknowledged)
            }
            Err(failure) => Err(failure),
        }
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        Ok(match self.sessions(account, call).await?.len() {
            0 => Verdict::Dead { evidence: "sessions: none".into() },
            left => Verdict::Alive { evidence: format!("sessions: {left}") },
        })
    }
}
