//! The client's copy of the engine's state: rebuilt from a snapshot, then kept by the same fold as the engine's own.

use super::parts::Gathered;
use super::protocol::{EngineLine, Welcome};
use crate::model::health::ConnectorStatus;
use crate::model::{Fleet, Timestamp};

/// How the mirror stands to its engine.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum MirrorLink {
    /// Not connected yet.
    #[default]
    Connecting,
    /// Live.
    Connected,
    /// The line is gone; what is shown is old.
    Lost {
        /// Why, in words.
        reason: String,
    },
}

/// The client's copy.
#[derive(Debug, Clone, Default)]
pub struct Mirror {
    /// Everybody.
    pub fleet: Fleet,
    /// The connectors.
    pub connectors: Vec<ConnectorStatus>,
    /// Who answers.
    pub welcome: Option<Welcome>,
    /// How the line is.
    pub link: MirrorLink,
    /// When something was last heard, by the client's clock.
    pub heard_at: Option<Timestamp>,
    /// A snapshot has come.
    pub ready: bool,
    /// The parts of the snapshot that is under way.
    gathered: Gathered,
    /// When it is next looked whom the engine has forgotten.
    forget_at: Timestamp,
}

/// Whom the engine has forgotten is looked for this often.
const FORGETS_EVERY_MS: u64 = 60_000;

/// A numbered event did not follow the last one: subscribe again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("event {got} came where {expected} was due")]
pub struct Gap {
    /// The number that was due.
    pub expected: u64,
    /// The number that came.
    pub got: u64,
}

impl Mirror {
    /// Folds a line in. Replies are the caller's. `now` is the client's clock.
    pub fn fold(&mut self, line: EngineLine, now: Timestamp) -> Result<(), Gap> {
        self.heard_at = Some(now);
        match line {
            EngineLine::Welcome(welcome) => {
                self.welcome = Some(welcome);
                self.link = MirrorLink::Connected;
            }
            EngineLine::Part(part) => self.gathered.add(part),
            EngineLine::Snapshot { fleet, connectors, .. } => {
                self.fleet = std::mem::take(&mut self.gathered).whole(*fleet);
                self.connectors = connectors;
                self.ready = true;
            }
            EngineLine::Event(envelope) if self.ready => {
                let expected = self.fleet.next_seq;
                if envelope.seq < expected {
                    return Ok(()); // The snapshot had it.
                }
                if envelope.seq > expected {
                    return Err(Gap { expected, got: envelope.seq });
                }
                self.fleet.apply(&envelope);
            }
            EngineLine::Connectors(connectors) => self.connectors = connectors,
            EngineLine::Event(_) | EngineLine::Reply { .. } | EngineLine::Farewell {} => {}
        }
        Ok(())
    }

    /// Drops whom the engine has dropped by now, so that a console may stay open for months; once a minute at most.
    /// Whether anybody went.
    pub fn forget_old(&mut self, now: Timestamp) -> bool {
        let keeps_s = self.welcome.as_ref().and_then(|it| it.config.forget_ended_after_s);
        let Some(keeps_ms) = keeps_s.and_then(|s| i64::try_from(s.checked_mul(1_000)?).ok()) else { return false };
        if now < self.forget_at {
            return false;
        }
        self.forget_at = now.plus_ms(FORGETS_EVERY_MS);
        let before = self.fleet.offboardings.len();
        self.fleet.forget_ended_before(Timestamp(now.0.saturating_sub(keeps_ms)));
        self.fleet.offboardings.len() < before
    }

    /// How many people of the snapshot under way are here, and how many it has.
    pub fn loading(&self) -> Option<(usize, usize)> {
        self.gathered.progress()
    }

    /// The line is gone.
    pub fn lose(&mut self, reason: String) {
        self.gathered = Gathered::default();
        self.link = MirrorLink::Lost { reason };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Actor, Envelope, Event};

    fn event(seq: u64) -> EngineLine {
        let event = Event::EnginePaused { reason: format!("{seq}") };
        EngineLine::Event(Box::new(Envelope { seq, at: Timestamp(1), actor: Actor::Engine, event }))
    }

    fn snapshot(next_seq: u64) -> EngineLine {
        let fleet = Box::new(Fleet { next_seq, ..Fleet::default() });
        EngineLine::Snapshot { fleet, connectors: Vec::new(), at: Timestamp(1) }
    }

    #[test]
    fn a_gap_is_noticed_and_a_repeat_is_not_folded_twice() {
        let mut mirror = Mirror::default();
        mirror.fold(snapshot(5), Timestamp(1)).unwrap();
        mirror.fold(event(4), Timestamp(1)).unwrap();
        assert_eq!(mirror.fleet.paused, None);
        mirror.fold(event(5), Timestamp(1)).unwrap();
        assert_eq!(mirror.fleet.paused.as_deref(), Some("5"));
        assert_eq!(mirror.fold(event(7), Timestamp(1)), Err(Gap { expected: 6, got: 7 }));
    }
}
