//! A schedule as data: who leaves, and what goes wrong. A seed makes one; a script that breaks a rule shrinks to the
//! shortest that still does, and is told in words.

use std::fmt;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::plan::{Careful, DEADLINE_MS, SYSTEMS, VENDOR_LATEST_MS};

const S: u64 = 1_000;
const DAY_MS: u64 = 86_400_000;

/// One schedule.
#[derive(Debug, Clone)]
pub(crate) struct Script {
    /// How long everything takes that nobody named.
    pub(crate) noise: u64,
    /// More people than this within an hour are held; 0: no limit.
    pub(crate) flood_limit: u32,
    /// The operator now and then presses what must be refused.
    pub(crate) clumsy: bool,
    pub(crate) people: Vec<Person>,
    pub(crate) troubles: Vec<Trouble>,
}

/// Somebody who leaves.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) at: u64,
    /// A colleague asks for it, not HR.
    pub(crate) by_hand: bool,
    /// HR names an instant so far ahead; 0: now.
    pub(crate) ahead_ms: u64,
    pub(crate) careful: Option<Careful>,
    pub(crate) deletions: usize,
    /// A consent that is not used within this is void.
    pub(crate) consent_ms: u64,
}

/// A span of time in a story.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    pub(crate) from: u64,
    pub(crate) ms: u64,
}

impl Window {
    pub(crate) fn has(self, at: u64) -> bool {
        (self.from..self.end()).contains(&at)
    }

    pub(crate) fn end(self) -> u64 {
        self.from + self.ms
    }
}

/// One execution of one action for one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CallOf {
    /// Counted round, so that it names somebody however many leave.
    pub(crate) person: usize,
    pub(crate) action: &'static str,
    /// The first is 0.
    pub(crate) nth: u32,
}

/// When the power fails.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Moment {
    At(u64),
    BeforeIntent(CallOf),
    AfterIntent(CallOf),
    OnItsWay(CallOf),
    BeforeOutcome(CallOf),
    AfterOutcome(CallOf),
}

/// How a vendor is out.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Outage {
    Unreachable,
    Unavailable,
    Silent,
}

/// What goes wrong.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Trouble {
    /// The answer never comes. The request takes effect after this time, or never.
    AnswerLost {
        call: CallOf,
        acts_after: Option<u64>,
    },
    /// The vendor turns it down for good, or for now.
    Refused {
        call: CallOf,
    },
    Busy {
        call: CallOf,
    },
    PowerFails {
        when: Moment,
        off_ms: u64,
        again_after_ms: Option<u64>,
        clock_jump_ms: i64,
    },
    /// Reads show the past.
    Stale {
        system: usize,
        window: Window,
    },
    VendorOut {
        system: usize,
        window: Window,
        how: Outage,
    },
    Throttled {
        system: usize,
        window: Window,
        retry_after_ms: Option<u64>,
    },
    CredentialsRefused {
        system: usize,
        window: Window,
    },
    Suspended {
        window: Window,
    },
    ClockDrifts {
        at: u64,
        ms: i64,
    },
    DiskFull {
        window: Window,
    },
    EnginePaused {
        window: Window,
    },
    /// Somebody is put under legal hold; at the window's end two people lift it.
    LegalHold {
        person: usize,
        window: Window,
    },
    PersonPaused {
        person: usize,
        at: u64,
    },
    OperatorAway {
        window: Window,
    },
    OperatorImpatient {
        at: u64,
    },
    NoticeAgain {
        person: usize,
        at: u64,
    },
    AnotherNotice {
        person: usize,
        at: u64,
    },
    CalledOff {
        person: usize,
        at: u64,
    },
    LeavesAgain {
        person: usize,
        at: u64,
    },
    BackupRestored {
        at: u64,
        lost_ms: u64,
    },
}

/// Early troubles meet the most.
fn early() -> BoxedStrategy<u64> {
    prop_oneof![4 => 1..3 * S, 2 => 1..15 * S, 1 => 1..120 * S].boxed()
}

fn window() -> impl Strategy<Value = Window> {
    let ms = prop_oneof![8 => 1..5 * S, 4 => 1..60 * S, 1 => 1..2 * 3_600 * S];
    (early(), ms).prop_map(|(from, ms)| Window { from, ms })
}

/// A vendor's: now and then for days.
fn long_window() -> impl Strategy<Value = Window> {
    prop_oneof![
        40 => window(),
        1 => (early(), 2 * DAY_MS..3 * DAY_MS).prop_map(|(from, ms)| Window { from, ms }),
    ]
}

fn system() -> impl Strategy<Value = usize> {
    0..SYSTEMS.len()
}

fn call() -> impl Strategy<Value = CallOf> {
    let action = prop_oneof![
        3 => Just("alpha.delete"), 2 => Just("alpha.careful"), 1 => Just("bravo.delete"), 1 => Just("alpha.suspend"),
        1 => Just("bravo.suspend"), 1 => Just("alpha.sessions"),
    ];
    let nth = prop_oneof![5 => Just(0), 2 => Just(1), 1 => Just(2)];
    (0..3_usize, action, nth).prop_map(|(person, action, nth)| CallOf { person, action, nth })
}

fn moment() -> impl Strategy<Value = Moment> {
    prop_oneof![
        6 => early().prop_map(Moment::At),
        1 => call().prop_map(Moment::BeforeIntent),
        1 => call().prop_map(Moment::AfterIntent),
        2 => call().prop_map(Moment::OnItsWay),
        1 => call().prop_map(Moment::BeforeOutcome),
        1 => call().prop_map(Moment::AfterOutcome),
    ]
}

fn clock_jump() -> impl Strategy<Value = i64> {
    let day = i64::try_from(DAY_MS).unwrap();
    prop_oneof![6 => Just(0), 1 => -day..day, 1 => Just(day), 1 => Just(-day)]
}

fn trouble() -> impl Strategy<Value = Trouble> {
    let latest = DEADLINE_MS + VENDOR_LATEST_MS;
    // The later, the simpler: it shrinks to the latest.
    let late = (0..latest).prop_map(move |earlier| latest - earlier);
    let off = prop_oneof![6 => 1..3 * S, 1 => 1..120 * S];
    prop_oneof![
        6 => (call(), proptest::option::weighted(0.75, late))
            .prop_map(|(call, acts_after)| Trouble::AnswerLost { call, acts_after }),
        1 => call().prop_map(|call| Trouble::Refused { call }),
        1 => call().prop_map(|call| Trouble::Busy { call }),
        6 => (moment(), off, proptest::option::weighted(0.2, 1..50_u64), clock_jump()).prop_map(
            |(when, off_ms, again_after_ms, clock_jump_ms)| Trouble::PowerFails {
                when, off_ms, again_after_ms, clock_jump_ms
            }
        ),
        2 => (system(), window()).prop_map(|(system, window)| Trouble::Stale { system, window }),
        2 => (system(), long_window(), prop_oneof![
            Just(Outage::Unreachable), Just(Outage::Unavailable), Just(Outage::Silent)
        ]).prop_map(|(system, window, how)| Trouble::VendorOut { system, window, how }),
        1 => (system(), window(), proptest::option::of(prop_oneof![5 => 1..10 * S, 1 => 1..10 * DAY_MS]))
            .prop_map(|(system, window, retry_after_ms)| Trouble::Throttled { system, window, retry_after_ms }),
        1 => (system(), window()).prop_map(|(system, window)| Trouble::CredentialsRefused { system, window }),
        1 => window().prop_map(|window| Trouble::Suspended { window }),
        1 => (early(), -1_900..1_900_i64).prop_map(|(at, ms)| Trouble::ClockDrifts { at, ms }),
        1 => window().prop_map(|window| Trouble::DiskFull { window }),
        1 => window().prop_map(|window| Trouble::EnginePaused { window }),
        2 => (0..3_usize, window()).prop_map(|(person, window)| Trouble::LegalHold { person, window }),
        1 => (0..3_usize, early()).prop_map(|(person, at)| Trouble::PersonPaused { person, at }),
        1 => window().prop_map(|window| Trouble::OperatorAway { window }),
        1 => early().prop_map(|at| Trouble::OperatorImpatient { at }),
        1 => (0..3_usize, early()).prop_map(|(person, at)| Trouble::NoticeAgain { person, at }),
        1 => (0..3_usize, early()).prop_map(|(person, at)| Trouble::AnotherNotice { person, at }),
        1 => (0..3_usize, early()).prop_map(|(person, at)| Trouble::CalledOff { person, at }),
        1 => (0..3_usize, early()).prop_map(|(person, at)| Trouble::LeavesAgain { person, at }),
        1 => (early(), 1..10 * S).prop_map(|(at, lost_ms)| Trouble::BackupRestored { at, lost_ms }),
    ]
}

fn person() -> impl Strategy<Value = Person> {
    let ahead = prop_oneof![5 => Just(0), 1 => 1..4 * S];
    let careful = prop_oneof![
        3 => Just(None), 2 => Just(Some(Careful::Reconcile)), 2 => Just(Some(Careful::Keyed)),
        1 => Just(Some(Careful::Operator)),
    ];
    (1..3 * S, any::<bool>(), ahead, careful, 1..=2_usize, 0..19_500_u64).prop_map(
        |(at, by_hand, ahead_ms, careful, deletions, hurry_ms)| Person {
            at,
            by_hand,
            ahead_ms,
            careful,
            deletions,
            consent_ms: 20 * S - hurry_ms,
        },
    )
}

fn script() -> impl Strategy<Value = Script> {
    let people = prop_oneof![
        20 => proptest::collection::vec(person(), 1..=3),
        1 => proptest::collection::vec(person(), 5..=8), // A mass termination.
    ];
    let flood_limit = prop_oneof![3 => Just(0), 1 => Just(2_u32)];
    let troubles = proptest::collection::vec(trouble(), 0..=8);
    (any::<u64>(), flood_limit, proptest::bool::weighted(0.3), people, troubles).prop_map(
        |(noise, flood_limit, clumsy, people, troubles)| Script { noise, flood_limit, clumsy, people, troubles },
    )
}

/// Makes scripts of seeds.
pub(crate) struct Scripts(BoxedStrategy<Script>);

impl Scripts {
    pub(crate) fn new() -> Self {
        Self(script().boxed())
    }

    /// The script of a seed, as a tree that can shrink: the same on every machine.
    pub(crate) fn of_seed(&self, seed: u64) -> Box<dyn ValueTree<Value = Script>> {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        bytes[8..].copy_from_slice(&(!seed).to_le_bytes());
        let rng = TestRng::from_seed(RngAlgorithm::XorShift, &bytes);
        self.0.new_tree(&mut TestRunner::new_with_rng(Config::default(), rng)).unwrap()
    }
}

impl Script {
    /// When the last trouble of the world is over, on its clock in ms: from then on it has to come to rest.
    pub(crate) fn calm_at(&self) -> u64 {
        let troubles = self.troubles.iter().map(|trouble| trouble.begins() + trouble.lasts());
        troubles.chain(self.people.iter().map(|it| it.at)).max().unwrap_or_default() + 15 * S
    }
}

impl Trouble {
    /// When it is due; what waits for a call begins with it.
    pub(crate) fn begins(&self) -> u64 {
        match self {
            Self::Stale { window, .. }
            | Self::VendorOut { window, .. }
            | Self::Throttled { window, .. }
            | Self::CredentialsRefused { window, .. }
            | Self::Suspended { window }
            | Self::DiskFull { window }
            | Self::EnginePaused { window }
            | Self::LegalHold { window, .. }
            | Self::OperatorAway { window } => window.from,
            Self::PowerFails { when: Moment::At(at), .. }
            | Self::ClockDrifts { at, .. }
            | Self::PersonPaused { at, .. }
            | Self::OperatorImpatient { at }
            | Self::NoticeAgain { at, .. }
            | Self::AnotherNotice { at, .. }
            | Self::CalledOff { at, .. }
            | Self::LeavesAgain { at, .. }
            | Self::BackupRestored { at, .. } => *at,
            Self::AnswerLost { .. } | Self::Refused { .. } | Self::Busy { .. } | Self::PowerFails { .. } => 0,
        }
    }

    fn lasts(&self) -> u64 {
        match self {
            Self::Stale { window, .. }
            | Self::VendorOut { window, .. }
            | Self::Throttled { window, .. }
            | Self::CredentialsRefused { window, .. }
            | Self::Suspended { window }
            | Self::DiskFull { window }
            | Self::EnginePaused { window }
            | Self::LegalHold { window, .. }
            | Self::OperatorAway { window } => window.ms,
            _ => 0,
        }
    }

    /// What happens when it is due, in words; `None`: it waits for a call, and is told then.
    pub(crate) fn words(&self) -> Option<String> {
        let told = match self {
            Self::Stale { system, window } => {
                format!("reads of {} show the past for {}", SYSTEMS[*system], span(window.ms))
            }
            Self::VendorOut { system, window, how } => {
                let how = match how {
                    Outage::Unreachable => "cannot be reached",
                    Outage::Unavailable => "answers 503",
                    Outage::Silent => "says nothing",
                };
                format!("{} {how} for {}", SYSTEMS[*system], span(window.ms))
            }
            Self::Throttled { system, window, retry_after_ms } => {
                let after = retry_after_ms.map_or_else(String::new, |ms| format!(" (Retry-After: {})", span(ms)));
                format!("{} answers 429 for {}{after}", SYSTEMS[*system], span(window.ms))
            }
            Self::CredentialsRefused { system, window } => {
                format!("{} answers 401 for {}, until the token is a new one", SYSTEMS[*system], span(window.ms))
            }
            Self::Suspended { window } => format!("the machine is suspended for {}", span(window.ms)),
            Self::ClockDrifts { ms, .. } => format!("the clock is corrected by {ms} ms"),
            Self::DiskFull { window } => format!("the disk is full for {}", span(window.ms)),
            Self::EnginePaused { window } => format!("somebody pauses the engine for {}", span(window.ms)),
            Self::OperatorAway { window } => format!("the operator is away for {}", span(window.ms)),
            Self::OperatorImpatient { .. } => "the operator retries whatever waits".to_owned(),
            Self::LegalHold { person, window } => {
                format!("person {person} is put under legal hold for {}", span(window.ms))
            }
            Self::PersonPaused { person, .. } => format!("the operator pauses person {person}"),
            Self::BackupRestored { lost_ms, .. } => {
                format!("the power fails; a backup is restored that lacks the last {}", span(*lost_ms))
            }
            _ => return None,
        };
        Some(told)
    }
}

impl fmt::Display for CallOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of person {} (call {})", self.action, self.person, self.nth + 1)
    }
}

/// A length of time in a story.
pub(crate) fn span(ms: u64) -> String {
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..120_000 => format!("{}.{:03} s", ms / 1_000, ms % 1_000),
        120_000..7_200_000 => format!("{} min", ms / 60_000),
        _ => format!("{} h", ms / 3_600_000),
    }
}
