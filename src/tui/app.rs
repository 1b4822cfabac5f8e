//! The console's state, and the one function that changes it.

mod acts;
mod answers;
mod approval;
mod archive;
mod connectors;
mod export;
mod hold;
mod keys;
mod launch;
mod log;
mod look;
mod motion;
mod notes;
mod people;
mod runbook;
mod settle;
mod undo;

use std::collections::{BTreeMap, VecDeque};

use acts::list_up;
pub(crate) use acts::{count, name, trouble, who};
pub(crate) use archive::Shelf;
pub(crate) use hold::name_with_hold;
pub(crate) use people::{can_be_aborted, waits_for_launch};

use jiff::tz::TimeZone;
use ratatui::crossterm::event::KeyEventKind;
use ratatui::layout::Rect;

use super::action::{Action, Context};
use super::dialog::Dialog;
use super::figures::Figures;
use super::filter::Filter;
use super::keymap::Keymap;
use super::list::List;
use super::msg::{Cmd, Msg};
use super::order::Running;
use super::pane::{Body, Pane};
use super::roll::Roll;
use super::screen::Place;
use super::screen::approvals::Inbox;
use super::screen::connectors::Systems;
use super::screen::dashboard::Board;
use super::screen::history::{Archive, Wanted};
use super::screen::launch::Launch;
use super::screen::ledger::Log;
use super::screen::offboarding::Case;
use super::screen::runbook::Runbook;
use super::screen::wall::Wall;
use super::text::clean;
use super::theme::{Theme, Tone};
use super::toast::Toasts;
use crate::ipc::mirror::Gap;
use crate::ipc::{EngineLine, Mirror};
use crate::model::{ConnectorId, Offboarding, OffboardingId, Role, StepRef, StepState, Timestamp, Whom};

/// Below this nothing can be shown in a useful way.
pub(crate) const SMALLEST: (u16, u16) = (60, 16);

/// How the line to the engine is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LineState {
    /// The first try is under way.
    Connecting,
    /// Events arrive.
    Live,
    /// Broken; the next try is due at `next_at` on the steady clock.
    Lost { reason: String, tries: u32, next_at: u64 },
}

/// Whom a line from the engine is news of.
#[derive(Debug, Clone, Copy)]
enum News {
    Nothing,
    Of(OffboardingId),
    Everything,
}

impl News {
    fn of(line: &EngineLine) -> Self {
        match line {
            EngineLine::Snapshot { .. } => Self::Everything,
            EngineLine::Event(envelope) => envelope.event.offboarding().map_or(Self::Nothing, Self::Of),
            _ => Self::Nothing,
        }
    }
}

/// What an answer is for.
#[derive(Debug, Clone)]
enum Awaited {
    Order {
        order: u64,
        about: String,
    },
    /// The journal of a step.
    Journal(StepRef),
    /// Somebody who is not in memory, to do this to.
    Person {
        then: Action,
    },
    /// What undoing these steps would do.
    Restoration {
        of: OffboardingId,
        steps: Vec<u16>,
    },
    /// A page of everything that happened to a person, after this event.
    Story(OffboardingId, Option<u64>),
    /// An offboarding that is no longer in memory.
    Shelf(OffboardingId),
    History(Wanted),
    /// Where the log stands.
    Log,
    /// Whether the log is being verified.
    LogVerify,
    Step {
        step: StepRef,
        revision: u32,
    },
    /// Whether these connectors can be used.
    Probes(Vec<ConnectorId>),
    Preview(Whom),
    Missing,
    /// By e-mail.
    DryRun(String),
    Runbook,
    RunbooksPlan,
}

/// The whole state of the console.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) mirror: Mirror,
    pub(crate) line: LineState,
    /// Since when, on the steady clock, an engine says nothing though its line stands.
    pub(crate) silent_since: Option<u64>,
    /// A snapshot has come at least once: there is something to show.
    pub(crate) seen: bool,
    pub(crate) now: Timestamp,
    /// Milliseconds that never jump: for what is measured here.
    pub(crate) steady: u64,
    pub(crate) size: Rect,
    pub(crate) theme: Theme,
    pub(crate) keys: Keymap,
    pub(crate) read_only: bool,
    pub(crate) banner: Option<String>,
    pub(crate) zone: TimeZone,
    pub(crate) place: Place,
    back: VecDeque<Place>,
    forward: Vec<Place>,
    pub(crate) roll: Roll,
    pub(crate) board: Board,
    pub(crate) case: Case,
    pub(crate) wall: Wall,
    pub(crate) systems: Systems,
    pub(crate) inbox: Inbox,
    pub(crate) archive: Archive,
    pub(crate) shelf: Shelf,
    pub(crate) log: Log,
    pub(crate) pane: Option<Pane>,
    /// Over the screen, and under the runbook.
    pub(crate) launch: Option<Launch>,
    pub(crate) runbook: Option<Runbook>,
    pub(crate) dialogs: Vec<Dialog>,
    /// Keys go into the filter of this screen.
    pub(crate) filtering: bool,
    pub(crate) toasts: Toasts,
    pub(crate) figures: Figures,
    tickets: u64,
    awaited: BTreeMap<u64, Awaited>,
    orders: BTreeMap<u64, Running>,
    /// The fleet is newer than the rows.
    stale_fleet: bool,
    /// A filter, a sort or a place is newer than the rows.
    stale_rows: bool,
    changed: bool,
    /// Ticks so far: what turns does so with them.
    turns: u64,
}

/// What the console is told at its start.
#[derive(Debug, Clone)]
pub(crate) struct Start {
    pub(crate) theme: Theme,
    pub(crate) keys: Keymap,
    pub(crate) read_only: bool,
    pub(crate) banner: Option<String>,
    pub(crate) zone: TimeZone,
    pub(crate) now: Timestamp,
    pub(crate) size: (u16, u16),
}

impl App {
    pub(crate) fn new(start: Start) -> Self {
        Self {
            mirror: Mirror::default(),
            line: LineState::Connecting,
            silent_since: None,
            seen: false,
            now: start.now,
            steady: 0,
            size: Rect::new(0, 0, start.size.0, start.size.1),
            theme: start.theme,
            keys: start.keys,
            read_only: start.read_only,
            banner: start.banner,
            zone: start.zone,
            place: Place::Dashboard,
            back: VecDeque::new(),
            forward: Vec::new(),
            roll: Roll::default(),
            board: Board::default(),
            case: Case::default(),
            wall: Wall::default(),
            systems: Systems::default(),
            inbox: Inbox::default(),
            archive: Archive::default(),
            shelf: Shelf::default(),
            log: Log::default(),
            pane: None,
            launch: None,
            runbook: None,
            dialogs: Vec::new(),
            filtering: false,
            toasts: Toasts::default(),
            figures: Figures::default(),
            tickets: 0,
            awaited: BTreeMap::new(),
            orders: BTreeMap::new(),
            stale_fleet: true,
            stale_rows: true,
            changed: true,
            turns: 0,
        }
    }

    /// The only way in.
    pub(crate) fn update(&mut self, msg: Msg) -> Vec<Cmd> {
        match msg {
            Msg::Clock { now, steady } => {
                self.now = now;
                self.steady = steady;
                return Vec::new();
            }
            Msg::Drawn => {
                if let Some(dialog) = self.dialogs.last_mut() {
                    dialog.drawn(self.steady);
                }
                return Vec::new();
            }
            Msg::Tick => {
                self.toasts.expire(self.steady);
                self.turns += 1;
            }
            Msg::Redrawn => {}
            Msg::Silent { ms } => self.silent_since = ms.map(|ms| self.steady.saturating_sub(ms)),
            Msg::Unread(told) => {
                self.toasts.say(Tone::Warn, clean(&told), self.steady);
                self.changed = true;
                // What it did is in a snapshot; one is enough, however much was not understood.
                return if std::mem::take(&mut self.mirror.ready) { vec![Cmd::Subscribe] } else { Vec::new() };
            }
            Msg::Key(key) if key.kind == KeyEventKind::Release => return Vec::new(),
            Msg::Key(key) => {
                // Rows first: a key is about what the fleet is now.
                self.refresh();
                self.changed = true;
                let mut cmds = self.key(key);
                self.refresh();
                cmds.extend(self.settle());
                return cmds;
            }
            Msg::Paste(text) => self.paste(&text),
            Msg::Resize { width, height } => self.size = Rect::new(0, 0, width, height),
            Msg::Line(line) => return self.heard(*line),
            Msg::Answer { ticket, result } => {
                self.changed = true;
                return self.answered(ticket, result);
            }
            Msg::File { ticket, result } => {
                self.changed = true;
                return self.file_read(ticket, result);
            }
            Msg::Lost { reason, again_ms } => {
                let tries = if let LineState::Lost { tries, .. } = self.line { tries + 1 } else { 1 };
                self.mirror.lose(reason.clone());
                // What is known is old from here on: only a snapshot makes it live again.
                self.mirror.ready = false;
                self.line = LineState::Lost { reason, tries, next_at: self.steady + again_ms };
                self.silent_since = None;
                self.case.forget_fetched();
                self.archive.lose();
                self.shelf.lose();
                self.log.lose();
                if let Some(Pane { body: Body::Person(person), .. }) = &mut self.pane {
                    person.lose();
                }
            }
        }
        self.changed = true;
        Vec::new()
    }

    /// Whether there is something new to draw; asking makes it old.
    pub(crate) fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.changed)
    }

    fn heard(&mut self, line: EngineLine) -> Vec<Cmd> {
        if let EngineLine::Connectors(connectors) = &line
            && *connectors == self.mirror.connectors
        {
            return Vec::new();
        }
        self.changed = true;
        match &line {
            EngineLine::Welcome(_) => self.line = LineState::Live,
            EngineLine::Snapshot { .. } => {
                self.seen = true;
                self.stale_fleet = true;
            }
            EngineLine::Event(envelope) => {
                self.stale_fleet = true;
                if envelope.event.offboarding().is_some() && envelope.event.step().is_none() {
                    self.archive.doubt();
                }
                if let Some(pane) = &mut self.pane {
                    pane.heard(envelope);
                }
            }
            // They are one screen's rows.
            EngineLine::Connectors(_) => self.stale_rows = true,
            EngineLine::Part(_) | EngineLine::Reply { .. } | EngineLine::Farewell {} => {}
        }
        match self.fold(line) {
            Ok(()) => Vec::new(),
            Err(gap) => {
                // Deaf to events until the snapshot: one gap is asked about once.
                self.mirror.ready = false;
                self.toasts.say(Tone::Warn, format!("{gap}: asked for a fresh snapshot"), self.steady);
                vec![Cmd::Subscribe]
            }
        }
    }

    /// Folds a line in. What is counted is kept as things happen, rather than counted afresh.
    fn fold(&mut self, line: EngineLine) -> Result<(), Gap> {
        let news = News::of(&line);
        if let News::Of(id) = news
            && let Some(person) = self.mirror.fleet.get(id)
        {
            self.figures.take_out(person);
            self.wall.take_out(person);
        }
        let folded = self.mirror.fold(line, self.now);
        let some_went = self.mirror.forget_old(self.now);
        match if some_went { News::Everything } else { news } {
            News::Everything => self.recount(),
            News::Of(id) => {
                if let Some(person) = self.mirror.fleet.get(id) {
                    self.roll.note(person);
                    self.figures.put_in(person);
                    self.board.rows.heard(id);
                    self.wall.put_in(person, self.steady);
                }
            }
            News::Nothing => {}
        }
        folded
    }

    /// Everybody is new.
    fn recount(&mut self) {
        let fleet = &self.mirror.fleet;
        self.roll = Roll::of(fleet);
        self.figures = Figures::of(fleet, self.now, &self.zone);
        self.board.rows.rebuild();
        self.wall.rebuild(fleet);
    }

    /// Acts can reach the engine, and what is shown is what it knows.
    pub(crate) fn is_live(&self) -> bool {
        self.line == LineState::Live && self.mirror.ready && self.silent_since.is_none()
    }

    /// For how long, in ms, the engine has said nothing though it was asked.
    pub(crate) fn silent_ms(&self) -> Option<u64> {
        self.silent_since.map(|since| self.steady.saturating_sub(since))
    }

    /// The console, or the engine on this connection, refuses acts.
    pub(crate) fn is_read_only(&self) -> bool {
        self.read_only || self.mirror.welcome.as_ref().is_some_and(|it| it.read_only)
    }

    /// What the operator may do at this engine.
    pub(crate) fn role(&self) -> Role {
        self.mirror.welcome.as_ref().map_or_else(Role::default, |it| it.role)
    }

    /// Milliseconds since something was last heard, if the line is broken.
    pub(crate) fn age_ms(&self) -> Option<u64> {
        if self.is_live() { None } else { self.mirror.heard_at.map(|at| self.now.ms_since(at)) }
    }

    pub(crate) fn context(&self) -> Context {
        if self.runbook.is_some() {
            Context::Runbook
        } else if self.launch.is_some() {
            Context::Launch
        } else if self.pane.is_some() {
            Context::Pane
        } else {
            self.place.context()
        }
    }

    /// The offboarding pointed at, if it is in memory, or was read from the journal.
    pub(crate) fn person(&self) -> Option<&Offboarding> {
        self.known(self.pointed_at()?)
    }

    /// The id of the offboarding pointed at.
    pub(crate) fn pointed_at(&self) -> Option<OffboardingId> {
        match self.place {
            Place::Dashboard => self.board.rows.list.selected,
            Place::Offboarding(id) => id,
            Place::Wall => self.wall.rows.list.selected,
            Place::Approvals => self.inbox.list.selected.map(|it| it.offboarding),
            Place::History => self.archive.list.selected,
            Place::Connectors | Place::Ledger => None,
        }
    }

    /// The step pointed at; where a row is a whole person, the worst of the person's for which `fits` holds.
    pub(crate) fn step_that(&self, fits: impl Fn(&StepState) -> bool) -> Option<StepRef> {
        let person = self.person()?;
        match self.place {
            Place::Dashboard | Place::Wall => {
                let suits = |ord: &u16| person.step(*ord).is_some_and(|(_, step)| fits(&step.state));
                let worst = person.worst_step().filter(suits);
                let first = || (0u16..).zip(&person.steps).find(|(_, step)| fits(&step.state)).map(|(ord, _)| ord);
                Some(person.id.step(worst.or_else(first)?))
            }
            Place::Offboarding(_) => Some(person.id.step(self.case.list.selected?)),
            Place::Approvals => self.inbox.list.selected,
            Place::Connectors | Place::History | Place::Ledger => None,
        }
        .filter(|at| person.step(at.ord).is_some_and(|(_, step)| fits(&step.state)))
    }

    /// The filter of this screen.
    pub(crate) fn filter(&self) -> &Filter {
        match self.place {
            Place::Dashboard => &self.board.rows.filter,
            Place::Offboarding(_) => &self.case.filter,
            Place::Wall => &self.wall.rows.filter,
            Place::Connectors => &self.systems.filter,
            Place::Approvals => &self.inbox.filter,
            Place::History => &self.archive.filter,
            Place::Ledger => &self.log.filter,
        }
    }

    fn set_filter(&mut self, text: &str) {
        let filter = match self.place {
            Place::History => Filter::of_history(text, &self.zone),
            _ => Filter::parse(text),
        };
        match self.place {
            Place::Dashboard => self.board.rows.filter = filter,
            Place::Offboarding(_) => self.case.filter = filter,
            Place::Wall => self.wall.rows.filter = filter,
            Place::Connectors => self.systems.filter = filter,
            Place::Approvals => self.inbox.filter = filter,
            Place::History => self.archive.search(filter),
            Place::Ledger => {}
        }
        self.stale_rows = true;
    }

    /// Offboardings that the engine goes on with when the console ends.
    pub(crate) fn in_progress(&self) -> usize {
        self.mirror.fleet.offboardings.values().filter(|it| it.is_open()).count()
    }

    /// Marked rows of this screen.
    pub(crate) fn marked(&self) -> usize {
        if let Some(launch) = &self.launch {
            return launch.marked();
        }
        match self.place {
            Place::Dashboard => self.board.rows.list.marks.len(),
            Place::Wall => self.wall.rows.list.marks.len(),
            Place::Approvals => self.inbox.list.marks.len(),
            Place::Offboarding(_) | Place::Connectors | Place::History | Place::Ledger => 0,
        }
    }

    /// The list of the screen whose rows can be marked.
    fn with_list<T>(&mut self, f: impl FnOnce(&mut (dyn Rows + 'static)) -> T) -> T {
        match self.place {
            Place::Dashboard => f(&mut self.board.rows.list),
            Place::Offboarding(_) => f(&mut self.case.list),
            Place::Wall => f(&mut self.wall.rows.list),
            Place::Connectors => f(&mut self.systems.list),
            Place::Approvals => f(&mut self.inbox.list),
            Place::History => f(&mut self.archive.list),
            Place::Ledger => f(&mut self.log.list),
        }
    }
}

/// What every list can do, whatever its rows are.
trait Rows {
    fn down(&mut self, by: usize);
    fn up(&mut self, by: usize);
    fn go(&mut self, row: usize);
    fn toggle_mark(&mut self);
    fn range(&mut self);
    fn mark_all(&mut self);
    fn clear_marks(&mut self) -> bool;
}

impl<Id: Copy + Ord + 'static> Rows for List<Id> {
    fn down(&mut self, by: usize) {
        List::down(self, by);
    }
    fn up(&mut self, by: usize) {
        List::up(self, by);
    }
    fn go(&mut self, row: usize) {
        List::go(self, row);
    }
    fn toggle_mark(&mut self) {
        List::toggle_mark(self);
    }
    fn range(&mut self) {
        List::range(self);
    }
    fn mark_all(&mut self) {
        List::mark_all(self);
    }
    fn clear_marks(&mut self) -> bool {
        List::clear_marks(self)
    }
}
