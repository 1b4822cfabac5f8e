//! The keys of a `type = "http"` section.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

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
    /// Sent as JSON.
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
    /// JSON pointer to the value that must equal the leaver's e-mail, whatever its case.
    #[serde(default, rename = "match")]
    pub(super) matches: Option<String>,
    /// Answers that mean that there is no such account; 404 by default.
    #[serde(default)]
    pub(super) nobody: Vec<Rule>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Action {
    pub(super) name: String,
    pub(super) title: String,
    #[serde(default = "kill_switch")]
    pub(super) stage: Stage,
    pub(super) danger: Danger,
    /// Must be given for an irreversible action. Else `reconcile` with a `verify`, `operator` without.
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
    /// May use `account` and `idempotency_key`.
    pub(super) request: Request,
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
    #[serde(default)]
    pub(super) verify: Option<Verify>,
    #[serde(default)]
    pub(super) undo: Option<Undo>,
}

fn kill_switch() -> Stage {
    Stage::KillSwitch
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

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Undo {
    /// What it does, in words.
    pub(super) title: String,
    pub(super) request: Request,
    pub(super) done: Vec<Rule>,
    #[serde(default)]
    pub(super) already: Vec<Rule>,
}
