//! Every screen in every state, and every flow, pane and dialog: in three sizes, each as it is, in ASCII, and for eyes
//! that confuse red and green.

use super::fleet::{World, ago, layoff, sixteen};
use super::harness::{Harness, welcome};
use super::looks::{SIZES, in_every_look};
use super::{archive, launch, log, notes, runbook, undo};
use crate::ipc::{EngineLine, ErrorCode, Refusal, Reply};
use crate::model::{Event, OffboardingId};
use crate::tui::msg::Msg;

/// How something comes onto a terminal of this size.
type Begin = fn(u16, u16) -> Harness;

type Answer = fn() -> Result<Reply, Refusal>;

/// What happens next.
#[derive(Clone, Copy)]
enum Turn {
    Keys(&'static str),
    Types(&'static str),
    Told(Answer),
    /// The line to the engine breaks.
    Lost,
}
use Turn::{Keys, Lost, Told, Types};

fn play(mut it: Harness, turns: &[Turn]) -> Harness {
    for turn in turns {
        match turn {
            Keys(keys) => drop(it.keys(keys)),
            Types(text) => drop(it.type_text(text)),
            Told(answer) => it.answer(answer()),
            Lost => {
                it.send(Msg::Lost { reason: "the engine closed the connection".to_owned(), again_ms: 5_000 });
                it.wait(3_000);
            }
        }
    }
    it
}

fn read_only(world: &World, width: u16, height: u16) -> Harness {
    let mut it = Harness::cold(width, height);
    it.line(EngineLine::Welcome(welcome(true)));
    it.snapshot(world);
    it
}

fn busy_read_only(width: u16, height: u16) -> Harness {
    read_only(&World::busy(), width, height)
}

fn engine_paused(width: u16, height: u16) -> Harness {
    let mut world = World::busy();
    world.engine(ago(9_000), Event::EnginePaused { reason: "a vendor's outage".to_owned() });
    Harness::with(&world, width, height)
}

fn refused() -> Result<Reply, Refusal> {
    Err(Refusal::new(ErrorCode::Conflict, "it runs already: somebody was faster"))
}

fn broken() -> Result<Reply, Refusal> {
    Err(Refusal::new(ErrorCode::Unavailable, "the journal /var/lib/nightlatch/journal.db: disk I/O error"))
}

struct Screen {
    name: &'static str,
    key: &'static str,
    /// What it has most to say of.
    world: fn() -> World,
    /// What it asks the engine by itself is answered so; and so where nobody was ever offboarded.
    full: &'static [Turn],
    empty: &'static [Turn],
    /// What goes wrong on it.
    fails: &'static [Turn],
}

const DASHBOARD: Screen = Screen {
    name: "dashboard",
    key: "1",
    world: World::busy,
    full: &[],
    empty: &[],
    fails: &[Keys("r"), Told(refused)],
};

const SCREENS: [Screen; 7] = [
    DASHBOARD,
    Screen { name: "offboarding", key: "2", full: &[Told(journal)], fails: &[Told(broken)], ..DASHBOARD },
    Screen { name: "wall", key: "3", world: || layoff(60), ..DASHBOARD },
    Screen { name: "connectors", key: "4", world: sixteen, fails: &[Keys("c"), Told(broken)], ..DASHBOARD },
    Screen {
        name: "approvals",
        key: "5",
        fails: &[Keys("a"), Types("foxtrot.doe"), Keys("enter"), Told(refused)],
        ..DASHBOARD
    },
    Screen {
        name: "history",
        key: "6",
        full: &[Told(|| archive::page(&archive::mixed(), false))],
        empty: &[Told(|| archive::page(&[], false))],
        fails: &[Told(broken)],
        ..DASHBOARD
    },
    Screen {
        name: "ledger",
        key: "7",
        full: &[Told(|| log::told(log::status()))],
        empty: &[Told(|| log::told(log::fresh()))],
        fails: &[Told(broken)],
        ..DASHBOARD
    },
];

impl Screen {
    /// Open, over what it has most to say of, in each of its states.
    fn states(&self, width: u16, height: u16) -> Vec<(&'static str, Harness)> {
        let world = (self.world)();
        let here = || Harness::with(&world, width, height);
        let opened = |it, turns: &[Turn]| play(play(it, &[Keys(self.key)]), turns);
        // Who asks waits for the answer, the others for the engine's first word of the fleet.
        let mut loading = if self.full.is_empty() { Harness::cold(width, height) } else { here() };
        loading.line(EngineLine::Welcome(welcome(false)));
        let mut alone = Harness::cold(width, height);
        let reason = "no engine listens at /run/nightlatch/engine.sock: start one with `nightlatch engine`".to_owned();
        alone.send(Msg::Lost { reason, again_ms: 4_000 });
        vec![
            ("", opened(here(), self.full)),
            ("_empty", opened(Harness::with(&World::empty(), width, height), self.empty)),
            ("_loading", opened(loading, &[])),
            ("_no_engine", opened(alone, &[])),
            ("_error", opened(here(), self.fails)),
            ("_disconnected", play(opened(here(), self.full), &[Lost])),
            ("_read_only", opened(read_only(&world, width, height), self.full)),
        ]
    }
}

/// Of the step that the first person of the busy world is opened at.
#[expect(clippy::unnecessary_wraps, reason = "as the engine answers")]
fn journal() -> Result<Reply, Refusal> {
    let step = Some(OffboardingId(1).step(1));
    Ok(Reply::Timeline(World::busy().journal.into_iter().filter(|it| it.event.step() == step).collect()))
}

#[test]
fn every_screen_in_every_state() {
    for (width, height) in SIZES {
        for screen in &SCREENS {
            for (state, it) in screen.states(width, height) {
                in_every_look(&format!("{}{state}", screen.name), it);
            }
        }
    }
}

#[test]
fn before_the_first_word_of_an_engine() {
    for (width, height) in SIZES {
        in_every_look("connecting", Harness::cold(width, height));
    }
}

const DIALOGS: &[(&str, Begin, &[Turn])] = &[
    ("confirm", Harness::busy, &[Keys("R")]),
    ("typed", Harness::busy, &[Keys("5 a")]),
    ("typed_wrong", Harness::busy, &[Keys("5 a"), Types("y"), Keys("enter")]),
    ("typed_bulk", Harness::busy, &[Keys("5 * a")]),
    ("reason", Harness::busy, &[Keys("X")]),
    ("abort", Harness::busy, &[Keys("X"), Types("resignation withdrawn"), Keys("enter")]),
    ("reject", Harness::busy, &[Keys("5 x"), Types("keep the keys"), Keys("enter")]),
    ("hold", Harness::busy, &[Keys("H"), Types("Doe v. Corp"), Keys("enter")]),
    ("note", Harness::busy, &[Keys("N"), Types("counsel has called")]),
    ("copy", Harness::busy, &[Keys("y")]),
    ("help", Harness::busy, &[Keys("?")]),
    ("help_filtered", Harness::busy, &[Keys("?"), Types("appr")]),
    ("palette", Harness::busy, &[Keys(":")]),
    ("palette_read_only", busy_read_only, &[Keys(":")]),
    ("palette_nothing", Harness::busy, &[Keys(":"), Types("xyzzy")]),
    ("evidence", Harness::busy, &[Keys("e"), Told(written)]),
    ("undo_loading", undo::on_a_step, &[]),
    ("undo", undo::on_a_step, &[Keys("s"), Told(|| Ok(undo::restoration()))]),
    ("undo_error", undo::on_a_step, &[Told(broken)]),
    (
        "undo_typed",
        undo::on_a_step,
        &[Keys("s"), Told(|| Ok(undo::restoration())), Keys("y"), Types("the wrong person"), Keys("enter")],
    ),
    ("pause_engine", Harness::busy, &[Keys(":"), Types("pause-engine"), Keys("enter")]),
    ("launch", Harness::busy, &[Keys("G k L")]),
    ("not_sent", Harness::busy, &[Keys("R"), Lost, Keys("y")]),
];

const PANES: &[(&str, Begin, &[Turn])] = &[
    ("engine_paused", engine_paused, &[]),
    ("details", Harness::busy, &[Keys("d")]),
    ("timeline_loading", Harness::busy, &[Keys("A")]),
    ("timeline_error", Harness::busy, &[Keys("A"), Told(broken)]),
    ("timeline", Harness::busy, &[Keys("A"), Told(|| Ok(archive::everything_of(&World::busy(), &[OffboardingId(1)])))]),
    ("timeline_disconnected", Harness::busy, &[Keys("A"), Lost]),
    ("alerts", Harness::busy, &[Keys(":"), Types("alerts"), Keys("enter")]),
    (
        "alerts_empty",
        |width, height| Harness::with(&World::empty(), width, height),
        &[Keys(":"), Types("alerts"), Keys("enter")],
    ),
    ("payloads", Harness::busy, &[Keys("enter Y"), Told(journal)]),
    ("step_log_loading", Harness::busy, &[Keys("enter l")]),
    ("step_log", Harness::busy, &[Keys("enter l"), Told(journal)]),
    ("ledger_checkpoint", Harness::busy, &[Keys("7"), Told(|| log::told(log::status())), Keys("d")]),
    ("filtered", Harness::busy, &[Keys("/"), Types("state:approval !bravo")]),
    ("filtered_nobody", Harness::busy, &[Keys("/"), Types("xyzzy"), Keys("enter")]),
];

const LAUNCH: &[(&str, Begin, &[Turn])] = &[
    ("choose", Harness::busy, &[Keys("n")]),
    ("person", Harness::busy, &[Keys("n enter")]),
    ("person_loading", Harness::busy, &[Keys("n enter"), Types("alfa.doe"), Keys("enter")]),
    ("person_unknown", Harness::busy, &[Keys("n enter"), Types("gone@corp.example"), Keys("enter"), Told(unknown)]),
    ("file", Harness::busy, &[Keys("n j j enter")]),
    ("missing_loading", Harness::busy, &[Keys("n j enter")]),
    ("missing", launch::listing, &[Keys("space")]),
    ("nobody", Harness::busy, &[Keys("n j enter"), Told(|| Ok(launch::nobody_missing()))]),
    ("no_hr", Harness::busy, &[Keys("n j enter"), Told(|| Ok(launch::no_hr()))]),
    ("hr_down", Harness::busy, &[Keys("n j enter"), Told(hr_down)]),
    ("many", launch::listing, &[Keys("* enter"), Told(|| Ok(launch::many()))]),
    ("many_typed", launch::listing, &[Keys("* enter"), Told(|| Ok(launch::many())), Keys("L")]),
    ("plan", launch::previewing, &[]),
    ("plan_disconnected", launch::previewing, &[Lost]),
    ("plan_refused", launch::previewing, &[Keys("L y"), Told(refused)]),
    ("dry_run_loading", launch::previewing, &[Keys("d")]),
    ("dry_run_error", launch::previewing, &[Keys("d"), Told(broken)]),
    ("dry_run", launch::previewing, &[Keys("d"), Told(dry_run)]),
    ("dry_run_steps", launch::previewing, &[Keys("d"), Told(dry_run), Keys("pgdn pgdn")]),
    ("when", launch::previewing, &[Keys("w down"), Types("2026-12-01 18:00")]),
    ("when_wrong", launch::previewing, &[Keys("w down"), Types("tomorrow"), Keys("enter")]),
    ("confirm", launch::previewing, &[Keys("w down"), Types("2026-12-01 18:00"), Keys("enter L")]),
    (
        "read_only",
        busy_read_only,
        &[Keys("n enter"), Types("alfa.doe"), Keys("enter"), Told(|| Ok(launch::one_person()))],
    ),
];

const RUNBOOK: &[(&str, Begin, &[Turn])] = &[
    ("", runbook::reading, &[]),
    ("_rule", runbook::reading, &[Keys("tab G")]),
    ("_loading", Harness::busy, &[Keys("b")]),
    ("_error", Harness::busy, &[Keys("b"), Told(broken)]),
    ("_empty", |width, height| Harness::with(&World::empty(), width, height), &[Keys("b"), Told(broken)]),
    ("_disconnected", runbook::reading, &[Lost]),
];

#[expect(clippy::unnecessary_wraps, reason = "as the engine answers")]
fn written() -> Result<Reply, Refusal> {
    Ok(notes::evidence("/var/lib/nightlatch/exports/ob-1-20261123T120000Z"))
}

fn unknown() -> Result<Reply, Refusal> {
    Err(Refusal::new(ErrorCode::NotFound, "HR knows nobody as `gone@corp.example`"))
}

fn hr_down() -> Result<Reply, Refusal> {
    Err(Refusal::new(ErrorCode::Unavailable, "bamboohr: the HR system cannot be reached: timed out"))
}

#[expect(clippy::unnecessary_wraps, reason = "as the engine answers")]
fn dry_run() -> Result<Reply, Refusal> {
    Ok(Reply::DryRun(Box::new(launch::dry_run())))
}

fn all(prefix: &str, scenes: &[(&str, Begin, &[Turn])]) {
    for (width, height) in SIZES {
        for (name, begin, turns) in scenes {
            in_every_look(&format!("{prefix}{name}"), play(begin(width, height), turns));
        }
    }
}

#[test]
fn every_dialog() {
    all("dialog_", DIALOGS);
}

#[test]
fn every_pane() {
    all("", PANES);
}

#[test]
fn every_step_of_the_launch_flow() {
    all("launch_", LAUNCH);
}

#[test]
fn the_runbook() {
    all("runbook", RUNBOOK);
}
