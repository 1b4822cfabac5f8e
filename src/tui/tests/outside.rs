//! Text from outside reaches no cell as it is, and moves none: on every screen that there is, by every action.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};
use serde::Deserialize as _;
use serde_json::Value;

use super::fleet::{NOW, World, ago, ahead, leaver};
use super::harness::{Harness, welcome};
use crate::ipc::{EngineLine, ErrorCode, Op, ProbeReport, Refusal, Reply, Summary, Welcome};
use crate::model::health::Health;
use crate::model::{Actor, AlertKind, ConnectorId, Event, Exchange, Phase};
use crate::tui::action::{Action, Context, TABLE};
use crate::tui::msg::Msg;
use crate::tui::terminal::FrameBytes;
use crate::tui::text;

/// Everything at once: controls, colours, titles, clipboards, links, bidi, what cannot be seen, and piles of marks.
pub(crate) const NASTY: &str = "\u{1b}]0;owned\u{7}\u{1b}[2J\u{1b}[31m\u{1b}]52;c;b3duZWQ=\u{7}\u{1b}]8;;http://x\u{1b}\\\u{202e}eoD\u{2066}\
    \u{200b}\r\n\t\u{9b}31m\u{9d}0;c1\u{9c}a\u{301}\u{301}\u{301}\u{301}\u{301}\u{e0041}\u{2028}";

/// What of it must never be written to a terminal.
pub(crate) const RAW: [&str; 10] = [
    "\u{1b}]",
    "\u{1b}[31m\u{1b}",
    "b3duZWQ=\u{7}",
    "\u{202e}",
    "\u{2066}",
    "\u{200b}",
    "\u{9b}",
    "\u{9d}",
    "\u{2028}",
    "\u{e0041}",
];

/// Names that terminals disagree on, or that take more room than they have letters.
const AWKWARD: [&str; 14] = [
    "東京都庁の長い名前を持つ人物",
    "👩\u{200d}👩\u{200d}👧\u{200d}👦 Doe",
    "👍🏽🇩🇪🇫🇷 Doe",
    "❤\u{fe0f}1\u{fe0f}\u{20e3} Doe",
    "Z\u{301}\u{302}\u{303}\u{304}\u{305}a\u{336}\u{337}l\u{338}\u{489}go Doe",
    "صلاح الدين",
    "שלום בן־דוד",
    "क्षत्रिय श्री",
    "\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af} Doe",
    "ភាសាខ្មែរ",
    "\u{301}\u{302} begins with marks",
    "ﷺ﷽ Doe",
    "\u{3164}\u{ffa0}\u{2800}\u{115f}",
    "Ａｌｆａ ｶﾞ Ｄｏｅ",
];

/// Everybody in it, and every system, does harm by its name.
pub(crate) fn hostile() -> World {
    let mut world = World::empty();
    let mut alfa = leaver("Alfa Doe");
    alfa.name = format!("Alfa {NASTY}{}", "x".repeat(10_000));
    alfa.email = format!("{NASTY}@corp.example");
    alfa.title = Some(NASTY.to_owned());
    alfa.department = Some("東京".repeat(400));
    alfa.manager = Some(NASTY.to_owned());
    alfa.login = format!("alfa{NASTY}");
    let id = world.open(alfa, ago(50_000), Phase::Running);
    let call = Exchange { request: format!("POST https://x/{NASTY}"), status: Some(403), ms: 7, said: NASTY.repeat(3) };
    world.start(id.step(0), ago(40_000));
    world.engine(
        ago(39_000),
        Event::StepFailed { step: id.step(0), reason: NASTY.repeat(50), cure: NASTY.to_owned(), exchanges: vec![call] },
    );
    world.start(id.step(1), ago(40_000));
    let retry = Event::StepRetryAt {
        step: id.step(1),
        at: ahead(9_000),
        free: false,
        unclear: false,
        reason: NASTY.to_owned(),
        exchanges: vec![],
    };
    world.engine(ago(39_000), retry);
    world.ask(id.step(10), ago(30_000));
    for (n, name) in (0..).zip(AWKWARD) {
        let mut person = leaver("Bravo Doe");
        (person.name, person.title, person.department) = (name.to_owned(), Some(name.repeat(9)), Some(name.to_owned()));
        let phase = match n % 3 {
            0 => Phase::Held { reason: NASTY.to_owned() },
            1 => Phase::Armed { at: ahead(60_000) },
            _ => Phase::Running,
        };
        world.open(person, ago(1_000 + n), phase);
    }
    let kind = AlertKind::StepFailed;
    world.engine(ago(1), Event::AlertRaised { key: NASTY.to_owned(), kind, summary: NASTY.to_owned() });
    let actor = Actor::Operator { uid: 1, login: NASTY.to_owned() };
    world.event(ago(1), actor, Event::EnginePaused { reason: NASTY.to_owned() });
    world.connector("okta", Health::Down, 0, 0).last_error = Some(NASTY.repeat(20));
    world
}

/// What the engine would answer, with harm wherever there is text.
fn answer(world: &World, op: &Op) -> Result<Reply, Refusal> {
    let people = || world.fleet.offboardings.values().map(AsRef::as_ref);
    match op {
        Op::Timeline { .. } => Ok(Reply::Timeline(world.journal.clone())),
        Op::Person { offboarding, .. } => Ok(super::archive::everything_of(world, &[*offboarding])),
        Op::Show { offboarding } => {
            let found = world.fleet.get(*offboarding).or_else(|| people().next());
            Ok(Reply::Offboarding(Box::new(found.unwrap().clone())))
        }
        Op::List {} => Ok(Reply::Summaries(people().map(|it| Summary::of(it, NOW)).collect())),
        other => sample(other).ok_or_else(|| Refusal::new(ErrorCode::Conflict, NASTY)),
    }
}

/// Which requests, and what they are answered with.
type Harmed = (fn(&Op) -> bool, Reply);

/// What other tests have the engine answer, harmed; made once.
fn sample(op: &Op) -> Option<Reply> {
    static HARMED: OnceLock<Vec<Harmed>> = OnceLock::new();
    let all = HARMED.get_or_init(|| {
        let probe = ProbeReport {
            connector: ConnectorId::new("okta").unwrap(),
            health: Health::Down,
            message: "it is down".to_owned(),
            ms: 7,
            missing: vec!["okta.users.manage".to_owned()],
            clock_ahead_ms: None,
            person: None,
        };
        let all: [Harmed; 10] = [
            (|op| matches!(op, Op::Check { .. }), Reply::Probes(vec![probe])),
            (|op| matches!(op, Op::History { .. }), super::archive::page(&super::archive::mixed(), false).unwrap()),
            (|op| matches!(op, Op::Plan { .. }), super::runbook::plan()),
            (|op| matches!(op, Op::Runbook {}), Reply::Runbook(super::runbook::text())),
            (|op| matches!(op, Op::Preview { .. }), Reply::Preview(Box::new(super::launch::preview(&["Alfa Doe"])))),
            (|op| matches!(op, Op::DryRun { .. }), Reply::DryRun(Box::new(super::launch::dry_run()))),
            (|op| matches!(op, Op::Missing { .. }), Reply::Missing(Box::new(super::launch::missing()))),
            (|op| matches!(op, Op::Undo { dry_run: true, .. }), super::undo::restoration()),
            (|op| matches!(op, Op::Export { .. }), super::notes::evidence("/tmp")),
            (|op| matches!(op, Op::Ledger {}), Reply::Ledger(Box::new(super::log::status()))),
        ];
        all.into_iter().map(|(is, reply)| (is, harmed(&reply))).collect()
    });
    all.iter().find(|(is, _)| is(op)).map(|(_, reply)| reply.clone())
}

/// With harm in every text that may be any text: ids, dates and the like stay, or it would be no answer.
fn harmed(reply: &Reply) -> Reply {
    let whole = serde_json::to_value(reply).unwrap();
    let mut harmed = whole.clone();
    for at in texts(&whole, "") {
        let before = harmed.clone();
        if let Some(Value::String(text)) = harmed.pointer_mut(&at) {
            text.push_str(NASTY);
        }
        if Reply::deserialize(&harmed).is_err() {
            harmed = before;
        }
    }
    assert_ne!(harmed, whole, "there is no text in {whole}");
    Reply::deserialize(&harmed).unwrap()
}

/// Where the texts of a value are, as JSON pointers.
fn texts(value: &Value, at: &str) -> Vec<String> {
    match value {
        Value::String(_) => vec![at.to_owned()],
        Value::Array(items) => items.iter().enumerate().flat_map(|(n, it)| texts(it, &format!("{at}/{n}"))).collect(),
        Value::Object(fields) => {
            let escaped = |key: &str| key.replace('~', "~0").replace('/', "~1");
            fields.iter().flat_map(|(key, it)| texts(it, &format!("{at}/{}", escaped(key)))).collect()
        }
        _ => Vec::new(),
    }
}

/// A console on a hostile engine.
struct Siege {
    it: Harness,
    world: World,
    answered: usize,
}

impl Siege {
    fn lay(width: u16, height: u16) -> Self {
        let world = hostile();
        let mut it = Harness::cold(width, height);
        let said = Welcome { version: NASTY.to_owned(), login: NASTY.to_owned(), ..welcome(false) };
        it.line(EngineLine::Welcome(said));
        it.snapshot(&world);
        Self { it, world, answered: 0 }
    }

    /// Does it, and has everything answered that was asked for.
    fn run(&mut self, action: Action) {
        let cmds = self.it.app.run(action);
        self.it.cmds.extend(cmds);
        self.it.wait(400);
        self.answer();
    }

    fn answer(&mut self) {
        while let Some((ticket, op)) = self.it.asked().get(self.answered).cloned() {
            self.answered += 1;
            let result = answer(&self.world, &op);
            self.it.send(Msg::Answer { ticket, result });
            assert!(self.answered < 50, "it asks for ever");
        }
        self.it.wait(0);
    }
}

/// Every screen, pane and flow, with an action that leads there from the dashboard.
fn screens() -> Vec<(&'static str, Action)> {
    let contexts: BTreeSet<Context> = TABLE.iter().flat_map(|row| row.contexts.iter().copied()).collect();
    let leads = |context: Context| {
        let found = TABLE.iter().filter(|row| !matches!(row.action, Action::Suspend | Action::Detach)).find(|row| {
            let mut siege = Siege::lay(120, 40);
            siege.run(row.action);
            siege.it.app.context() == context
        });
        (context.name(), found.unwrap_or_else(|| panic!("nothing leads to {}", context.name())).action)
    };
    contexts.into_iter().map(leads).collect()
}

/// Every screen, after every action that it knows.
fn everywhere(width: u16, height: u16, mut visit: impl FnMut(&str, &Harness)) {
    for (screen, way) in screens() {
        for row in TABLE {
            let mut siege = Siege::lay(width, height);
            siege.run(way);
            siege.run(row.action);
            visit(&format!("{screen} {} {width}x{height}", row.id), &siege.it);
        }
        // And on through whatever Enter leads to.
        let mut siege = Siege::lay(width, height);
        siege.run(way);
        for n in 1..4 {
            siege.it.keys("enter");
            siege.answer();
            visit(&format!("{screen} Enter {n} {width}x{height}"), &siege.it);
        }
    }
}

/// What a terminal makes of the frame is what was meant, cell by cell: nothing was moved.
#[track_caller]
fn stands_still(about: &str, it: &Harness) {
    let buffer = it.buffer();
    let (width, height) = (buffer.area.width, buffer.area.height);
    let bytes = FrameBytes::default();
    let viewport = Viewport::Fixed(Rect::new(0, 0, width, height));
    let options = TerminalOptions { viewport };
    let mut terminal = Terminal::with_options(CrosstermBackend::new(bytes.clone()), options).unwrap();
    terminal.draw(|frame| it.app.draw(frame)).unwrap();
    let mut parser = vt100::Parser::new(height.try_into().unwrap(), width.try_into().unwrap(), 0);
    parser.process(&bytes.take().unwrap());
    for y in 0..height {
        let mut x = 0;
        while x < width {
            let meant = buffer[(x, y)].symbol();
            let wide = u16::try_from(text::width(meant).max(1)).unwrap();
            let shown: String =
                (x..x + wide).filter_map(|x| parser.screen().cell(y, x)).map(vt100::Cell::contents).collect();
            let shown = if shown.is_empty() { " " } else { &shown };
            assert_eq!(shown, meant, "{about}: row {y}, column {x}\n{}\n{}", it.screen(), parser.screen().contents());
            x += wide;
        }
        assert_eq!(x, width, "{about}: row {y} is as wide as the frame");
    }
}

/// No cell holds what could do harm, and nothing that does was left out in silence.
#[track_caller]
pub(super) fn is_harmless(about: &str, it: &Harness) {
    for cell in &it.buffer().content {
        for c in cell.symbol().chars() {
            assert_eq!(
                text::clean(&format!("x{c}")),
                format!("x{c}"),
                "{about}: {:?} in\n{}",
                cell.symbol(),
                it.screen()
            );
        }
    }
    for line in it.screen().lines() {
        for (at, _) in line.match_indices("]52;c;") {
            let before = line[..at].chars().next_back();
            // In JSON the escape is written as JSON writes it.
            let is_json = line[..at].ends_with("\\u001b");
            assert!(is_json || !before.is_some_and(char::is_alphanumeric), "{about}: not escaped: {line}");
        }
    }
}

#[test]
fn what_comes_from_outside_is_harmless_on_every_screen_after_every_action() {
    for (width, height) in [(80, 24), (200, 60)] {
        everywhere(width, height, |about, it| {
            is_harmless(about, it);
            stands_still(about, it);
        });
    }
}

#[test]
fn it_is_harmless_in_ascii_and_without_a_line() {
    for (screen, way) in screens() {
        let mut siege = Siege::lay(120, 40);
        siege.run(way);
        siege.it.send(Msg::Lost { reason: NASTY.to_owned(), again_ms: 5_000 });
        is_harmless(screen, &siege.it);
        stands_still(screen, &siege.it);
        siege.it.send(Msg::Unread(NASTY.to_owned()));
        siege.it.app.theme.ascii = true;
        stands_still(screen, &siege.it);
        assert!(siege.it.screen().is_ascii(), "{screen}:\n{}", siege.it.screen());
    }
    let mut cold = Harness::cold(80, 24);
    cold.send(Msg::Lost { reason: NASTY.repeat(9), again_ms: 5_000 });
    is_harmless("cold", &cold);
    stands_still("cold", &cold);
}

#[test]
fn what_would_reorder_a_line_is_shown_escaped() {
    let mut it = Harness::with(&hostile(), 200, 60);
    it.keys("d");
    it.shows("\\u{202e}");
    it.shows("\\u{1b}");
}

#[test]
fn a_wide_name_keeps_the_columns_straight() {
    let mut world = World::empty();
    let mut alfa = leaver("Alfa Doe");
    alfa.name = "東京都庁の長い名前を持つ人物".to_owned();
    world.open(alfa, ago(1_000), Phase::Running);
    world.running("Bravo Doe", ago(1_000));
    let it = Harness::with(&world, 80, 24);
    let screen = it.screen();
    let columns: Vec<_> = screen
        .lines()
        .filter(|line| line.contains("▶ running"))
        .map(|line| crate::tui::text::width(line.split('▶').next().unwrap()))
        .collect();
    assert_eq!(columns.len(), 2);
    assert_eq!(columns[0], columns[1], "{screen}");
}

#[test]
fn ascii_means_ascii() {
    for keys in ["g", "enter", "5", "?", ":", "5 a", "d"] {
        let mut it = Harness::with(&hostile(), 120, 40);
        it.app.theme.ascii = true;
        it.keys(keys);
        let screen = it.screen();
        assert!(screen.is_ascii(), "{keys}:\n{screen}");
    }
}
