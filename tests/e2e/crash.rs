//! The crash matrix: the engine dies at each point of a step's way, for each class of step and each answer of the
//! vendor, and what comes of it is what `crash/rule.rs` says.

#[path = "crash/rule.rs"]
pub(crate) mod rule;
#[path = "crash/stage.rs"]
pub(crate) mod stage;
#[path = "crash/vendor.rs"]
mod vendor;

use std::fmt::Write as _;
use std::sync::Arc;

use nightlatch::model::{Event, Offboarding, StepState};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::invariants::{Found, every_intent_has_its_outcome};
use rule::{Answer, Class, End, Fate, Point};
use stage::Stage;

/// What became of each class's step.
type Fates = [Fate; Class::ALL.len()];

/// Engines at once: they mostly wait for deadlines and quarantines.
const AT_ONCE: usize = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_the_engine_dies_of_every_step_comes_to_the_end_that_its_class_promises() {
    let turns = Arc::new(Semaphore::new(AT_ONCE));
    let mut runs = JoinSet::new();
    for point in Point::ALL {
        for answer in Answer::ALL {
            let turns = Arc::clone(&turns);
            runs.spawn(async move {
                let _turn = turns.acquire().await.unwrap();
                (point, answer, run(point, answer).await)
            });
        }
    }
    let mut cells = 0;
    let mut wrong = String::new();
    for (point, answer, fates) in runs.join_all().await {
        for (class, fate) in Class::ALL.into_iter().zip(fates) {
            cells += 1;
            let due = rule::due(point, class, answer);
            if fate != due {
                writeln!(wrong, "{point:?}, {class:?}, {answer:?}: {fate:?} instead of {due:?}").unwrap();
            }
        }
    }
    assert_eq!(wrong, "", "of {cells} cells");
    assert_eq!(cells, Point::ALL.len() * Class::ALL.len() * Answer::ALL.len());
}

/// One engine that dies at this point, and one that takes over: what became of each class's step.
async fn run(point: Point, answer: Answer) -> Fates {
    let stage = Stage::set(answer).await;
    let doomed = stage.engine(point.failpoints());
    stage.answers().await;
    // What it says does not matter: it may be dead before it says it.
    let _ = stage.somebody_leaves().await;
    doomed.has_been_killed().await;
    taken_over(&stage).await
}

/// An engine whose predecessor has died brings everything to its end: what became of each class's step.
pub(crate) async fn taken_over(stage: &Stage) -> Fates {
    stage.vendor.lets_go();
    let heir = stage.engine("");
    stage.answers().await;
    stage.somebody_leaves().await.unwrap();
    let offboarding = stage.rests().await;
    heir.stops(stage).await;
    stage.proves_its_ledger();
    let timeline = stage.timeline(&offboarding);
    every_intent_has_its_outcome(&offboarding, &timeline, &mut Found::default());
    let opened = timeline.iter().filter(|it| matches!(it.event, Event::Opened { .. })).count();
    assert_eq!(opened, 1, "said twice, opened once");
    Class::ALL.map(|class| {
        let (ord, state) = step_of(&offboarding, class);
        let seat = stage.vendor.seat(class);
        let of_this = |it: &&nightlatch::model::Envelope| it.event.step().is_some_and(|step| step.ord == ord);
        let intents = timeline.iter().filter(of_this).filter(|it| it.event.is_intent()).count();
        assert!(intents >= seat.asked, "{class:?}: {} calls, {intents} intents", seat.asked);
        assert!(seat.keys.len() <= 1, "a step has one key for ever: {:?}", seat.keys);
        let end = match state {
            StepState::Done { .. } => End::Done,
            StepState::Failed { .. } => End::Failed,
            _ => End::NeedsHuman,
        };
        Fate { asked: seat.asked, acted: seat.acted, end }
    })
}

fn step_of(offboarding: &Offboarding, class: Class) -> (u16, &StepState) {
    let action = format!("desk.{}", class.name());
    let place = offboarding.plan.steps.iter().position(|it| it.action.to_string() == action).unwrap();
    (u16::try_from(place).unwrap(), &offboarding.steps[place].state)
}
