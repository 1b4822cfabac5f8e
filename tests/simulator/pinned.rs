//! Stories that once broke a rule: each is played again, word for word.

use super::plan::Careful;
use super::script::{CallOf, Moment, Outage, Person, Script, Trouble, Window};

fn person(careful: Option<Careful>) -> Person {
    Person { at: 1, by_hand: false, ahead_ms: 0, careful, deletions: 1, consent_ms: 20_000 }
}

fn script(person: Person, troubles: Vec<Trouble>) -> Script {
    Script { noise: 0, flood_limit: 0, clumsy: false, people: vec![person], troubles }
}

fn window(from: u64, ms: u64) -> Window {
    Window { from, ms }
}

fn first(action: &'static str) -> CallOf {
    CallOf { person: 0, action, nth: 0 }
}

fn power_fails(when: Moment) -> Trouble {
    Trouble::PowerFails { when, off_ms: 500, again_after_ms: None, clock_jump_ms: 0 }
}

/// Each with what the engine did wrong.
pub(crate) fn all() -> Vec<(&'static str, Script)> {
    vec![
        (
            "a call that was under way when HR called the termination off kept the offboarding alive for ever",
            script(
                person(None),
                vec![
                    Trouble::AnswerLost { call: first("alpha.suspend"), acts_after: None },
                    Trouble::CalledOff { person: 0, at: 1_500 },
                ],
            ),
        ),
        (
            "the notice that called a termination off was forgotten, and could have stopped a later one",
            script(person(None), vec![Trouble::CalledOff { person: 0, at: 300 }, power_fails(Moment::At(2_000))]),
        ),
        (
            "an act was repeated with an idempotency key that the vendor had forgotten",
            script(
                person(Some(Careful::Keyed)),
                vec![
                    Trouble::AnswerLost { call: first("alpha.careful"), acts_after: Some(100) },
                    Trouble::VendorOut { system: 0, window: window(1, 70_000), how: Outage::Silent },
                ],
            ),
        ),
        (
            "a step that a person had queued again outwaited the vendor's memory of its key, and was sent all the same",
            script(
                person(Some(Careful::Keyed)),
                vec![
                    Trouble::VendorOut { system: 0, window: window(1, 58_197), how: Outage::Silent },
                    Trouble::AnswerLost { call: CallOf { nth: 1, ..first("alpha.careful") }, acts_after: Some(1_315) },
                    Trouble::OperatorImpatient { at: 13_504 },
                ],
            ),
        ),
        (
            "a read was put off for the ten days that a vendor asked for",
            script(
                person(None),
                vec![
                    power_fails(Moment::AfterOutcome(first("bravo.suspend"))),
                    Trouble::Throttled { system: 1, window: window(150, 2_000), retry_after_ms: Some(10 * 86_400_000) },
                ],
            ),
        ),
        (
            "a clock that was set took away the patience with a lagging read, and a person was asked",
            script(
                person(None),
                vec![
                    Trouble::Stale { system: 0, window: window(1, 90_000) },
                    Trouble::PowerFails {
                        when: Moment::AfterOutcome(first("alpha.delete")),
                        off_ms: 500,
                        again_after_ms: Some(20),
                        clock_jump_ms: 120_000,
                    },
                ],
            ),
        ),
        (
            "a restored backup had a step done twice that is not irreversible but must not be repeated",
            script(person(Some(Careful::Reconcile)), vec![Trouble::BackupRestored { at: 9_000, lost_ms: 8_950 }]),
        ),
        (
            "a restored backup had an act done twice whose first call was still on its way",
            script(
                person(None),
                vec![
                    Trouble::AnswerLost { call: first("alpha.delete"), acts_after: Some(6_900) },
                    Trouble::BackupRestored { at: 3_000, lost_ms: 2_900 },
                ],
            ),
        ),
        (
            "an alert of a step stayed open after HR had called the termination off",
            script(
                person(None),
                vec![
                    Trouble::AnswerLost { call: first("alpha.delete"), acts_after: None },
                    Trouble::VendorOut { system: 0, window: window(1_900, 120_000), how: Outage::Unreachable },
                    Trouble::CalledOff { person: 0, at: 60_000 },
                ],
            ),
        ),
        (
            "a clock that was put right while a call was waited out shortened the wait",
            script(
                person(None),
                vec![
                    Trouble::Stale { system: 0, window: window(1, 120_000) },
                    Trouble::AnswerLost { call: first("alpha.delete"), acts_after: Some(7_000) },
                    Trouble::ClockDrifts { at: 40_000, ms: 1_900 },
                ],
            ),
        ),
        (
            "a clock that was set back made an idempotency key look fresh that the vendor had forgotten",
            script(
                person(Some(Careful::Keyed)),
                vec![Trouble::PowerFails {
                    when: Moment::OnItsWay(first("alpha.careful")),
                    off_ms: 65_000,
                    again_after_ms: None,
                    clock_jump_ms: -86_400_000,
                }],
            ),
        ),
        (
            "a clock that was set between two starts was forgotten, and a doubt ended before the lost call could act",
            Script {
                noise: 8_678_760_232_947_621_290,
                people: vec![
                    Person { at: 1_113, ..person(Some(Careful::Reconcile)) },
                    Person { at: 2_561, ..person(Some(Careful::Reconcile)) },
                    Person { at: 1_265, deletions: 2, ..person(Some(Careful::Reconcile)) },
                ],
                ..script(
                    person(None),
                    vec![
                        Trouble::AnswerLost {
                            call: CallOf { person: 2, ..first("alpha.delete") },
                            acts_after: Some(7_000),
                        },
                        Trouble::PowerFails {
                            when: Moment::AfterIntent(CallOf { person: 1, ..first("alpha.careful") }),
                            off_ms: 1,
                            again_after_ms: Some(1),
                            clock_jump_ms: 32_726,
                        },
                        Trouble::DiskFull { window: window(2_513, 1_067) },
                        Trouble::AnswerLost { call: CallOf { person: 1, ..first("alpha.sessions") }, acts_after: None },
                    ],
                )
            },
        ),
        (
            "a call that was under way when HR called the termination off and the power failed waited for a person",
            Script {
                people: vec![
                    person(None),
                    person(None),
                    person(Some(Careful::Operator)),
                    Person { at: 1_282, ..person(None) },
                    Person { at: 870, deletions: 2, ..person(None) },
                ],
                ..script(
                    person(None),
                    vec![
                        Trouble::CalledOff { person: 2, at: 128 },
                        Trouble::PowerFails {
                            when: Moment::At(214),
                            off_ms: 427,
                            again_after_ms: None,
                            clock_jump_ms: 86_400_000,
                        },
                    ],
                )
            },
        ),
    ]
}
