//! Finds the leaver's account by the declared search, and believes it only if it names the leaver's e-mail.

use serde_json::Value;

use super::client::Client;
use super::config;
use super::rule::{self, Rule};
use super::template::{self, Scope, Values};
use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, What};
use crate::connectors::{Call, Located};
use crate::model::{Account, Leaver};

/// How the leaver's account is found.
pub(super) enum Locate {
    /// The id follows from what HR says.
    Named(String),
    /// The system is asked.
    Search(Box<Search>),
}

pub(super) struct Search {
    request: config::Request,
    by_id: Option<config::Request>,
    list: String,
    id: String,
    label: Option<String>,
    matches: String,
    nobody: Vec<Rule>,
}

impl Locate {
    pub(super) fn new(declared: config::Locate, client: &Client) -> Result<Self, String> {
        let config::Locate { account, request, by_id, list, id, label, matches, nobody } = declared;
        if let Some(account) = account {
            let searches =
                request.is_some() || by_id.is_some() || id.is_some() || matches.is_some() || !list.is_empty();
            if searches || label.is_some() || !nobody.is_empty() {
                return Err("locate: either `account` alone, or a search (`request`, `id`, `match`)".to_owned());
            }
            template::named(&account, &Values::sample(Scope::Leaver))
                .map_err(|why| format!("locate.account: {why}"))?;
            return Ok(Self::Named(account));
        }
        let missing = |key: &str| {
            format!("locate.{key} is missing: a search needs `request`, `id` and `match`; or give `account`")
        };
        let request = request.ok_or_else(|| missing("request"))?;
        let id = id.ok_or_else(|| missing("id"))?;
        let matches = matches.ok_or_else(|| missing("match"))?;
        client.try_out(&request, Scope::Leaver).map_err(|why| format!("locate.request: {why}"))?;
        if let Some(by_id) = &by_id {
            client.try_out(by_id, Scope::Known).map_err(|why| format!("locate.by_id: {why}"))?;
        }
        for pointer in [&list, &id, &matches].into_iter().chain(&label) {
            rule::check_pointer(pointer).map_err(|why| format!("locate: {why}"))?;
        }
        rule::check_all(&nobody, "locate.nobody")?;
        let nobody = if nobody.is_empty() { vec![Rule::of_status(404)] } else { nobody };
        Ok(Self::Search(Box::new(Search { request, by_id, list, id, label, matches, nobody })))
    }

    pub(super) async fn find(
        &self,
        client: &Client,
        leaver: &Leaver,
        known: Option<&str>,
        call: &Call,
    ) -> Result<Located, Failure> {
        match (self, known) {
            (Self::Named(_), Some(id)) => Ok(Located::Found(of_id_map(leaver, id))),
            (Self::Named(template), None) => named(template, leaver),
            (Self::Search(search), Some(id)) => search.known(client, leaver, id, call).await,
            (Self::Search(search), None) => search.find(client, leaver, call).await,
        }
    }
}

fn named(template: &str, leaver: &Leaver) -> Result<Located, Failure> {
    let id = template::named(template, &Values::leaver(leaver)).map_err(|why| {
        Failure::new(Kind::Read, What::Rejected, why).cure("correct locate.account, or the leaver's data")
    })?;
    Ok(Located::found(&id, &id, &format!("`{template}`")))
}

fn of_id_map(leaver: &Leaver, id: &str) -> Account {
    Account { id: id.to_owned(), label: leaver.email.clone(), matched_on: "id map".to_owned() }
}

impl Search {
    async fn find(&self, client: &Client, leaver: &Leaver, call: &Call) -> Result<Located, Failure> {
        let Some(body) = self.read(client, &self.request, &Values::leaver(leaver), call).await? else {
            return Ok(Located::Nobody { searched: format!("e-mail {}", leaver.email) });
        };
        let items = match body.pointer(&self.list) {
            Some(Value::Array(items)) => items.clone(),
            Some(item @ Value::Object(_)) => vec![item.clone()],
            _ => {
                let reason = format!("the answer holds no list at `{}`", self.list);
                return Err(Failure::new(Kind::Read, What::Unknown, reason));
            }
        };
        let theirs: Vec<Account> = items
            .iter()
            .filter(|item| text(item, &self.matches).is_some_and(|value| value.eq_ignore_ascii_case(&leaver.email)))
            .filter_map(|item| self.account(item, &format!("`{}`", self.matches)))
            .collect();
        Ok(match theirs.as_slice() {
            [] => Located::Nobody { searched: format!("e-mail {}, {} results", leaver.email, items.len()) },
            [one] => Located::Found(one.clone()),
            [one, other, ..] => Located::Unsure {
                reason: format!(
                    "{} finds both {} and {}: put the right one into the id map",
                    leaver.email, one.id, other.id
                ),
            },
        })
    }

    async fn known(&self, client: &Client, leaver: &Leaver, id: &str, call: &Call) -> Result<Located, Failure> {
        let given = of_id_map(leaver, id);
        let Some(by_id) = &self.by_id else { return Ok(Located::Found(given)) };
        Ok(match self.read(client, by_id, &Values::known(&given), call).await? {
            None => Located::Unsure { reason: format!("the id map names `{id}`, who does not exist: correct it") },
            Some(body) => match self.account(&body, "id map") {
                Some(account) if account.id == id => Located::Found(account),
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
        let id = text(item, &self.id).filter(|id| !id.is_empty())?;
        let label = self.label.as_ref().and_then(|label| text(item, label)).unwrap_or_else(|| id.clone());
        Some(Account { id, label, matched_on: matched_on.to_owned() })
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
