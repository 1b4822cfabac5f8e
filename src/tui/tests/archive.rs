//! Screen 6, what has left memory, and a person's whole story: keys in, questions and text out.

use std::collections::BTreeSet;

use super::fleet::{NOW, World, ago, leaver, plan};
use super::harness::Harness;
use super::looks::{SIZES, looks};
use crate::ipc::archive::Times;
use crate::ipc::{ErrorCode, HistoryPage, HistoryRow, Op, PersonPage, Refusal, Reply};
use crate::model::{Actor, Envelope, Event, Offboarding, OffboardingId, Phase, Proof, StepState, Timestamp};
use crate::tui::msg::Msg;

const DAY: i64 = 86_400_000;
const NASTY: &str = "\u{1b}]0;owned\u{7}\u{1b}[2J\u{202e}eoD\u{2066}\u{200b}\r\n\u{9b}31m";

/// An offboarding that ended long ago.
fn ended(id: u64, name: &str, opened_at: Timestamp) -> Offboarding {
    let leaver = leaver(name);
    let notice = crate::model::HrNotice {
        source: "bamboohr".to_owned(),
        event_id: format!("ev-{id}"),
        kind: crate::model::NoticeKind::Terminated,
        leaver,
        effective_at: None,
        by_hand: false,
        reason: None,
    };
    let by = Actor::Hris { source: "bamboohr".to_owned() };
    let plan = plan(&notice.leaver.email);
    let mut it = Offboarding::open(OffboardingId(id), notice, plan, Phase::Running, by, opened_at);
    let at = opened_at.plus_ms(8_400);
    for step in &mut it.steps {
        step.state = StepState::Done { at, proof: Proof::Verified { evidence: "status: SUSPENDED".into() } };
    }
    (it.cut_at, it.ended_at, it.phase) = (Some(at), Some(opened_at.plus_ms(3_700_000)), Phase::Closed);
    it
}

fn row(id: u64, name: &str) -> HistoryRow {
    let opened = ago(i64::try_from(300 - id % 300).unwrap() * DAY);
    HistoryRow::of(&ended(id, name, opened), NOW, 0)
}

/// Rows from `newest` down to 1.
fn rows(newest: u64) -> Vec<HistoryRow> {
    const NAMES: [&str; 5] = ["Alfa Doe", "Bravo Doe", "Charlie Poe", "Zoë Ångström", "東京都庁の長い名前"];
    (1..=newest).rev().map(|id| row(id, NAMES[usize::try_from(id % 5).unwrap()])).collect()
}

/// One of each.
pub(super) fn mixed() -> Vec<HistoryRow> {
    let mut all = rows(9);
    all[0].summary.phase = "running".to_owned();
    (all[0].summary.cut_at, all[0].summary.ended_at) = (None, None);
    all[0].evidence = crate::ipc::Signing::Unsigned { events: 12 };
    all[1].summary.phase = "aborted".to_owned();
    all[1].summary.cut_at = None;
    all[2].undoes = Some(OffboardingId(4));
    all[3].findings = 14;
    let it = &all[4].summary;
    let times =
        Times { opened_at: it.opened_at, launched_at: it.launched_at, cut_at: it.cut_at, ended_at: it.ended_at };
    all[4] = HistoryRow::erased(it.id, "closed", times);
    all[5].summary.name = format!("{NASTY}{}", "x".repeat(10_000));
    all[5].summary.email = NASTY.repeat(40);
    all
}

#[expect(clippy::unnecessary_wraps, reason = "as the engine answers")]
pub(super) fn page(rows: &[HistoryRow], more: bool) -> Result<Reply, Refusal> {
    let total = Some(rows.len() as u64 + u64::from(more) * 100);
    Ok(Reply::History(Box::new(HistoryPage { rows: rows.to_vec(), more, total })))
}

/// Everything of the world's journal that is about these.
pub(super) fn everything_of(world: &World, of: &[OffboardingId]) -> Reply {
    let is_of = |it: &&Envelope| it.event.offboarding().is_some_and(|id| of.contains(&id));
    let events = world.journal.iter().filter(is_of).cloned().collect();
    Reply::Person(Box::new(PersonPage { offboardings: of.to_vec(), events, more: false, erased: 0 }))
}

fn searches(it: &Harness) -> Vec<(String, Option<u64>)> {
    let asked = it.asked().into_iter().filter_map(|(_, op)| match op {
        Op::History { query, before, .. } => Some((query, before.map(|id| id.0))),
        _ => None,
    });
    asked.collect()
}

/// An engine with an old journal: every question about the history is answered as the engine would.
fn serve(it: &mut Harness, all: &[HistoryRow], served: &mut usize) {
    while let Some((ticket, op)) = it.asked().get(*served).cloned() {
        *served += 1;
        let Op::History { query, before, limit, .. } = op else { continue };
        let fits = |row: &&HistoryRow| {
            before.is_none_or(|before| row.summary.id < before) && row.summary.name.to_lowercase().contains(&query)
        };
        let found: Vec<_> = all.iter().filter(fits).cloned().collect();
        let limit = usize::try_from(limit).unwrap();
        let more = found.len() > limit;
        let page =
            HistoryPage { rows: found[..limit.min(found.len())].to_vec(), more, total: Some(found.len() as u64) };
        it.send(Msg::Answer { ticket, result: Ok(Reply::History(Box::new(page))) });
    }
}

#[test]
fn what_the_history_finds() {
    for (width, height) in SIZES {
        let mut it = Harness::busy(width, height);
        it.keys("6");
        it.answer(page(&[], false));
        it.keys("/");
        it.type_text("zulu 2025-03");
        it.answer(page(&[], false));
        it.keys("enter");
        it.answer(page(&[], false));
        looks("history_no_match", &it);
        it.keys("/");
        it.type_text(" colour:red");
        looks("history_wrong_search", &it);

        let mut it = Harness::busy(width, height);
        it.keys("6");
        it.answer(page(&rows(50), true));
        it.keys("G");
        looks("history_full", &it);
        it.answer(Err(Refusal::new(ErrorCode::Unavailable, "the journal /state/journal.db: disk I/O error")));
        looks("history_cut_off", &it);
    }
}

#[test]
fn the_history_without_the_engine() {
    let mut it = Harness::busy(80, 24);
    it.send(Msg::Lost { reason: "gone".to_owned(), again_ms: 5_000 });
    it.keys("6");
    it.shows("the history is read from the engine");
    assert_eq!(searches(&it), []);
}

#[test]
fn pages_come_ahead_of_the_operator_and_none_comes_twice() {
    let all = rows(212);
    let mut it = Harness::busy(80, 24);
    let mut served = 0;
    it.keys("6");
    serve(&mut it, &all, &mut served);
    for _ in 0..40 {
        it.press("pgdn");
        serve(&mut it, &all, &mut served);
        it.hides("loading...");
    }
    it.keys("G");
    assert_eq!(it.app.archive.list.ids, (1..=212).rev().map(OffboardingId).collect::<Vec<_>>());
    let asked = searches(&it);
    assert_eq!(asked.iter().collect::<BTreeSet<_>>().len(), asked.len(), "{asked:?}");
    assert_eq!(asked.len(), 5);
    it.shows("212 offboardings ever");
}

#[test]
fn while_a_search_is_typed_one_question_is_under_way_and_the_last_word_wins() {
    let all = rows(30);
    let mut it = Harness::busy(120, 40);
    it.keys("6");
    let mut served = 0;
    serve(&mut it, &all, &mut served);
    it.keys("/");
    it.type_text("alfa");
    assert_eq!(searches(&it).last(), Some(&("a".to_owned(), None)), "the rest waits for the first answer");
    it.shows("searching...");
    serve(&mut it, &all, &mut served);
    assert_eq!(searches(&it)[1..], [("a".to_owned(), None), ("alfa".to_owned(), None)]);
    it.shows("6 found for alfa");
    it.hides("Bravo Doe");
    it.keys("esc");
    serve(&mut it, &all, &mut served);
    it.shows("30 offboardings ever");
}

#[test]
fn a_search_that_is_none_is_not_asked_and_says_what_to_write() {
    let mut it = Harness::busy(120, 40);
    it.keys("6");
    it.answer(page(&rows(3), false));
    it.keys("/");
    it.type_text("colour:red");
    it.shows("no field `colour:` (there are conn: how: id: on: after: before:)");
    assert!(searches(&it).iter().all(|(query, _)| !query.contains(':')), "{:?}", searches(&it));
    it.shows("Bravo Doe");
}

#[test]
fn who_is_opened_while_it_is_read_comes_in_at_the_top_and_the_selection_stays() {
    let all = rows(60);
    let mut world = World::busy();
    let mut it = Harness::with(&world, 120, 40);
    it.keys("6");
    it.answer(page(&all[10..60], true));
    it.keys("j j j");
    let selected = it.app.archive.list.selected;
    assert_eq!(selected, Some(OffboardingId(47)));
    let id = world.running("Kilo Doe", ago(0));
    let opened = world.journal.iter().rfind(|it| it.event.offboarding() == Some(id)).cloned().unwrap();
    it.answer(page(&all[60..], false));
    it.event(opened);
    it.wait(1_000);
    let asked = searches(&it);
    assert_eq!(asked.last(), Some(&(String::new(), None)), "{asked:?}");
    it.answer(page(&all[..50], true));
    assert_eq!(it.app.archive.list.ids.first(), Some(&OffboardingId(60)));
    assert_eq!(it.app.archive.list.selected, selected);
    assert_eq!(it.app.archive.list.ids.len(), 60, "what is older is known already");
}

#[test]
fn an_offboarding_that_has_left_memory_is_read_from_the_journal_and_takes_no_acts() {
    for (width, height) in SIZES {
        let mut it = Harness::busy(width, height);
        it.keys("6");
        it.answer(page(&rows(40), false));
        it.keys("enter");
        it.shows("reading ob-40 from the journal...");
        assert_eq!(it.asked().last().unwrap().1, Op::Show { offboarding: OffboardingId(40) });
        let mut old = ended(40, "Alfa Doe", ago(200 * DAY));
        old.steps[1].state =
            StepState::Failed { at: ago(200 * DAY), reason: "403".to_owned(), cure: "give it the scope".to_owned() };
        (old.phase, old.cut_at) = (Phase::Aborted { reason: "stays after all".to_owned() }, None);
        it.answer(Ok(Reply::Offboarding(Box::new(old))));
        it.answer(Ok(Reply::Timeline(Vec::new())));
        looks("archived", &it);
        it.shows("archived");
        it.keys("r R a x p L X");
        assert_eq!(it.acts(), []);
        assert!(it.app.dialogs.is_empty());
        it.keys("q");
        it.shows("offboardings ever");
    }
}

#[test]
fn an_erased_person_is_said_to_be_erased_and_nothing_else() {
    let mut it = Harness::busy(120, 40);
    it.keys("6");
    let times = Times { opened_at: ago(400 * DAY), launched_at: None, cut_at: None, ended_at: Some(ago(399 * DAY)) };
    it.answer(page(&[HistoryRow::erased(OffboardingId(40), "closed", times)], false));
    it.shows("erased");
    it.keys("enter");
    let told = "the person of ob-40 is erased: the log proves that it happened, not to whom";
    it.answer(Err(Refusal::new(ErrorCode::NotFound, told)));
    it.shows("ob-40 cannot be shown");
    it.shows(told);
    it.keys("q A");
    let nothing = PersonPage { offboardings: vec![OffboardingId(40)], events: Vec::new(), more: false, erased: 71 };
    it.answer(Ok(Reply::Person(Box::new(nothing))));
    it.shows("erased: 71 events");
    it.keys("esc y");
    it.shows("i  id        ob-40");
    it.hides("e  e-mail");
}

/// Somebody who left, came back by an undo, and left again a year later.
fn twice() -> (World, Vec<OffboardingId>) {
    let mut world = World::empty();
    let first = world.running("Alfa Doe", ago(400 * DAY));
    world.done_up_to(first, 4, ago(400 * DAY));
    world.engine(ago(400 * DAY).plus_ms(60_000), Event::Closed { offboarding: first });
    let undo = world.open(leaver("Alfa Doe"), ago(399 * DAY), Phase::Running);
    if let Some(Envelope { event: Event::Opened { plan, .. }, .. }) = world.journal.last_mut() {
        plan.undoes = Some(first);
    }
    world.done(undo.step(0), ago(399 * DAY).plus_ms(2_000));
    let again = world.running("Alfa Doe", ago(3 * DAY));
    world.fail(again.step(1), ago(3 * DAY).plus_ms(2_000));
    (world, vec![first, undo, again])
}

#[test]
fn a_persons_whole_story_is_one_pane() {
    let (world, ids) = twice();
    for (width, height) in SIZES {
        let mut it = Harness::busy(width, height);
        it.keys("6");
        it.answer(page(&rows(40), false));
        it.keys("A");
        looks("story_loading", &it);
        it.answer(Ok(everything_of(&world, &ids)));
        looks("story", &it);
        it.shows("leaves, told by bamboohr");
        it.keys("G");
        it.shows("leaves again, told by bamboohr");
        it.shows("okta.suspend");
        it.keys("g t w");
        looks("story_cut_without_times", &it);
    }
}

/// A long life: more than a page.
fn long(events: u64) -> Vec<Envelope> {
    let (world, _) = twice();
    let opened = world.journal[0].clone();
    let retry = |seq: u64| {
        let step = OffboardingId(1).step(1);
        let reason = format!("429 number {seq}");
        let event = Event::StepRetryAt { step, at: NOW, reason, free: true, unclear: false, exchanges: Vec::new() };
        Envelope { seq, at: ago(400 * DAY).plus_ms(seq * 1_000), actor: Actor::Engine, event }
    };
    std::iter::once(opened).chain((1..events).map(retry)).collect()
}

#[expect(clippy::unnecessary_wraps, reason = "as the engine answers")]
fn part(events: &[Envelope], more: bool) -> Result<Reply, Refusal> {
    let page = PersonPage { offboardings: vec![OffboardingId(1)], events: events.to_vec(), more, erased: 0 };
    Ok(Reply::Person(Box::new(page)))
}

#[test]
fn a_long_story_comes_page_by_page_and_goes_on_where_the_line_broke() {
    let all = long(1_200);
    let mut it = Harness::with(&World::empty(), 120, 40);
    it.keys("6");
    it.answer(page(&rows(1), false));
    it.keys("A");
    it.answer(part(&all[..500], true));
    let pages = |it: &Harness| {
        let asked = it.asked().into_iter().filter_map(|(_, op)| match op {
            Op::Person { after, .. } => Some(after),
            _ => None,
        });
        asked.collect::<Vec<_>>()
    };
    assert_eq!(pages(&it), [None], "nobody has scrolled");
    it.keys("G");
    it.shows("429 number 499");
    assert_eq!(pages(&it), [None, Some(499)]);
    it.send(Msg::Lost { reason: "gone".to_owned(), again_ms: 5_000 });
    it.shows("429 number 499");
    it.connect(&World::empty());
    assert_eq!(pages(&it), [None, Some(499), Some(499)]);
    // The history behind the pane asks, too.
    let answer = |it: &mut Harness, result| {
        let (ticket, _) = it.asked().into_iter().rfind(|(_, op)| matches!(op, Op::Person { .. })).unwrap();
        it.send(Msg::Answer { ticket, result });
    };
    answer(&mut it, part(&all[500..1_000], true));
    it.shows("429 number 499");
    it.keys("G");
    answer(&mut it, part(&all[1_000..], false));
    it.keys("G");
    it.shows("429 number 1199");
    assert_eq!(pages(&it), [None, Some(499), Some(499), Some(999)]);
}

#[test]
fn what_happens_while_the_story_is_read_is_added_once() {
    let mut world = World::busy();
    let mut it = Harness::with(&world, 120, 40);
    it.keys("A");
    let before = everything_of(&world, &[OffboardingId(1)]);
    let heard =
        world.engine(ago(0), Event::StepRequeued { step: OffboardingId(1).step(1), why: "a person asked".to_owned() });
    it.event(heard);
    it.answer(Ok(before));
    it.shows("queued afresh: a person asked");
    let closed = world.engine(ago(0), Event::Closed { offboarding: OffboardingId(1) });
    it.event(closed);
    it.shows("closed: every access verified gone");
    assert_eq!(it.screen().matches("queued afresh").count(), 1);
}

#[test]
fn hostile_names_stay_harmless_in_the_history_and_the_story() {
    let (mut world, ids) = twice();
    if let Some(Envelope { event: Event::Opened { notice, .. }, .. }) = world.journal.first_mut() {
        notice.leaver.name = format!("{NASTY}{}", "x".repeat(10_000));
        notice.source = NASTY.to_owned();
    }
    for (width, height) in [(60, 16), (80, 24), (120, 40), (200, 60)] {
        let mut it = Harness::busy(width, height);
        it.keys("6");
        it.answer(page(&mixed(), false));
        super::outside::is_harmless("hostile", &it);
        it.keys("/");
        it.type_text("\u{202e}\u{1b}[2J");
        super::outside::is_harmless("hostile", &it);
        it.keys("esc A");
        it.answer(Ok(everything_of(&world, &ids)));
        super::outside::is_harmless("hostile", &it);
    }
}

#[test]
fn a_wide_name_keeps_the_columns_of_the_history_straight() {
    let mut it = Harness::busy(80, 24);
    it.keys("6");
    it.answer(page(&rows(10), false));
    let screen = it.screen();
    let at: BTreeSet<_> = screen
        .lines()
        .filter(|line| line.contains("● closed"))
        .map(|line| crate::tui::text::width(line.split("● closed").next().unwrap()))
        .collect();
    assert_eq!(at.len(), 1, "{screen}");
}

#[test]
fn the_rows_copy_menu_has_the_id_the_address_and_the_json() {
    let mut it = Harness::busy(120, 40);
    it.keys("6");
    it.answer(page(&rows(3), false));
    it.keys("y");
    it.shows("ob-3");
    it.keys("e");
    let copied = it.cmds.iter().any(|cmd| matches!(cmd, crate::tui::msg::Cmd::Copy(text) if text.contains("@corp")));
    assert!(copied);
}

#[test]
fn however_narrow_it_is_the_history_says_who_and_its_head_stands_over_its_rows() {
    for width in [60, 64, 70, 80, 100, 120, 200] {
        let mut it = Harness::busy(width, 16);
        it.keys("6");
        it.answer(page(&rows(9), false));
        let screen = it.screen();
        let place = |line: &str, word: &str| line.find(word).map(|at| crate::tui::text::width(&line[..at]));
        let head = screen.lines().find(|line| line.contains("cut in")).unwrap();
        let row = screen.lines().find(|line| line.contains("Charlie Poe")).unwrap_or_else(|| panic!("{screen}"));
        assert_eq!(place(head, "person"), place(row, "Charlie Poe"), "{screen}");
        assert_eq!(place(head, "how"), place(row, "● closed"), "{screen}");
        assert_eq!(place(head, "cut in").map(|at| at + 6), place(row, "8.4s").map(|at| at + 4), "{screen}");
    }
}
