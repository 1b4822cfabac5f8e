//! Makes plans, and keeps what they have in common: a firm's leavers differ in name far more often than in their steps.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::departure::{self, Side};
use super::digest::Content;
use super::{PlanError, Runbook, order, select};
use crate::model::{ActionSpec, Departure, Leaver, LeftOut, Plan, PlannedStep};

/// Sorts of plans that are kept; a runbook has a handful.
const SHAPES_KEPT: usize = 1_000;

/// A runbook over what the configured systems can do.
#[derive(Debug)]
pub struct Planner {
    runbook: Runbook,
    actions: Vec<ActionSpec>,
    shapes: Mutex<HashMap<Sort, Arc<Shape>>>,
}

/// What decides over the steps of a leaver.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Sort {
    /// Which of the runbook's rules hold, in its order.
    holds: Vec<bool>,
    has_manager: bool,
}

/// A plan but for the person.
#[derive(Debug)]
struct Shape {
    steps: Arc<[PlannedStep]>,
    left_out: Vec<LeftOut>,
    content: Content,
}

impl Planner {
    /// Plans by this runbook, over these actions.
    pub fn new(runbook: Runbook, actions: Vec<ActionSpec>) -> Self {
        Self { runbook, actions, shapes: Mutex::default() }
    }

    /// The plan for one leaver.
    pub fn plan(&self, leaver: &Leaver) -> Result<Plan, PlanError> {
        let shape = self
            .shape(Sort { holds: select::holds(&self.runbook, leaver)?, has_manager: select::has_manager(leaver) })?;
        let person = leaver.person_key().to_owned();
        Ok(Plan {
            digest: shape.content.digest(&person)?,
            person,
            runbook: self.runbook.name.clone(),
            undoes: None,
            sla_ms: self.runbook.sla_ms,
            steps: Arc::clone(&shape.steps),
            left_out: shape.left_out.clone(),
        })
    }

    /// In what this plan differs from the one that the leaver would have by the rules for everybody.
    pub fn departures(&self, leaver: &Leaver, plan: &Plan) -> Result<Vec<Departure>, PlanError> {
        let holds = self.runbook.rules.iter().map(|rule| rule.when.is_none()).collect();
        let default = self.shape(Sort { holds, has_manager: select::has_manager(leaver) })?;
        let own = Side { steps: &plan.steps, left_out: &plan.left_out };
        Ok(departure::departures(own, Side { steps: &default.steps, left_out: &default.left_out }))
    }

    /// The runbook that it plans by.
    pub fn runbook(&self) -> &Runbook {
        &self.runbook
    }

    fn shape(&self, sort: Sort) -> Result<Arc<Shape>, PlanError> {
        let known = self.shapes.lock().unwrap_or_else(PoisonError::into_inner).get(&sort).cloned();
        known.map_or_else(|| self.keep(sort), Ok)
    }

    fn keep(&self, sort: Sort) -> Result<Arc<Shape>, PlanError> {
        let (chosen, left_out) = select::select(&self.runbook, &sort.holds, sort.has_manager, &self.actions)?;
        let mut plan = Plan {
            digest: String::new(),
            person: String::new(),
            runbook: self.runbook.name.clone(),
            undoes: None,
            sla_ms: self.runbook.sla_ms,
            steps: order::order(&self.runbook, &chosen)?.into(),
            left_out,
        };
        let content = Content::of(&mut plan)?;
        let shape = Arc::new(Shape { steps: plan.steps, left_out: plan.left_out, content });
        let mut shapes = self.shapes.lock().unwrap_or_else(PoisonError::into_inner);
        if shapes.len() >= SHAPES_KEPT {
            shapes.clear();
        }
        shapes.insert(sort, Arc::clone(&shape));
        Ok(shape)
    }
}
