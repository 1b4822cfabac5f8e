//! The launch flow: whom, the plan, when, the question; and every way in which it does not go on.

use super::fleet::{self, NOW, World, ahead};
use super::harness::{Harness, welcome};
use crate::ipc::{EngineLine, ErrorCode, HistoryPage, Op, Refusal, Reply};
use crate::model::*;
use crate::tui::msg::{Cmd, Msg};

fn previewed(name: &str) -> Previewed {
    let mut leaver = fleet::leaver(name);
    leaver.employee_id = Some(format!("{}", 100 + name.len()));
    leaver.zone = Some("Asia/Tokyo".to_owned());
    let plan = fleet::plan(leaver.person_key());
    Previewed { leaver, draft: 0, digest: plan.digest, effective_at: None, by_hand: false, underway: None }
}

fn draft() -> Draft {
    let departure = |action: &str, change: Change, why: &str| Departure {
        action: action.parse().unwrap(),
        change,
        why: why.to_owned(),
    };
    Draft {
        plan: fleet::plan("alfa.doe@corp.example"),
        departures: vec![
            departure(
                "google.delete",
                Change::Added,
                "runbook rule 1: contractors and executives keep no dormant account",
            ),
            departure("slack.export", Change::LeftOut, "runbook rule 3: the works council says no"),
        ],
    }
}

pub(super) fn preview(names: &[&str]) -> Preview {
    Preview { people: names.iter().map(|it| previewed(it)).collect(), drafts: vec![draft()] }
}

pub(super) fn one_person() -> Reply {
    Reply::Preview(Box::new(preview(&["Alfa Doe"])))
}

/// Three, one of whom is being offboarded already.
pub(super) fn many() -> Reply {
    let mut seen = preview(&["Kilo Doe", "Lima Doe", "東京 Doe"]);
    seen.people[1].underway = Some(Underway { offboarding: OffboardingId(9), phase: "running".to_owned() });
    Reply::Preview(Box::new(seen))
}

/// At the preview of one person who was typed.
pub(super) fn previewing(width: u16, height: u16) -> Harness {
    let mut it = Harness::busy(width, height);
    it.keys("n enter");
    it.type_text("alfa.doe@corp.example");
    it.keys("enter");
    it.answer(Ok(one_person()));
    it
}

/// What a dry run of the plan found: a bit of everything.
pub(super) fn dry_run() -> DryRun {
    let plan = fleet::plan("alfa.doe@corp.example");
    let account = Account { id: "00u1".into(), label: "alfa.doe@corp.example".into(), matched_on: "email".into() };
    let would = |ord: usize| match ord {
        0 | 3 => Would::Change { evidence: "suspended: false".to_owned() },
        1 => Would::NeedsHuman { reason: "the last super administrator is never taken away".to_owned() },
        2 => Would::Already { evidence: "active: false".to_owned() },
        4 => Would::Refused { reason: "403".to_owned(), cure: "grant admin.directory.user".to_owned() },
        5 => Would::CannotTell { reason: "okta answers HTTP 503".to_owned() },
        8 => Would::NoAccount { searched: "by e-mail".to_owned() },
        _ => Would::Look,
    };
    let steps = plan.steps.iter().enumerate().map(|(ord, step)| Foreseen {
        action: step.action.clone(),
        stage: step.stage,
        account: (ord != 8).then(|| account.clone()),
        would: would(ord),
    });
    DryRun { leaver: fleet::leaver("Alfa Doe"), digest: plan.digest.clone(), steps: steps.collect(), ms: 840 }
}

pub(super) fn missing() -> Missing {
    let person = |name: &str, effective_at, earlier| MissingPerson {
        leaver: fleet::leaver(name),
        feed: "bamboohr".to_owned(),
        effective_at,
        earlier,
    };
    let earlier = Some(Earlier { offboarding: OffboardingId(7), word: "was aborted".to_owned() });
    Missing {
        since: Timestamp(NOW.0 - 183 * 86_400_000),
        asked: vec!["bamboohr".to_owned()],
        people: vec![
            person("Kilo Doe", None, None),
            person("Lima Doe", None, earlier),
            person("東京 Doe", Some(ahead(86_400_000)), None),
        ],
        unusable: vec!["bamboohr: employee 42 has left, but their work e-mail is missing".to_owned()],
    }
}

pub(super) fn nobody_missing() -> Reply {
    Reply::Missing(Box::new(Missing { people: Vec::new(), unusable: Vec::new(), ..missing() }))
}

/// Nobody is missing where nobody was asked.
pub(super) fn no_hr() -> Reply {
    Reply::Missing(Box::new(Missing { asked: Vec::new(), people: Vec::new(), unusable: Vec::new(), ..missing() }))
}

/// At the list of who is missing.
pub(super) fn listing(width: u16, height: u16) -> Harness {
    let mut it = Harness::busy(width, height);
    it.keys("n j enter");
    it.answer(Ok(Reply::Missing(Box::new(missing()))));
    it
}

fn last_ask(it: &Harness) -> Op {
    it.asked().pop().unwrap().1
}

#[test]
fn enter_goes_on_over_whatever_screen_it_was_opened_from() {
    for screen in ["1", "3", "4", "5", "6", "7"] {
        let mut it = Harness::with(&World::empty(), 120, 40);
        it.keys(screen);
        if screen == "6" {
            it.answer(Ok(Reply::History(Box::new(HistoryPage { rows: Vec::new(), more: false, total: Some(0) }))));
        }
        it.keys("n enter");
        it.shows("launch: one person");
    }
}

#[test]
fn one_person_from_a_name_to_the_request_with_the_digest_that_was_seen() {
    let mut it = Harness::busy(120, 40);
    it.keys("n enter");
    it.type_text("Alfa Doe q L 1");
    it.press("ctrl-u");
    it.type_text("alfa.doe");
    it.keys("enter");
    let whom = Whom::Named { who: "alfa.doe".to_owned(), lookup: true };
    assert_eq!(last_ask(&it), Op::Preview { whom });
    it.shows("asking who that is...");
    it.answer(Ok(one_person()));
    it.shows("Otherwise than the runbook does for everybody");
    it.shows("google.delete added: runbook rule 1");
    it.keys("L");
    it.shows("Cut every access of Alfa Doe?");
    assert_eq!(it.acts(), [], "only asked");
    it.keys("enter");
    assert_eq!(it.acts(), [], "Enter cancels");
    it.keys("L y");
    let acts = it.acts();
    let [Op::LeaverAdd { notice, lookup: false, plan_digest }] = acts.as_slice() else { panic!("{acts:?}") };
    assert_eq!(plan_digest.as_deref(), Some(previewed("Alfa Doe").digest.as_str()));
    assert_eq!(
        (notice.leaver.clone(), notice.effective_at, notice.by_hand),
        (previewed("Alfa Doe").leaver, None, false)
    );
    it.keys("L");
    it.shows("it was sent, and is not answered yet");
    it.answer(Ok(Reply::Done { message: "ob-12: the offboarding of alfa.doe is opened".into(), offboardings: vec![] }));
    assert!(it.app.launch.is_none(), "over");
    it.shows("ob-12: the offboarding of alfa.doe is opened");
}

#[test]
fn a_plan_that_is_another_by_now_is_refused_and_looked_at_again() {
    let mut it = previewing(120, 40);
    it.keys("L y");
    it.answer(Err(Refusal::new(ErrorCode::Stale, "the plan of alfa.doe is not the one that you saw")));
    it.shows("Refused: launch");
    it.shows("is not the one that you saw");
    it.keys("esc");
    it.shows("who");
    it.keys("enter");
    assert!(matches!(last_ask(&it), Op::Preview { .. }), "Enter asks for the plan again");
}

#[test]
fn whom_hr_does_not_know_can_be_launched_by_e_mail_after_a_second_enter() {
    let mut it = Harness::busy(80, 24);
    it.keys("n enter");
    it.type_text("gone@corp.example");
    it.keys("enter");
    it.answer(Err(Refusal::new(ErrorCode::NotFound, "HR knows nobody as `gone@corp.example`")));
    it.shows("HR knows nobody");
    it.shows("Enter once more goes on without HR");
    it.keys("enter");
    let whom = Whom::Named { who: "gone@corp.example".to_owned(), lookup: false };
    assert_eq!(last_ask(&it), Op::Preview { whom });
    // Another text is asked for in HR first.
    it.answer(Err(Refusal::new(ErrorCode::Invalid, "`gone@corp.example` is no work e-mail")));
    it.type_text("x");
    it.keys("enter");
    assert!(matches!(last_ask(&it), Op::Preview { whom: Whom::Named { lookup: true, .. } }));
}

#[test]
fn a_login_that_hr_does_not_know_leads_nowhere() {
    let mut it = Harness::busy(80, 24);
    it.keys("n enter");
    it.type_text("gone");
    it.keys("enter");
    it.answer(Err(Refusal::new(ErrorCode::NotFound, "HR knows nobody as `gone`")));
    it.hides("without HR, with the e-mail alone");
}

#[test]
fn a_file_is_checked_first_and_every_wrong_row_is_told() {
    let mut it = Harness::busy(120, 40);
    it.keys("n j j enter");
    it.send(Msg::Paste("/srv/hr/leavers.csv\n".to_owned()));
    it.keys("enter");
    let Some(Cmd::ReadFile { ticket, path }) = it.cmds.last().cloned() else { panic!("{:?}", it.cmds.last()) };
    assert_eq!(path, "/srv/hr/leavers.csv");
    let text = "email\nalfa.doe@corp.example\n".to_owned();
    it.send(Msg::File { ticket, result: Ok(text.clone()) });
    let whom = Whom::File { name: "leavers.csv".to_owned(), text: text.clone() };
    assert_eq!(last_ask(&it), Op::Preview { whom });
    let told = "leavers.csv:2: email: is empty\nleavers.csv:7: last_day: `soon` is not a day\nnobody was imported";
    it.answer(Err(Refusal::new(ErrorCode::Invalid, told)));
    for line in told.lines() {
        it.shows(line);
    }
    assert_eq!(it.acts(), []);
}

#[test]
fn a_file_is_imported_whole_after_its_count_is_typed() {
    let names = ["Alfa Doe", "Bravo Doe", "Charlie Doe"];
    for (keys, hold) in [("L", false), ("w down enter L", true)] {
        let mut it = Harness::busy(120, 40);
        it.keys("n j j enter");
        it.type_text("leavers.csv");
        it.keys("enter");
        let Some(Cmd::ReadFile { ticket, .. }) = it.cmds.last().cloned() else { panic!() };
        it.send(Msg::File { ticket, result: Ok("email\n".to_owned()) });
        let seen = preview(&names);
        it.answer(Ok(Reply::Preview(Box::new(seen.clone()))));
        it.keys(keys);
        it.shows("Launch 3 offboardings?");
        it.shows("33 steps of 3 people");
        it.shows("Charlie Doe <charlie.doe@corp.example>");
        it.keys("y enter");
        assert_eq!(it.acts(), [], "y is no count");
        it.press("ctrl-u");
        it.send(Msg::Paste("3".to_owned()));
        it.shows("a paste is refused here");
        it.type_text("3");
        it.keys("enter");
        let op = Op::Import {
            name: "leavers.csv".to_owned(),
            text: "email\n".to_owned(),
            dry_run: false,
            hold,
            plan_digest: Some(seen.digest()),
        };
        assert_eq!(it.acts(), [op]);
    }
}

#[test]
fn who_is_missing_is_marked_and_launched_when_hr_says() {
    let mut it = listing(120, 40);
    it.keys("space space space");
    it.shows("3 marked");
    it.keys("enter");
    let Op::Preview { whom: Whom::People(people) } = last_ask(&it) else { panic!() };
    assert_eq!(people.len(), 3);
    let seen = preview(&["Kilo Doe", "Lima Doe", "東京 Doe"]);
    it.answer(Ok(Reply::Preview(Box::new(seen))));
    it.shows("for each as told, in times of UTC; without a last day, now");
    it.keys("L");
    it.type_text("3");
    it.keys("enter");
    let ends: Vec<_> = it
        .acts()
        .iter()
        .map(|op| if let Op::LeaverAdd { notice, .. } = op { notice.effective_at } else { panic!("{op:?}") })
        .collect();
    assert_eq!(ends, [None, None, Some(ahead(86_400_000))]);
}

#[test]
fn whoever_is_being_offboarded_already_is_told_and_left_out() {
    let mut it = listing(120, 40);
    it.keys("* enter");
    let mut seen = preview(&["Kilo Doe", "Lima Doe"]);
    seen.people[1].underway = Some(Underway { offboarding: OffboardingId(9), phase: "running".to_owned() });
    it.answer(Ok(Reply::Preview(Box::new(seen.clone()))));
    it.shows("1 being offboarded already");
    it.shows("ob-9 running already");
    it.keys("L y");
    assert!(matches!(it.acts().as_slice(), [Op::LeaverAdd { notice, .. }] if notice.leaver.name == "Kilo Doe"));

    let mut it = previewing(120, 40);
    let Some(look) = it.app.launch.as_mut().and_then(|it| it.look_mut()) else { panic!() };
    look.preview.people[0].underway = seen.people[1].underway.clone();
    it.keys("L");
    it.shows("ob-9 is running already");
    assert!(it.app.dialogs.is_empty());
}

#[test]
fn marked_rows_that_wait_are_fired_as_they_were_seen() {
    let mut world = World::busy();
    for name in ["Kilo Doe", "Lima Doe"] {
        world.open(fleet::leaver(name), NOW, Phase::Held { reason: "to be launched by hand".to_owned() });
    }
    let mut it = Harness::with(&world, 120, 40);
    it.keys("* n");
    it.shows("4 marked rows, armed or held");
    it.keys("enter");
    it.shows("Kilo Doe");
    it.keys("w");
    it.shows("what is armed or held is fired now");
    it.keys("L");
    it.shows("Launch 4 offboardings?");
    it.type_text("4");
    it.keys("enter");
    let launched = it.acts();
    assert_eq!(launched.len(), 4);
    assert!(launched.iter().all(|op| matches!(op, Op::Launch { revision: Some(_), .. })), "{launched:?}");
}

#[test]
fn an_instant_is_shown_in_the_operators_zone_the_persons_and_utc() {
    let mut it = previewing(120, 40);
    it.app.zone = jiff::tz::TimeZone::get("Europe/Berlin").unwrap();
    it.keys("w down");
    it.type_text("2026-12-01 18:00");
    it.shows("meant in Asia/Tokyo");
    for shown in ["2026-12-01 10:00 (here)", "2026-12-01 18:00 (Asia/Tokyo)", "2026-12-01 09:00 (UTC)"] {
        it.shows(shown);
    }
    it.keys("enter L");
    it.shows("2026-12-01 18:00 (Asia/Tokyo)");
    it.shows("arm it");
    it.keys("y");
    let at = "2026-12-01T09:00:00Z".parse::<jiff::Timestamp>().unwrap();
    assert!(matches!(it.acts().as_slice(), [Op::LeaverAdd { notice, .. }] if notice.effective_at == Some(at.into())));
}

/// At the preview of a file.
fn imported(zone: &str, people: &[(&str, Option<&str>, Option<Timestamp>)]) -> Harness {
    let mut it = Harness::busy(120, 40);
    it.app.zone = jiff::tz::TimeZone::get(zone).unwrap();
    it.keys("n j j enter");
    it.type_text("leavers.csv");
    it.keys("enter");
    let Some(Cmd::ReadFile { ticket, .. }) = it.cmds.last().cloned() else { panic!() };
    it.send(Msg::File { ticket, result: Ok("email\n".to_owned()) });
    let names: Vec<_> = people.iter().map(|(name, ..)| *name).collect();
    let mut seen = preview(&names);
    for (person, (_, zone, at)) in seen.people.iter_mut().zip(people) {
        person.leaver.zone = zone.map(str::to_owned);
        person.effective_at = *at;
    }
    it.answer(Ok(Reply::Preview(Box::new(seen))));
    it
}

#[test]
fn a_file_of_one_person_says_the_instant_in_every_zone_that_matters() {
    let at = ahead(6 * 3_600_000);
    let mut it = imported("Europe/Berlin", &[("Alfa Doe", Some("Asia/Tokyo"), Some(at))]);
    it.shows("by the file alone: HR is not asked");
    it.shows("access ends 2026-11-23 19:00 (here) · 2026-11-24 03:00 (Asia/Tokyo) · 2026-11-23 18:00 (UTC)");
    it.keys("L");
    it.shows("2026-11-24 03:00 (Asia/Tokyo)");

    let it = imported("Europe/Berlin", &[("Alfa Doe", Some("UTC"), Some(at))]);
    it.shows("access ends 2026-11-23 19:00 (here) · 2026-11-23 18:00 (UTC) · their zone is not known");
    it.hides(" · UTC");
    let it = imported("UTC", &[("Alfa Doe", Some("UTC"), Some(at))]);
    it.shows("access ends 2026-11-23 18:00 (UTC) · their zone is not known");
    let it = imported("UTC", &[("Alfa Doe", None, None)]);
    it.shows("access ends now");
}

#[test]
fn a_list_says_in_whose_zone_its_times_are() {
    let people = [("Alfa Doe", None, Some(ahead(6 * 3_600_000))), ("Bravo Doe", None, None)];
    let it = imported("Europe/Berlin", &people);
    it.shows("2026-11-23 19:00");
    it.shows("for each as told, in times of Europe/Berlin; without a last day, now");
}

#[test]
fn of_several_it_is_not_said_that_one_has_no_zone() {
    let mut it = listing(120, 40);
    it.keys("* enter");
    let mut seen = preview(&["Kilo Doe", "Lima Doe"]);
    seen.people[1].leaver.zone = Some("Europe/Berlin".to_owned());
    it.answer(Ok(Reply::Preview(Box::new(seen))));
    it.keys("w j");
    it.type_text("2026-12-01 18:00Z");
    it.shows("2026-12-01 18:00 (UTC)");
    it.shows("they have no known zone in common");
    it.keys("enter");
    it.shows("they have no known zone in common");
    it.hides("their zone");
}

#[test]
fn when_is_chosen_by_letters_too_and_the_footer_says_how() {
    let mut it = previewing(120, 40);
    it.keys("w");
    it.hides("a paste is taken");
    assert_eq!(it.screen().matches("j k Up Down choose").count(), 2, "in the box and under it");
    it.keys("j");
    it.shows("a paste is taken");
    it.keys("j k j");
    it.hides("meant in");
    it.keys("enter");
    it.shows("access ends when it is fired by hand");
    it.hides("held");
    it.keys("w k");
    it.type_text("2026-12-01 18:00[Europe/Kyiv]");
    it.shows("2026-12-01 16:00 (UTC)");
}

#[test]
fn an_instant_that_is_over_missing_or_double_is_refused() {
    for (typed, told) in [
        ("2026-11-23 12:00", "that was 9h00m ago"),
        ("2027-03-28 02:30[Europe/Berlin]", "does not exist in Europe/Berlin"),
        ("2027-10-31 02:30[Europe/Berlin]", "comes twice in Europe/Berlin"),
        ("tomorrow", "is no instant"),
        ("", "is no instant"),
    ] {
        let mut it = previewing(120, 40);
        it.keys("w down");
        it.type_text(typed);
        it.keys("enter");
        it.shows(told);
        it.shows("When does access end?");
        it.keys("esc");
        it.shows("access ends now");
    }
}

#[test]
fn an_instant_that_has_passed_while_the_plan_was_read_is_refused() {
    let mut it = previewing(120, 40);
    it.keys("w down");
    it.type_text("2026-11-23T12:00:30Z");
    it.keys("enter");
    it.wait(60_000);
    it.keys("L");
    it.shows("the instant that was chosen is over");
    assert!(it.app.dialogs.is_empty());
}

#[test]
fn held_is_opened_to_be_fired_by_hand() {
    let mut it = previewing(120, 40);
    it.keys("w down down enter L");
    it.shows("Open, and hold, the offboarding of Alfa Doe?");
    it.keys("y");
    assert!(matches!(it.acts().as_slice(), [Op::LeaverAdd { notice, .. }] if notice.by_hand));
}

#[test]
fn a_dry_run_is_asked_for_once_and_says_what_stands_in_the_way() {
    let mut it = previewing(120, 40);
    it.shows("accounts and last admins are not looked for yet: d asks");
    it.keys("d");
    assert!(matches!(last_ask(&it), Op::DryRun { lookup: false, .. }));
    assert_eq!(it.acts(), [], "a dry run is no act");
    it.shows("the systems are being asked");
    it.keys("d");
    it.shows("the systems are being asked already");
    it.answer(Ok(Reply::DryRun(Box::new(dry_run()))));
    it.shows("okta.suspend: needs a person: the last super administrator");
    it.shows("google.revoke-tokens: refused: 403; grant admin.directory.user");
    it.keys("G");
    it.shows("only looks");
}

#[test]
fn a_dry_run_that_failed_can_be_asked_for_again() {
    let mut it = previewing(120, 40);
    it.keys("d");
    it.answer(Err(Refusal::new(ErrorCode::Unavailable, "the line broke before the answer came")));
    it.shows("the systems could not be asked");
    it.keys("d");
    assert!(matches!(last_ask(&it), Op::DryRun { .. }));
}

#[test]
fn read_only_previews_and_launches_nothing() {
    let mut it = Harness::cold(120, 40);
    it.line(EngineLine::Welcome(welcome(true)));
    it.snapshot(&World::busy());
    it.keys("n enter");
    it.type_text("alfa.doe@corp.example");
    it.keys("enter");
    it.answer(Ok(one_person()));
    it.shows("not to be launched: this console is read-only");
    it.keys("L");
    assert!(it.app.dialogs.is_empty());
    assert_eq!(it.acts(), []);
}

#[test]
fn a_line_that_breaks_in_the_middle_launches_nothing_and_keeps_what_was_seen() {
    let mut it = previewing(120, 40);
    it.keys("L");
    it.send(Msg::Lost { reason: "the engine closed the connection".to_owned(), again_ms: 5_000 });
    it.keys("y");
    it.shows("Not sent: launch");
    assert_eq!(it.acts(), []);
    it.keys("esc L");
    it.shows("no line to the engine");
    it.shows("Alfa Doe");
}

#[test]
fn without_a_line_the_flow_does_not_begin() {
    let mut it = Harness::busy(80, 24);
    it.send(Msg::Lost { reason: "the engine closed the connection".to_owned(), again_ms: 5_000 });
    it.keys("n");
    it.shows("there is no line to it");
    assert!(it.app.launch.is_none());
}

#[test]
fn hr_that_is_not_configured_unreachable_or_has_nobody_missing_says_what_to_do() {
    let down = Refusal::new(ErrorCode::Unavailable, "bamboohr: the HR system cannot be reached: timed out");
    let cases = [
        (Ok(nobody_missing()), "nobody is missing"),
        (Ok(no_hr()), "no HR system is configured"),
        (Err(down), "HR could not be asked"),
    ];
    for (answer, told) in cases {
        let mut it = Harness::busy(80, 24);
        it.keys("n j enter");
        it.shows("asking HR who has left...");
        it.answer(answer);
        it.shows(told);
        it.keys("enter");
        assert_eq!(last_ask(&it), Op::Missing { since: None }, "Enter asks again");
    }
}

#[test]
fn an_answer_that_comes_after_the_flow_was_left_opens_nothing() {
    let mut it = Harness::busy(80, 24);
    it.keys("n enter");
    it.type_text("alfa.doe@corp.example");
    it.keys("enter esc esc");
    assert!(it.app.launch.is_none());
    it.answer(Ok(one_person()));
    assert!(it.app.launch.is_none());
}

#[test]
fn letters_that_are_typed_are_no_keys() {
    let mut it = Harness::busy(80, 24);
    it.keys("n enter");
    it.type_text("qXL1bn:?");
    it.shows("qXL1bn:?");
    assert!(it.app.launch.is_some() && it.app.dialogs.is_empty());
    assert_eq!(it.asked().len(), 0);
}

#[test]
fn hostile_names_and_words_are_shown_escaped() {
    let mut it = Harness::busy(120, 40);
    it.keys("n enter");
    it.type_text("x@corp.example");
    it.keys("enter");
    let mut seen = preview(&["Alfa Doe", "Bravo Doe"]);
    seen.people[0].leaver.name = "\u{1b}[31mAlfa\u{202e}".to_owned();
    seen.people[0].leaver.department = Some("\u{1b}[2J".repeat(100));
    seen.drafts[0].departures[0].why = "\u{9b}2J".to_owned();
    it.answer(Ok(Reply::Preview(Box::new(seen))));
    it.shows("\\u{1b}[31mAlfa");
    it.keys("enter");
    it.shows("\\u{1b}[2J");
}

#[test]
fn no_size_panics() {
    let flows: [fn(u16, u16) -> Harness; 2] = [previewing, listing];
    for flow in flows {
        for keys in ["g", "w down", "L", "b"] {
            let mut it = flow(120, 40);
            it.keys(keys);
            for width in [1, 59, 60, 61, 79, 90, 109, 110, 150, 220] {
                for height in [1, 15, 16, 17, 23, 31, 61] {
                    it.send(Msg::Resize { width, height });
                    it.buffer();
                }
            }
        }
    }
}

#[test]
fn a_preview_of_ten_thousand_is_drawn_by_its_visible_rows() {
    let mut it = Harness::busy(200, 60);
    it.keys("n enter");
    it.type_text("x@corp.example");
    it.keys("enter");
    let one = previewed("Alfa Doe");
    let people: Vec<_> = (0..10_000)
        .map(|n| Previewed { leaver: Leaver { name: format!("P{n}"), ..one.leaver.clone() }, ..one.clone() })
        .collect();
    it.answer(Ok(Reply::Preview(Box::new(Preview { people, drafts: vec![draft()] }))));
    it.shows("10000 people: 110000 steps");
    it.keys("G");
    it.shows("P9999");
}
