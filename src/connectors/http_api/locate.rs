//! Finds the leaver's account by the declared search, and believes it only if it names the leaver's e-mail.

use serde_json::Value;

use super::client::Client;
use super::config;
use super::rule::{self, Rule};
use super::template::{Scope, Values};
use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, What};
use crate::connectors::{Call, Located};
use crate::model::{Account, Leaver};

pub(super) struct Locate {
    declared: config::Locate,
    nobody: Vec<Rule>,
}

impl Locate {
    pub(super) fn new(declared: config::Locate, client: &Client) -> Result<Self, String> {
        client.try_out(&declared.request, Scope::Leaver).map_err(|why| format!("locate.request: {why}"))?;
        if let Some(by_id) = &declared.by_id {
            client.try_out(by_id, Scope::Known).map_err(|why| format!("locate.by_id: {why}"))?;
        }
        let pointers = [&declared.list, &declared.id, &declared.matches];
        for pointer in pointers.into_iter().chain(&declared.label) {
            rule::check_pointer(pointer).map_err(|why| format!("locate: {why}"))?;
        }
        rule::check_all(&declared.nobody, "locate.nobody")?;
        let nobody = if declared.nobody.is_empty() { vec![Rule::of_status(404)] } else { declared.nobody.clone() };
        Ok(Self { declared, nobody })
    }

    pub(super) async fn find(
        &self,
        client: &Client,
        leaver: &Leaver,
        known: Option<&str>,
        call: &Call,
    ) -> Result<Located, Failure> {
        if let Some(id) = known {
            return self.known(client, leaver, id, call).await;
        }
        let Some(body) = self.read(client, &self.declared.request, &Values::leaver(leaver), call).await? else {
            return Ok(Located::Nobody { searched: format!("e-mail {}", leaver.email) });
        };
        let items = match body.pointer(&self.declared.list) {
            Some(Value::Array(items)) => items.clone(),
            Some(item @ Value::Object(_)) => vec![item.clone()],
            _ => {
                let reason = format!("the answer holds no list at `{}`", self.declared.list);
                return Err(Failure::new(Kind::Read, What::Unknown, reason));
            }
        };
        let theirs: Vec<Account> = items
            .iter()
            .filter(|item| {
                text(item, &self.declared.matches).is_some_and(|value| value.eq_ignore_ascii_case(&leaver.email))
            })
            .filter_map(|item| self.account(item, &format!("`{}`", self.declared.matches)))
            .collect();
        Ok(match theirs.as_slice() {
            [] => Located::Nobody { searched: format!("e-mail {}, {} results", leaver.email, items.len()) },
            [one] => allowed(client, one.clone()),
            [one, other, ..] => Located::Unsure {
                reason: format!(
                    "{} finds both {} and {}: put the right one into the id map",
                    leaver.email, one.id, other.id
                ),
            },
        })
    }

    async fn known(&self, client: &Client, leaver: &Leaver, id: &str, call: &Call) -> Result<Located, Failure> {
        let given = Account { id: id.to_owned(), label: leaver.email.clone(), matched_on: "id map".to_owned() };
        let Some(by_id) = &self.declared.by_id else { return Ok(allowed(client, given)) };
        Ok(match self.read(client, by_id, &Values::known(&given), call).await? {
            None => Located::Unsure { reason: format!("the id map names `{id}`, who does not exist: correct it") },
            Some(body) => match self.account(&body, "id map") {
                Some(account) if account.id == id => allowed(client, account),
                _ => Located::Unsure {
                    reason: format!("asked for `{id}` of the id map, the answer is of another account"),
                },
            },
        })
    }

    async fn read(
        &self,
        client: &Client,
        request: &config::Request,
        values: &Values,
        call: &Call,
    ) -> Result<Option<Value>, Failure> {
        let answer = client.read(request, values, call).await?;
        let body = answer.try_json();
        if rule::first(&self.nobody, &answer, body.as_ref()).is_some() {
            return Ok(None);
        }
        if answer.ok() { answer.json().map(Some) } else { Err(answer.by_status()) }
    }

    fn account(&self, item: &Value, matched_on: &str) -> Option<Account> {
        let id = text(item, &self.declared.id).filter(|id| !id.is_empty())?;
        let label = self.declared.label.as_ref().and_then(|label| text(item, label)).unwrap_or_else(|| id.clone());
        Some(Account { id, label, matched_on: matched_on.to_owned() })
    }
}

fn allowed(client: &Client, account: Account) -> Located {
    match client.untouchable(&account) {
        Some(reason) => Located::Unsure { reason },
        None => Located::Found(account),
    }
}

/// Ids come as texts and as numbers.
fn text(item: &Value, pointer: &str) -> Option<String> {
    match item.pointer(pointer)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
