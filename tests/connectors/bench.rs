//! A sandbox with connectors wired to it, and short words for what a step does.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use nightlatch::config::Section;
use nightlatch::connectors::{Action, Call, Connector, Located, registry};
use nightlatch::model::{Account, Before, Exchange, Finding, Leaver, Outcome, Verdict};
use nightlatch::sandbox::{Fault, Options, Person, Sandbox};
use serde_json::Value;

pub(crate) const WITHIN: Duration = Duration::from_secs(5);

/// A folder for secrets.
pub(crate) fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o700)).unwrap();
    folder
}

/// Stores a secret; gives its reference.
pub(crate) fn secret(folder: &Path, name: &str, value: &str) -> String {
    let path = folder.join(name);
    fs::write(&path, value).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    format!("file:{}", path.display())
}

pub(crate) fn build(id: &str, toml: &str) -> Box<dyn Connector> {
    registry::build(&Section::from_toml(id, toml).unwrap()).unwrap()
}

pub(crate) struct Bench {
    pub(crate) sandbox: Sandbox,
    pub(crate) folder: tempfile::TempDir,
}

impl Bench {
    pub(crate) async fn new() -> Self {
        Self::with(Options { people: 60, ..Options::default() }).await
    }

    pub(crate) async fn with(options: Options) -> Self {
        Self { sandbox: Sandbox::start(options).await.unwrap(), folder: folder() }
    }

    pub(crate) fn secret(&self, name: &str, value: &str) -> String {
        secret(self.folder.path(), name, value)
    }

    pub(crate) fn base(&self) -> String {
        self.sandbox.base_url()
    }

    pub(crate) fn person(&self, fits: impl Fn(&Person) -> bool) -> Person {
        self.sandbox.people().into_iter().find(fits).unwrap()
    }

    /// Number 0 of every sandbox.
    pub(crate) fn alfa(&self) -> Person {
        self.person(|person| person.email == "alfa.doe@corp.example")
    }

    pub(crate) fn fault(&self, op: &str, fault: Fault) {
        self.sandbox.set_fault(Fault { op: Some(op.to_owned()), ..fault });
    }

    /// The answers of the next such calls get lost, after the deed is done.
    pub(crate) fn lose_answers(&self, op: &str) {
        self.fault(op, Fault { lost_answers: 1.0, ..Fault::default() });
    }

    pub(crate) fn turn_away(&self, op: &str, status: u16) {
        self.fault(op, Fault { status: Some(status), ..Fault::default() });
    }
}

/// One connector under test; everything that it said is kept, to be searched for secrets.
pub(crate) struct Rig {
    pub(crate) connector: Box<dyn Connector>,
    pub(crate) said: std::sync::Mutex<Vec<String>>,
    pub(crate) exchanges: std::sync::Mutex<Vec<Exchange>>,
    /// Where its secrets are, if nobody else keeps them.
    pub(crate) folder: Option<tempfile::TempDir>,
}

impl Rig {
    pub(crate) fn new(id: &str, toml: &str) -> Self {
        Self {
            connector: build(id, toml),
            said: std::sync::Mutex::default(),
            exchanges: std::sync::Mutex::default(),
            folder: None,
        }
    }

    pub(crate) fn call() -> Call {
        Call::new("ob-1/0", WITHIN)
    }

    fn keep(&self, call: Call, result: &impl std::fmt::Debug) {
        let (exchanges, _) = call.into_record();
        let mut said = self.said.lock().unwrap();
        said.push(format!("{result:?}"));
        said.push(format!("{exchanges:?}"));
        self.exchanges.lock().unwrap().extend(exchanges);
    }

    pub(crate) async fn locate(&self, leaver: &Leaver) -> Result<Located, Outcome> {
        let call = Self::call();
        let found = self.connector.locate(leaver, &call).await;
        self.keep(call, &found);
        found
    }

    pub(crate) async fn account(&self, email: &str) -> Account {
        match self.locate(&Leaver::from_email(email)).await {
            Ok(Located::Found(account)) => account,
            other => panic!("{email}: {other:?}"),
        }
    }

    fn action(&self, name: &str) -> &dyn Action {
        self.connector.action(name).unwrap_or_else(|| panic!("no action {name}"))
    }

    pub(crate) async fn execute(&self, name: &str, account: &Account) -> Outcome {
        self.executed(name, account).await.0
    }

    pub(crate) async fn verify(&self, name: &str, account: &Account) -> Verdict {
        let call = Self::call();
        let verdict = self.action(name).verify(account, &call).await;
        self.keep(call, &verdict);
        verdict
    }

    pub(crate) async fn undo(&self, name: &str, account: &Account, before: &Value) -> Outcome {
        let call = Self::call();
        let outcome = self.action(name).undo(account, before, &call).await;
        self.keep(call, &outcome);
        outcome
    }

    /// Does it, and gives what undo needs.
    pub(crate) async fn done(&self, name: &str, account: &Account) -> Value {
        self.captured(name, account).await.image
    }

    /// Does it, and gives what was kept before.
    pub(crate) async fn captured(&self, name: &str, account: &Account) -> Before {
        let (outcome, before) = self.executed(name, account).await;
        assert_eq!(outcome, Outcome::Acknowledged, "{name}");
        before
    }

    /// What came of it, and what was kept before.
    pub(crate) async fn executed(&self, name: &str, account: &Account) -> (Outcome, Before) {
        let call = Self::call();
        let outcome = self.action(name).execute(account, &call).await;
        let before = call.kept();
        self.keep(call, &outcome);
        (outcome, before)
    }

    pub(crate) async fn already(&self, name: &str, account: &Account) -> (String, Option<String>) {
        match self.execute(name, account).await {
            Outcome::AlreadySo { note, caveat } => (note, caveat),
            other => panic!("{name}: {other:?}"),
        }
    }

    pub(crate) async fn dead(&self, name: &str, account: &Account) -> String {
        match self.verify(name, account).await {
            Verdict::Dead { evidence } => evidence,
            other => panic!("{name}: {other:?}"),
        }
    }

    pub(crate) async fn alive(&self, name: &str, account: &Account) -> String {
        match self.verify(name, account).await {
            Verdict::Alive { evidence } => evidence,
            other => panic!("{name}: {other:?}"),
        }
    }

    /// What it lists.
    pub(crate) async fn listed(&self, name: &str, account: &Account) -> Vec<Finding> {
        match self.execute(name, account).await {
            Outcome::Listed { findings } => findings,
            other => panic!("{name}: {other:?}"),
        }
    }

    /// None of these has come out anywhere.
    pub(crate) fn kept_quiet(&self, secrets: &[&str]) {
        let said = self.said.lock().unwrap().join("\n");
        for secret in secrets {
            assert!(!secret.is_empty() && !said.contains(secret), "a secret came out in: {said}");
        }
    }
}

pub(crate) fn mapped(connector: &str, email: &str, id: &str) -> Leaver {
    let mut leaver = Leaver::from_email(email);
    leaver.accounts.insert(connector.parse_id(), id.to_owned());
    leaver
}

trait ParseId {
    fn parse_id(&self) -> nightlatch::model::ConnectorId;
}

impl ParseId for str {
    fn parse_id(&self) -> nightlatch::model::ConnectorId {
        nightlatch::model::ConnectorId::new(self).unwrap()
    }
}

/// How long to wait, in ms.
pub(crate) fn is_retry(outcome: &Outcome, limited: bool) -> u64 {
    match outcome {
        Outcome::Retry { after_ms, throttled, .. } if *throttled == limited => after_ms.unwrap_or(0),
        Outcome::Busy { after_ms, .. } if !limited => after_ms.unwrap_or(0),
        other => panic!("{other:?}"),
    }
}

pub(crate) fn is_ambiguous(outcome: &Outcome) {
    assert!(matches!(outcome, Outcome::Ambiguous { .. }), "{outcome:?}");
}

/// The credentials were not accepted: what was said, and the cure.
pub(crate) fn locked(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Locked { reason, cure } => format!("{reason} / {cure}"),
        other => panic!("{other:?}"),
    }
}

pub(crate) fn refused(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Refused { reason, cure } => format!("{reason} / {cure}"),
        other => panic!("{other:?}"),
    }
}

/// Why a person has to decide.
pub(crate) fn needs_human(outcome: &Outcome) -> String {
    match outcome {
        Outcome::NeedsHuman { reason } => reason.clone(),
        other => panic!("{other:?}"),
    }
}
