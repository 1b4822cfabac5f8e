//! Makes plans, and keeps what they have in common: a firm's leavers differ in name far more often than in their steps.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::digest::Content;
use super::{PlanError, Runbook, order, select};
use crate::model::{ActionSpec, Leaver, LeftOut, Plan, PlannedStep};

/// Sorts of plans that are kept; a runbook has a handful.
const SHAPES_KEPT: usize = 1_000;

/// A runbook over what the configured systems can do.
#[derive(Debug)]
pub struct Planner {
    runbook: Runbook,
    actions: Vec<ActionSpec>,
    /// By what decides over steps: the rules that hold, and whether there is a manager.
    shapes: Mutex<HashMap<(Vec<bool>, bool), Arc<Shape>>>,
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
        let holds = select::holds(&self.runbook, leaver)?;
        let key = (holds, select::has_manager(leaver));
        let known = self.shapes.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        let shape = match known {
            Some(shape) => shape,
            None => self.keep(key)?,
        };
        let person = leaver.person_key().to_owned();
        Ok(Plan {
            digest: shape.content.digest(&person)?,
            person,
            runbook: self.runbook.name.clone(),
            sla_ms: self.runbook.sla_ms,
            steps: Arc::clone(&shape.steps),
            left_out: shape.left_out.clone(),
        })
    }

    fn keep(&self, key: (Vec<bool>, bool)) -> Result<Arc<Shape>, PlanError> {
        let (chosen, left_out) = select::select(&self.runbook, &key.0, key.1, &self.actions)?;
        let mut plan = Plan {
            digest: String::new(),
            person: String::new(),
            runbook: self.runbook.name.clone(),
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
        shapes.insert(key, Arc::clone(&shape));
        Ok(shape)
    }
}
