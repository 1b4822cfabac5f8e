//! What many people have in common, kept once: a layoff has ten thousand plans and a handful of different ones, and a
//! hundred thousand proofs in the same few words.

use std::sync::Arc;

use super::plan::PlannedStep;

/// What a fleet's people have in common.
#[derive(Debug, Clone, Default)]
pub struct Shared {
    /// The steps of plans.
    pub plans: Recent<[PlannedStep]>,
    /// What proves that a step is done.
    pub proofs: Recent<str>,
}

/// So many are compared: more different ones at a time are rare, and then the oldest goes.
const KEPT: usize = 64;

/// The last few different ones.
#[derive(Debug)]
pub struct Recent<T: ?Sized> {
    /// The last used last.
    known: Vec<Arc<T>>,
}

impl<T: ?Sized> Default for Recent<T> {
    fn default() -> Self {
        Self { known: Vec::new() }
    }
}

impl<T: ?Sized> Clone for Recent<T> {
    fn clone(&self) -> Self {
        Self { known: self.known.clone() }
    }
}

impl<T: ?Sized + PartialEq> Recent<T> {
    /// Puts the one that is known in the place of its equal.
    pub fn share(&mut self, it: &mut Arc<T>) {
        let place = self.known.iter().rposition(|known| Arc::ptr_eq(known, it) || known == it);
        let known = place.map(|place| self.known.remove(place));
        if let Some(known) = known {
            *it = known;
        } else if self.known.len() == KEPT {
            self.known.remove(0);
        }
        self.known.push(Arc::clone(it));
    }
}

/// What is kept once is no state: two fleets that differ in it are the same.
impl PartialEq for Shared {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_ones_are_kept_once_and_the_oldest_is_forgotten() {
        let mut recent = Recent::default();
        let mut shared = |text: &str| {
            let mut it: Arc<str> = text.into();
            recent.share(&mut it);
            it
        };
        let first = shared("status 404");
        assert!(Arc::ptr_eq(&first, &shared("status 404")));
        (0..KEPT).for_each(|n| drop(shared(&n.to_string())));
        assert!(!Arc::ptr_eq(&first, &shared("status 404")));
    }
}
