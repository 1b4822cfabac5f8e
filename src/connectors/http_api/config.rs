//! The keys of a `type = "http"` section.
//!
//! A text is a template wherever it goes into a request. What it may name: `secrets` everywhere; `leaver` when locating;
//! `account` and `idempotency_key` when acting and undoing; there also `before`, what was kept before the act, and `item`,
//! the one of a `for_each` whose turn it is.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::auth::Auth;
use super::paging::Paging;
use super::rule::Rule;
use crate::connectors::http::address::Base;
use crate::connectors::pace::Span;
use crate::model::{Danger, Stage};
use crate::vault::SecretRef;

/// `[connectors.NAME]` with `type = "http"`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// What all requests' addresses begin with.
    pub base_url: Base,
    /// Secrets by the names that templates use: `{{ secrets.token }}`.
    #[serde(default)]
    pub secrets: BTreeMap<String, SecretRef>,
    /// Headers of every request, as templates.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// How requests are signed in, where a header with a secret is not all.
    #[serde(default)]
    pub(super) auth: Option<Auth>,
    /// How the leaver's account is found.
    pub(super) locate: Locate,
    /// A reading request whose success shows that the connector can be used.
    #[serde(default)]
    pub(super) probe: Option<Request>,
    /// What can be done.
    pub(super) actions: Vec<Action>,
}

/// A request; all texts but the method are templates.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    #[serde(default = "get")]
    pub(super) method: String,
    /// After `base_url`; begins with `/`. What templates put into it is percent-encoded.
    pub(super) url: String,
    #[serde(default)]
    pub(super) headers: BTreeMap<String, String>,
    /// Sent as JSON. Its texts stay texts, whatever a template puts into them; `{ "$value" = "/before/role" }` stands for
    /// the very value at that JSON pointer, of whatever type.
    #[serde(default)]
    pub(super) body: Option<Value>,
    /// Sent as a form.
    #[serde(default)]
    pub(super) form: Option<BTreeMap<String, String>>,
}

fn get() -> String {
    "GET".to_owned()
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Locate {
    /// Instead of all the rest, for systems that know people by what HR says of them: the account's id, as a template
    /// over `leaver`. Nothing is asked; the actions' own answers say whether there is such an account.
    #[serde(default)]
    pub(super) account: Option<String>,
    /// The search. May use `leaver`.
    #[serde(default)]
    pub(super) request: Option<Request>,
    /// For an id of the id map: reads that account, whose item is the whole answer. Without it the id map is believed.
    #[serde(default)]
    pub(super) by_id: Option<Request>,
    /// JSON pointer (RFC 6901) to the list of accounts, or to the one; the whole answer by default.
    #[serde(default)]
    pub(super) list: String,
    /// JSON pointer to the id within an account.
    #[serde(default)]
    pub(super) id: Option<String>,
    /// JSON pointer to the name that people know; the id by default.
    #[serde(default)]
    pub(super) label: Option<String>,
    /// By what an account is known to be the leaver's, in this order. A text alone is the JSON pointer to the value that
    /// must equal the leaver's e-mail, whatever its case.
    #[serde(default, rename = "match")]
    pub(super) matches: Option<Matches>,
    /// How the rest of a long list is had.
    #[serde(default)]
    pub(super) paging: Option<Paging>,
    /// Answers that mean that there is no such account; none by default.
    #[serde(default)]
    pub(super) nobody: Vec<Rule>,
}

/// `match = "/email"`, or a list of [`Match`].
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Value")]
pub(super) struct Matches(pub(super) Vec<Match>);

impl TryFrom<Value> for Matches {
    type Error = String;

    fn try_from(given: Value) -> Result<Self, String> {
        match given {
            Value::String(pointer) => Ok(Self(vec![Match { pointer, field: Field::Email, request: None }])),
            list => serde_json::from_value(list).map(Self).map_err(|error| format!("`match`: {error}")),
        }
    }
}

/// One way to know an account.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Match {
    /// JSON pointer to the value within an account; a list there holds several.
    pub(super) pointer: String,
    /// What of the leaver it must equal, whatever its case.
    pub(super) field: Field,
    /// A search of its own, asked if those before found nobody; else the one of `locate.request`.
    #[serde(default)]
    pub(super) request: Option<Request>,
}

/// What of the leaver is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Field {
    /// The work e-mail.
    Email,
    /// The work e-mail, among the account's further addresses. Never enough alone: those are handed on.
    Alias,
    /// HR's number, if HR gave one.
    EmployeeId,
    /// The login.
    Login,
}

/// What is done: one `request` with its rules, several `steps`, or a `list`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Action {
    pub(super) name: String,
    pub(super) title: String,
    /// `kill-switch` by default; of a `list`, `handover`.
    #[serde(default)]
    pub(super) stage: Option<Stage>,
    /// Must be given, but for a `list`.
    #[serde(default)]
    pub(super) danger: Option<Danger>,
    /// Must be given for an irreversible action. Else `reconcile` with a `verify`, `operator` without. With several
    /// requests a repeat begins with the first one again: `idempotent` says that this does no harm, and so does
    /// `reconcile`, if it is still needed when the account was read.
    #[serde(default)]
    pub(super) class: Option<Class>,
    /// For the class `keyed`: how long the system remembers a key.
    #[serde(default)]
    pub(super) key_window: Option<Span>,
    /// Facts; one without a `:` is this connector's.
    #[serde(default)]
    pub(super) needs: Vec<String>,
    #[serde(default)]
    pub(super) destroys: Vec<String>,
    /// Actions; one without a `.` is this connector's.
    #[serde(default)]
    pub(super) precedes: Vec<String>,
    #[serde(default)]
    pub(super) proved_by: Option<String>,
    #[serde(default)]
    pub(super) residual: Option<Residual>,
    #[serde(default)]
    pub(super) scopes: Vec<String>,
    /// Read and journalled before the first request that changes anything.
    #[serde(default)]
    pub(super) before: Option<Image>,
    #[serde(default)]
    pub(super) request: Option<Request>,
    #[serde(default)]
    pub(super) for_each: Option<ForEach>,
    #[serde(default)]
    pub(super) done: Vec<Rule>,
    #[serde(default)]
    pub(super) already: Vec<Rule>,
    #[serde(default)]
    pub(super) retry: Vec<Rule>,
    #[serde(default)]
    pub(super) refused: Vec<Rule>,
    /// Seconds to wait: a JSON pointer into the answer, or a header's name; `Retry-After` by default.
    #[serde(default)]
    pub(super) retry_after: Option<String>,
    /// Several requests, in this order, instead of `request` and what belongs to it.
    #[serde(default)]
    pub(super) steps: Vec<Step>,
    /// Nothing is changed: what it finds is for a person to deal with.
    #[serde(default)]
    pub(super) list: Option<Listing>,
    #[serde(default)]
    pub(super) verify: Option<Verify>,
    #[serde(default)]
    pub(super) undo: Option<Undo>,
}

/// One of several requests, with its rules.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    pub(super) request: Request,
    /// Sent once for each of these.
    #[serde(default)]
    pub(super) for_each: Option<ForEach>,
    pub(super) done: Vec<Rule>,
    #[serde(default)]
    pub(super) already: Vec<Rule>,
    #[serde(default)]
    pub(super) retry: Vec<Rule>,
    #[serde(default)]
    pub(super) refused: Vec<Rule>,
    #[serde(default)]
    pub(super) retry_after: Option<String>,
}

/// A reading request that gives a list.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct List {
    pub(super) request: Request,
    /// JSON pointer to the list; the whole answer by default.
    #[serde(default)]
    pub(super) items: String,
    /// How the rest of a long list is had.
    #[serde(default)]
    pub(super) paging: Option<Paging>,
}

/// `for_each = "/spaces"` for a list that was kept before, or a [`List`] to be read.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Value")]
pub(super) enum ForEach {
    /// JSON pointer into `before`.
    Kept(String),
    /// Read when its turn comes.
    Read(Box<List>),
}

impl TryFrom<Value> for ForEach {
    type Error = String;

    fn try_from(given: Value) -> Result<Self, String> {
        match given {
            Value::String(pointer) => Ok(Self::Kept(pointer)),
            list => serde_json::from_value(list).map(Self::Read).map_err(|error| format!("`for_each`: {error}")),
        }
    }
}

/// What is kept before the act, for the undo.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Image {
    /// May use `account`.
    pub(super) request: Request,
    /// Lists of several pages are united.
    #[serde(default)]
    pub(super) paging: Option<Paging>,
    /// JSON pointers into the answer by the names under which templates find the values: `{{ before.role }}`.
    #[serde(default)]
    pub(super) keep: BTreeMap<String, String>,
    /// JSON pointer to the licence or licences that the action frees: a text, or a list of texts.
    #[serde(default)]
    pub(super) seats: Option<String>,
    /// Where the list of `seats` holds objects: JSON pointer to the licence's name in each.
    #[serde(default)]
    pub(super) seat: Option<String>,
    /// Answers that show that there is nothing left to be done.
    #[serde(default)]
    pub(super) already: Vec<Rule>,
}

/// What a listing action tells of what it finds.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Listing {
    /// May use `account`.
    pub(super) request: Request,
    #[serde(default)]
    pub(super) items: String,
    #[serde(default)]
    pub(super) paging: Option<Paging>,
    /// What each is, as in `page`.
    pub(super) what: String,
    /// JSON pointer to the id within an item.
    pub(super) id: String,
    /// What a person needs to know of it: a template over `account` and `item`.
    #[serde(default)]
    pub(super) detail: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Class {
    Pure,
    Idempotent,
    Keyed,
    Reconcile,
    Operator,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Residual {
    pub(super) what: String,
    #[serde(rename = "for")]
    pub(super) span: Span,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Verify {
    pub(super) request: Request,
    pub(super) dead: Vec<Rule>,
    /// If given, an answer that neither names cannot tell; else a success that is not `dead` is alive.
    #[serde(default)]
    pub(super) alive: Vec<Rule>,
}

/// Like an action: one `request`, or `steps`. May use `before`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Undo {
    /// What it does, in words.
    pub(super) title: String,
    #[serde(default)]
    pub(super) request: Option<Request>,
    #[serde(default)]
    pub(super) for_each: Option<ForEach>,
    #[serde(default)]
    pub(super) done: Vec<Rule>,
    #[serde(default)]
    pub(super) already: Vec<Rule>,
    #[serde(default)]
    pub(super) retry: Vec<Rule>,
    #[serde(default)]
    pub(super) refused: Vec<Rule>,
    #[serde(default)]
    pub(super) retry_after: Option<String>,
    #[serde(default)]
    pub(super) steps: Vec<Step>,
}

/// The requests of an action or of an undo, whichever way they were written.
macro_rules! steps_of {
    ($($declared:ty),*) => {$(
        impl $declared {
            /// One request with its rules is the one step of its kind. Or what is wrong.
            pub(super) fn requests(&self) -> Result<Vec<Step>, String> {
                let rules = [&self.done, &self.already, &self.retry, &self.refused];
                let Some(request) = &self.request else {
                    let alone = self.for_each.is_none() && self.retry_after.is_none() && rules.iter().all(|it| it.is_empty());
                    return if alone {
                        Ok(self.steps.clone())
                    } else {
                        Err("the rules and `for_each` of `steps` stand in each of them".to_owned())
                    };
                };
                if !self.steps.is_empty() {
                    return Err("either `request` or `steps`".to_owned());
                }
                Ok(vec![Step {
                    request: request.clone(),
                    for_each: self.for_each.clone(),
                    done: self.done.clone(),
                    already: self.already.clone(),
                    retry: self.retry.clone(),
                    refused: self.refused.clone(),
                    retry_after: self.retry_after.clone(),
                }])
            }
        }
    )*};
}

steps_of!(Action, Undo);
