//! The newest event seen of each employee, so that one that comes late does not undo it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::model::Timestamp;

/// Forgets everything at this many employees; what it guards against happens within minutes.
const EMPLOYEES_AT_MOST: usize = 50_000;

#[derive(Debug, Default)]
pub(super) struct Newest(Mutex<HashMap<String, Timestamp>>);

impl Newest {
    /// Whether nothing newer was taken of this employee; an event without a time is taken.
    pub(super) fn takes(&self, employee_id: &str, at: Option<Timestamp>) -> bool {
        let Some(at) = at else { return true };
        let mut newest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if newest.len() >= EMPLOYEES_AT_MOST && !newest.contains_key(employee_id) {
            newest.clear();
        }
        let known = newest.entry(employee_id.to_owned()).or_insert(at);
        let takes = *known <= at;
        *known = (*known).max(at);
        takes
    }
}
