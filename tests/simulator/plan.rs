//! Small plans with every step class in them, and the notices that ask for them.

use nightlatch::model::{
    ActionId, ApprovalPolicy, Danger, HrNotice, Leaver, NoticeKind, Plan, PlannedStep, RetryPolicy, Stage, StepClass,
    Timestamp, Until, Wait,
};

use super::script::Person;

pub(crate) const DEADLINE_MS: u64 = 2_000;
/// A vendor may act on a request for so long after its deadline.
pub(crate) const VENDOR_LATEST_MS: u64 = 5_000;
/// Reads may show the past for so long.
pub(crate) const STALE_MS: u64 = 30_000;
/// A vendor remembers an idempotency key for so long.
pub(crate) const KEY_KEPT_MS: u64 = 60_000;

pub(crate) const SYSTEMS: [&str; 3] = ["alpha", "bravo", "charlie"];

pub(crate) fn quarantine_ms() -> u64 {
    VENDOR_LATEST_MS + STALE_MS + 500
}

fn step(system: &str, name: &str, stage: Stage, danger: Danger, class: StepClass) -> PlannedStep {
    PlannedStep {
        action: format!("{system}.{name}").parse::<ActionId>().unwrap(),
        title: String::new(),
        stage,
        danger,
        class,
        reason: String::new(),
        waits: Vec::new(),
        approval: None,
        retry: RetryPolicy { attempts: 4, base_ms: 100, max_ms: 300_000 },
        deadline_ms: DEADLINE_MS,
        quarantine_ms: quarantine_ms(),
        residual: None,
        proved_by: None,
        undo: None,
        undo_within_ms: None,
        gives_back: None,
    }
}

/// The class of a step that must not be repeated blindly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Careful {
    Reconcile,
    Keyed,
    Operator,
}

/// A kill switch in each system, then perhaps a careful step, then deletions that wait for everything and a consent.
pub(crate) fn of(person: &Person, case: &str) -> Plan {
    let mut steps = Vec::new();
    for system in SYSTEMS {
        let mut sessions = step(system, "sessions", Stage::KillSwitch, Danger::Reversible, StepClass::Idempotent);
        let mut suspend = step(system, "suspend", Stage::KillSwitch, Danger::Reversible, StepClass::Idempotent);
        let before = u16::try_from(steps.len()).unwrap();
        sessions.proved_by = Some(before + 1);
        suspend.waits.push(Wait { steps: vec![before], until: Until::Tried { patience_ms: 300 }, why: String::new() });
        steps.extend([sessions, suspend]);
    }
    let last_cut = u16::try_from(steps.len()).unwrap();
    if let Some(careful) = person.careful {
        let class = match careful {
            Careful::Reconcile => StepClass::Reconcile,
            Careful::Keyed => StepClass::Keyed { window_ms: KEY_KEPT_MS },
            Careful::Operator => StepClass::Operator,
        };
        let mut careful = step("alpha", "careful", Stage::Handover, Danger::HardToUndo, class);
        let all: Vec<u16> = (0..last_cut).collect();
        careful.waits.push(Wait { steps: all, until: Until::Tried { patience_ms: 1_000 }, why: String::new() });
        steps.push(careful);
    }
    let before_purge = u16::try_from(steps.len()).unwrap();
    for system in SYSTEMS.iter().take(person.deletions) {
        let mut delete = step(system, "delete", Stage::Purge, Danger::Irreversible, StepClass::Reconcile);
        delete.approval = Some(ApprovalPolicy { four_eyes: true, ttl_ms: person.consent_ms });
        let all: Vec<u16> = (0..before_purge).collect();
        delete.waits.push(Wait { steps: all, until: Until::Succeeded, why: String::new() });
        steps.push(delete);
    }
    Plan {
        digest: format!("plan-for-{case}"),
        person: case.to_owned(),
        runbook: "simulated".to_owned(),
        undoes: None,
        sla_ms: 1,
        steps: steps.into(),
        left_out: Vec::new(),
    }
}

pub(crate) fn notice(
    person: usize,
    event_id: &str,
    kind: NoticeKind,
    by_hand: bool,
    effective_at: Option<Timestamp>,
) -> HrNotice {
    let mut leaver = Leaver::from_email(&format!("person{person}@corp.example"));
    leaver.employee_id = Some(person.to_string());
    let source = if by_hand { "console" } else { "hr" };
    HrNotice {
        source: source.to_owned(),
        event_id: event_id.to_owned(),
        kind,
        leaver,
        effective_at,
        by_hand: false,
        reason: None,
    }
}
