//! An offboarding with a step in each kind of state.

use crate::ipc::Summary;
use crate::model::{
    Actor, ApprovalPolicy, ConnectorId, Danger, Fleet, HrNotice, Leaver, LeftOut, NoticeKind, Offboarding,
    OffboardingId, Phase, Plan, PlannedStep, Proof, Residual, RetryPolicy, Stage, StepClass, StepState, Timestamp,
    Until, Wait,
};

pub(super) const DIGEST: &str = "3fd2a8c41b07e95d3fd2a8c41b07e95d3fd2a8c41b07e95d3fd2a8c41b07e95d";

/// 2026-11-23T01:02:03.004Z.
pub(super) const OPENED: Timestamp = Timestamp(1_795_395_723_004);

fn step(connector: &str, name: &str, title: &str, stage: Stage, danger: Danger) -> PlannedStep {
    PlannedStep {
        action: ConnectorId::new(connector).unwrap().action(name),
        title: title.to_owned(),
        stage,
        danger,
        class: StepClass::Reconcile,
        reason: "runbook: default".to_owned(),
        waits: Vec::new(),
        approval: None,
        retry: RetryPolicy::default(),
        deadline_ms: 10_000,
        quarantine_ms: 30_000,
        residual: None,
        proved_by: None,
        undo: Some("the account is made active again".to_owned()),
        undo_within_ms: None,
        gives_back: None,
    }
}

pub(super) fn leaver() -> Leaver {
    Leaver { name: "Alfa Doe".to_owned(), ..Leaver::from_email("alfa.doe@corp.example") }
}

pub(super) fn plan() -> Plan {
    let mut google = step("google", "suspend", "Suspends the account", Stage::KillSwitch, Danger::Reversible);
    google.residual = Some(Residual { what: "tokens already given out".to_owned(), ms: 3_600_000 });
    let okta = step("okta", "deactivate", "Deactivates the user", Stage::KillSwitch, Danger::HardToUndo);
    let mut delete = step("google", "delete", "Deletes the account and its data", Stage::Purge, Danger::Irreversible);
    delete.undo = None;
    delete.approval = Some(ApprovalPolicy { four_eyes: true, ttl_ms: 14_400_000 });
    delete.waits = vec![Wait {
        steps: vec![0, 1],
        until: Until::Succeeded,
        why: "nothing is deleted before every access is cut".to_owned(),
    }];
    let slack = step("slack", "deactivate", "Deactivates the member", Stage::KillSwitch, Danger::Reversible);
    let left = LeftOut {
        action: ConnectorId::new("github").unwrap().action("remove"),
        reason: "condition `department == \"R&D\"` is not met".to_owned(),
    };
    Plan {
        digest: DIGEST.to_owned(),
        person: "alfa.doe@corp.example".to_owned(),
        runbook: "default".to_owned(),
        undoes: None,
        sla_ms: 60_000,
        steps: vec![google, okta, delete, slack].into(),
        left_out: vec![left],
    }
}

pub(super) fn offboarding() -> Offboarding {
    let notice = HrNotice {
        source: "bamboohr".to_owned(),
        event_id: "n-1".to_owned(),
        kind: NoticeKind::Terminated,
        leaver: leaver(),
        effective_at: None,
        by_hand: false,
        reason: None,
    };
    let by = Actor::Hris { source: "bamboohr".to_owned() };
    let mut it = Offboarding::open(OffboardingId(17), notice, plan(), Phase::Running, by, OPENED);
    it.revision = 3;
    let at = OPENED.plus_ms(812);
    it.steps[0].attempt = 1;
    it.steps[0].acknowledged_at = Some(at);
    it.steps[0].state = StepState::Done { at, proof: Proof::Verified { evidence: "suspended: true".into() } };
    it.steps[1].attempt = 2;
    it.steps[1].state =
        StepState::RetryAt { at: OPENED.plus_ms(5_000), reason: "429 too many requests\u{1b}[2J".to_owned() };
    it.steps[2].revision = 4;
    it.steps[2].state = StepState::AwaitingApproval { since: at };
    it.steps[3].attempt = 1;
    it.steps[3].state = StepState::Failed {
        at,
        reason: "missing_scope".to_owned(),
        cure: "give the app the scope admin.users:write, then retry".to_owned(),
    };
    it
}

pub(super) fn summary() -> Summary {
    Summary::of(&offboarding(), OPENED.plus_ms(192_000))
}

pub(super) fn fleet() -> Fleet {
    let mut fleet = Fleet { next_seq: 10, ..Fleet::default() };
    fleet.offboardings.insert(OffboardingId(17), Box::new(offboarding()));
    fleet
}
