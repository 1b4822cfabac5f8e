//! The systems that access is cut in: one folder or file a vendor, the shared HTTP client, and the registry.
//!
//! A vendor is one place: its typed configuration, its client, its actions and their tests lie together. To add one,
//! copy the smallest and register it in one line of [`registry`]. Nothing here knows the engine, the store or a screen;
//! a connector may not know whether it talks to the vendor, an emulator or the sandbox.

use std::future::Future;
use std::pin::Pin;

use crate::model::health::Health;
use crate::model::{Account, ActionSpec, ConnectorId, Leaver, Outcome, Verdict};

pub mod active_directory;
pub mod adobe;
pub mod atlassian;
pub mod aws;
pub mod call;
pub mod entra;
pub(crate) mod failure;
pub mod gate;
pub mod github;
pub mod gitlab;
pub mod google;
pub mod guarded;
pub mod http;
pub mod http_api;
pub mod hubspot;
pub mod intune;
pub mod jamf;
pub mod msgraph;
pub mod okta;
pub mod pace;
pub(crate) mod password;
mod probe;
pub mod registry;
pub mod salesforce;
pub mod scim;
pub mod slack;
pub(crate) mod vendor;
pub(crate) mod xml;
pub mod zoom;

pub use call::{Call, Observation};
pub use http::Http;
pub use vendor::Given;

/// A future that a connector returns; boxed, so that one registry holds them all.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A system in which a leaver may have an account.
pub trait Connector: Send + Sync {
    /// Its name in the configuration.
    fn id(&self) -> &ConnectorId;

    /// The kind of system, as in `google`.
    fn kind(&self) -> &'static str;

    /// How hard it may be driven before the vendor has said anything.
    fn limits(&self) -> Limits;

    /// Everything it can do.
    fn actions(&self) -> &[Box<dyn Action>];

    /// Finds the leaver's account: by id map, else by e-mail, alias or id; never by name. Reads only.
    ///
    /// A step that could not look (throttled, down, refused) ends with the [`Outcome`] in `Err`.
    fn locate<'a>(&'a self, leaver: &'a Leaver, call: &'a Call) -> BoxFuture<'a, Result<Located, Outcome>>;

    /// Asks the vendor, reading only, whether this connector can be used: reachable, credentials valid, scopes there.
    fn probe<'a>(&'a self, call: &'a Call) -> BoxFuture<'a, Probe>;

    /// The action of this name.
    fn action(&self, name: &str) -> Option<&dyn Action> {
        self.actions().iter().find(|action| &*action.spec().id.name == name).map(AsRef::as_ref)
    }
}

/// One action: everything that there is to know of it.
pub trait Action: Send + Sync {
    /// What it declares to the planner, the engine and the operator.
    fn spec(&self) -> &ActionSpec;

    /// Does it. Every vendor answer is classified here, from the vendor's real errors.
    ///
    /// May read before it acts (the before-image); sends its acts through [`call::Kind::Act`], so that nothing is sent
    /// after the deadline and a lost answer is [`Outcome::Ambiguous`].
    fn execute<'a>(&'a self, account: &'a Account, call: &'a Call) -> BoxFuture<'a, Outcome>;

    /// Reads back whether the access is gone. Reads only.
    fn verify<'a>(&'a self, account: &'a Account, call: &'a Call) -> BoxFuture<'a, Verdict>;

    /// Restores what `execute` removed, from the before-image that it kept; [`Verdict::Alive`] then proves it.
    fn undo<'a>(
        &'a self,
        account: &'a Account,
        before: &'a serde_json::Value,
        call: &'a Call,
    ) -> BoxFuture<'a, Outcome>;
}

/// Why a connector cannot be made of its configuration. A secret that cannot be had is none of these: it is asked for
/// when it is needed, so that one missing token does not stop the engine.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The HTTP client cannot be made.
    #[error("the HTTP client cannot be made: {0}")]
    Client(String),
    /// The section does not read, or its kind is unknown.
    #[error(transparent)]
    Config(#[from] crate::config::ConfigError),
    /// A value that reads well and cannot be right.
    #[error("[connectors.{connector}]: {problem}")]
    Invalid {
        /// Whose section.
        connector: ConnectorId,
        /// What is wrong, and what would be right.
        problem: String,
    },
}

/// How hard a connector may be driven.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Jobs at once.
    pub max_in_flight: u32,
    /// Jobs a second, if the vendor documents a rate; `None`: as fast as they come.
    pub per_second: Option<f64>,
}

/// What a search for the leaver's account gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Located {
    /// Exactly one, and it is theirs.
    Found(Account),
    /// None: a finding.
    Nobody {
        /// How it was searched.
        searched: String,
    },
    /// Two candidates, or a mismatch: a person decides.
    Unsure {
        /// What does not fit.
        reason: String,
    },
}

impl Located {
    /// Exactly one, and it is theirs.
    pub fn found(id: &str, label: &str, matched_on: &str) -> Self {
        Self::Found(Account { id: id.to_owned(), label: label.to_owned(), matched_on: matched_on.to_owned() })
    }
}

/// What a probe found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// Can it be used.
    pub health: Health,
    /// What was found, in words; the cure where something is wrong.
    pub message: String,
    /// Scopes or permissions that its actions need and that the credentials do not hold, as far as the vendor tells.
    pub missing: Vec<String>,
}

impl Probe {
    /// It can be used.
    pub fn up(message: impl Into<String>) -> Self {
        Self { health: Health::Up, message: message.into(), missing: Vec::new() }
    }

    /// These scopes or permissions are not granted: something will be refused.
    #[must_use]
    pub fn missing<S: Into<String>>(self, scopes: impl IntoIterator<Item = S>) -> Self {
        let missing: Vec<String> = scopes.into_iter().map(Into::into).collect();
        let health = if missing.is_empty() { self.health } else { Health::Locked };
        Self { health, missing, ..self }
    }
}
