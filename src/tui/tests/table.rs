//! One table: footer, help, palette and the list of keys agree.

use std::collections::BTreeSet;

use super::harness::Harness;
use crate::tui::action::{Context, TABLE, entry, key_table};
use crate::tui::dialog::{Help, Palette};
use crate::tui::view::footer;

#[test]
fn every_action_has_one_row_one_id_and_a_context() {
    let ids: BTreeSet<_> = TABLE.iter().map(|it| it.id).collect();
    let actions: BTreeSet<_> = TABLE.iter().map(|it| it.action).collect();
    assert_eq!((ids.len(), actions.len()), (TABLE.len(), TABLE.len()));
    for row in TABLE {
        assert_eq!(entry(row.action).id, row.id);
        assert!(!row.contexts.is_empty(), "{}", row.id);
    }
}

#[test]
fn footer_help_palette_and_list_say_the_same() {
    let list = key_table();
    let palette: BTreeSet<_> = Palette::default().entries().iter().map(|it| it.id).collect();
    assert_eq!(palette, list.iter().map(|row| row.id).collect());
    let screens =
        [("1", Context::Dashboard), ("2", Context::Offboarding), ("5", Context::Approvals), ("d", Context::Pane)];
    for (key, context) in screens {
        let mut it = Harness::busy(200, 60);
        it.keys(key);
        assert_eq!(it.app.context(), context);
        let help: BTreeSet<_> = Help::new(context).entries().map(|it| it.id).collect();
        let here: BTreeSet<_> = TABLE.iter().filter(|it| it.contexts.contains(&context)).map(|it| it.id).collect();
        assert_eq!(help, here);
        for entry in footer::entries(&it.app) {
            assert!(help.contains(entry.id), "{} is in the footer of {context:?} only", entry.id);
        }
        it.keys("?");
        for row in list.iter().filter(|row| help.contains(row.id) && !row.keys.is_empty()).take(10) {
            it.shows(&row.keys.join(" "));
        }
    }
}

#[test]
fn every_key_of_the_table_is_dispatched_where_it_says() {
    for row in TABLE {
        for key in row.keys {
            for context in row.contexts {
                let it = Harness::cold(80, 24);
                let key = crate::tui::keymap::Key::parse(key).unwrap();
                assert_eq!(it.app.keys.action(key, *context), Some(row.action), "{}", row.id);
            }
        }
    }
}

#[test]
fn help_is_filtered_by_typing() {
    let mut it = Harness::busy(80, 24);
    it.keys("?");
    it.type_text("abort");
    it.shows("Stop the offboarding for good");
    it.hides("Sort by the next column");
}

#[test]
fn the_palette_keeps_what_is_disabled_with_the_reason() {
    let mut it = Harness::busy(120, 40);
    it.keys(":");
    it.type_text("launch");
    it.shows("not now: only what is armed or held can be launched");
    it.keys("enter");
    it.shows("launch: only what is armed or held can be launched");
    assert_eq!(it.acts(), []);
}

#[test]
fn the_palette_runs_an_action_through_its_tier() {
    let mut it = Harness::busy(120, 40);
    it.keys(":");
    it.type_text("retry-all");
    it.keys("enter enter");
    assert_eq!(it.acts(), [], "the Enter of the palette confirms nothing");
    it.keys(":");
    it.type_text("retry-all");
    it.keys("enter y");
    assert_eq!(it.acts().len(), 1);
}

#[test]
fn the_palette_finds_what_was_typed_in_a_hurry() {
    let first = |typed: &str| {
        let palette = Palette { input: typed.to_owned(), ..Palette::default() };
        palette.entries().first().map(|entry| entry.id)
    };
    for (typed, found) in [
        ("retry", Some("retry")),
        ("engine", Some("pause-engine")),
        ("rtall", Some("retry-all")),
        ("psen", Some("pause-engine")),
        ("audit", Some("timeline")),
        ("hist back", Some("history-back")),
        ("qqqq", None),
    ] {
        assert_eq!(first(typed), found, "{typed}");
    }
}

#[test]
fn at_80_columns_the_footer_keeps_what_can_be_done_now_and_the_way_out() {
    for (screen, kept) in
        [("g", &["Enter open", "retry", "pause"][..]), ("5", &["Enter open", "a approve", "x reject"])]
    {
        let mut it = Harness::busy(80, 24);
        it.keys(screen);
        let screen = it.screen();
        let footer = screen.lines().last().unwrap();
        for word in kept.iter().chain(&[": actions", "? help"]) {
            assert!(footer.contains(word), "`{word}`: {footer}");
        }
        assert!(crate::tui::text::width(footer) <= 80, "{footer}");
    }
}

#[test]
fn what_is_done_elsewhere_says_where_in_the_palette_and_by_its_key() {
    let mut it = Harness::busy(120, 40);
    it.keys(":");
    it.type_text("probe-all");
    it.shows("only on: connectors");
    it.hides("not now");
    it.keys("ctrl-u");
    it.shows("try-now  ");
    it.keys("esc c");
    it.shows("probe: only on: connectors");
    for (key, said) in [("r", "retry: only on: dashboard, offboarding, wall"), ("space", "mark: only on: dashboard")] {
        let mut it = Harness::busy(120, 40);
        it.keys("6");
        it.keys(key);
        it.shows(said);
        assert_eq!(it.acts(), []);
    }
}

#[test]
fn the_example_of_a_search_is_one_that_works() {
    let words = crate::tui::action::SEARCH.split_once("words, ").unwrap().1;
    let search = crate::tui::filter::Filter::of_history(words, &jiff::tz::TimeZone::UTC);
    assert_eq!(search.problem, None);
    let mut it = Harness::busy(120, 40);
    it.keys("6 ?");
    it.shows(words);
    it.hides("state:failed");
}
