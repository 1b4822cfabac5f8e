//! What belongs to the leaver alone and needs an heir: files, and calendars beside their own. Looks only.

use std::sync::Arc;

use serde_json::Value;

use super::client::Client;
use super::config::Api;
use super::scope::{Scope, declared};
use super::user::User;
use crate::connectors::Call;
use crate::connectors::http::{Failure, Request, What};
use crate::connectors::vendor::{Act, Given};
use crate::model::{Account, ActionSpec, Finding, Outcome, Stage, StepClass, Verdict};

/// Files are counted so many pages of 1,000 far.
const PAGES: usize = 20;

struct ListOwned {
    client: Arc<Client>,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = given.spec("list-owned-data", "Counts the files and lists the calendars that need a new owner");
    let spec = ActionSpec {
        stage: Stage::Handover,
        class: StepClass::Pure,
        needs: vec![given.fact("account")],
        scopes: declared(&[Scope::Users, Scope::Drive, Scope::Calendar]),
        ..spec
    };
    (spec, ListOwned { client: Arc::clone(client) })
}

fn finding(what: &str, id: &str, detail: String) -> Finding {
    Finding { what: what.to_owned(), id: id.to_owned(), detail }
}

/// A suspended user may be refused: then a person has to know that nobody has looked.
fn not_looked(what: &str, user: &User, failure: Failure) -> Result<Finding, Failure> {
    match (failure.what.clone(), user.suspension()) {
        (What::Denied | What::Rejected | What::Gone, Some(suspension)) => {
            Ok(finding(what, &user.primary_email, format!("not counted, as {suspension}: {}", failure.reason)))
        }
        _ => Err(failure),
    }
}

impl ListOwned {
    async fn files(&self, user: &User, call: &Call) -> Result<Option<Finding>, Failure> {
        let request = Request::get(self.client.at(Api::Drive, &["files"])?).query(&[
            // What is in the bin is listed too, unless told.
            ("q", "'me' in owners and trashed=false"),
            ("fields", "nextPageToken,incompleteSearch,files(id)"),
            ("pageSize", "1000"),
            ("spaces", "drive"),
        ]);
        let voice = self.client.leaver(&user.primary_email, Scope::Drive);
        match voice.first_pages(&request, "files", PAGES, call).await {
            Ok((files, _)) if files.is_empty() => Ok(None),
            Ok((files, all)) => {
                let more = if all { "" } else { "more than " };
                let detail =
                    format!("{more}{} files in My Drive: transfer them before the account is deleted", files.len());
                Ok(Some(finding("files", &user.primary_email, detail)))
            }
            Err(failure) => not_looked("files", user, failure).map(Some),
        }
    }

    async fn calendars(&self, user: &User, call: &Call) -> Result<Vec<Finding>, Failure> {
        let url = self.client.at(Api::Calendar, &["users", "me", "calendarList"])?;
        let request = Request::get(url).query(&[("minAccessRole", "owner"), ("maxResults", "250")]);
        let voice = self.client.leaver(&user.primary_email, Scope::Calendar);
        let calendars = match voice.pages(&request, "items", call).await {
            Err(failure) => return not_looked("calendars", user, failure).map(|it| vec![it]),
            Ok(calendars) => calendars,
        };
        let secondary = calendars.iter().filter(|it| it.get("primary").and_then(Value::as_bool) != Some(true));
        let text = |it: &Value, key: &str| it.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let owned = secondary.map(|it| {
            let detail = format!("{}: it is deleted with its owner, unless another takes it over", text(it, "summary"));
            finding("calendar", &text(it, "id"), detail)
        });
        Ok(owned.collect())
    }
}

impl Act for ListOwned {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let Some(user) = self.client.found(&account.id, call).await? else {
            return Ok(Outcome::Listed { findings: Vec::new() });
        };
        let mut findings: Vec<Finding> = self.files(&user, call).await?.into_iter().collect();
        findings.append(&mut self.calendars(&user, call).await?);
        Ok(Outcome::Listed { findings })
    }

    async fn verify(&self, _account: &Account, _call: &Call) -> Result<Verdict, Failure> {
        Ok(Verdict::CannotTell { reason: "it only looks".into(), after_ms: None, again: false })
    }
}
