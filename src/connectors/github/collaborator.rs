//! People outside the organisation who reach single repositories of it.

use std::sync::Arc;

use reqwest::Method;
use serde_json::Value;

use super::client::Client;
use crate::connectors::Call;
use crate::connectors::http::{Failure, Request, What};
use crate::connectors::vendor::{Act, Given};
use crate::model::{Account, ActionSpec, Danger, Outcome, Verdict};

struct RemoveCollaborator {
    client: Arc<Client>,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        danger: Danger::HardToUndo,
        scopes: vec!["admin:org".into()],
        ..given.spec("remove-outside-collaborator", "Removes the person from every repository of the organisation")
    };
    (spec, RemoveCollaborator { client: Arc::clone(client) })
}

impl Act for RemoveCollaborator {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let url = self.client.url(&["outside_collaborators", &account.id])?;
        match self.client.act(Request::act(Method::DELETE, url), call).await {
            Ok(()) => Ok(Outcome::Acknowledged),
            // 204 or 404 for a person who is none: both are documented nowhere, so both are understood.
            Err(failure) if failure.what == What::Gone => {
                Ok(Outcome::already(format!("{} is no outside collaborator: 404", account.id)))
            }
            // Of a member it is refused; the removal of the membership may not have got through everywhere yet.
            Err(failure) if failure.reason.starts_with("422") && failure.reason.contains("member") => {
                Err(Failure { what: What::Busy { after_ms: Some(5_000) }, ..failure })
            }
            Err(failure) => Err(failure),
        }
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        let all = self.client.list(&self.client.url(&["outside_collaborators"])?, &[], call).await?;
        let login = |one: &Value| one.get("login").and_then(Value::as_str).unwrap_or_default().to_owned();
        Ok(if all.iter().any(|one| login(one).eq_ignore_ascii_case(&account.id)) {
            Verdict::Alive { evidence: "among the outside collaborators".into() }
        } else {
            Verdict::Dead { evidence: format!("not among the {} outside collaborators", all.len()) }
        })
    }
}
