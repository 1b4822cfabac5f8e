//! The connectors' screen: what its keys ask, and what it shows of each state.

use super::fleet::{World, ago, sixteen};
use super::harness::{Harness, welcome};
use crate::ipc::{EngineLine, ErrorCode, Op, ProbeReport, Refusal, Reply};
use crate::model::ConnectorId;
use crate::model::health::Health;
use crate::tui::msg::{Cmd, Msg};
use crate::tui::screen::Place;

fn id(name: &str) -> ConnectorId {
    ConnectorId::new(name).unwrap()
}

fn screen(width: u16, height: u16) -> Harness {
    let mut it = Harness::with(&sixteen(), width, height);
    it.keys("4");
    it
}

fn asked(it: &Harness) -> Option<Op> {
    it.asked().pop().map(|(_, op)| op)
}

fn report(connector: &str, health: Health, message: &str) -> ProbeReport {
    let message = message.to_owned();
    ProbeReport {
        connector: id(connector),
        health,
        message,
        ms: 12,
        missing: Vec::new(),
        clock_ahead_ms: None,
        person: None,
    }
}

#[test]
fn the_dead_come_first_with_the_cure() {
    let it = screen(120, 40);
    it.shows("■ locked since");
    it.shows("make a new key for the app");
    let shown = it.screen();
    let rows = ["okta", "slack", "gitlab", "github", "salesforce", "wiki", "adobe"];
    let places = rows.map(|name| shown.lines().position(|line| line.starts_with(&format!("  {name} "))));
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?}\n{shown}");
}

#[test]
fn c_asks_the_selected_one_and_says_what_it_answered() {
    let mut it = screen(120, 40);
    it.keys("c");
    assert_eq!(asked(&it), Some(Op::Check { connector: Some(id("okta")), leaver: None, lookup: false }));
    it.shows("asking...");
    it.keys("c");
    assert_eq!(it.asked().len(), 1, "it is asked already");
    it.shows("probe: it is being asked just now");
    it.answer(Ok(Reply::Probes(vec![report("okta", Health::Up, "acts as nightlatch")])));
    it.shows("okta is up: acts as nightlatch");
    it.hides("asking...");
}

#[test]
fn capital_c_asks_all_and_names_who_cannot_be_used() {
    let mut it = screen(120, 40);
    it.keys("C");
    assert_eq!(asked(&it), Some(Op::Check { connector: None, leaver: None, lookup: false }));
    let all = vec![report("google", Health::Up, "acts as it"), report("okta", Health::Locked, "401")];
    it.answer(Ok(Reply::Probes(all)));
    it.shows("1 of 2 cannot be used: okta locked");
}

#[test]
fn what_could_not_be_asked_is_said_and_can_be_asked_again() {
    let mut it = screen(120, 40);
    it.keys("c");
    it.answer(Err(Refusal::new(ErrorCode::Unavailable, "the engine is stopping")));
    it.shows("tries again: the engine is stopping");
    it.keys("c");
    assert_eq!(it.asked().len(), 2);
}

#[test]
fn r_tries_a_dead_one_now_and_says_why_not_where_it_is_not() {
    let mut it = screen(120, 40);
    it.keys("r");
    assert_eq!(it.acts(), [Op::TryNow { connector: id("okta") }]);
    it.keys("G r");
    assert_eq!(it.acts().len(), 1);
    it.shows("is up: nothing holds its jobs back but their turn");
}

#[test]
fn a_read_only_console_may_ask_and_not_try() {
    let mut it = Harness::cold(120, 40);
    it.line(EngineLine::Welcome(welcome(true)));
    it.snapshot(&sixteen());
    it.keys("4 r");
    assert_eq!(it.acts(), []);
    it.keys("c");
    assert_eq!(asked(&it), Some(Op::Check { connector: Some(id("okta")), leaver: None, lookup: false }));
}

#[test]
fn without_a_line_nobody_is_asked() {
    let mut it = screen(120, 40);
    it.send(Msg::Lost { reason: "closed".to_owned(), again_ms: 5_000 });
    it.keys("c");
    assert_eq!(it.asked(), []);
    it.shows("there is no line to it");
}

#[test]
fn the_selection_stays_with_the_connector_when_its_health_changes() {
    let mut it = screen(120, 40);
    it.keys("j j j");
    it.shows("github, 4 actions");
    let mut world = sixteen();
    world.connectors.retain(|connector| connector.id != id("adobe") && connector.id != id("google"));
    let github = world.connectors.iter_mut().find(|it| it.id == id("github")).unwrap();
    github.health = Health::Locked;
    it.line(EngineLine::Connectors(world.connectors));
    it.shows("github, 4 actions");
    it.shows("14 connectors  2 locked");
}

#[test]
fn a_filter_finds_by_state_and_by_words() {
    let mut it = screen(120, 40);
    it.keys("/");
    it.type_text("state:locked");
    it.shows("okta, 4 actions");
    it.hides("  slack ");
    it.keys("esc /");
    it.type_text("admin_mode");
    it.shows("gitlab, 4 actions");
    it.keys("esc /");
    it.type_text("nobody");
    it.shows("none of 16 fits the filter");
}

#[test]
fn enter_gives_the_screen_to_the_details_and_esc_gives_it_back() {
    let mut it = screen(80, 24);
    it.shows("more lines");
    it.keys("enter");
    it.hides("16 connectors");
    it.shows("last errors, newest first");
    it.keys("esc");
    it.shows("16 connectors");
    it.keys("tab j j");
    it.shows("16 connectors");
    it.keys("esc esc");
    assert_eq!(it.app.place, Place::Dashboard);
}

#[test]
fn its_words_can_be_copied() {
    let mut it = screen(80, 24);
    it.keys("y r");
    assert!(it.cmds.contains(&Cmd::Copy("401 E0000011: invalid token provided".to_owned())));
}

#[test]
fn what_vendors_say_is_harmless() {
    let mut world = sixteen();
    let okta = world.connectors.iter_mut().find(|it| it.id == id("okta")).unwrap();
    okta.probe.as_mut().unwrap().message = "\u{1b}]0;owned\u{7} \u{202e}".repeat(50);
    okta.mishaps[0].what = "\u{1b}[2J".to_owned();
    okta.last_error = Some("x".repeat(10_000));
    for (width, height) in [(80, 24), (120, 40), (200, 60)] {
        let mut it = Harness::with(&world, width, height);
        for keys in ["g", "4", "enter"] {
            it.keys(keys);
            it.hides("\u{1b}");
            for line in it.screen().lines() {
                assert!(crate::tui::text::width(line) <= usize::from(width), "{line}");
            }
        }
    }
}

#[test]
fn an_idle_screen_without_connectors_does_not_tick() {
    let mut it = Harness::with(&World::empty(), 80, 24);
    it.keys("4");
    it.wait(60_000);
    it.send(Msg::Tick);
    assert!(!it.app.ticks());
    it.shows("no connector is configured");
}

#[test]
fn the_strip_tells_of_dead_ones_scopes_and_budgets_first() {
    for (width, height) in [(80, 24), (120, 40), (200, 60)] {
        let it = Harness::with(&sixteen(), width, height);
        it.shows("2 of 16 dead  1 short of budget");
        it.shows("okta");
    }
    let it = Harness::with(&sixteen(), 200, 60);
    it.shows("310 of 15000 calls left, whole in 3h10m");
    it.shows("not granted: admin_mode, api");
    let mut world = sixteen();
    world.connectors.retain(|it| it.health == Health::Up);
    world.connectors.iter_mut().for_each(|it| it.since = Some(ago(1)));
    Harness::with(&world, 120, 40).shows("connectors  12  1 short of budget");
}
