//! Screen 7: the log and its proofs.

use super::fleet::{World, ago};
use super::harness::Harness;
use super::looks::{SIZES, looks};
use crate::ipc::ledger::{AnchorStatus, LastVerified, Progress, Subscriber, Verification};
use crate::ipc::{ErrorCode, LedgerStatus, Op, Refusal, Reply};
use crate::tui::msg::Cmd;

const NOTE: &str = "corp.example/nightlatch\n1204300\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— corp.example/nightlatch HzoeTLhQqQvgE7J0i5DLUVjJ7ZqL0yWJ1c8WvFm7rUuYQd6l0u1KJrJ6N9v8kYp4c2c=\n";

pub(super) fn status() -> LedgerStatus {
    LedgerStatus {
        origin: "corp.example/nightlatch".to_owned(),
        verifier_key: "corp.example/nightlatch+1f2e3d4c+ARpc2zWk7m0qkq6q1H0m0e0q9v3xq8n2+v5c7b1kx4dQ".to_owned(),
        key_fingerprint: "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU".to_owned(),
        size: 1_204_331,
        root: "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=".to_owned(),
        checkpoint: Some(NOTE.to_owned()),
        checkpoint_at: Some(ago(60_000)),
        checkpoint_size: Some(1_204_300),
        bytes: 227 << 20,
        paused: None,
        rollback: None,
        anchor: Some(AnchorStatus { path: "/var/lib/nightlatch/ledger.anchor".to_owned(), size: Some(1_204_300) }),
        subscribers: vec![
            Subscriber { name: "alert.pagerduty".to_owned(), next: 1_204_000, behind: 0, trouble: None },
            Subscriber {
                name: "alert.slack".to_owned(),
                next: 1_203_117,
                behind: 2,
                trouble: Some("503 Service Unavailable: tried again in 30 s".to_owned()),
            },
        ],
        verification: Verification { running: None, last: Some(sound()) },
    }
}

fn sound() -> LastVerified {
    LastVerified {
        at: ago(86_400_000),
        ms: 4_200,
        size: 1_203_000,
        signed: Some(1_202_990),
        checkpoints: 312,
        problems: Vec::new(),
        problem_count: 0,
    }
}

fn broken() -> LedgerStatus {
    let problems = vec![
        "event 417: the leaf is not of this row".to_owned(),
        "a checkpoint over 512 events: the root differs".to_owned(),
    ];
    LedgerStatus {
        rollback: Some(
            "rollback detected: the journal has 7 events, but a checkpoint over 9 was signed: 2 events are missing"
                .to_owned(),
        ),
        verification: Verification {
            running: None,
            last: Some(LastVerified { problems, problem_count: 2, ..sound() }),
        },
        ..status()
    }
}

/// Of an engine that has just begun.
pub(super) fn fresh() -> LedgerStatus {
    LedgerStatus {
        size: 3,
        checkpoint: None,
        checkpoint_at: None,
        checkpoint_size: None,
        anchor: None,
        subscribers: Vec::new(),
        verification: Verification::default(),
        bytes: 131_072,
        ..status()
    }
}

#[expect(clippy::unnecessary_wraps, reason = "as the engine answers")]
pub(super) fn told(status: LedgerStatus) -> Result<Reply, Refusal> {
    Ok(Reply::Ledger(Box::new(status)))
}

fn questions(it: &Harness) -> usize {
    it.asked().iter().filter(|(_, op)| *op == Op::Ledger {}).count()
}

#[test]
fn a_ledger_that_was_tampered_with() {
    for (width, height) in SIZES {
        let mut it = Harness::busy(width, height);
        it.keys("7");
        it.answer(told(broken()));
        looks("ledger_broken", &it);
    }
}

#[test]
fn verifying_shows_how_far_it_is_and_then_what_came_of_it() {
    let mut it = Harness::busy(120, 40);
    it.keys("7");
    it.answer(told(status()));
    it.keys("V");
    assert_eq!(it.asked().last().unwrap().1, Op::LedgerVerify {});
    assert_eq!(it.acts(), [], "it changes nothing: a read-only console may");
    it.answer(Ok(Reply::Done { message: "begun".to_owned(), offboardings: Vec::new() }));
    let running = Progress { since: ago(0), done: 505_819, of: 1_204_331 };
    it.answer(told(LedgerStatus {
        verification: Verification { running: Some(running), last: Some(sound()) },
        ..status()
    }));
    it.shows("41 %, 505 819 of 1 204 331 events");
    let asked = questions(&it);
    it.keys("V");
    it.shows("verify: it is being verified");
    it.wait(1_000);
    assert_eq!(questions(&it), asked + 1, "once a second");
    it.answer(told(status()));
    it.shows("whole: 1 203 000 events recomputed");
    it.hides("41 %");
}

#[test]
fn an_engine_that_cannot_verify_says_why_and_how_it_goes_without() {
    let mut it = Harness::busy(120, 40);
    it.keys("7");
    it.answer(told(status()));
    it.keys("V");
    it.answer(Err(Refusal::new(ErrorCode::Unavailable, "the log cannot be verified: no memory")));
    it.shows("no memory");
    it.shows("nightlatch ledger verify");
}

#[test]
fn it_is_asked_for_again_when_events_come_and_left_alone_when_all_is_signed() {
    let mut world = World::busy();
    let mut it = Harness::with(&world, 120, 40);
    it.keys("7");
    let size = world.fleet.next_seq;
    let signed = || LedgerStatus { size, checkpoint_size: Some(size), ..status() };
    it.answer(told(signed()));
    let asked = questions(&it);
    it.wait(60_000);
    assert!(!it.app.ticks());
    assert_eq!(questions(&it), asked);
    let paused = world.engine(ago(0), crate::model::Event::EnginePaused { reason: "a measurement".to_owned() });
    it.event(paused);
    assert_eq!(questions(&it), asked + 1);
}

#[test]
fn the_checkpoint_and_the_key_can_be_copied() {
    let mut it = Harness::busy(120, 40);
    it.keys("7 y");
    it.shows("copy: the log's state has not come yet");
    it.answer(told(status()));
    it.keys("y c");
    assert!(it.cmds.contains(&Cmd::Copy(NOTE.to_owned())));
    it.keys("y k");
    assert!(it.cmds.contains(&Cmd::Copy(status().verifier_key)));
}

#[test]
fn a_hostile_log_stays_harmless() {
    const NASTY: &str = "\u{1b}]0;owned\u{7}\u{1b}[2J\u{202e}eoD\r\n";
    let mut bad = broken();
    for text in [&mut bad.origin, &mut bad.root, &mut bad.verifier_key, &mut bad.key_fingerprint] {
        *text = NASTY.repeat(30);
    }
    bad.rollback = Some(NASTY.to_owned());
    bad.subscribers[0].name = NASTY.to_owned();
    bad.checkpoint = Some(NASTY.repeat(9));
    for (width, height) in [(60, 16), (80, 24), (200, 60)] {
        for keys in ["7", "7 d", "7 G"] {
            let mut it = Harness::busy(width, height);
            it.keys("7");
            it.answer(told(bad.clone()));
            it.keys(keys);
            super::outside::is_harmless("hostile", &it);
        }
    }
}

#[test]
fn a_small_terminal_scrolls_to_everything() {
    let mut it = Harness::busy(80, 24);
    it.keys("7");
    it.answer(told(status()));
    it.hides("VERIFY.md");
    it.keys("G");
    it.shows("VERIFY.md");
    it.keys("g");
    it.shows("each a leaf");
}
