//! What the console looks like as text, at three sizes, and what colour adds. `matrix.rs` has every screen and state;
//! here are those that differ in more than that.

use ratatui::style::{Color, Modifier};

use super::fleet::{World, layoff, layoff_everywhere, sixteen};
use super::harness::Harness;
use super::inks;
use crate::tui::msg::Msg;
use crate::tui::theme::{Depth, Theme};

pub(super) const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];

#[track_caller]
pub(super) fn looks(name: &str, it: &Harness) {
    let size = it.app.size;
    insta::assert_snapshot!(format!("{name}_{}x{}", size.width, size.height), it.screen());
}

/// As it is, in ASCII, and as text with the colour-blind theme's tones beneath it.
#[track_caller]
pub(super) fn in_every_look(name: &str, mut it: Harness) {
    looks(name, &it);
    let words = it.screen();
    it.app.theme.ascii = true;
    // What was laid out is laid out again.
    it.send(Msg::Redrawn);
    assert!(it.screen().is_ascii(), "{name}: {}", it.screen());
    looks(&format!("{name}_ascii"), &it);
    it.app.theme = inks::colour_blind(Depth::Full);
    it.send(Msg::Redrawn);
    assert_eq!(it.screen(), words, "a theme changes no word");
    let size = it.app.size;
    insta::assert_snapshot!(format!("{name}_colour_blind_{}x{}", size.width, size.height), inks::inks(&it));
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
        let mut it = Harness::with(&layoff(400), width, height);
        it.keys("3");
        looks("wall_of_many", &it);
        it.keys("right right j j");
        looks("wall_column", &it);
        let mut it = Harness::with(&layoff_everywhere(60), width, height);
        it.keys("3");
        looks("wall_of_sixteen", &it);
        it.keys("right right right right right right right right right right right right right");
        looks("wall_scrolled", &it);
    }
}

#[test]
fn the_connectors() {
    for (width, height) in SIZES {
        let mut it = Harness::with(&sixteen(), width, height);
        it.keys("4 j");
        looks("connectors_down", &it);
        it.keys("j");
        looks("connectors_scopes", &it);
        it.keys("j");
        looks("connectors_throttled", &it);
        it.keys("j c");
        looks("connectors_asking", &it);
        let mut it = Harness::with(&sixteen(), width, height);
        looks("dashboard_sixteen", &it);
        it.keys("4 enter");
        looks("connectors_zoomed", &it);
    }
}
