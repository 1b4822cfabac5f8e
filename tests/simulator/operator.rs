//! The operator: approves, launches, resumes and retries what is on the screen; now and then presses what must be
//! refused.

use nightlatch::engine::command::Hold;
use nightlatch::engine::{Command, Target as Whom};
use nightlatch::model::{Actor, HoldChange, Offboarding, Phase, StepClass, StepRef, StepState};

use super::script::Trouble;
use super::vendor::Target;
use super::world::{REQUESTER, World};

const APPROVER: u32 = 1_001;
const COUNSEL: u32 = 1_002;
const COLLEAGUE: u32 = 1_003;

fn approver() -> Actor {
    Actor::Operator { uid: APPROVER, login: "approver".to_owned() }
}

/// A key that the operator presses.
struct Press {
    command: Command,
    by: Actor,
    /// The engine must refuse it.
    is_wrong: bool,
}

impl Press {
    fn right(command: Command) -> Self {
        Self { command, by: approver(), is_wrong: false }
    }
}

impl World<'_> {
    /// Looks, and presses what is due.
    pub(crate) fn operator(&mut self) {
        self.looks += 1;
        self.look_within(3_600_000);
        let now = self.now;
        let away = self.script.troubles.iter().find_map(|trouble| match trouble {
            Trouble::OperatorAway { window } if window.has(now) => Some(window.end()),
            _ => None,
        });
        if let Some(back_at) = away {
            return self.look_within(back_at - now);
        }
        let Some(core) = &self.core else { return };
        let (mut presses, mut lifts) = (Vec::new(), Vec::new());
        let paused_on_purpose = self
            .script
            .troubles
            .iter()
            .any(|trouble| matches!(trouble, Trouble::EnginePaused { window } if window.has(now)));
        // Nobody retries by hand what cannot be done just now.
        let mut waits_for_a_system = false;
        if core.fleet().paused.is_some() && !paused_on_purpose {
            presses.push(Press::right(Command::Resume { target: Whom::All, revision: None }));
        }
        for offboarding in core.fleet().offboardings.values() {
            lifts.extend(self.lift(offboarding));
            match offboarding.phase {
                Phase::Paused { .. } => {
                    let target = Whom::One(offboarding.id);
                    presses.push(Press::right(Command::Resume { target, revision: None }));
                }
                Phase::Held { .. } => {
                    presses.push(Press::right(Command::Launch { offboarding: offboarding.id, revision: None }));
                }
                Phase::Closed => continue,
                Phase::Aborted { .. } | Phase::Armed { .. } | Phase::Running => {}
            }
            for (ord, planned) in (0u16..).zip(offboarding.plan.steps.iter()) {
                if offboarding.is_open() && self.outage(&planned.action.connector).is_some() {
                    waits_for_a_system |= offboarding.steps[usize::from(ord)].state.needs_attention();
                } else {
                    presses.extend(self.press_for(offboarding, offboarding.id.step(ord)));
                }
            }
        }
        if waits_for_a_system {
            self.look_within(60_000);
        }
        // Last: what is refused under a legal hold is not once it is lifted.
        for press in presses.into_iter().chain(lifts) {
            let words = format!("{:?}", press.command);
            let taken = self.order(press.command, press.by);
            if !taken {
                self.tally.refused_commands += 1;
            } else if press.is_wrong {
                self.break_rule("I4", None, format!("a command that had to be refused was taken: {words}"));
            }
        }
    }

    /// What this step asks for.
    fn press_for(&self, offboarding: &Offboarding, step: StepRef) -> Option<Press> {
        let (planned, state) = offboarding.step(step.ord)?;
        match &state.state {
            StepState::AwaitingApproval { .. } if offboarding.is_open() => {
                let approval = self.approval(offboarding, step, state.revision);
                // Nobody agrees to a deletion under legal hold.
                Some(Press { is_wrong: approval.is_wrong || offboarding.hold_on(step.ord).is_some(), ..approval })
            }
            StepState::Failed { .. } | StepState::NeedsHuman { .. } => {
                let target: Target = (self.cases.get(&step.offboarding)?.person, planned.action.to_string());
                let revision = Some(state.revision);
                if !offboarding.is_open() {
                    let reason = "it was called off".to_owned();
                    return Some(Press::right(Command::Reject { step, revision, reason }));
                }
                // A person who decides on what the engine never repeats has looked at the vendor first.
                if planned.class == StepClass::Operator {
                    if self.vendors.may_happen(&target) {
                        return None;
                    }
                    if self.vendors.happened(&target) {
                        let reason = "it was done".to_owned();
                        return Some(Press::right(Command::Reject { step, revision, reason }));
                    }
                }
                Some(Press::right(Command::Retry { step, revision }))
            }
            _ => None,
        }
    }

    fn approval(&self, offboarding: &Offboarding, step: StepRef, revision: u32) -> Press {
        let login = offboarding.leaver().login.as_str();
        let digest = offboarding.plan.digest.as_str();
        let approve = |revision: u32, typed: &str, digest: &str| Command::Approve {
            step,
            revision: Some(revision),
            plan_digest: digest.to_owned(),
            typed: typed.to_owned(),
        };
        let wrong = |command: Command, by: Actor| Press { command, by, is_wrong: true };
        let slip = if self.script.clumsy && !self.is_calm() {
            self.noise.between(0, 7, &[5, self.looks, u64::from(step.ord)])
        } else {
            0
        };
        match slip {
            1 => wrong(approve(revision, "somebody-else", digest), approver()),
            2 => wrong(approve(revision + 1, login, digest), approver()),
            3 => wrong(approve(revision, login, "plan-for-another-case"), approver()),
            4 if offboarding.requester.uid() == Some(REQUESTER) => {
                let requester = Actor::Operator { uid: REQUESTER, login: "requester".to_owned() };
                wrong(approve(revision, login, digest), requester)
            }
            _ => Press::right(approve(revision, login, digest)),
        }
    }

    /// What the legal hold of this offboarding asks for: nothing while it is meant to stand, then the word of one, then
    /// that of another. Whoever is clumsy tries it alone first.
    fn lift(&self, offboarding: &Offboarding) -> Option<Press> {
        let standing = offboarding.legal_hold.as_ref()?;
        let person = self.cases.get(&offboarding.id)?.person;
        let now = self.now;
        let is_meant = self.script.troubles.iter().any(|trouble| {
            matches!(trouble, Trouble::LegalHold { person: of, window } if self.person(*of) == person && window.has(now))
        });
        if is_meant {
            return None;
        }
        let press = |change: HoldChange, reason: &str, uid: u32, is_wrong: bool| {
            let of = Box::new(offboarding.clone());
            let hold = Hold { of, revision: Some(offboarding.revision), change, reason: reason.to_owned() };
            let by = Actor::Operator { uid, login: format!("uid-{uid}") };
            Some(Press { command: Command::Hold(hold), by, is_wrong })
        };
        let slips = self.script.clumsy && self.looks.is_multiple_of(2) && !self.is_calm();
        match (&standing.lift, slips) {
            (None, true) => press(HoldChange::Lift, "", COUNSEL, true),
            (None, false) => press(HoldChange::AskLift, "settled", COLLEAGUE, false),
            (Some(_), true) => press(HoldChange::Lift, "", COLLEAGUE, true),
            (Some(_), false) => press(HoldChange::Lift, "", APPROVER, false),
        }
    }

    /// Whatever is known of this person.
    pub(crate) fn put_under_hold(&mut self, person: usize) {
        let Some(core) = &self.core else { return };
        let theirs = core.fleet().offboardings.values();
        let theirs: Vec<Offboarding> = theirs
            .filter(|it| self.cases.get(&it.id).is_some_and(|it| it.person == person))
            .map(|it| (**it).clone())
            .collect();
        for of in theirs {
            let hold =
                Hold { of: Box::new(of), revision: None, change: HoldChange::Place, reason: "a lawsuit".to_owned() };
            let counsel = Actor::Operator { uid: COUNSEL, login: "counsel".to_owned() };
            if !self.order(Command::Hold(hold), counsel) {
                self.tally.refused_commands += 1;
            }
        }
    }

    /// A command that may be refused, as when there is nothing to pause.
    pub(crate) fn command(&mut self, command: Command) {
        if !self.order(command, approver()) {
            self.tally.refused_commands += 1;
        }
    }

    pub(crate) fn pause(&mut self, person: usize) {
        let running = self.core.as_ref().and_then(|core| {
            let mut all = core.fleet().offboardings.values();
            all.find(|it| it.phase == Phase::Running && self.cases.get(&it.id).is_some_and(|it| it.person == person))
        });
        if let Some(target) = running.map(|it| Whom::One(it.id)) {
            self.command(Command::Pause { target, revision: None, reason: "lunch".to_owned() });
            self.look_within(2_000);
        }
    }

    /// Retries every step that waits for its next try, and whatever has failed.
    pub(crate) fn press_retry_everywhere(&mut self) {
        let Some(core) = &self.core else { return };
        let waiting: Vec<StepRef> = (core.fleet().offboardings.values())
            .filter(|it| it.is_open())
            .flat_map(|it| (0u16..).zip(&it.steps).map(|(ord, step)| (it.id.step(ord), step)))
            .filter(|(_, step)| matches!(step.state, StepState::RetryAt { .. }))
            .map(|(step, _)| step)
            .collect();
        for step in waiting {
            self.command(Command::Retry { step, revision: None });
        }
    }
}
