//! What is said over the socket.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::archive::{HistoryPage, PersonPage};
use super::ledger::LedgerStatus;
use super::parts::Part;
use crate::model::health::{ConnectorStatus, Health};
use crate::model::{
    Account, ConnectorId, Counts, Departure, Doubts, DryRun, Envelope, Fleet, HoldChange, HoldUp, HrNotice, Leaver,
    LegalHold, Missing, Offboarding, OffboardingId, Phase, Plan, Preview, Reclaimed, Restoration, Revocation, Role,
    Stage, StepRef, Timestamp, Whom,
};

/// The protocol's number. Both sides must speak the same.
pub const PROTOCOL: u32 = 2;

/// The longest line either side accepts, in bytes: a frame beyond it ends the connection.
pub const MAX_LINE: usize = 64 * 1024 * 1024;

/// The client's first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// [`PROTOCOL`].
    pub protocol: u32,
    /// The client's name and version.
    pub client: String,
    /// The engine refuses every act on this connection.
    #[serde(default)]
    pub read_only: bool,
}

/// The engine's first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// [`PROTOCOL`].
    pub protocol: u32,
    /// The engine's version.
    pub version: String,
    /// The engine's process id.
    pub pid: u32,
    /// Since when it runs.
    pub started_at: Timestamp,
    /// Who the engine takes the client for, by its socket's peer credentials.
    pub login: String,
    /// Whether acts are refused on this connection.
    pub read_only: bool,
    /// What the client may do.
    #[serde(default)]
    pub role: Role,
    /// The configuration that the engine runs with.
    #[serde(default)]
    pub config: ConfigMark,
}

/// Which configuration, and what of it a client goes by.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ConfigMark {
    /// The file; `None`: nothing is configured.
    pub path: Option<PathBuf>,
    /// A hash of all that it says, its runbook included; empty: it could not be read.
    pub fingerprint: String,
    /// For how long, in s, somebody who has ended stays in the engine's memory; `None`: it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forget_ended_after_s: Option<u64>,
}

/// A line from the client.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientLine {
    /// The first line.
    Hello(Hello),
    /// Every other line.
    Request(Request),
}

/// A line from the engine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EngineLine {
    /// The first line.
    Welcome(Welcome),
    /// The answer to a request.
    Reply {
        /// The request's id.
        id: Uuid,
        /// What came of it.
        result: Result<Reply, Refusal>,
    },
    /// People of the snapshot that comes behind its parts.
    Part(Part),
    /// The whole state: after `subscribe`, and after a gap.
    Snapshot {
        /// Everybody but those of the parts before.
        fleet: Box<Fleet>,
        /// The connectors.
        connectors: Vec<ConnectorStatus>,
        /// When it was taken, by the engine's clock.
        at: Timestamp,
    },
    /// What happened next.
    Event(Box<Envelope>),
    /// How the connectors do; told on change, at most four times a second.
    Connectors(Vec<ConnectorStatus>),
    /// The engine ends in order, by somebody's word: nobody is to start another by themselves.
    Farewell {},
}

/// A request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// The client's id for it; a resend under the same id gets the first answer again.
    pub id: Uuid,
    /// What is asked.
    pub op: Op,
}

/// What can be asked. `revision` is the one that the operator saw; a stale one is refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "op")]
pub enum Op {
    /// A snapshot, then every event.
    Subscribe {},
    /// The offboardings in memory: open ones, and those that ended lately.
    List {},
    /// One offboarding, wherever it is kept.
    Show {
        /// Which.
        offboarding: OffboardingId,
    },
    /// Everybody ever offboarded, newest first.
    History {
        /// As an operator types it, see [`crate::model::search`]; empty: all.
        query: String,
        /// Only those older than this one: the next page.
        before: Option<OffboardingId>,
        /// At most so many.
        limit: u32,
        /// The IANA name of the zone that the query's days are of; `None`: UTC.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        zone: Option<String>,
    },
    /// Everything that ever happened to a person, oldest first: all offboardings of theirs.
    Person {
        /// One of them.
        offboarding: OffboardingId,
        /// Only events after this one: the next page.
        after: Option<u64>,
        /// At most so many.
        limit: u32,
    },
    /// The journal of one offboarding, oldest first.
    Timeline {
        /// Whose.
        offboarding: OffboardingId,
        /// Only this step's.
        step: Option<u16>,
    },
    /// The plan that this person would get.
    Plan {
        /// Of whom. With `lookup`, what HR knows wins over what is said here.
        leaver: Box<Leaver>,
        /// Ask the HR system first, where one is configured.
        lookup: bool,
    },
    /// What launching would do, for one person or for many.
    Preview {
        /// For whom.
        whom: Whom,
    },
    /// The plan of this person held against the systems as they are, reading only.
    DryRun {
        /// Of whom. With `lookup`, what HR knows wins over what is said here.
        leaver: Box<Leaver>,
        /// Ask the HR system first, where one is configured.
        lookup: bool,
    },
    /// Who has left by the word of HR, and has no offboarding.
    Missing {
        /// Only people whose record in HR was changed since then; `None`: within the last half year.
        since: Option<Timestamp>,
    },
    /// The runbook's text, as the engine reads it.
    Runbook {},
    /// Opens an offboarding.
    LeaverAdd {
        /// The notice: of whom, when, by hand or not.
        notice: Box<HrNotice>,
        /// Ask the HR system first, where one is configured.
        lookup: bool,
        /// The digest of the plan that the operator saw; another plan is refused.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        plan_digest: Option<String>,
    },
    /// Opens an offboarding for each row, or for none if one row is wrong.
    Import {
        /// The file's name, for errors.
        name: String,
        /// The CSV text.
        text: String,
        /// Check only.
        dry_run: bool,
        /// Open them, but let a person fire each, whatever the file says.
        #[serde(default)]
        hold: bool,
        /// The digest of the preview that the operator saw ([`Preview::digest`]); other plans are refused.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        plan_digest: Option<String>,
    },
    /// Fires an armed or held offboarding now.
    Launch {
        /// Which.
        offboarding: OffboardingId,
        /// As seen.
        revision: Option<u32>,
    },
    /// Queues a failed step afresh.
    Retry {
        /// Which.
        step: StepRef,
        /// As seen.
        revision: Option<u32>,
    },
    /// Queues every failed step afresh.
    RetryFailed {
        /// Of this offboarding; `None`: of all.
        offboarding: Option<OffboardingId>,
    },
    /// Agrees to a step.
    Approve {
        /// Which.
        step: StepRef,
        /// As seen.
        revision: Option<u32>,
        /// The digest of the plan that the approver saw.
        plan_digest: String,
        /// The leaver's login, as typed.
        typed: String,
    },
    /// Declines a step: it will not run.
    Reject {
        /// Which.
        step: StepRef,
        /// As seen.
        revision: Option<u32>,
        /// Why.
        reason: String,
    },
    /// Starts no new act of this offboarding, or of any.
    Pause {
        /// Which; `None`: the whole engine.
        offboarding: Option<OffboardingId>,
        /// As seen; the whole engine has none.
        #[serde(default)]
        revision: Option<u32>,
        /// Why.
        reason: String,
    },
    /// Starts acts again.
    Resume {
        /// Which; `None`: the whole engine.
        offboarding: Option<OffboardingId>,
        /// As seen; the whole engine has none.
        #[serde(default)]
        revision: Option<u32>,
    },
    /// Stops an offboarding for good.
    Abort {
        /// Which.
        offboarding: OffboardingId,
        /// As seen.
        revision: Option<u32>,
        /// The leaver's login, as typed.
        typed: String,
        /// Why.
        reason: String,
    },
    /// Gives back what an offboarding took away.
    Undo {
        /// Which.
        offboarding: OffboardingId,
        /// Only what these steps took; empty: all.
        steps: Vec<u16>,
        /// As seen.
        revision: Option<u32>,
        /// The leaver's login, as typed.
        typed: String,
        /// Why.
        reason: String,
        /// Only say what it would do.
        dry_run: bool,
    },
    /// Puts an offboarding under legal hold; or takes it off, by two people.
    Hold {
        /// Which.
        offboarding: OffboardingId,
        /// As seen.
        revision: Option<u32>,
        /// What is done to the hold.
        change: HoldChange,
        /// Why; the second person need not say.
        reason: String,
    },
    /// Writes something down about an offboarding.
    Note {
        /// Which.
        offboarding: OffboardingId,
        /// What.
        text: String,
    },
    /// Writes the evidence of an offboarding into a new directory of the engine's state, with names.
    Export {
        /// Which.
        offboarding: OffboardingId,
    },
    /// Asks connectors, by reading alone, whether they can be used, and which account they find of a person.
    Check {
        /// Only this one; `None`: all.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        connector: Option<ConnectorId>,
        /// Of whom; `None`: nobody is looked for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        leaver: Option<Box<Leaver>>,
        /// Ask the HR system first, where one is configured.
        #[serde(default)]
        lookup: bool,
    },
    /// How every connector does, as the engine has met it.
    Connectors {},
    /// Lets one job of a dead connector go at once: it is said to be mended.
    TryNow {
        /// Which.
        connector: ConnectorId,
    },
    /// Seats that became free.
    Licences {
        /// Only of offboardings opened since then.
        since: Option<Timestamp>,
    },
    /// Whether the engine answers.
    Ping {},
    /// How the engine itself does.
    Status {
        /// Since when those are counted who were cut, as in the asker's midnight; `None`: since midnight in UTC.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        since: Option<Timestamp>,
    },
    /// Where the log stands.
    Ledger {},
    /// Recomputes the log in the background; [`Op::Ledger`] says how far it has got, and what came of it.
    LedgerVerify {},
    /// Ends the engine in order.
    Shutdown {},
}

impl Op {
    /// The least role that may ask it.
    pub fn needs(&self) -> Role {
        match self {
            Self::Approve { .. } | Self::Reject { .. } | Self::Hold { change: HoldChange::Lift, .. } => Role::Approver,
            Self::Shutdown {} => Role::Owner,
            op if op.is_act() => Role::Operator,
            _ => Role::Viewer,
        }
    }

    /// Whether it changes anything: what a read-only connection may not ask.
    pub fn is_act(&self) -> bool {
        !matches!(
            self,
            Self::Subscribe {}
                | Self::List {}
                | Self::Show { .. }
                | Self::History { .. }
                | Self::Timeline { .. }
                | Self::Person { .. }
                | Self::Plan { .. }
                | Self::Preview { .. }
                | Self::DryRun { .. }
                | Self::Missing { .. }
                | Self::Runbook {}
                | Self::Import { dry_run: true, .. }
                | Self::Undo { dry_run: true, .. }
                | Self::Check { .. }
                | Self::Connectors {}
                | Self::Licences { .. }
                | Self::Ping {}
                | Self::Status { .. }
                | Self::Ledger {}
                | Self::LedgerVerify {}
        )
    }
}

/// What a request brought.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// It was done; in words, for a toast.
    Done {
        /// What was done.
        message: String,
        /// The offboardings concerned.
        offboardings: Vec<OffboardingId>,
    },
    /// It answers.
    Pong {},
    /// A list.
    Summaries(Vec<Summary>),
    /// A page of the history.
    History(Box<HistoryPage>),
    /// A page of what happened to a person.
    Person(Box<PersonPage>),
    /// One offboarding.
    Offboarding(Box<Offboarding>),
    /// A journal.
    Timeline(Vec<Envelope>),
    /// A plan and the person that it is for.
    Plan {
        /// The person, with what HR knows.
        leaver: Box<Leaver>,
        /// The plan.
        plan: Box<Plan>,
        /// In what it differs from what the runbook does for everybody.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        departures: Vec<Departure>,
    },
    /// What launching would do.
    Preview(Box<Preview>),
    /// What each step would meet.
    DryRun(Box<DryRun>),
    /// Who has left and has no offboarding.
    Missing(Box<Missing>),
    /// The runbook.
    Runbook(RunbookText),
    /// What an undo would do.
    Restoration(Box<Restoration>),
    /// How every connector does.
    Connectors(Vec<ConnectorStatus>),
    /// What every connector said.
    Probes(Vec<ProbeReport>),
    /// Seats that became free.
    Licences(Box<Reclaimed>),
    /// How the engine itself does.
    Status(Box<EngineStatus>),
    /// Where the log stands.
    Ledger(Box<LedgerStatus>),
    /// Evidence that was written.
    Evidence(Box<Evidence>),
}

/// Why a request was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// For programs.
    pub code: ErrorCode,
    /// For people: what happened, to whom, and what to do next.
    pub message: String,
}

/// Why a request was refused, for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The request makes no sense as it stands.
    Invalid,
    /// There is no such thing.
    NotFound,
    /// It has changed since the operator looked.
    Stale,
    /// Its state does not allow this.
    Conflict,
    /// This connection, or this person, may not.
    Forbidden,
    /// The engine could not, through no fault of the request.
    Unavailable,
}

impl Refusal {
    /// A refusal.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

/// An offboarding in one line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Its id.
    pub id: OffboardingId,
    /// The person's name.
    pub name: String,
    /// The person's e-mail.
    pub email: String,
    /// The phase as one word.
    pub phase: String,
    /// The stage at work.
    pub stage: Option<Stage>,
    /// How many steps stand where.
    pub counts: Counts,
    /// Which feed named the person.
    pub source: String,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it begins to run by itself, if it is armed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fires_at: Option<Timestamp>,
    /// When it began to run.
    pub launched_at: Option<Timestamp>,
    /// When the kill switch was proved whole.
    pub cut_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// For how long some access was or is alive since the launch, in ms.
    pub exposure_ms: Option<u64>,
    /// What an operator should look at first, in words.
    pub worst: Option<String>,
    /// Steps of which nobody knows whether their call took effect, and until when that is waited out.
    #[serde(default)]
    pub doubts: Doubts,
    /// Steps that a system holds up, system by system.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held_up: Vec<HoldUp>,
    /// What keeps anything of the person's from being destroyed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_hold: Option<LegalHold>,
}

impl Summary {
    /// The offboarding in one line, as it stands at `now`.
    pub fn of(offboarding: &Offboarding, now: Timestamp) -> Self {
        let worst = offboarding.worst_step().and_then(|ord| {
            let (planned, step) = offboarding.step(ord)?;
            Some(format!("{} {}", planned.action, step.state.word()))
        });
        let worst = worst.or_else(|| offboarding.is_known_nowhere().then(|| "no system knows them".to_owned()));
        Self {
            id: offboarding.id,
            name: offboarding.leaver().name.clone(),
            email: offboarding.leaver().email.clone(),
            phase: offboarding.phase.word().to_owned(),
            stage: offboarding.stage(),
            counts: offboarding.counts(),
            source: offboarding.notice.source.clone(),
            opened_at: offboarding.opened_at,
            fires_at: match offboarding.phase {
                Phase::Armed { at } => Some(at),
                _ => None,
            },
            launched_at: offboarding.launched_at,
            cut_at: offboarding.cut_at,
            ended_at: offboarding.ended_at,
            exposure_ms: offboarding.exposure_ms(now),
            worst,
            doubts: Doubts::of(offboarding, now),
            held_up: if offboarding.is_open() { HoldUp::of(offboarding) } else { Vec::new() },
            legal_hold: offboarding.legal_hold.as_deref().cloned(),
        }
    }
}

/// The runbook, as the engine reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunbookText {
    /// Its name.
    pub name: String,
    /// Its file, or what it is called where there is none.
    pub file: String,
    /// The text, as it was read.
    pub text: String,
    /// The line on which each rule begins, from 1, in the order of the rules.
    pub rules: Vec<usize>,
}

/// What `check` learnt of one connector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbeReport {
    /// Which.
    pub connector: ConnectorId,
    /// Can it be used.
    pub health: Health,
    /// What was found, in words; the cure where something is wrong.
    pub message: String,
    /// How long the answer took, in ms.
    pub ms: u32,
    /// Scopes or permissions that actions need and that are not granted, as far as the vendor tells.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    /// How far the vendor's clock is ahead of this machine's, in ms, to the second; `None`: it did not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock_ahead_ms: Option<i64>,
    /// What it finds of the person whom it was asked for; `None`: it was asked for nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<Lookup>,
}

/// What a connector finds of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lookup {
    /// Exactly one account, and it is theirs.
    Found(Account),
    /// None.
    Nobody {
        /// How it was searched.
        searched: String,
    },
    /// Two candidates, or one that does not fit: no step would touch it.
    Unsure {
        /// Why.
        reason: String,
    },
    /// The search came to nothing.
    Failed {
        /// Why, and what to do.
        reason: String,
    },
}

/// How the engine itself does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineStatus {
    /// Its version.
    pub version: String,
    /// Its process.
    pub pid: u32,
    /// Since when it runs.
    pub started_at: Timestamp,
    /// Why nothing starts, if so.
    pub paused: Option<String>,
    /// Offboardings that are not over.
    pub open: usize,
    /// Those, and the ones that ended lately.
    pub in_memory: usize,
    /// Open alerts.
    pub alerts: usize,
    /// Whose access is alive now, and how long it took lately to cut it.
    #[serde(default)]
    pub revocation: Revocation,
    /// Resident memory, in bytes.
    pub resident_bytes: u64,
    /// Asynchronous tasks that are alive.
    pub tasks: usize,
    /// The journal's file, in bytes.
    pub journal_bytes: u64,
    /// Its write-ahead log, in bytes.
    pub wal_bytes: u64,
}

/// Evidence that was written, for somebody who checks it with tools of their own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The directory, on the engine's host.
    pub to: String,
    /// How many files.
    pub files: u64,
    /// The events in it.
    pub events: u64,
    /// The log's name.
    pub origin: String,
    /// The events under the checkpoint.
    pub size: u64,
    /// The root that it signs, in base64.
    pub root: String,
    /// The key that its signature was checked with.
    pub verifier_key: String,
    /// Events that no checkpoint was over yet: they are left out.
    pub unsigned: u64,
}
