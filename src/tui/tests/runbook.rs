//! The runbook beside the plan that it gives.

use super::fleet::{self, World};
use super::harness::Harness;
use crate::ipc::{ErrorCode, Op, Refusal, Reply, RunbookText};
use crate::model::{Change, Departure};
use crate::tui::msg::Msg;
use crate::tui::screen::runbook::Given;

pub(super) fn text() -> RunbookText {
    let mut text = "# The runbook of Corp\nname = \"standard\"\nsla = \"15m\"\n".to_owned();
    let filler: Vec<_> = (0..60).map(|n| format!("# line {n}\n")).collect();
    text.push_str(&filler.concat());
    text.push_str("[[rule]]\nactions = [\"*.delete\"]\nwhen = \"executive\"\ninclude = true\n\n# the last one\n");
    RunbookText { name: "standard".into(), file: "/etc/nightlatch/runbook.toml".into(), text, rules: vec![64] }
}

pub(super) fn plan() -> Reply {
    let leaver = fleet::leaver("Alfa Doe");
    let mut plan = fleet::plan(leaver.person_key());
    let mut steps = plan.steps.to_vec();
    steps[10].reason = "runbook rule 1: executive".to_owned();
    plan.steps = steps.into();
    let departure = Departure {
        action: "google.delete".parse().unwrap(),
        change: Change::Added,
        why: "runbook rule 1: executive".to_owned(),
    };
    Reply::Plan { leaver: Box::new(leaver), plan: Box::new(plan), departures: vec![departure] }
}

/// Open over the first person of the dashboard, both answers there.
pub(super) fn reading(width: u16, height: u16) -> Harness {
    let mut it = Harness::busy(width, height);
    it.keys("b");
    let asked = it.asked();
    let [.., (book, Op::Runbook {}), (plans, Op::Plan { leaver, lookup: false })] = asked.as_slice() else {
        panic!("{asked:?}")
    };
    assert_eq!(leaver.name, "Alfa Doe");
    let (book, plans) = (*book, *plans);
    it.send(Msg::Answer { ticket: book, result: Ok(Reply::Runbook(text())) });
    it.send(Msg::Answer { ticket: plans, result: Ok(plan()) });
    it
}

#[test]
fn both_halves_scroll_by_themselves_and_the_rule_of_a_step_is_shown() {
    let mut it = reading(120, 40);
    it.shows("# The runbook of Corp");
    it.shows("its plan for Alfa Doe: 11 steps");
    it.keys("pgdn");
    it.hides("# The runbook of Corp");
    it.shows("google.suspend");
    it.keys("tab g");
    it.hides("# The runbook of Corp");
    it.keys("G");
    it.shows("▌[[rule]]");
    it.shows("runbook rule 1: executive");
    it.hides("▌# the last one");
    it.keys("tab g");
    it.shows("# The runbook of Corp");
    it.keys("esc");
    it.shows("worst step");
    assert_eq!(it.acts(), []);
}

#[test]
fn without_a_person_or_with_a_refusal_it_says_so() {
    let mut it = Harness::with(&World::empty(), 80, 24);
    it.keys("b");
    it.shows("nobody is selected");
    it.answer(Err(Refusal::new(ErrorCode::Unavailable, "the engine is stopping")));
    it.shows("the engine is stopping");
}

#[test]
fn what_is_too_long_for_a_line_goes_on_in_the_next_in_both_halves() {
    for (width, height) in [(60, 16), (80, 24), (120, 40), (200, 60)] {
        let mut it = reading(width, height);
        let words: Vec<_> = (0..30).map(|n| format!("word{n}")).collect();
        let text = format!("    actions = [{}]\n# the end\n", words.join(" "));
        let Some(runbook) = &mut it.app.runbook else { panic!() };
        runbook.text = Some(Ok(RunbookText { text, ..self::text() }));
        let Given::Plan { plan, .. } = &mut runbook.given else { panic!() };
        let mut steps = plan.steps.to_vec();
        steps[0].reason = "it is needed here ".repeat(4) + "because of this";
        plan.steps = steps.into();
        it.send(Msg::Tick);
        it.shows("   1     actions = [word0");
        it.shows("because of this");
        assert!(!it.screen().lines().skip(3).any(|line| line.contains('…')), "{}", it.screen());
        it.keys("G");
        it.shows("word29]");
        it.shows("   2 # the end");
        let screen = it.screen();
        let last = screen.lines().find(|line| line.contains("word29]")).unwrap();
        assert!(last.starts_with("         word"), "it stands under its beginning:\n{screen}");
    }
}
