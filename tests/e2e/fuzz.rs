//! Random keys, resizes and pastes at the real console: nothing is done that a person did not confirm, nothing breaks,
//! and the terminal comes back whole.
//!
//! `NIGHTLATCH_FUZZ_SECONDS` (60) says for how long, `NIGHTLATCH_FUZZ_SEED` (the clock's) by which dice.

use std::time::{Duration, Instant};

use nightlatch::model::{Actor, Event, StepState};

use crate::harness::{Dice, Scene, Setup, told};
use crate::terminal::Terminal;

/// Everything that can be pressed but what gives consent: `y`, and the digits that a bulk act's count is typed with. So
/// whatever is done that needs consent was done without.
const KEYS: &[&str] = &[
    "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "r", "s", "t", "u", "v", "w", "x",
    "z", "A", "B", "C", "D", "E", "F", "G", "H", "L", "N", "R", "S", "V", "X", "Y", "*", "/", ":", "?", "[", "]", " ",
    "\t", "\r", "\r", "\x1b", "\x1b", "\x1b", "\x7f", "\x0c", "\x15", "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D",
    "\x1b[5~", "\x1b[6~", "\x1b[H", "\x1b[F", "\x1b[Z", "\x13", "\x04", "ü", "界", "\u{301}",
];

/// Screens, where no dialog takes the digit for a count.
const SCREENS: &[&str] = &["\x1b\x1b\x1b\x1b1", "\x1b\x1b\x1b\x1b3", "\x1b\x1b\x1b\x1b5", "\x1b\x1b\x1b\x1b6"];

/// What no key alone may do.
fn needs_consent(event: &Event) -> bool {
    matches!(
        event,
        Event::Approved { .. }
            | Event::StepRejected { .. }
            | Event::Aborted { .. }
            | Event::Launched { .. }
            | Event::Opened { .. }
            | Event::EnginePaused { .. }
            | Event::EngineStopped {}
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_keys_resizes_and_pastes_do_nothing_that_was_not_confirmed() {
    let seed = Dice::seed("NIGHTLATCH_FUZZ_SEED");
    println!("NIGHTLATCH_FUZZ_SEED={seed}");
    let mut dice = Dice(seed);
    let scene = Scene::running(Setup::default()).await;
    // Deletions that wait for consent, a failed step, somebody who is closed.
    let people = [scene.executive(), scene.employee(0), scene.employee(1), scene.employee(2)];
    scene.send(&scene.leaves(&people[0].email)).await;
    let waits = |it: &nightlatch::model::Offboarding| {
        it.steps.iter().any(|step| matches!(step.state, StepState::AwaitingApproval { .. }))
    };
    scene.until(&people[0].email, "a question", waits).await;
    scene.send(&scene.leaves(&people[1].email)).await;
    scene.until_closed(&people[1].email).await;
    scene.sandbox.set_fault("slack:op=scim.deactivate,status=403".parse().unwrap());
    for person in &people[2..] {
        scene.send(&scene.leaves(&person.email)).await;
        let failed = |it: &nightlatch::model::Offboarding| it.steps.iter().any(|step| step.state.needs_attention());
        scene.until(&person.email, "a failure", failed).await;
    }

    let mut console = Terminal::open(&scene, 100, 30);
    console.sees(&["live"]);
    let until = Instant::now() + Duration::from_secs(told("NIGHTLATCH_FUZZ_SECONDS").unwrap_or(60));
    let mut presses = 0_u32;
    while Instant::now() < until {
        match dice.below(60) {
            0 => {
                let (columns, rows) = (20 + dice.below(200), 5 + dice.below(60));
                console.resize(u16::try_from(columns).unwrap(), u16::try_from(rows).unwrap());
            }
            1 => console.press(&format!("\x1b[200~{}X\ry{}\x1b[201~", people[0].login, dice.of(KEYS))),
            2 => console.press(dice.of(SCREENS)),
            _ => console.press(dice.of(KEYS)),
        }
        presses += 1;
        console.hear(Duration::from_millis(2));
        // `q` on the dashboard is among no keys, so that nothing ends it but a fault of its own.
        assert!(!console.is_over(), "the console ended after {presses} presses, seed {seed}:\n{}", console.screen());
    }
    console.resize(100, 30);
    console.hear_for(Duration::from_millis(500));
    console.press("\x1b\x1b\x1b\x1b\x1b\x1b");
    console.hear_for(Duration::from_millis(300));
    console.press("\x03");
    assert_eq!(console.ends(), 0, "{}", console.screen());
    assert!(console.screen().contains("the engine keeps running"), "{}", console.screen());
    assert!(!console.is_in_the_alternate_screen() && !console.hides_the_cursor() && console.cooks());
    assert!(!String::from_utf8_lossy(&console.output).contains("panicked"));

    println!("{presses} presses");
    for summary in scene.list().await {
        let journal = scene.timeline(summary.id).await;
        let by_operator = journal.iter().filter(|it| matches!(it.actor, Actor::Operator { .. }));
        let unasked: Vec<_> = by_operator.filter(|it| needs_consent(&it.event)).collect();
        assert!(unasked.is_empty(), "seed {seed}: {unasked:?}");
    }
    assert!(!scene.sandbox.truth(&people[0].email).unwrap().google.deleted);
}
