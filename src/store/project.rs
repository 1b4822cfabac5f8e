//! What the journal's events come to: the rows beside it. Pure; the writer writes them, the rebuild compares them.

use serde::{Deserialize, Serialize};

use crate::model::{
    Actor, Envelope, Event, Fleet, Leaver, LegalHold, Note, NoticeKey, Offboarding, OffboardingId, Phase, StepRef,
    Timestamp,
};

/// An offboarding without its notice, plan and steps: what changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Who asked for it.
    pub requester: Actor,
    /// Whether acts may start.
    #[serde(flatten)]
    pub phase: Phase,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it began to run.
    pub launched_at: Option<Timestamp>,
    /// When the kill switch was proved whole.
    pub cut_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// What keeps anything from being destroyed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_hold: Option<Box<LegalHold>>,
    /// What people wrote down.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    /// The revision.
    pub revision: u32,
}

impl Header {
    /// The header of an offboarding.
    pub fn of(offboarding: &Offboarding) -> Self {
        Self {
            requester: offboarding.requester.clone(),
            phase: offboarding.phase.clone(),
            opened_at: offboarding.opened_at,
            launched_at: offboarding.launched_at,
            cut_at: offboarding.cut_at,
            ended_at: offboarding.ended_at,
            legal_hold: offboarding.legal_hold.clone(),
            notes: offboarding.notes.clone(),
            revision: offboarding.revision,
        }
    }
}

/// A row to write, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// An offboarding was opened: its first row.
    Opened {
        /// Its id.
        id: OffboardingId,
        /// Its journal event.
        seq: u64,
        /// The person's e-mail.
        email: String,
        /// What the person is searched by: name, e-mail, login and employee id in lower case, one a line.
        names: String,
        /// The rest.
        header: Box<Header>,
    },
    /// An offboarding's header changed.
    Header {
        /// Its id.
        id: OffboardingId,
        /// Whether the next engine needs it in memory.
        live: bool,
        /// The rest.
        header: Box<Header>,
    },
    /// A step changed.
    Step {
        /// Which.
        step: StepRef,
        /// Its state, as JSON.
        state: String,
    },
    /// A notice was taken.
    Notice(NoticeKey),
    /// An alert opened, or (`None`) closed.
    Alert {
        /// Its key.
        key: String,
        /// The open alert, as JSON.
        body: Option<String>,
    },
    /// A value of the whole engine.
    Meta {
        /// Its name.
        key: &'static str,
        /// Its value, as JSON.
        value: String,
    },
}

impl Row {
    /// A value of the whole engine.
    pub fn meta(key: &'static str, value: &impl Serialize) -> Self {
        Self::Meta { key, value: json(value) }
    }
}

pub(super) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default() // The model's types always serialise.
}

/// What a person is searched by: name, e-mail, login and employee id in lower case, one a line.
pub(super) fn names(leaver: &Leaver) -> String {
    let Leaver { name, email, login, employee_id, .. } = leaver;
    [name, email, login].into_iter().chain(employee_id).map(|it| it.to_lowercase()).collect::<Vec<_>>().join("\n")
}

/// The rows that follow from `envelope`, given the state after it.
pub fn rows(fleet: &Fleet, envelope: &Envelope) -> Vec<Row> {
    let mut rows = Vec::with_capacity(2);
    let notice = |source: &str, event_id: &str| Row::Notice(NoticeKey::of(source, event_id));
    match &envelope.event {
        Event::EngineStarted { .. } => rows.push(Row::Meta { key: "epoch", value: json(&fleet.epoch) }),
        Event::EnginePaused { .. } | Event::EngineResumed {} => {
            rows.push(Row::Meta { key: "paused", value: json(&fleet.paused) });
        }
        Event::Opened { offboarding, notice: hr, .. } => {
            rows.push(notice(&hr.source, &hr.event_id));
            if let Some(opened) = fleet.get(*offboarding) {
                rows.push(Row::Opened {
                    id: *offboarding,
                    seq: envelope.seq,
                    email: hr.leaver.email.clone(),
                    names: names(&hr.leaver),
                    header: Box::new(Header::of(opened)),
                });
            }
        }
        Event::NoticeMerged { source, event_id, .. } | Event::NoticeSetAside { source, event_id, .. } => {
            rows.push(notice(source, event_id));
        }
        Event::AlertRaised { key, .. } | Event::AlertResolved { key } => {
            rows.push(Row::Alert { key: key.clone(), body: fleet.alerts.get(key).map(json) });
        }
        Event::EngineStopped {} => {}
        event => {
            let Some(offboarding) = event.offboarding().and_then(|id| fleet.get(id)) else { return rows };
            let step = event.step();
            if let Some((step, (_, state))) = step.and_then(|step| Some((step, offboarding.step(step.ord)?))) {
                rows.push(Row::Step { step, state: json(state) });
            }
            // A step's event changes the header only when it completes the kill switch, or ends a stopped one's work.
            let cut_now = offboarding.cut_at == Some(envelope.at);
            if step.is_none() || cut_now || !offboarding.is_open() {
                rows.push(Row::Header {
                    id: offboarding.id,
                    live: offboarding.is_kept_at_hand(),
                    header: Box::new(Header::of(offboarding)),
                });
            }
        }
    }
    rows
}
