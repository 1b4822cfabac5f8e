//! In what one person's plan differs from what the runbook does for everybody.

use std::collections::BTreeMap;

use crate::model::{ActionId, Change, Departure, LeftOut, PlannedStep};

/// A plan's steps and what it leaves out.
#[derive(Clone, Copy)]
pub(super) struct Side<'a> {
    pub(super) steps: &'a [PlannedStep],
    pub(super) left_out: &'a [LeftOut],
}

impl<'a> Side<'a> {
    fn by_action(self) -> BTreeMap<&'a ActionId, &'a PlannedStep> {
        self.steps.iter().map(|step| (&step.action, step)).collect()
    }
}

/// What is otherwise in `own` than in `default`, in the order of the actions' names.
pub(super) fn departures(own: Side<'_>, default: Side<'_>) -> Vec<Departure> {
    let (mine, usual) = (own.by_action(), default.by_action());
    let mut told = Vec::new();
    let mut tell = |action: &ActionId, change: Change, why: &str| {
        told.push(Departure { action: action.clone(), change, why: why.to_owned() });
    };
    for (action, step) in &mine {
        let Some(before) = usual.get(action) else {
            tell(action, Change::Added, &step.reason);
            continue;
        };
        if step.stage != before.stage {
            tell(action, Change::Moved { from: before.stage }, &step.reason);
        }
        match (step.approval.is_some(), before.approval.is_some()) {
            (true, false) => tell(action, Change::Asked, &step.reason),
            (false, true) => tell(action, Change::Unasked, &step.reason),
            _ => {}
        }
    }
    for left in own.left_out.iter().filter(|left| usual.contains_key(&left.action)) {
        tell(&left.action, Change::LeftOut, &left.reason);
    }
    told.sort_by(|one, other| one.action.cmp(&other.action));
    told
}
