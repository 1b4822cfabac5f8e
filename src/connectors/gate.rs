//! No act leaves before what it rests on is on disk.
//!
//! A job starts while its intent is being written: it looks the account up and makes its request ready meanwhile. The
//! one HTTP client lets an act through only when the journal has opened the job's gate.

use std::time::Duration;

use tokio::sync::watch;

/// Opens a [`Gate`]. Dropped unopened, it keeps the gate shut for ever.
#[derive(Debug)]
pub struct Latch(watch::Sender<bool>);

/// What an act waits at.
#[derive(Debug, Clone)]
pub struct Gate(Option<watch::Receiver<bool>>);

impl Latch {
    /// A shut gate and what opens it.
    pub fn new() -> (Self, Gate) {
        let (latch, gate) = watch::channel(false);
        (Self(latch), Gate(Some(gate)))
    }

    /// Lets everything through.
    pub fn open(self) {
        self.0.send_replace(true);
    }
}

impl Gate {
    /// A gate that is open: nothing has to be on disk before.
    pub fn open() -> Self {
        Self(None)
    }

    /// Waits until it opens; `false`: it has not within this time, or never will.
    pub async fn passed(&self, within: Duration) -> bool {
        let Some(mut gate) = self.0.clone() else { return true };
        tokio::time::timeout(within, gate.wait_for(|open| *open)).await.is_ok_and(|waited| waited.is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_millis(20);

    #[tokio::test]
    async fn nothing_passes_before_it_opens_and_nothing_ever_if_it_never_does() {
        assert!(Gate::open().passed(Duration::ZERO).await);
        let (latch, gate) = Latch::new();
        assert!(!gate.passed(SOON).await);
        latch.open();
        assert!(gate.passed(SOON).await && gate.passed(SOON).await);
        let (latch, gate) = Latch::new();
        drop(latch);
        assert!(!gate.passed(Duration::from_secs(60)).await);
    }
}
