//! Consent: given and declined, step by step or for all that are marked.

use super::App;
use super::acts::{count, name, who};
use crate::ipc::Op;
use crate::model::{Danger, StepRef, StepState};
use crate::tui::dialog::editor::Next;
use crate::tui::dialog::{Confirm, Dialog, Editor, Typed};
use crate::tui::order::{Line, Order};
use crate::tui::screen::Place;
use crate::tui::span;
use crate::tui::text::clean;
use crate::tui::theme::Tone;

impl App {
    /// The steps that a consent is about: all of the marked people's, the marked, or the one pointed at.
    pub(crate) fn asked_steps(&self) -> Box<dyn Iterator<Item = StepRef> + '_> {
        let waits = |state: &StepState| matches!(state, StepState::AwaitingApproval { .. });
        if self.place == Place::Approvals {
            let asked = move |at: &StepRef| self.at(*at).is_some_and(|(_, (_, step))| waits(&step.state));
            return Box::new(self.inbox.list.targets().into_iter().filter(asked));
        }
        let Some(marks) = self.marked_people() else { return Box::new(self.step_that(waits).into_iter()) };
        Box::new(self.figures.asked().filter(|at| marks.contains(&at.offboarding)))
    }

    pub(super) fn ask_approve(&mut self) {
        // Under legal hold nothing is approved: those are left out, and counted.
        let free = |at: &StepRef| self.at(*at).is_some_and(|(it, _)| it.hold_on(at.ord).is_none());
        let (targets, held): (Vec<_>, Vec<_>) = self.asked_steps().partition(free);
        let dialog = match targets.as_slice() {
            [] => return,
            [one] => self.approve_one(*one, held.len()),
            many => Some(self.approve_many(many, held.len())),
        };
        self.dialogs.extend(dialog);
    }

    fn approval_line(&self, at: StepRef) -> Option<Line> {
        let (person, (planned, step)) = self.at(at)?;
        Some(Line {
            about: format!("{} of {}", planned.action, name(person)),
            op: Op::Approve {
                step: at,
                revision: Some(step.revision),
                plan_digest: person.plan.digest.clone(),
                typed: person.leaver().login.clone(),
            },
        })
    }

    fn approve_one(&self, at: StepRef, held: usize) -> Option<Dialog> {
        let (person, (planned, _)) = self.at(at)?;
        let order = Order { verb: "approve", lines: vec![self.approval_line(at)?] };
        let account = person.account_for(at.ord).map_or_else(
            || "the account found when it runs".to_owned(),
            |it| format!("{} (id {}, matched on {})", clean(&it.label), clean(&it.id), clean(&it.matched_on)),
        );
        let undo = match (&planned.undo, planned.danger) {
            (Some(undo), _) => clean(undo),
            (None, Danger::Irreversible) => "nothing brings it back, from the first call on".to_owned(),
            (None, _) => "there is no undo".to_owned(),
        };
        let mut facts = vec![
            ("what", format!("{} ({})", clean(&planned.title), planned.action), Tone::Strong),
            ("whom", who(person), Tone::Plain),
            ("where", format!("{}: {account}", planned.action.connector), Tone::Plain),
            ("danger", planned.danger.to_string(), Tone::Bad),
            ("undo", undo, Tone::Bad),
            ("why", clean(&planned.reason), Tone::Plain),
        ];
        if let Some(residual) = &planned.residual {
            let left = format!("{} works for up to {} more", clean(&residual.what), span::running(residual.ms));
            facts.push(("outlives it", left, Tone::Warn));
        }
        if let Some(policy) = planned.approval {
            let eyes = if policy.four_eyes { "; the requester may not approve" } else { "" };
            let ttl = format!("void if not used within {}{eyes}", span::chosen(policy.ttl_ms));
            facts.push(("approval", ttl, Tone::Plain));
        }
        facts.extend(left_out(held));
        facts.push(("asked by", clean(&person.requester.to_string()), Tone::Plain));
        facts.push(("plan", clean(&person.plan.digest), Tone::Dim));
        let title = format!("Approve {} for {}?", planned.action, name(person));
        if planned.danger == Danger::Irreversible {
            return Some(Dialog::Typed(Typed::new(title, facts, person.leaver().login.clone(), order)));
        }
        let facts = facts.into_iter().map(|(label, text, _)| (label, text)).collect();
        Some(Dialog::Confirm(Confirm::new(title, facts, "approve".to_owned(), order)))
    }

    fn approve_many(&self, many: &[StepRef], held: usize) -> Dialog {
        let lines: Vec<_> = many.iter().filter_map(|at| self.approval_line(*at)).collect();
        let irreversible = many
            .iter()
            .filter(|at| self.at(**at).is_some_and(|(_, (it, _))| it.danger == Danger::Irreversible))
            .count();
        let mut facts = vec![
            ("how much", format!("{}, {irreversible} of them irreversible", count(lines.len(), "step")), Tone::Bad),
            ("undo", "what is irreversible is gone from the first call on".to_owned(), Tone::Bad),
            ("plan", "each is bound to its own plan, as shown now".to_owned(), Tone::Plain),
        ];
        facts.extend(left_out(held));
        // Every one of them, however many: nothing is approved that was not listed.
        facts.extend(many.iter().filter_map(|at| {
            let (person, (planned, _)) = self.at(*at)?;
            let digest: String = clean(&person.plan.digest).chars().take(12).collect();
            let by = clean(&person.requester.to_string());
            let text = format!("{} of {}, asked by {by}, plan {digest}", planned.action, who(person));
            Some(("what", text, Tone::Strong))
        }));
        let title = format!("Approve {}?", count(lines.len(), "step"));
        Dialog::Typed(Typed::bulk(title, facts, Order { verb: "approve", lines }))
    }

    pub(super) fn ask_reject(&mut self) {
        let steps: Vec<_> = self.asked_steps().collect();
        let line = |at: &StepRef| {
            let (person, (planned, step)) = self.at(*at)?;
            let op = Op::Reject { step: *at, revision: Some(step.revision), reason: String::new() };
            Some(Line { about: format!("{} of {}", planned.action, name(person)), op })
        };
        let lines: Vec<_> = steps.iter().filter_map(line).collect();
        let what = match (steps.as_slice(), steps.first().and_then(|at| self.at(*at))) {
            ([_], Some((person, (planned, _)))) => format!("{} for {}", planned.action, name(person)),
            _ => count(lines.len(), "step"),
        };
        let facts = steps.iter().filter_map(|at| {
            let (person, (planned, _)) = self.at(*at)?;
            Some(("what", format!("{} of {} will not run: {}", planned.action, who(person), clean(&planned.title))))
        });
        let question = format!("Reject {what}?");
        let confirm = Confirm::new(question, facts.collect(), "reject".to_owned(), Order { verb: "reject", lines });
        let editor = Editor::reason(format!("Reject {what}"), Next::Confirm(confirm));
        self.dialogs.push(Dialog::Editor(Box::new(editor)));
    }
}

/// Nothing under legal hold is approved.
fn left_out(held: usize) -> Option<(&'static str, String, Tone)> {
    let told = format!("{} under legal hold: not of this list", count(held, "step"));
    (held > 0).then_some(("left out", told, Tone::Warn))
}
