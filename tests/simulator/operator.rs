//! The operator: approves, launches, resumes and retries what is on the screen; now and then presses what must be
//! refused.

use nightlatch::engine::{Command, Target as Whom};
use nightlatch::model::{Actor, Offboarding, Phase, StepClass, StepRef, StepState};

use super::script::Trouble;
use super::vendor::Target;
use super::world::{REQUESTER, World};

const APPROVER: u32 = 1_001;

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
        let mut presses = Vec::new();
        let paused_on_purpose = self
            .script
            .troubles
            .iter()
            .any(|trouble| matches!(trouble, Trouble::EnginePaused { window } if window.has(now)));
        // Nobody retries by hand what cannot be done just now.
        let mut waits_for_a_system = false;
        if core.fleet().paused.is_some() && !paused_on_purpose {
            presses.push(Press::right(Command::Resume(Whom::All)));
        }
        for offboarding in core.fleet().offboardings.values() {
            match offboarding.phase {
                Phase::Paused { .. } => presses.push(Press::right(Command::Resume(Whom::One(offboarding.id)))),
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
        for press in presses {
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
                Some(self.approval(offboarding, step, state.revision))
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
            self.command(Command::Pause { target, reason: "lunch".to_owned() });
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
