//! What holds after every fault, however often the engine died: checked at rest, against what the vendors really saw.

use std::collections::{BTreeMap, BTreeSet};

use nightlatch::model::{Actor, Danger, Envelope, Event, Offboarding, Phase, StepRef, StepState};
use nightlatch::sandbox::Call;
use nightlatch::store::Reader;

use crate::harness::{Scene, steps_of};
use crate::secrets::{canaries, files_under};

/// The path of the sandbox's alert channel, which only its secret tells.
const HOOK: &str = "T000/B000/demo";

/// What a run had in it, so that its reader sees that the faults met something.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Engines that wrote down that they had taken over.
    pub(crate) engines: u64,
    /// Events in the journal.
    pub(crate) events: u64,
    /// Calls of which nobody knew what they did: the engine died, or their time was over.
    pub(crate) ambiguous: usize,
    /// Steps that an engine's death had repeated, which is harmless to them.
    pub(crate) repeated: usize,
    /// Irreversible acts that took place.
    pub(crate) irreversible: usize,
    /// Irreversible acts that took place, and nobody was there to hear the answer.
    pub(crate) unheard: usize,
}

/// Everybody's offboarding has ended; holds the run against the invariants, and stops the engine.
///
/// `leavers`: everybody whose webhook was accepted.
pub(crate) async fn hold(scene: &Scene, leavers: &[String]) -> Found {
    // I1: nothing irreversible is asked for twice.
    assert_eq!(scene.sandbox.summary().executed_twice, Vec::<String>::new());
    let calls = scene.sandbox.calls();
    let carried_out = |call: &&Call| call.kind == "irreversible" && call.executed;
    let mut found = Found {
        irreversible: calls.iter().filter(carried_out).count(),
        unheard: calls.iter().filter(carried_out).filter(|call| !call.answered).count(),
        ..Found::default()
    };
    let mut people = BTreeSet::new();
    for line in scene.list().await {
        let offboarding = scene.show(line.id).await;
        every_step_has_ended(&offboarding);
        assert!(scene.is_dead(&line.email), "{}: {:?}", line.email, scene.sandbox.truth(&line.email));
        let timeline = scene.timeline(line.id).await;
        every_intent_has_its_outcome(&offboarding, &timeline, &mut found);
        every_call_had_its_intent(&offboarding, &timeline, &calls);
        assert!(people.insert(line.email), "one offboarding a person");
    }
    // I2: whoever was accepted has an offboarding.
    assert_eq!(people, leavers.iter().cloned().collect());
    scene.stop_engine();
    found.engines = every_engine_had_its_own_epoch(scene, &mut found.events);
    the_log_verifies_as_it_is_and_as_it_is_exported(scene);
    no_secret_is_anywhere(scene);
    found
}

/// I3: done, or declined by a person; none has vanished.
fn every_step_has_ended(offboarding: &Offboarding) {
    assert_eq!(offboarding.phase, Phase::Closed, "{}", steps_of(offboarding));
    assert_eq!(offboarding.steps.len(), offboarding.plan.steps.len());
    let settled = offboarding.steps.iter().all(|it| matches!(it.state, StepState::Done { .. }));
    assert!(settled, "{}", steps_of(offboarding));
}

/// I4 and half of I5: an irreversible intent rests on a consent that holds, and each intent comes to an end before
/// the next.
pub(crate) fn every_intent_has_its_outcome(offboarding: &Offboarding, timeline: &[Envelope], found: &mut Found) {
    let mut open: BTreeSet<StepRef> = BTreeSet::new();
    let mut consents = BTreeMap::new();
    for envelope in timeline {
        let Some(step) = envelope.event.step() else { continue };
        match &envelope.event {
            Event::Approved { expires_at, plan_digest, .. } => {
                assert_eq!(*plan_digest, offboarding.plan.digest, "{step} was approved in another plan");
                assert!(matches!(envelope.actor, Actor::Operator { .. }) && envelope.actor != offboarding.requester);
                consents.insert(step, *expires_at);
            }
            Event::ApprovalVoid { .. } => drop(consents.remove(&step)),
            Event::StepStarted { .. } => {
                assert!(open.insert(step), "{step} was started while it was under way");
                let (planned, _) = offboarding.step(step.ord).unwrap();
                let consent = consents.get(&step).is_some_and(|expires_at| *expires_at > envelope.at);
                assert!(planned.danger != Danger::Irreversible || consent, "{step} was started without consent");
            }
            Event::StepAmbiguous { .. } => {
                open.remove(&step);
                found.ambiguous += 1;
            }
            Event::StepRetryAt { reason, .. } => {
                open.remove(&step);
                found.repeated += usize::from(reason.contains("the engine stopped"));
            }
            Event::StepAcknowledged { .. }
            | Event::StepVerified { .. }
            | Event::StepFailed { .. }
            | Event::StepNeedsHuman { .. } => drop(open.remove(&step)),
            _ => {}
        }
    }
    assert!(open.is_empty(), "intents without an outcome: {open:?}");
}

/// The other half of I5: whatever changed something at a vendor was announced in the journal before. An irreversible
/// call has an intent of its own.
fn every_call_had_its_intent(offboarding: &Offboarding, timeline: &[Envelope], calls: &[Call]) {
    let email = offboarding.leaver().email.as_str();
    let intents: Vec<(String, String, u64)> = (timeline.iter())
        .filter(|it| matches!(it.event, Event::StepStarted { .. }))
        .map(|it| {
            let (planned, _) = offboarding.step(it.event.step().unwrap().ord).unwrap();
            let at_ms = u64::try_from(it.at.0).unwrap();
            (planned.action.connector.to_string(), planned.action.to_string(), at_ms)
        })
        .collect();
    let mut irreversible: BTreeMap<&str, usize> = BTreeMap::new();
    let theirs =
        |call: &&Call| call.subject.as_deref() == Some(email) && call.kind != "read" && call.vendor != "bamboohr";
    for call in calls.iter().filter(theirs) {
        let before = intents.iter().filter(|(vendor, _, at_ms)| *vendor == call.vendor && *at_ms <= call.at_ms);
        let action = match call.op.as_str() {
            "google.users.delete" => Some("google.delete-user"),
            "okta.users.deactivate" => Some("okta.deactivate"),
            _ => None,
        };
        let Some(action) = action else {
            assert!(before.count() > 0, "{email}: {} came without an intent", call.op);
            continue;
        };
        let so_far = irreversible.entry(action).or_default();
        *so_far += 1;
        let announced = before.filter(|(_, of, _)| of == action).count();
        assert!(announced >= *so_far, "{email}: {so_far} calls of {}, {announced} intents before", call.op);
    }
}

/// I7: each engine came up unaided after the one before, and under a number of its own. How many.
fn every_engine_had_its_own_epoch(scene: &Scene, events: &mut u64) -> u64 {
    const PAGE: u32 = 5_000;
    let reader = Reader::open(&scene.paths.journal()).unwrap();
    let mut epochs = 0;
    loop {
        let page = reader.events_from(*events, PAGE).unwrap();
        for envelope in &page {
            assert_eq!(envelope.seq, *events, "the journal has a gap");
            *events += 1;
            if let Event::EngineStarted { epoch, .. } = envelope.event {
                epochs += 1;
                assert_eq!(epoch, epochs);
            }
        }
        if page.is_empty() {
            return epochs;
        }
    }
}

/// I5: the log holds, the projections follow from it, and what is exported holds by itself.
fn the_log_verifies_as_it_is_and_as_it_is_exported(scene: &Scene) {
    scene.proves_its_ledger();
    let told = scene.run(&["ledger", "export", "--to", &scene.dir().join("evidence").display().to_string()]);
    assert_eq!(told.code, 0, "{told}");
}

/// I6: no secret has left its file, whatever died in the midst of what.
fn no_secret_is_anywhere(scene: &Scene) {
    let canaries = canaries(scene, HOOK);
    // Where secrets are, and where they are named.
    let known = [scene.dir().join("secrets"), scene.paths.signing_key(), scene.config.clone()];
    let files: Vec<_> = files_under(scene.dir());
    let looked_at = files.iter().filter(|file| file.is_file() && !known.iter().any(|it| file.starts_with(it)));
    let mut leaks: Vec<String> = looked_at
        .flat_map(|file| crate::secrets::hold(&file.display().to_string(), &std::fs::read(file).unwrap(), &canaries))
        .collect();
    leaks.extend(crate::secrets::hold("an alert", format!("{:?}", scene.sandbox.alerts()).as_bytes(), &canaries));
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
}
