//! What moves by itself while nobody presses a key: clocks, and the sign that something is under way.

use super::{App, LineState};
use crate::model::{Offboarding, Phase, StepState, Timestamp};
use crate::tui::screen::Place;
use crate::tui::screen::connectors::Systems;

/// A call or a read-back is under way.
fn works(state: &StepState) -> bool {
    matches!(state, StepState::Running { .. } | StepState::Verifying { .. })
}

impl App {
    /// Whether something visible shows the time, so that a second's tick is worth a frame.
    pub(crate) fn ticks(&self) -> bool {
        if !self.toasts.all().is_empty() || self.line != LineState::Live || self.silent_since.is_some() {
            return true;
        }
        let connectors = || self.mirror.connectors.iter().any(|it| it.blocked(self.now).is_some());
        match self.place {
            Place::Dashboard => {
                self.figures.exposed() > 0
                    || connectors()
                    || self
                        .board
                        .visible(self)
                        .iter()
                        .any(|id| self.mirror.fleet.get(*id).is_some_and(|it| self.counts_down(it)))
            }
            Place::Offboarding(_) => self.person().is_some_and(|it| self.counts_down(it)),
            Place::Wall => self.wall.ticks(self),
            Place::Connectors => Systems::ticks(self),
            Place::Approvals => !self.inbox.list.ids.is_empty(),
            Place::History => self.archive.ticks(),
            Place::Ledger => self.log.ticks(self),
        }
    }

    /// Whether its row or its steps show a clock that runs.
    fn counts_down(&self, it: &Offboarding) -> bool {
        let later = |at: Timestamp| at > self.now;
        it.is_open()
            && (it.exposed_since().is_some()
                || matches!(it.phase, Phase::Armed { at } if later(at))
                || it.residual_until().is_some_and(later)
                || it.steps.iter().any(|step| match step.state {
                    StepState::RetryAt { at, .. } => later(at),
                    StepState::Ambiguous { until, .. } => later(until),
                    _ => works(&step.state),
                }))
    }

    /// Whether something visible is under way, so that what turns is worth a frame.
    pub(crate) fn spins(&self) -> bool {
        let at_work = |it: &Offboarding| it.is_open() && it.steps.iter().any(|step| works(&step.state));
        if self.line != LineState::Live || self.silent_since.is_some() || !self.fits() {
            return false;
        }
        match self.place {
            Place::Dashboard => {
                self.board.visible(self).iter().any(|id| self.mirror.fleet.get(*id).is_some_and(at_work))
            }
            Place::Offboarding(_) => self.person().is_some_and(at_work),
            Place::Wall => self.figures.running > 0,
            Place::Connectors | Place::Approvals | Place::History | Place::Ledger => false,
        }
    }

    /// The sign of it, as the header shows it; `None`: nothing moves, or has not moved yet.
    pub(crate) fn spinner(&self) -> Option<&'static str> {
        (self.turns > 0 && self.spins()).then(|| self.theme.spinner(self.turns))
    }

    /// Whether the terminal is large enough to show anything.
    pub(crate) fn fits(&self) -> bool {
        self.size.width >= super::SMALLEST.0 && self.size.height >= super::SMALLEST.1
    }
}
