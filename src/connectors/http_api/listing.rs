//! Actions that only look: what they find is for a person to deal with.

use serde_json::Value;

use super::client::Client;
use super::config::{List, Listing};
use super::rule::{check_pointer, text};
use super::template::{self, Values};
use super::trial::Trial;
use crate::connectors::Call;
use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, What};
use crate::model::{Account, Finding, Outcome};

/// A listing, ready to be read.
pub(super) struct Findings {
    list: List,
    what: String,
    id: String,
    detail: String,
}

impl Findings {
    pub(super) fn new(declared: Listing) -> Result<Self, String> {
        let Listing { request, items, paging, what, id, detail } = declared;
        let list = List { request, items, paging };
        list.check().and_then(|()| check_pointer(&id)).map_err(|why| format!("list: {why}"))?;
        Ok(Self { list, what, id, detail })
    }

    pub(super) async fn read(&self, client: &Client, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let values = Values::account(account);
        let (items, answer) = self.list.read(client, &values, call).await?;
        let found = |item: &Value| {
            let unknown =
                |why: String| Failure::new(Kind::Read, What::Rejected, why).cure("correct the action's `list`");
            let id = text(item, &self.id)
                .ok_or_else(|| unknown(format!("an item of the list has no id at `{}`", self.id)))?;
            let named = values.clone().and("item", item.clone()).with(&[]);
            let detail = template::plain(&self.detail, &named).map_err(unknown)?;
            Ok(Finding { what: self.what.clone(), id: answer.masked(&id), detail: answer.masked(&detail) })
        };
        Ok(Outcome::Listed { findings: items.iter().map(found).collect::<Result<_, Failure>>()? })
    }

    pub(super) fn try_out(&self, key: &str, trial: &mut Trial<'_>) {
        let known = Values::sample_account();
        trial.request(&format!("{key}.list.request"), &self.list.request, &known);
        trial.text(&format!("{key}.list.detail"), &self.detail, &known.and_anything("item"));
    }
}
