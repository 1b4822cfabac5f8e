//! What holds for every action of every system, whoever wrote it: done and read back, done already, throttled, refused,
//! its answer lost, undone. One row an action, one column a rule; `tests/connectors/README.md` is this table.

use std::fmt::Write as _;

use nightlatch::connectors::Located;
use nightlatch::model::{Account, ActionSpec, Before, Leaver, Outcome, StepClass, Verdict};
use nightlatch::sandbox::{Fault, Options, Person};

use super::bench::{Bench, Rig};

/// A system of the sandbox, as its own tests configure it.
pub(super) type System = (&'static str, fn(&Bench) -> Rig);

/// One line a system.
pub(super) const SYSTEMS: &[System] = &[
    ("google", super::google::rig),
    ("okta", super::okta::rig),
    ("atlassian", super::atlassian::rig),
    ("adobe", super::adobe::rig),
    ("jamf", super::jamf::rig),
    ("hubspot", super::hubspot::rig),
    ("salesforce", super::salesforce::rig),
    ("zoom", |bench| super::zoom::rig_to(bench, "zulu.console@corp.example")),
    ("scim", |bench| super::scim::rig(bench, "plain", "")),
    ("entra", super::entra::rig),
    ("intune", super::intune::rig),
    ("slack", |bench| super::slack::rig_with(bench, "enterprise=true\narchive_private='last-member'")),
    ("github", |bench| super::github::app(bench, "flavor='ghec-saml'")),
    // Declared ones, as three kinds of tool answer.
    ("wiki", |bench| super::tools::rig(bench, &super::tools::wiki(bench))),
    ("vpn", |bench| super::tools::rig(bench, &super::tools::vpn(bench))),
    ("licences", |bench| super::tools::rig(bench, &super::tools::licences(bench))),
    ("gitlab", super::gitlab::instance),
    ("gitlab", |bench| super::gitlab::group(bench, "enterprise_users=true")),
];

/// One system under test: each rule takes people whom no rule has taken before.
pub(super) struct Trial {
    pub(super) bench: Bench,
    system: fn(&Bench) -> Rig,
    pub(super) rig: Rig,
    staff: Vec<Person>,
    next: usize,
}

fn leaver(person: &Person) -> Leaver {
    let mut leaver = Leaver::from_email(&person.email);
    leaver.employee_id = Some(person.employee_id.clone());
    leaver.name.clone_from(&person.name);
    leaver.manager.clone_from(&person.manager_email);
    leaver
}

impl Trial {
    pub(super) async fn of(system: fn(&Bench) -> Rig) -> Self {
        let bench = Bench::with(Options { people: 600, ..Options::default() }).await;
        let rig = system(&bench);
        let staff = bench.sandbox.people().into_iter().filter(|it| !it.privileged && !it.executive).collect();
        Self { bench, system, rig, staff, next: 0 }
    }

    /// The account of somebody new.
    pub(super) async fn somebody(&mut self) -> Option<Account> {
        while let Some(person) = self.staff.get(self.next) {
            self.next += 1;
            match self.rig.locate(&leaver(person)).await {
                Ok(Located::Found(account)) => return Some(account),
                Ok(Located::Nobody { .. } | Located::Unsure { .. }) => {}
                Err(outcome) => panic!("{} cannot be looked up: {outcome:?}", person.email),
            }
        }
        None
    }

    /// Acts on new people until the outcome is one that counts: many have nothing that could be taken away.
    async fn until(
        &mut self,
        spec: &ActionSpec,
        counts: impl Fn(&Outcome) -> bool,
    ) -> Option<(Account, Outcome, Before)> {
        for _ in 0..40 {
            let account = self.somebody().await?;
            let (outcome, before) = self.rig.executed(&spec.id.name, &account).await;
            if counts(&outcome) {
                return Some((account, outcome, before));
            }
            // Or another action has to go first, or a person: that is for the vendor's own tests.
            let not_for_them =
                matches!(outcome, Outcome::AlreadySo { .. } | Outcome::Busy { .. } | Outcome::NeedsHuman { .. });
            assert!(not_for_them, "{}: {outcome:?}", spec.id);
        }
        None
    }

    fn faulty(&self, fault: Fault) {
        self.bench.sandbox.set_fault(fault);
    }

    /// Done and read back; done already; and undone, if it can be.
    async fn acts(&mut self, spec: &ActionSpec, row: &mut Row) {
        let found = self.until(spec, |it| matches!(it, Outcome::Acknowledged | Outcome::Listed { .. })).await;
        let (account, outcome, before) = found.unwrap_or_else(|| panic!("{}: nobody has anything to take", spec.id));
        row.executed = true;
        if matches!(outcome, Outcome::Listed { .. }) {
            assert_eq!(spec.class, StepClass::Pure, "{}", spec.id);
            row.only_looks = true;
            return;
        }
        self.is_read_back(spec, &account, row).await;
        let (again, _) = self.rig.executed(&spec.id.name, &account).await;
        row.already = match again {
            Outcome::AlreadySo { .. } => "✓",
            Outcome::Acknowledged if spec.class == StepClass::Idempotent => "repeats",
            other => panic!("{}, done already: {other:?}", spec.id),
        };
        if spec.undo.is_some() {
            let undone = self.rig.undo(&spec.id.name, &account, &before.image).await;
            assert!(matches!(undone, Outcome::Acknowledged | Outcome::AlreadySo { .. }), "{}: {undone:?}", spec.id);
            let read = self.rig.verify(&spec.id.name, &account).await;
            assert!(!matches!(read, Verdict::Dead { .. }), "{}, undone: {read:?}", spec.id);
            let again = self.rig.undo(&spec.id.name, &account, &before.image).await;
            assert!(
                matches!(again, Outcome::Acknowledged | Outcome::AlreadySo { .. }),
                "{}, undone twice: {again:?}",
                spec.id
            );
            row.undone = true;
        }
    }

    /// Slow vendors are read more than once.
    async fn is_read_back(&mut self, spec: &ActionSpec, account: &Account, row: &mut Row) {
        for _ in 0..20 {
            match self.rig.verify(&spec.id.name, account).await {
                Verdict::Dead { .. } => {
                    row.readable = true;
                    return;
                }
                Verdict::CannotTell { again: false, .. } => {
                    assert!(spec.proved_by.is_some(), "{}: nothing proves it", spec.id);
                    return;
                }
                Verdict::CannotTell { again: true, .. } | Verdict::Alive { .. } => {
                    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                }
                other @ (Verdict::Locked { .. } | Verdict::NeedsHuman { .. }) => panic!("{}: {other:?}", spec.id),
            }
        }
        panic!("{}: done, and never read back as dead", spec.id);
    }

    /// Told to wait, it waits; nothing is called done.
    async fn is_throttled(&mut self, spec: &ActionSpec, row: &mut Row) {
        let Some(account) = self.somebody().await else { panic!("{}: nobody is left", spec.id) };
        self.faulty(Fault { status: Some(429), ..Fault::default() });
        let (outcome, _) = self.rig.executed(&spec.id.name, &account).await;
        self.bench.sandbox.clear_faults();
        assert!(matches!(outcome, Outcome::Retry { throttled: true, .. }), "{}, throttled: {outcome:?}", spec.id);
        row.throttled = true;
    }

    /// Its credentials refused, it says so in the vendor's words and with a cure. (A 403 means something else with each.)
    async fn is_refused(&mut self, spec: &ActionSpec, row: &mut Row) {
        let Some(account) = self.somebody().await else { panic!("{}: nobody is left", spec.id) };
        // A connector of its own, for one that was refused remembers that for a while.
        let rig = (self.system)(&self.bench);
        self.faulty(Fault { status: Some(401), ..Fault::default() });
        let (outcome, _) = rig.executed(&spec.id.name, &account).await;
        self.bench.sandbox.clear_faults();
        match outcome {
            Outcome::Refused { reason, cure } | Outcome::Locked { reason, cure } => {
                assert!(!reason.is_empty() && !cure.is_empty(), "{}: {reason} / {cure}", spec.id);
            }
            other => panic!("{}, refused: {other:?}", spec.id),
        }
        row.refused = true;
    }

    /// The deed is done and nobody says so: it is never called done, nor certainly undone.
    async fn loses_its_answer(&mut self, spec: &ActionSpec, row: &mut Row) {
        self.faulty(Fault { lost_answers: 1.0, acts: true, ..Fault::default() });
        let found = self.until(spec, |it| matches!(it, Outcome::Ambiguous { .. } | Outcome::Listed { .. })).await;
        self.bench.sandbox.clear_faults();
        let (_, outcome, _) = found.unwrap_or_else(|| panic!("{}: nobody has anything to take", spec.id));
        if matches!(outcome, Outcome::Listed { .. }) {
            return;
        }
        row.ambiguous = true;
    }
}

/// What was shown of one action.
#[derive(Default)]
struct Row {
    executed: bool,
    only_looks: bool,
    readable: bool,
    already: &'static str,
    throttled: bool,
    refused: bool,
    ambiguous: bool,
    undone: bool,
}

impl Row {
    fn cells(&self, spec: &ActionSpec) -> String {
        let shown = |yes: bool, otherwise: &str| if yes { "✓".to_owned() } else { otherwise.to_owned() };
        let acts = !self.only_looks;
        let cells = [
            shown(self.executed, "MISSING"),
            match (self.already, acts) {
                ("", true) => "MISSING".to_owned(),
                ("", false) => "only looks".to_owned(),
                (already, _) => already.to_owned(),
            },
            shown(self.throttled, "MISSING"),
            shown(self.refused, "MISSING"),
            shown(self.ambiguous, if acts { "MISSING" } else { "only looks" }),
            match (&spec.proved_by, self.readable) {
                (_, true) => "✓".to_owned(),
                (Some(by), false) => format!("by `{}`", by.name),
                (None, false) if self.only_looks => "only looks".to_owned(),
                (None, false) => "MISSING".to_owned(),
            },
            shown(self.undone, if spec.undo.is_some() { "MISSING" } else { "has none" }),
        ];
        cells.join(" | ")
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_action_of_every_system_keeps_the_rules() {
    let mut table = "| action | execute | already | throttled | refused | ambiguous | verify | undo |\n\
                     |---|---|---|---|---|---|---|---|\n"
        .to_owned();
    for (_, system) in SYSTEMS {
        let mut trial = Trial::of(*system).await;
        let specs: Vec<ActionSpec> = trial.rig.connector.actions().iter().map(|it| it.spec().clone()).collect();
        for spec in &specs {
            let mut row = Row::default();
            trial.acts(spec, &mut row).await;
            trial.is_throttled(spec, &mut row).await;
            trial.is_refused(spec, &mut row).await;
            trial.loses_its_answer(spec, &mut row).await;
            writeln!(table, "| `{}` | {} |", spec.id, row.cells(spec)).unwrap();
        }
    }
    assert!(!table.contains("MISSING"), "{table}");
    super::readme::stands_between("conformance", &table);
}

/// A system that the sandbox stands in for and that is not in the table would go untested.
#[test]
fn every_system_that_the_sandbox_stands_in_for_is_in_the_table() {
    let tested: Vec<&str> = SYSTEMS.iter().map(|(kind, _)| *kind).collect();
    // Declared ones have no actions of their own, and examples stand for them; of the others, the README names the tests.
    let elsewhere = ["http", "active-directory", "aws"];
    let untested: Vec<&&str> = nightlatch::connectors::registry::KINDS
        .iter()
        .filter(|kind| !tested.contains(kind) && !elsewhere.contains(kind))
        .collect();
    assert!(untested.is_empty(), "{untested:?}");
}
