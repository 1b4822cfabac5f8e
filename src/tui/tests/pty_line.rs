//! The line to the engine, and the line to the operator's eyes: broken, foreign, slow.

use std::time::{Duration, Instant};

use serde_json::json;

use super::fleet::{World, ago};
use super::pty::{Session, holds, is_whole};
use super::pty_engine::Script;
use super::window::Link;
use crate::ipc::Op;
use crate::ipc::protocol::PROTOCOL;

/// Opens the dialog of the first approval, and reads it.
fn approving(session: &mut Session) {
    session.sees(&["Alfa Doe", "live"]);
    session.press("5a");
    session.sees(&["type the leaver's login: foxtrot.doe"]);
    session.hear_for(Duration::from_millis(600));
}

#[test]
fn a_typed_confirmation_survives_an_engine_that_comes_back() {
    let mut session = Session::open();
    approving(&mut session);
    session.press("foxtrot");
    session.engine.stop();
    session.sees(&["reconnecting", "type the leaver's login: foxtrot.doe"]);
    session.engine.listen();
    session.sees_no_more("reconnecting");
    session.sees_no_more("loading");
    session.press(".doe\r");
    session.sees_no_more("type the leaver's login");
    session.hear_for(Duration::from_millis(500));
    let acts = session.engine.acts();
    // The engine judges it again: by the revision and the plan that were read.
    assert!(matches!(acts.as_slice(), [Op::Approve { revision: Some(_), typed, .. }] if typed == "foxtrot.doe"));
    session.press("\x03");
    assert_eq!(session.ends(), 0);
    is_whole(&session);
}

#[test]
fn a_typed_confirmation_without_a_line_sends_nothing_then_or_later() {
    let mut session = Session::open();
    approving(&mut session);
    session.engine.stop();
    session.sees(&["reconnecting"]);
    session.press("foxtrot.doe\r");
    session.sees(&["Not sent: approve", "nothing was sent, nothing was changed"]);
    session.engine.listen();
    session.sees_no_more("reconnecting");
    session.hear_for(Duration::from_secs(1));
    assert_eq!(session.engine.acts(), []);
}

#[test]
fn an_engine_of_another_protocol_is_named_with_the_cure_and_tried_again() {
    for (version, protocol, cure) in
        [("7.1.0", 99, "use the program of the engine's version"), ("0.0.1", 0, "restart the engine with this version")]
    {
        let busy = Script::of(&World::busy());
        let mut session = Session::before(&busy.clone().version(version, protocol));
        session.sees(&["no engine answers", "(try 2", version, &format!("protocol {protocol}")]);
        let told = session.screen().split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(told.contains(cure) && told.contains(env!("CARGO_PKG_VERSION")), "{told}");
        session.engine.says(busy);
        session.sees(&["live", "Alfa Doe"]);
    }
}

#[test]
fn a_welcome_that_cannot_be_read_still_says_its_version() {
    let busy = Script::of(&World::busy());
    let foreign = Script { welcome: json!({"welcome": {"protocol": 9, "version": "9.0.0"}}), ..busy };
    let mut session = Session::before(&foreign);
    session.sees(&["no engine answers", "version 9.0.0", "protocol 9"]);
}

#[test]
fn a_newer_engines_fields_and_events_do_not_end_the_console() {
    let mut script = Script::of(&World::busy()).version("9.0.0", PROTOCOL);
    script.welcome["welcome"]["colour"] = json!("green");
    script.snapshot["snapshot"]["weather"] = json!({"sky": "clear"});
    script.snapshot["snapshot"]["fleet"]["mood"] = json!(7);
    let mut session = Session::before(&script);
    session.sees(&["live", "Alfa Doe", "v9.0.0"]);
    session.engine.tell(json!({"event": {"seq": 4_000, "at": 1, "actor": "engine", "event": {"ev": "sang_a_song"}}}));
    session.sees(&["the engine (version 9.0.0) says something that this console"]);
    session.sees(&["live", "Alfa Doe"]);
    session.engine.tell(json!({"a_new_kind_of_line": [1, 2, 3]}));
    session.press("2");
    session.sees(&["still alive", "live"]);
    session.press("\x03");
    assert_eq!(session.ends(), 0);
}

#[test]
fn a_state_that_cannot_be_read_is_told_and_asked_for_again_with_patience() {
    let busy = Script::of(&World::busy());
    let foreign = Script { snapshot: json!({"snapshot": {"fleet": "another shape"}}), ..busy.clone() };
    let mut session = Session::before(&foreign.version("9.0.0", PROTOCOL));
    session.sees(&["no engine answers", "version 9.0.0", "next in 4s"]);
    session.engine.says(busy);
    session.sees(&["live", "Alfa Doe"]);
}

#[test]
fn over_a_slow_link_frames_are_dropped_and_a_key_is_answered() {
    let (one, mut other) = (World::busy(), World::busy());
    for n in 0..20 {
        other.running(&format!("Zulu{n} Doe"), ago(1_000 + n));
    }
    let [one, other] = [one, other].map(|world| Script::of(&world));
    let link = Link { delay: Duration::from_millis(50), bytes_per_s: 32_000 };
    let mut session = Session::far_away(&one, link);
    session.sees(&["Alfa Doe", "live"]);

    // Each snapshot changes most of the screen, and there are far more of them than the link could carry.
    let (begun, before) = (Instant::now(), session.output.len());
    let mut answers = Vec::new();
    for n in 0..160 {
        session.engine.tell(if n % 2 == 0 { other.snapshot.clone() } else { one.snapshot.clone() });
        session.hear_for(Duration::from_millis(25));
        if n % 40 == 20 {
            let pressed = Instant::now();
            session.press("?");
            session.sees(&["Keys: dashboard"]);
            answers.push(pressed.elapsed());
            session.press("\x1b");
            session.sees_no_more("Keys: dashboard");
        }
    }
    let (took, painted) = (begun.elapsed(), session.output.len() - before);
    let carried = usize::try_from(took.as_millis()).unwrap() * 24;
    assert!(painted < carried + 30_000, "{painted} bytes in {took:?}: more than the link carries is queued somewhere");
    // Two ways, a frame that is under way, the dialog itself; and two cores that others use.
    assert!(answers.iter().all(|it| *it < Duration::from_millis(1_500)), "{answers:?}");

    // When it is over, the last word is on the screen soon, not after a queue of old ones.
    session.engine.tell(other.snapshot);
    let told = Instant::now();
    session.press("G");
    session.sees(&["Zulu"]);
    assert!(told.elapsed() < Duration::from_secs(3), "{:?}", told.elapsed());
}

#[test]
fn what_is_written_to_the_terminal_holds_nothing_that_came_from_outside_raw() {
    let mut session = Session::before(&Script::of(&super::outside::hostile()).version(super::outside::NASTY, PROTOCOL));
    session.sees(&["live"]);
    for keys in
        ["d", "\x1b", "A", "\x1b", "2", "\t", "3", "4", "5", "a", "\x1b", "6", "7", "1", ":", "\x1b", "y", "\x1b", "X"]
    {
        session.press(keys);
        session.hear_for(Duration::from_millis(150));
    }
    session.hear_for(Duration::from_millis(500));
    for raw in super::outside::RAW {
        assert!(!holds(&session.output, raw.as_bytes()), "{} went through", raw.escape_unicode());
    }
}
