//! Finds the leaver's account by the declared search, and believes it only if what it says of itself agrees.

use serde_json::Value;

use super::client::{self, Client};
use super::config::{self, Field, List, Match, Matches};
use super::matching;
use super::outline;
use super::rule::{self, Rule, text};
use super::template::{self, Values};
use super::trial::Trial;
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
    list: List,
    by_id: Option<config::Request>,
    id: String,
    label: Option<String>,
    keys: Vec<Match>,
    nobody: Vec<Rule>,
}

impl Locate {
    pub(super) fn new(declared: config::Locate) -> Result<Self, String> {
        let config::Locate { account, request, by_id, list, id, label, matches, paging, nobody } = declared;
        if let Some(account) = account {
            let searches =
                request.is_some() || by_id.is_some() || id.is_some() || matches.is_some() || !list.is_empty();
            if searches || label.is_some() || paging.is_some() || !nobody.is_empty() {
                return Err("locate: either `account` alone, or a search (`request`, `id`, `match`)".to_owned());
            }
            return Ok(Self::Named(account));
        }
        let missing = |key: &str| {
            format!("locate.{key} is missing: a search needs `request`, `id` and `match`; or give `account`")
        };
        let request = request.ok_or_else(|| missing("request"))?;
        let id = id.ok_or_else(|| missing("id"))?;
        let Matches(keys) = matches.ok_or_else(|| missing("match"))?;
        if keys.iter().all(|key| key.field == Field::Alias) {
            return Err("locate.match: an alias alone is never enough: name a second field".to_owned());
        }
        for pointer in [&list, &id].into_iter().chain(&label).chain(keys.iter().map(|key| &key.pointer)) {
            rule::check_pointer(pointer).map_err(|why| format!("locate: {why}"))?;
        }
        rule::check_all(&nobody, "locate.nobody")?;
        let list = List { request, items: list, paging };
        list.check().map_err(|why| format!("locate: {why}"))?;
        Ok(Self::Search(Box::new(Search { list, by_id, id, label, keys, nobody })))
    }

    /// Renders everything.
    pub(super) fn try_out(&self, trial: &mut Trial<'_>) {
        match self {
            Self::Named(template) => trial.text_of_leaver("locate.account", template),
            Self::Search(search) => {
                trial.of_leaver("locate.request", &search.list.request, true);
                if let Some(by_id) = &search.by_id {
                    trial.request("locate.by_id", by_id, &Values::sample_account());
                }
                for (number, key) in search.keys.iter().enumerate() {
                    let Some(request) = &key.request else { continue };
                    // Of people without a number it is not asked.
                    trial.of_leaver(&format!("locate.match.{number}.request"), request, key.field != Field::EmployeeId);
                }
            }
        }
    }

    pub(super) async fn find(
        &self,
        client: &Client,
        leaver: &Leaver,
        known: Option<&str>,
        call: &Call,
    ) -> Result<Located, Failure> {
        match (self, known) {
            (Self::Search(search), None) => search.find(client, leaver, call).await,
            (Self::Search(search), Some(id)) => search.known(client, leaver, id, call).await,
            (Self::Named(_), Some(id)) => Ok(Located::Found(of_id_map(leaver, id))),
            (Self::Named(template), None) => {
                let id = template::named(template, &Values::leaver(leaver)).map_err(|why| {
                    Failure::new(Kind::Read, What::Rejected, why).cure("correct the leaver's data, or use the id map")
                })?;
                Ok(Located::found(&id, &leaver.email, &format!("`{template}`")))
            }
        }
    }
}

fn of_id_map(leaver: &Leaver, id: &str) -> Account {
    Account { id: id.to_owned(), label: leaver.email.clone(), matched_on: "id map".to_owned() }
}

impl Search {
    async fn find(&self, client: &Client, leaver: &Leaver, call: &Call) -> Result<Located, Failure> {
        let mut searched = Vec::new();
        let mut blind = None;
        let mut usual: Option<Vec<Value>> = None;
        for key in &self.keys {
            let Some(wanted) = key.field.of(leaver) else { continue };
            let own = match &key.request {
                Some(request) => {
                    let list = List { request: request.clone(), ..self.list.clone() };
                    Some(self.items(client, &list, leaver, call).await?)
                }
                None => None,
            };
            if own.is_none() && usual.is_none() {
                usual = Some(self.items(client, &self.list, leaver, call).await?);
            }
            let items = own.as_deref().or(usual.as_deref()).unwrap_or_default();
            searched.push(format!("{} {wanted}, {} results", key.field.name(), items.len()));
            let theirs: Vec<&Value> = items.iter().filter(|item| key.agrees(item, leaver)).collect();
            if let Some(first) = theirs.first() {
                return Ok(self.judged(key, first, &theirs, items, leaver));
            }
            if !items.is_empty() && items.iter().all(|item| key.is_blind(item)) {
                blind.get_or_insert_with(|| self.blind(key, wanted, items));
            }
        }
        Ok(match blind {
            Some(reason) => Located::Unsure { reason },
            None => Located::Nobody { searched: searched.join("; ") },
        })
    }

    /// Why it stays open whose the accounts are: none of them says anything where it was to be compared.
    fn blind(&self, key: &Match, wanted: &str, items: &[Value]) -> String {
        let (field, results) = (key.field.name(), if items.len() == 1 { "1 result" } else { "results" });
        let instead = items.iter().find_map(|item| outline::place_of(wanted, item)).map_or_else(
            || format!("the first has {}", items.first().map(outline::pointers).unwrap_or_default()),
            |place| format!("{wanted} stands at `{place}`"),
        );
        let list = if self.list.items.is_empty() { ", or say by `locate.list` where the list is" } else { "" };
        format!(
            "the search by {field} gave {results}, but nothing at `{}` that could be the {field}; {instead}: correct \
             `locate.match`{list}",
            key.pointer
        )
    }

    /// `found` agrees in `key`, as do `theirs`; `all` is what the system answered.
    fn judged(&self, key: &Match, found: &Value, theirs: &[&Value], all: &[Value], leaver: &Leaver) -> Located {
        let Some(id) = self.id(found) else {
            return Located::Unsure {
                reason: format!("the account with their {} has no id at `{}`", key.field.name(), self.id),
            };
        };
        let rival = |item: &&Value| self.id(item).as_deref() != Some(id.as_str());
        let strong = |item: &&Value| {
            let keys = self.keys.iter().filter(|key| matches!(key.field, Field::Email | Field::EmployeeId));
            keys.into_iter().any(|key| key.agrees(item, leaver))
        };
        let mut rivals = theirs.iter().copied().filter(rival).chain(all.iter().filter(rival).filter(strong));
        if let Some(other) = rivals.next() {
            let other = self.id(other).unwrap_or_else(|| "one without an id".to_owned());
            let reason = format!("{} finds both {id} and {other}: put the right one into the id map", leaver.email);
            return Located::Unsure { reason };
        }
        match matching::judged(key, &self.keys, found, leaver) {
            Ok(matched_on) => Located::Found(self.account(id, found, matched_on)),
            Err(why) => Located::Unsure { reason: format!("{id} was {why}: put the right one into the id map") },
        }
    }

    async fn known(&self, client: &Client, leaver: &Leaver, id: &str, call: &Call) -> Result<Located, Failure> {
        let given = of_id_map(leaver, id);
        let Some(by_id) = &self.by_id else { return Ok(Located::Found(given)) };
        let answer = client.read(by_id, &Values::account(&given), call).await?;
        let body = answer.try_json();
        let gone = answer.status == 404 || rule::first(&self.nobody, &answer, body.as_ref()).is_some();
        if gone {
            return Ok(Located::Unsure { reason: format!("the id map names `{id}`, who does not exist: correct it") });
        }
        if !answer.ok() {
            return Err(client::failed(&answer));
        }
        let body: Value = answer.json()?;
        Ok(match self.id(&body) {
            Some(found) if found == id => Located::Found(self.account(found, &body, "id map".to_owned())),
            _ => {
                Located::Unsure { reason: format!("asked for `{id}` of the id map, the answer is of another account") }
            }
        })
    }

    /// What the search gives; nothing, if the answer means that there is nobody.
    async fn items(&self, client: &Client, list: &List, leaver: &Leaver, call: &Call) -> Result<Vec<Value>, Failure> {
        let values = Values::leaver(leaver);
        let first = client.read(&list.request, &values, call).await?;
        if rule::first(&self.nobody, &first, first.try_json().as_ref()).is_some() {
            return Ok(Vec::new());
        }
        if !first.ok() {
            let failure = client::failed(&first);
            // A wrong address is answered so as well: taken for "nobody", it would close an offboarding that cut nothing.
            return Err(if first.status == 404 {
                failure.cure(
                    "correct `url`; or, if it says so of people without an account, `nobody = [{ status = 404 }]`",
                )
            } else {
                failure
            });
        }
        list.items_of(client, &values, &first, call).await
    }

    fn id(&self, item: &Value) -> Option<String> {
        text(item, &self.id).filter(|id| !id.is_empty())
    }

    fn account(&self, id: String, item: &Value, matched_on: String) -> Account {
        let label = self.label.as_ref().and_then(|label| text(item, label)).unwrap_or_else(|| id.clone());
        Account { id, label, matched_on }
    }
}
