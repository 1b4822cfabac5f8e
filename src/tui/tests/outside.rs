//! Text from outside reaches no cell as it is.

use super::fleet::{World, ago, ahead, leaver};
use super::harness::Harness;
use crate::model::{Actor, Event, Phase};

const NASTY: &str = "\u{1b}]0;owned\u{7}\u{1b}[2J\u{202e}eoD\u{2066}\u{200b}\r\n\u{9b}31m";

fn hostile() -> World {
    let mut world = World::empty();
    let mut alfa = leaver("Alfa Doe");
    alfa.name = format!("Alfa {NASTY}{}", "x".repeat(10_000));
    alfa.email = format!("{NASTY}@corp.example");
    alfa.title = Some(NASTY.to_owned());
    alfa.department = Some("東京".repeat(400));
    alfa.login = format!("alfa{NASTY}");
    let id = world.open(alfa, ago(50_000), Phase::Running);
    world.start(id.step(0), ago(40_000));
    world.engine(
        ago(39_000),
        Event::StepFailed { step: id.step(0), reason: NASTY.repeat(50), cure: NASTY.to_owned(), exchanges: vec![] },
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
    let kind = crate::model::AlertKind::StepFailed;
    world.engine(ago(1), Event::AlertRaised { key: NASTY.to_owned(), kind, summary: NASTY.to_owned() });
    let login = NASTY.to_owned();
    let actor = Actor::Operator { uid: 1, login };
    world.event(ago(1), actor, Event::EnginePaused { reason: NASTY.to_owned() });
    world.connector("okta", crate::model::health::Health::Down, 0, 0).last_error = Some(NASTY.repeat(20));
    world
}

#[track_caller]
pub(super) fn is_harmless(it: &Harness) {
    for cell in &it.buffer().content {
        for c in cell.symbol().chars() {
            let harmful = c.is_control()
                || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            assert!(!harmful, "{:?} in\n{}", cell.symbol(), it.screen());
        }
    }
}

#[test]
fn no_control_or_bidi_mark_reaches_a_cell_on_any_screen() {
    for (width, height) in [(60, 16), (80, 24), (120, 40), (200, 60)] {
        for keys in
            ["g", "d", "enter", "enter d", "5", "5 a", "5 x", "X", "y", "R", ":", "?", "A", "enter tab j j", "/", "r"]
        {
            let mut it = Harness::with(&hostile(), width, height);
            it.keys(keys);
            is_harmless(&it);
        }
    }
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
