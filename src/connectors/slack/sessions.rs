//! Sessions on web and phones, for Enterprise organisations.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::client::Client;
use crate::connectors::Call;
use crate::connectors::http::{Failure, What};
use crate::connectors::vendor::{Act, Given, gone};
use crate::model::{Account, ActionSpec, Outcome, Verdict};

struct ResetSessions {
    client: Arc<Client>,
}

#[derive(Deserialize)]
struct Sessions {
    active_sessions: Vec<Value>,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        proved_by: Some(given.id.action("deactivate")),
        scopes: vec!["admin.users:write".into(), "admin.users:read".into()],
        ..given.spec("reset-sessions", "Ends the Slack sessions on all devices")
    };
    (spec, ResetSessions { client: Arc::clone(client) })
}

impl Act for ResetSessions {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        match self.client.act("admin.users.session.reset", &[("user_id", &account.id)], call).await {
            Ok(()) => Ok(Outcome::Acknowledged),
            Err(failure) if failure.what == What::Gone => match self.client.person(&account.id, call).await? {
                None => Ok(gone(account)),
                Some(person) if person.active == Some(false) => {
                    Ok(Outcome::already("active: false, so there is no session"))
                }
                Some(_) => Err(failure),
            },
            Err(failure) => Err(failure),
        }
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        let team = self.client.team(call).await?;
        let arguments = [("user_id", account.id.as_str()), ("team_id", team)];
        let left = match self.client.ask::<Sessions>("admin.users.session.list", &arguments, call).await {
            Ok(list) => list.active_sessions.len(),
            Err(failure) if failure.what == What::Gone => 0,
            Err(failure) => return Err(failure),
        };
        Ok(match left {
            0 => Verdict::Dead { evidence: "active sessions: 0".into() },
            left => Verdict::Alive { evidence: format!("active sessions: {left}") },
        })
    }
}
