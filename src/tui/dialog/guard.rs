//! Keys that were pressed before the operator can have read the dialog do not answer it.

/// So long after it was drawn, a dialog drops every key, in ms.
pub(crate) const DEAF_MS: u64 = 300;

/// Whether a dialog listens already.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Guard {
    drawn_at: Option<u64>,
}

impl Guard {
    /// The dialog is on the terminal since `steady`. Counted from there, so that a slow line cannot eat the time.
    pub(crate) fn drawn(&mut self, steady: u64) {
        self.drawn_at.get_or_insert(steady);
    }

    pub(crate) fn listens(self, steady: u64) -> bool {
        self.drawn_at.is_some_and(|at| steady >= at + DEAF_MS)
    }
}
