//! Selection, filter, sort and marks on the screens.

use super::fleet::{NOW, World, ago, leaver, model_contractor, operator};
use super::harness::{Harness, welcome};
use crate::model::{Event, OffboardingId, Phase};
use crate::tui::screen::Place;
use crate::tui::standing::Standing;

#[test]
fn the_selection_stays_with_the_person_when_rows_move() {
    let mut world = World::busy();
    let mut it = Harness::with(&world, 80, 24);
    it.keys("j j j j j");
    let selected = it.app.person().unwrap().id;
    let row = it.app.board.rows.list.row;
    for name in ["Kilo Doe", "Lima Doe"] {
        let id = world.running(name, ago(1_000));
        world.fail(id.step(0), ago(500));
    }
    it.snapshot(&world);
    assert_eq!(it.app.person().unwrap().id, selected);
    assert_eq!(it.app.board.rows.list.row, row + 2);
}

#[test]
fn an_act_after_rows_moved_is_about_the_person_pointed_at() {
    let mut world = World::busy();
    let mut it = Harness::with(&world, 80, 24);
    let mut urgent = leaver("Kilo Doe");
    urgent.privileged = true;
    let id = world.open(urgent, ago(1_000), Phase::Running);
    world.fail(id.step(0), ago(500));
    it.snapshot(&world);
    assert_eq!(it.app.board.rows.list.ids[0], id, "somebody more urgent took the first row");
    it.keys("r");
    assert!(matches!(&it.acts()[..], [crate::ipc::Op::Retry { step, .. }] if step.offboarding == OffboardingId(1)));
}

#[test]
fn the_list_says_how_many_are_above_the_window() {
    let mut world = World::busy();
    for n in 0..40 {
        world.running(&format!("Kilo {n:02}"), ago(1_000));
    }
    let mut it = Harness::with(&world, 80, 24);
    assert!(!it.screen().contains(" above"), "{}", it.screen());
    it.keys("G");
    let above = it.app.board.rows.list.offset;
    assert!(above > 0);
    it.shows(&format!("person  {above} above"));
    it.keys("g");
    assert!(!it.screen().contains(" above"), "{}", it.screen());
}

fn found(filter: &str) -> Vec<u64> {
    let mut world = World::busy();
    let mut kilo = leaver("Kilo Doe");
    kilo.kind = model_contractor();
    let kilo = world.open(kilo, ago(10_000), Phase::Running);
    world.fail(kilo.step(1), ago(9_000));
    let mut it = Harness::with(&world, 120, 40);
    it.keys("/");
    it.type_text(filter);
    it.keys("enter");
    let mut ids: Vec<_> = it.app.board.rows.list.ids.iter().map(|id| id.0).collect();
    ids.sort_unstable();
    ids
}

#[test]
fn the_filter_takes_words_fields_and_not() {
    for (filter, people) in [
        ("alfa", &[1][..]),
        ("ALFA DOE", &[1]),
        ("bravo.doe@corp", &[2]),
        ("state:failed", &[1, 11]),
        ("state:failed conn:okta", &[1, 11]),
        ("state:failed conn:google", &[]),
        ("state:failed conn:okta !contractor", &[1]),
        ("contractor", &[8, 11]),
        ("kind:executive", &[6]),
        ("state:armed", &[7]),
        ("state:held", &[8]),
        ("!state:done !state:failed", &[7, 8]),
        ("id:ob-3", &[3]),
        ("action:delete-keys state:approval", &[2, 6]),
        ("nobody-at-all", &[]),
    ] {
        assert_eq!(found(filter), people, "{filter}");
    }
}

#[test]
fn an_unknown_field_is_named() {
    let mut it = Harness::busy(120, 40);
    it.keys("/");
    it.type_text("colour:red");
    it.shows("no field `colour:` (there are state, conn,");
}

#[test]
fn esc_clears_marks_then_the_filter_then_goes_back_and_no_further() {
    let mut it = Harness::busy(80, 24);
    it.keys("/");
    it.type_text("doe");
    it.keys("enter space");
    assert_eq!(it.app.marked(), 1);
    it.keys("esc");
    assert_eq!((it.app.marked(), it.app.filter().text()), (0, "doe"));
    it.keys("esc");
    assert_eq!(it.app.filter().text(), "");
    it.keys("esc esc");
    it.shows("worst step");
}

#[test]
fn sorting_marks_its_column_and_turns_around() {
    let mut it = Harness::busy(120, 40);
    it.keys("s");
    it.shows("person▼");
    assert_eq!(it.app.board.rows.list.ids.first(), Some(&OffboardingId(1)));
    it.keys("S");
    it.shows("person▲");
    assert_eq!(it.app.board.rows.list.ids.first(), Some(&OffboardingId(10)));
}

#[test]
fn the_history_of_screens_goes_both_ways() {
    let mut it = Harness::busy(80, 24);
    it.keys("enter 5 [");
    it.shows("still alive");
    it.keys("]");
    it.shows("consent");
}

#[test]
fn an_approval_opens_its_step() {
    let mut it = Harness::busy(120, 40);
    it.keys("5 j j enter");
    it.shows("ob-2/10  google.delete");
}

#[test]
fn whom_the_engine_has_forgotten_goes_from_the_rows_and_the_counts() {
    let mut world = World::busy();
    let mut it = Harness::with(&world, 120, 40);
    let mut said = welcome(false);
    said.config.forget_ended_after_s = Some(3_600);
    it.line(crate::ipc::EngineLine::Welcome(said));
    let closed = OffboardingId(9);
    let (rows, closed_today) = (it.app.board.rows.list.ids.len(), it.app.figures.closed_today);
    assert!(it.app.board.rows.list.ids.contains(&closed) && closed_today > 0);
    it.wait(2 * 3_600_000);
    it.event(world.event(
        NOW,
        operator(),
        Event::NoteAdded { offboarding: OffboardingId(1), text: "a note".to_owned() },
    ));
    assert!(!it.app.board.rows.list.ids.contains(&closed));
    assert!(it.app.board.rows.list.ids.len() < rows && it.app.figures.closed_today < closed_today);
    assert!(it.app.board.rows.list.ids.contains(&OffboardingId(1)), "whoever is open stays");
}

#[test]
fn esc_on_the_dashboard_with_nothing_to_clear_stays_there() {
    let mut it = Harness::busy(120, 40);
    it.keys("3 1 esc");
    assert_eq!(it.app.place, Place::Dashboard);
    it.keys("* esc esc");
    assert_eq!((it.app.marked(), it.app.place), (0, Place::Dashboard));
}

#[test]
fn state_means_what_the_column_says_or_a_steps_state() {
    let mut it = Harness::busy(120, 40);
    let found = |it: &mut Harness, filter: &str| {
        it.keys("esc /");
        it.type_text(filter).keys("enter");
        let fleet = &it.app.mirror.fleet;
        let standing = |id: &OffboardingId| Standing::of(fleet.get(*id).unwrap()).word();
        it.app.board.rows.list.ids.iter().map(standing).collect::<Vec<_>>()
    };
    assert_eq!(found(&mut it, "state:running"), ["running"]);
    for word in ["armed", "held", "paused", "closed", "attention"] {
        assert_eq!(found(&mut it, &format!("state:{word}")), [word]);
    }
    assert_eq!(found(&mut it, "state:approval"), ["approval"; 2]);
    let mut world = World::busy();
    let id = OffboardingId(2);
    world.engine(NOW, Event::Aborted { offboarding: id, reason: "stays".to_owned() });
    it.snapshot(&world);
    assert_eq!(found(&mut it, "state:aborted"), ["aborted"]);
    assert_eq!(found(&mut it, "state:approval"), ["approval"], "nobody is asked any more about who has ended");
}
