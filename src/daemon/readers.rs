//! A few read-only connections to the journal, opened when first needed and used again.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crate::ipc::{ErrorCode, Refusal};
use crate::store::{Reader, StoreError};

const IDLE_AT_MOST: usize = 4;

/// The readers.
#[derive(Debug, Clone)]
pub(super) struct Readers {
    path: PathBuf,
    idle: Arc<Mutex<Vec<Reader>>>,
}

impl Readers {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, idle: Arc::default() }
    }

    /// Asks the journal, on a thread that may block.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Reader) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (path, idle) = (self.path.clone(), self.idle.clone());
        let asked = tokio::task::spawn_blocking(move || {
            let kept = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let reader = kept.map_or_else(|| Reader::open(&path), Ok)?;
            let answer = question(&reader)?;
            let mut idle = idle.lock().unwrap_or_else(PoisonError::into_inner);
            if idle.len() < IDLE_AT_MOST {
                idle.push(reader);
            }
            Ok(answer)
        });
        asked.await.unwrap_or_else(|error| {
            Err(StoreError::Row { path: self.path.clone(), what: format!("a question to it failed inside: {error}") })
        })
    }
}

/// The journal's error, for an operator who asked something of it.
pub(super) fn refusal(error: &StoreError) -> Refusal {
    Refusal::new(ErrorCode::Unavailable, error.to_string())
}
