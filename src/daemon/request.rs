//! What the socket can be asked: one file a request.

mod check;
mod command;
mod connectors;
mod dry_run;
mod export;
mod history;
mod hold;
mod import;
mod leaver;
mod ledger;
mod licences;
mod list;
mod missing;
mod note;
mod person;
mod plan;
mod preview;
mod runbook;
mod show;
mod status;
mod timeline;
mod undo;

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Notify, watch};
use uuid::Uuid;

use super::readers::Readers;
use super::verification::Verification;
use crate::alert::ChannelState;
use crate::engine::clock::wall_now;
use crate::engine::worker::Worker;
use crate::engine::{EngineError, Handle};
use crate::intake::Feeds;
use crate::ipc::{ConfigMark, ErrorCode, Op, Refusal, Reply, Request};
use crate::model::reclaimed::Prices;
use crate::model::{Actor, Role, Timestamp};
use crate::paths::Paths;
use crate::plan::Planner;
use crate::store::Archive;

/// Answers kept for clients that ask again under the same id.
const ANSWERS_KEPT: usize = 512;

type Answer = Result<Reply, Refusal>;

/// Who asks.
#[derive(Debug)]
pub(super) struct Seat {
    pub(super) actor: Actor,
    pub(super) role: Role,
    pub(super) read_only: bool,
}

/// What requests work with.
pub(super) struct Context {
    pub(super) handle: Handle,
    pub(super) started_at: Timestamp,
    pub(super) config: ConfigMark,
    paths: Paths,
    readers: Readers,
    planner: Arc<Planner>,
    feeds: Feeds,
    worker: Arc<Worker>,
    default_zone: String,
    verifier_key: String,
    origin: String,
    prices: Prices,
    stop: Arc<Notify>,
    /// The alert channels, as they do.
    channels: watch::Receiver<BTreeMap<String, ChannelState>>,
    verification: Verification,
    archive: Arc<Mutex<Archive>>,
    answered: Mutex<VecDeque<(Uuid, Answer)>>,
}

impl Context {
    #[expect(clippy::too_many_arguments, reason = "the parts of the process that requests reach, wired once")]
    pub(super) fn new(
        handle: Handle,
        config: ConfigMark,
        paths: Paths,
        planner: Arc<Planner>,
        feeds: Feeds,
        worker: Arc<Worker>,
        default_zone: String,
        verifier_key: String,
        origin: String,
        prices: Prices,
        stop: Arc<Notify>,
        channels: watch::Receiver<BTreeMap<String, ChannelState>>,
        verification: Verification,
    ) -> Self {
        Self {
            handle,
            started_at: wall_now(),
            config,
            readers: Readers::new(paths.journal()),
            paths,
            planner,
            feeds,
            worker,
            default_zone,
            verifier_key,
            origin,
            prices,
            stop,
            channels,
            verification,
            archive: Arc::default(),
            answered: Mutex::default(),
        }
    }

    /// Answers a request; an act that was asked before under the same id is not done twice.
    pub(super) async fn answer(&self, request: Request, seat: &Seat) -> Answer {
        let Request { id, op } = request;
        if !op.is_act() {
            return self.read(op).await;
        }
        if seat.read_only {
            let message = "this connection is read-only: nothing was done. Start without --read-only to act";
            return Err(Refusal::new(ErrorCode::Forbidden, message));
        }
        let needed = op.needs();
        if seat.role < needed {
            let message =
                format!("this needs the role {needed}, and {} is {} here: nothing was done", seat.actor, seat.role);
            return Err(Refusal::new(ErrorCode::Forbidden, message));
        }
        if let Some(answer) = self.answered_before(id) {
            return answer;
        }
        let answer = self.act(id, op, seat.actor.clone()).await;
        let mut answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        answered.truncate(ANSWERS_KEPT - 1);
        answered.push_front((id, answer.clone()));
        answer
    }

    fn answered_before(&self, id: Uuid) -> Option<Answer> {
        let answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        answered.iter().find(|(known, _)| *known == id).map(|(_, answer)| answer.clone())
    }

    async fn read(&self, op: Op) -> Answer {
        match op {
            Op::Ping {} => Ok(Reply::Pong {}),
            Op::List {} => self.list().await,
            Op::Show { offboarding } => self.show(offboarding).await,
            Op::History { query, before, limit, zone } => self.history(&query, before, limit, zone.as_deref()).await,
            Op::Person { offboarding, after, limit } => self.person(offboarding, after, limit).await,
            Op::Timeline { offboarding, step } => self.timeline(offboarding, step).await,
            Op::Plan { leaver, lookup } => self.plan(*leaver, lookup).await,
            Op::Preview { whom } => self.preview(whom).await,
            Op::DryRun { leaver, lookup } => self.dry_run(*leaver, lookup).await,
            Op::Missing { since } => self.missing(since).await,
            Op::Runbook {} => Ok(self.runbook()),
            Op::Import { name, text, .. } => self.check_import(&name, &text),
            Op::Undo { offboarding, steps, .. } => self.restoration(offboarding, &steps).await,
            Op::Check { connector, leaver, lookup } => self.check(connector, leaver, lookup).await,
            Op::Connectors {} => self.connectors().await,
            Op::Licences { since } => self.licences(since).await,
            Op::Status { since } => self.status(since).await,
            Op::Ledger {} => self.ledger().await,
            Op::LedgerVerify {} => self.verify_ledger(),
            other => Err(Refusal::new(ErrorCode::Invalid, format!("not a question: {other:?}"))),
        }
    }

    async fn act(&self, id: Uuid, op: Op, by: Actor) -> Answer {
        match op {
            Op::LeaverAdd { notice, lookup, plan_digest } => {
                self.add_leaver(id, *notice, lookup, plan_digest.as_deref(), by).await
            }
            Op::Import { name, text, hold, plan_digest, .. } => {
                self.import(&name, &text, hold, plan_digest.as_deref(), by).await
            }
            Op::Shutdown {} => {
                self.stop.notify_one();
                Ok(Reply::Done { message: "the engine stops".to_owned(), offboardings: Vec::new() })
            }
            Op::Undo { offboarding, steps, revision, typed, reason, .. } => {
                self.undo(offboarding, &steps, revision, typed, reason, by).await
            }
            Op::Hold { offboarding, revision, change, reason } => {
                self.hold(offboarding, revision, change, reason, by).await
            }
            Op::Note { offboarding, text } => self.note(offboarding, text, by).await,
            Op::Export { offboarding } => self.export(offboarding).await,
            op => self.command(op, by).await,
        }
    }
}

/// In bytes; of a file that is not there, 0.
fn file_size(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |it| it.len())
}

/// The engine's word, for an operator.
fn refusal(error: EngineError) -> Refusal {
    match error {
        EngineError::Refused(refusal) => refusal,
        other => Refusal::new(ErrorCode::Unavailable, other.to_string()),
    }
}
