//! Everybody ever offboarded, on a journal that the engine's own core and writer wrote: searched, paged, erased; and a
//! person's whole story.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../benches/journal/firm.rs"]
#[allow(dead_code, reason = "the bench uses the rest")]
mod firm;

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use jiff::tz::TimeZone;
use nightlatch::engine::Command;
use nightlatch::model::{Event, Leaver, Offboarding, OffboardingId, Phase, Search, Timestamp};
use nightlatch::store::{Archive, Chapter, Found, Reader};
use proptest::prelude::*;
use rusqlite::Connection;

use firm::Firm;

const SECTIONS: [(&str, &str); 2] = [
    ("okta", "type = 'okta'\nbase_url = 'https://corp.okta.com'\napi_token = 'env:A'"),
    ("slack", "type = 'slack'\ntoken = 'env:A'\nenterprise = true"),
];
/// 2025-01-01T00:00Z.
const BEGIN: Timestamp = Timestamp(1_735_689_600_000);
const DAY_MS: u64 = 86_400_000;
const PEOPLE: u64 = 60;

fn leaver(n: u64) -> Leaver {
    const FIRST: [&str; 5] = ["Alfa", "Bravo", "Zoë", "Élan", "東京"];
    let first = FIRST[usize::try_from(n % 5).unwrap()];
    let email =
        format!("{}.doe.{n}@corp.example", ["alfa", "bravo", "zoe", "elan", "tokyo"][usize::try_from(n % 5).unwrap()]);
    Leaver {
        name: format!("{first} Doe {n}"),
        employee_id: Some(format!("E{:04}", 1_000 + n)),
        ..Leaver::from_email(&email)
    }
}

fn found_in(dir: &Path) -> Firm {
    Firm::found(dir, BEGIN, firm::actions(&SECTIONS), 0, Box::new(|job| Some(firm::done(job))))
}

fn abort(firm: &mut Firm, login: &str) {
    let id = firm.core.fleet().offboardings.values().find(|it| it.leaver().login == login).unwrap().id;
    let reason = "stays after all".to_owned();
    firm.command(Command::Abort { offboarding: id, revision: None, typed: login.to_owned(), reason });
}

/// A person's words, names and salt are gone, as an erasure leaves them: the rows of the log stay.
fn erase(journal: &Path, id: OffboardingId) {
    let connection = Connection::open(journal).unwrap();
    connection.execute("UPDATE event SET payload = NULL WHERE offboarding = ?1", [id.0]).unwrap();
    connection.execute("UPDATE subject SET person = NULL, salt = NULL WHERE offboarding = ?1", [id.0]).unwrap();
}

/// A year of leavers, one every five days; every seventh is called off by hand, every eleventh is erased.
static YEAR: LazyLock<(tempfile::TempDir, PathBuf)> = LazyLock::new(|| {
    let dir = tempfile::tempdir().unwrap();
    let mut firm = found_in(dir.path());
    for n in 0..PEOPLE {
        let leaver = leaver(n);
        let login = leaver.login.clone();
        firm.leaves(leaver, |notice| notice.by_hand = n % 7 == 3);
        if n % 7 == 3 {
            abort(&mut firm, &login);
        }
        firm.wait_ms(5 * DAY_MS);
    }
    firm.sign();
    firm.end();
    let path = dir.path().join("journal.db");
    for id in (1..=PEOPLE).filter(|id| id.is_multiple_of(11)) {
        erase(&path, OffboardingId(id));
    }
    (dir, path)
});

fn search(text: &str) -> Search {
    Search::parse(text, &TimeZone::UTC).unwrap()
}

fn ids(archive: &mut Archive, reader: &Reader, text: &str) -> Vec<u64> {
    let found = archive.search(reader, &search(text), None, 1_000).unwrap();
    assert!(!found.more);
    found.ids.iter().map(|id| id.0).collect()
}

/// What a search has to find, by looking at every offboarding whole.
fn expected(reader: &Reader, holds: impl Fn(u64, Option<&Offboarding>) -> bool) -> Vec<u64> {
    let all = (1..=PEOPLE).rev();
    all.filter(|id| holds(*id, reader.offboarding(OffboardingId(*id)).unwrap().as_ref())).collect()
}

#[test]
fn every_kind_of_search_finds_what_a_look_at_every_offboarding_finds() {
    let reader = Reader::open(&YEAR.1).unwrap();
    let mut archive = Archive::default();
    let has =
        |it: Option<&Offboarding>, text: &str| it.is_some_and(|it| it.leaver().name.to_lowercase().contains(text));
    let aborted = |it: Option<&Offboarding>| it.is_some_and(|it| matches!(it.phase, Phase::Aborted { .. }));
    let mut check = |text: &str, holds: &dyn Fn(u64, Option<&Offboarding>) -> bool| {
        let wanted = expected(&reader, holds);
        assert_eq!(ids(&mut archive, &reader, text), wanted, "{text}");
        assert!(!wanted.is_empty(), "`{text}` tests nothing");
    };
    check("", &|_, _| true);
    check("ALFA", &|_, it| has(it, "alfa"));
    check("zoë doe", &|_, it| has(it, "zoë"));
    check("東京", &|_, it| has(it, "東京"));
    check("elan.doe.8@corp", &|id, _| id == 9);
    check("e1008", &|id, _| id == 9);
    check("ob-12", &|id, _| id == 12);
    check("!alfa", &|_, it| !has(it, "alfa"));
    check("how:erased", &|_, it| it.is_none());
    check("how:aborted !how:erased", &|_, it| aborted(it));
    check("how:closed alfa", &|_, it| has(it, "alfa") && !aborted(it));
    let march = (Timestamp(1_740_787_200_000), Timestamp(1_743_465_600_000));
    check("2025-03 !how:erased", &|_, it| it.is_some_and(|it| it.opened_at >= march.0 && it.opened_at < march.1));
    check("before:2025-03 doe", &|_, it| it.is_some_and(|it| it.opened_at < march.0));
    check("conn:okta", &|_, it| it.is_some());
    check("conn:slack alfa", &|_, it| has(it, "alfa"));
    assert_eq!(ids(&mut archive, &reader, "conn:github"), [0_u64; 0]);
}

#[test]
fn nobody_erased_is_found_by_a_name_whenever_they_were_erased() {
    let dir = tempfile::tempdir().unwrap();
    let mut firm = found_in(dir.path());
    for n in 0..4 {
        firm.leaves(leaver(n), |_| {});
    }
    firm.sign();
    let path = dir.path().join("journal.db");
    let (reader, mut archive) = (Reader::open(&path).unwrap(), Archive::default());
    assert_eq!(ids(&mut archive, &reader, "bravo"), [2]);
    erase(&path, OffboardingId(2));
    // The engine notices when it reads the row.
    archive.forget(OffboardingId(2));
    assert!(!archive.still_admits(&search("bravo"), OffboardingId(2)));
    assert_eq!(ids(&mut archive, &reader, "bravo"), [0_u64; 0]);
    assert_eq!(ids(&mut Archive::default(), &reader, "bravo"), [0_u64; 0]);
    assert_eq!(ids(&mut archive, &reader, "how:erased"), [2]);
    let Chapter { events, erased, offboardings, .. } = reader.chapter(OffboardingId(2), None, 500).unwrap();
    assert_eq!((events.len(), offboardings), (0, vec![OffboardingId(2)]));
    assert!(erased > 10);
    firm.end();
}

#[test]
fn the_index_follows_the_journal() {
    let dir = tempfile::tempdir().unwrap();
    let mut firm = found_in(dir.path());
    let path = dir.path().join("journal.db");
    firm.leaves(leaver(0), |notice| notice.by_hand = true);
    firm.sign();
    let (reader, mut archive) = (Reader::open(&path).unwrap(), Archive::default());
    assert_eq!(ids(&mut archive, &reader, "how:open"), [1]);
    firm.leaves(leaver(1), |_| {});
    abort(&mut firm, "alfa.doe.0");
    firm.wait_ms(DAY_MS);
    firm.sign();
    assert_eq!(ids(&mut archive, &reader, "how:aborted"), [1]);
    assert_eq!(ids(&mut archive, &reader, "how:closed"), [2]);
    assert_eq!(ids(&mut archive, &reader, "doe"), [2, 1]);
    firm.end();
}

#[test]
fn a_persons_story_has_every_offboarding_of_theirs_and_of_nobody_else() {
    let dir = tempfile::tempdir().unwrap();
    let mut firm = found_in(dir.path());
    let mut leave = |leaver: Leaver| {
        firm.leaves(leaver, |_| {});
        firm.wait_ms(30 * DAY_MS);
    };
    let by_email = Leaver { employee_id: None, ..leaver(0) };
    let renamed = Leaver { employee_id: leaver(0).employee_id, ..Leaver::from_email("alfa.poe@corp.example") };
    // The address has become somebody else's, whom HR knows by another id.
    let heir = Leaver { employee_id: Some("E9999".to_owned()), ..leaver(0) };
    for it in [by_email, leaver(0), leaver(1), renamed, heir] {
        leave(it);
    }
    firm.sign();
    firm.end();
    let reader = Reader::open(&dir.path().join("journal.db")).unwrap();
    let story = |id: u64| {
        let all = reader.offboardings_of_the_same(OffboardingId(id)).unwrap();
        all.iter().map(|id| id.0).collect::<Vec<_>>()
    };
    assert_eq!(story(2), [1, 2, 4]);
    assert_eq!(story(4), [2, 4]);
    assert_eq!(story(3), [3]);
    assert_eq!(story(5), [1, 5], "by the address alone nobody can tell whose the first was");
    assert_eq!(story(99), [0_u64; 0]);
    let chapter = reader.chapter(OffboardingId(2), None, 10_000).unwrap();
    let opened = chapter.events.iter().filter(|it| matches!(it.event, Event::Opened { .. })).count();
    assert_eq!(opened, 3);
    assert!(chapter.events.is_sorted_by_key(|it| it.seq) && !chapter.more);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn pages_together_are_one_scan(
        text in prop::sample::select(vec!["", "doe", "alfa", "!alfa", "how:aborted", "how:erased", "2025-03..2025-08",
                                          "conn:okta", "conn:okta bravo", "how:undo", "nobody", "after:2025-06 !conn:slack"]),
        size in 1_usize..70,
    ) {
        let reader = Reader::open(&YEAR.1).unwrap();
        let mut archive = Archive::default();
        let whole = archive.search(&reader, &search(text), None, 1_000).unwrap();
        let (mut paged, mut before) = (Vec::new(), None);
        loop {
            let Found { ids, more, total } = archive.search(&reader, &search(text), before, size).unwrap();
            prop_assert!(ids.len() == size || !more);
            prop_assert!(total.is_none_or(|total| total == whole.ids.len() as u64));
            before = ids.last().copied();
            paged.extend(ids);
            if !more { break; }
        }
        prop_assert_eq!(paged, whole.ids);
    }

    #[test]
    fn chapters_together_are_the_whole_story(id in 1..=PEOPLE, size in 1_usize..90) {
        let reader = Reader::open(&YEAR.1).unwrap();
        let whole = reader.chapter(OffboardingId(id), None, 10_000).unwrap();
        let (mut read, mut after) = (Vec::new(), None);
        loop {
            let chapter = reader.chapter(OffboardingId(id), after, size).unwrap();
            after = chapter.events.last().map(|it| it.seq);
            read.extend(chapter.events);
            if !chapter.more { break; }
        }
        prop_assert_eq!(read, whole.events);
    }
}
