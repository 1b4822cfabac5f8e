//! Licences, by the Licensing API. It lists who has a licence, not which licences somebody has: so the firm names its own.

use std::fmt;
use std::sync::Arc;

use reqwest::{Method, Url};
use serde::Deserialize;
use serde_json::{Value, json};

use super::client::Client;
use super::config::Api;
use super::scope::{Scope, declared};
use crate::connectors::Call;
use crate::connectors::http::{Failure, Request, What};
use crate::connectors::vendor::{Act, Given, gone, kept};
use crate::model::{Account, ActionSpec, Before, Outcome, Stage, Verdict};

/// `product/sku`, as in `Google-Apps/1010020028`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Licence {
    product: String,
    sku: String,
}

impl TryFrom<String> for Licence {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.split_once('/') {
            Some((product, sku)) if !product.is_empty() && !sku.is_empty() && !sku.contains('/') => {
                Ok(Self { product: product.to_owned(), sku: sku.to_owned() })
            }
            _ => Err(format!("`{text}` is no licence: write product/sku, as in Google-Apps/1010020028")),
        }
    }
}

impl fmt::Display for Licence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.product, self.sku)
    }
}

struct RemoveLicences {
    client: Arc<Client>,
    known: Vec<Licence>,
}

/// `None`: the firm has named no licences.
pub(super) fn action(given: &Given, client: &Arc<Client>, known: &[Licence]) -> Option<(ActionSpec, impl Act)> {
    let spec = ActionSpec {
        stage: Stage::Licences,
        needs: vec![given.fact("account")],
        undo: Some("assigns the same licences again, if there are free ones".into()),
        scopes: declared(&[Scope::Users, Scope::Licences]),
        ..given.spec("remove-licences", "Takes the licences named in the configuration back")
    };
    (!known.is_empty()).then(|| (spec, RemoveLicences { client: Arc::clone(client), known: known.to_vec() }))
}

impl RemoveLicences {
    fn url(&self, licence: &Licence, rest: &[&str]) -> Result<Url, Failure> {
        let path = ["product", licence.product.as_str(), "sku", licence.sku.as_str(), "user"];
        self.client.at(Api::Licensing, &[&path, rest].concat())
    }

    async fn has(&self, licence: &Licence, email: &str, call: &Call) -> Result<bool, Failure> {
        match self.client.with(Scope::Licences).read::<Value>(Request::get(self.url(licence, &[email])?), call).await {
            Ok(_) => Ok(true),
            Err(failure) if failure.what == What::Gone => Ok(false),
            Err(failure) => Err(failure),
        }
    }

    async fn held(&self, email: &str, call: &Call) -> Result<Vec<Licence>, Failure> {
        let mut held = Vec::new();
        for licence in &self.known {
            if self.has(licence, email, call).await? {
                held.push(licence.clone());
            }
        }
        Ok(held)
    }

    async fn remove(&self, licence: &Licence, email: &str, call: &Call) -> Result<(), Failure> {
        match self.client.with(Scope::Licences).delete(self.url(licence, &[email])?, call).await {
            Err(failure) if failure.what == What::Gone => Ok(()),
            // Said of licences that are gone, and of ones that cannot be taken back: only a look tells.
            Err(failure) if failure.what == What::Rejected && !self.has(licence, email, call).await? => Ok(()),
            other => other,
        }
    }

    async fn give(&self, licence: &Licence, email: &str, call: &Call) -> Result<(), Failure> {
        let request = Request::act(Method::POST, self.url(licence, &[])?).json(json!({ "userId": email }));
        match self.client.with(Scope::Licences).change(request, call).await {
            Err(failure) if failure.what == What::Rejected && self.has(licence, email, call).await? => Ok(()),
            other => other,
        }
    }
}

impl Act for RemoveLicences {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        // Licences go by address, and an address may have a new owner: it is read by the user's id.
        let Some(user) = self.client.found(&account.id, call).await? else { return Ok(gone(account)) };
        let held = self.held(&user.primary_email, call).await?;
        if held.is_empty() {
            return Ok(Outcome::already(format!(
                "licences: none of the {} that the configuration names",
                self.known.len()
            )));
        }
        let names: Vec<String> = held.iter().map(Licence::to_string).collect();
        call.keep(Before::of(json!({ "licences": names.clone() })).seats(names)).await?;
        for licence in &held {
            self.remove(licence, &user.primary_email, call).await?;
        }
        Ok(Outcome::Acknowledged)
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        let Some(user) = self.client.found(&account.id, call).await? else {
            return Ok(Verdict::Dead { evidence: "no such user".into() });
        };
        let left: Vec<String> = self.held(&user.primary_email, call).await?.iter().map(Licence::to_string).collect();
        Ok(if left.is_empty() {
            Verdict::Dead { evidence: "licences: none".into() }
        } else {
            Verdict::Alive { evidence: format!("licences: {}", left.join(", ")) }
        })
    }

    async fn undo(&self, account: &Account, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        let email = self.client.user(&account.id, call).await?.primary_email;
        for name in kept(before, "licences").iter().filter_map(Value::as_str) {
            if let Ok(licence) = Licence::try_from(name.to_owned()) {
                self.give(&licence, &email, call).await?;
            }
        }
        Ok(Outcome::Acknowledged)
    }
}
