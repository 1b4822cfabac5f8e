//! What tests of pure types begin with.

use super::{
    Actor, Danger, HrNotice, Leaver, NoticeKind, Offboarding, OffboardingId, Phase, Plan, PlannedStep, RetryPolicy,
    Stage, StepClass, Timestamp,
};

/// A step of no meaning.
pub(crate) fn planned(action: &str) -> PlannedStep {
    PlannedStep {
        action: action.parse().unwrap(),
        title: String::new(),
        stage: Stage::Licences,
        danger: Danger::Reversible,
        class: StepClass::Idempotent,
        reason: String::new(),
        waits: Vec::new(),
        approval: None,
        retry: RetryPolicy::default(),
        deadline_ms: 1,
        quarantine_ms: 1,
        residual: None,
        proved_by: None,
        undo: None,
        undo_within_ms: None,
        gives_back: None,
    }
}

/// A plan of these steps.
pub(crate) fn plan(steps: Vec<PlannedStep>) -> Plan {
    Plan {
        digest: String::new(),
        person: String::new(),
        runbook: String::new(),
        undoes: None,
        sla_ms: 1,
        steps: steps.into(),
        left_out: Vec::new(),
    }
}

/// One that runs, of somebody.
pub(crate) fn offboarding(id: u64, steps: Vec<PlannedStep>) -> Offboarding {
    let notice = HrNotice {
        source: String::new(),
        event_id: String::new(),
        kind: NoticeKind::Terminated,
        leaver: Leaver::from_email("alfa.doe@corp.example"),
        effective_at: None,
        by_hand: false,
        reason: None,
    };
    Offboarding::open(OffboardingId(id), notice, plan(steps), Phase::Running, Actor::Engine, Timestamp(0))
}
