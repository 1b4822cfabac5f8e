//! What the console looks like: each screen and dialog as text, at three sizes, and what colour adds.

use ratatui::style::{Color, Modifier};

use super::fleet::{World, layoff, layoff_everywhere, sixteen};
use super::harness::Harness;
use crate::ipc::{ErrorCode, Refusal};
use crate::model::OffboardingId;
use crate::tui::msg::Msg;
use crate::tui::theme::Theme;

pub(super) const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];

#[track_caller]
pub(super) fn looks(name: &str, it: &Harness) {
    let size = it.app.size;
    insta::assert_snapshot!(format!("{name}_{}x{}", size.width, size.height), it.screen());
}

#[test]
fn screens() {
    for (width, height) in SIZES {
        for (name, keys) in [("dashboard", "g"), ("approvals", "5"), ("details", "d"), ("filtered", "/")] {
            let mut it = Harness::busy(width, height);
            it.keys(keys);
            if name == "filtered" {
                it.type_text("state:approval !bravo");
            }
            looks(name, &it);
        }
    }
}

#[test]
fn the_offboarding_screen_with_its_journal() {
    for (width, height) in SIZES {
        let world = World::busy();
        let mut it = Harness::with(&world, width, height);
        it.keys("enter");
        let step = Some(OffboardingId(1).step(1));
        let journal = world.journal.iter().filter(|it| it.event.step() == step).cloned().collect();
        it.answer(Ok(crate::ipc::Reply::Timeline(journal)));
        looks("offboarding", &it);
    }
}

#[test]
fn after_a_restart_it_says_what_is_not_known_until_when_and_what_was_concluded() {
    for (width, height) in SIZES {
        let mut it = Harness::with(&World::recovering(), width, height);
        looks("recovering_dashboard", &it);
        it.keys("enter");
        looks("recovering", &it);
        it.shows("1 in quarantine until");
        it.keys("k");
        it.shows("it had happened: not repeated");
        looks("recovering_concluded", &it);
    }
}

#[test]
fn the_timeline() {
    for (width, height) in SIZES {
        let world = World::busy();
        let mut it = Harness::with(&world, width, height);
        it.keys("A");
        it.answer(Ok(super::archive::everything_of(&world, &[OffboardingId(1)])));
        looks("timeline", &it);
    }
}

#[test]
fn dialogs() {
    for (width, height) in [(80, 24), (120, 40)] {
        for (name, keys) in [
            ("confirm", "R"),
            ("typed", "5 a"),
            ("typed_bulk", "5 * a"),
            ("reason", "X"),
            ("help", "?"),
            ("palette", ":"),
            ("copy", "y"),
        ] {
            let mut it = Harness::busy(width, height);
            it.keys(keys);
            looks(&format!("dialog_{name}"), &it);
        }
        let mut it = Harness::busy(width, height);
        it.keys("r");
        it.answer(Err(Refusal::new(ErrorCode::Conflict, "okta.suspend of Alfa Doe runs already: somebody was faster")));
        looks("dialog_error", &it);
    }
}

#[test]
fn states_without_rows_say_what_to_do_next() {
    for (width, height) in [(80, 24), (200, 60)] {
        let mut it = Harness::cold(width, height);
        looks("connecting", &it);
        let reason = "no engine listens at /run/nightlatch/engine.sock: start one with `nightlatch engine`".to_owned();
        it.send(Msg::Lost { reason, again_ms: 4_000 });
        looks("no_engine", &it);
        it.connect(&World::empty());
        looks("empty", &it);
        let mut it = Harness::busy(width, height);
        it.send(Msg::Lost { reason: "the engine closed the connection".to_owned(), again_ms: 5_000 });
        it.wait(3_000);
        looks("disconnected", &it);
    }
}

#[test]
fn ascii() {
    for (name, keys) in [("dashboard", "g"), ("offboarding", "enter"), ("approvals", "5 a")] {
        let mut it = Harness::busy(80, 24);
        it.app.theme.ascii = true;
        it.keys(keys);
        looks(&format!("ascii_{name}"), &it);
    }
}

#[test]
fn a_terminal_that_is_too_small_loses_nothing() {
    let mut it = Harness::busy(120, 40);
    it.keys("j j 5 a");
    it.type_text("fox");
    let before = it.screen();
    it.send(Msg::Resize { width: 59, height: 16 });
    looks("too_small", &it);
    it.send(Msg::Resize { width: 120, height: 40 });
    assert_eq!(it.screen(), before);
    it.send(Msg::Resize { width: 60, height: 16 });
    looks("smallest", &it);
}

#[test]
fn no_size_panics() {
    for keys in ["g", "2", "3", "3 right right", "4", "4 enter", "5", "5 a", "?", ":", "X", "d"] {
        let mut it = Harness::busy(120, 40);
        it.keys(keys);
        for width in [1, 2, 59, 60, 61, 79, 90, 109, 110, 130, 149, 150, 151, 220] {
            for height in [1, 2, 15, 16, 17, 19, 23, 25, 29, 30, 31, 32, 61] {
                it.send(Msg::Resize { width, height });
                it.buffer();
            }
        }
    }
}

#[test]
fn colour_says_no_more_than_the_words_and_can_be_left_out() {
    let mut it = Harness::busy(120, 40);
    it.keys("j");
    let coloured = it.buffer();
    assert!(coloured.content.iter().any(|cell| cell.fg == Color::Red));
    assert!(coloured.content.iter().all(|cell| cell.bg == Color::Reset), "the background is left unpainted");
    let reversed = |cell: &&ratatui::buffer::Cell| cell.modifier.contains(Modifier::REVERSED);
    assert!(coloured.content.iter().filter(reversed).count() > 40, "the selected row");
    it.app.theme = Theme::plain(false);
    let plain = it.buffer();
    assert!(plain.content.iter().all(|cell| cell.fg == Color::Reset));
    assert_eq!(plain.content.iter().filter(reversed).count(), coloured.content.iter().filter(reversed).count());
    let text =
        |buffer: &ratatui::buffer::Buffer| buffer.content.iter().map(|it| it.symbol().to_owned()).collect::<String>();
    assert_eq!(text(&plain), text(&coloured));
}

#[test]
fn the_wall() {
    for (width, height) in SIZES {
        let mut it = Harness::with(&World::empty(), width, height);
        it.keys("3");
        looks("wall_empty", &it);
        let mut it = Harness::with(&layoff(400), width, height);
        it.keys("3");
        looks("wall", &it);
        it.keys("right right j j");
        looks("wall_column", &it);
        it.send(Msg::Lost { reason: "the engine closed the connection".to_owned(), again_ms: 5_000 });
        it.wait(3_000);
        looks("wall_disconnected", &it);
    }
    for (width, height) in SIZES {
        let mut it = Harness::with(&layoff_everywhere(60), width, height);
        it.keys("3");
        looks("wall_of_sixteen", &it);
        it.keys("right right right right right right right right right right right right right");
        looks("wall_scrolled", &it);
    }
    let mut it = Harness::with(&layoff(40), 80, 24);
    it.app.theme.ascii = true;
    it.keys("3 right j");
    looks("ascii_wall", &it);
}

#[test]
fn the_connectors() {
    for (width, height) in SIZES {
        let mut it = Harness::with(&World::empty(), width, height);
        it.keys("4");
        looks("connectors_empty", &it);
        let mut it = Harness::with(&sixteen(), width, height);
        it.keys("4");
        looks("connectors_locked", &it);
        it.keys("j");
        looks("connectors_down", &it);
        it.keys("j");
        looks("connectors_scopes", &it);
        it.keys("j");
        looks("connectors_throttled", &it);
        it.keys("j c");
        looks("connectors_asking", &it);
        it.send(Msg::Lost { reason: "the engine closed the connection".to_owned(), again_ms: 5_000 });
        it.wait(3_000);
        looks("connectors_disconnected", &it);
        let mut it = Harness::with(&sixteen(), width, height);
        looks("dashboard_sixteen", &it);
        it.keys("4 enter");
        looks("connectors_zoomed", &it);
    }
    let mut it = Harness::with(&sixteen(), 80, 24);
    it.app.theme.ascii = true;
    it.keys("4");
    looks("ascii_connectors", &it);
}
