//! One cell of the wall: the worst state among a person's steps at one connector.

use crate::model::step::{Proof, StepState};
use crate::model::{Offboarding, Timestamp};
use crate::tui::theme::{Theme, Tone};

/// A state, from the best to the worst: whichever needs somebody's eye more is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cell {
    Done,
    Skipped,
    Waiting,
    Verifying,
    Running,
    Retrying,
    Approval,
    Ambiguous,
    Failed,
    NeedsHuman,
}

impl Cell {
    pub(crate) const ALL: [Self; 10] = [
        Self::NeedsHuman,
        Self::Failed,
        Self::Ambiguous,
        Self::Approval,
        Self::Retrying,
        Self::Running,
        Self::Verifying,
        Self::Waiting,
        Self::Skipped,
        Self::Done,
    ];

    pub(crate) fn of(state: &StepState) -> Self {
        match state {
            StepState::Waiting => Self::Waiting,
            StepState::AwaitingApproval { .. } => Self::Approval,
            StepState::Running { .. } => Self::Running,
            StepState::RetryAt { .. } => Self::Retrying,
            StepState::Ambiguous { .. } => Self::Ambiguous,
            StepState::Verifying { .. } => Self::Verifying,
            StepState::Done { .. } => Self::Done,
            StepState::Failed { .. } => Self::Failed,
            StepState::NeedsHuman { .. } => Self::NeedsHuman,
            StepState::Skipped { .. } => Self::Skipped,
        }
    }

    /// A step's state of this kind, for the words and looks that states have everywhere.
    fn state(self) -> StepState {
        let (at, reason) = (Timestamp::default(), String::new());
        match self {
            Self::Waiting => StepState::Waiting,
            Self::Approval => StepState::AwaitingApproval { since: at },
            Self::Running => StepState::Running { since: at, deadline_at: at },
            Self::Retrying => StepState::RetryAt { at, reason },
            Self::Ambiguous => StepState::Ambiguous { until: at, reason },
            Self::Verifying => StepState::Verifying { since: at },
            Self::Done => StepState::Done { at, proof: Proof::Listed { findings: Vec::new() } },
            Self::Failed => StepState::Failed { at, reason, cure: String::new() },
            Self::NeedsHuman => StepState::NeedsHuman { at, reason },
            Self::Skipped => StepState::Skipped { at, reason },
        }
    }

    pub(crate) fn word(self) -> &'static str {
        self.state().word()
    }

    pub(crate) fn look(self, theme: Theme) -> (&'static str, Tone) {
        theme.step(&self.state())
    }

    /// The letter beside the glyph; capitals want a person.
    pub(crate) fn letter(self) -> char {
        match self {
            Self::Done => 'd',
            Self::Skipped => 's',
            Self::Waiting => 'w',
            Self::Verifying => 'v',
            Self::Running => 'r',
            Self::Retrying => 't',
            Self::Approval => 'A',
            Self::Ambiguous => 'm',
            Self::Failed => 'F',
            Self::NeedsHuman => 'H',
        }
    }
}

/// The worst of the person's steps at this connector, the first of them if several are.
pub(crate) fn worst_at(person: &Offboarding, connector: &str) -> Option<u16> {
    let there = (0u16..).zip(person.plan.steps.iter().zip(&person.steps));
    let there = there.filter(|(_, (planned, _))| planned.action.connector.as_str() == connector);
    there.max_by_key(|(ord, (_, step))| (Cell::of(&step.state), u16::MAX - ord)).map(|(ord, _)| ord)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_state_has_a_letter_and_a_glyph_of_its_own_in_both_sets() {
        let letters: BTreeSet<char> = Cell::ALL.map(Cell::letter).into();
        assert_eq!(letters.len(), Cell::ALL.len());
        for ascii in [false, true] {
            let theme = Theme { colour: true, ascii };
            let glyphs: BTreeSet<_> = Cell::ALL.map(|it| it.look(theme).0).into();
            assert_eq!(glyphs.len(), Cell::ALL.len());
        }
        for cell in Cell::ALL {
            assert_eq!(Cell::of(&cell.state()), cell);
        }
    }

    #[test]
    fn the_legend_goes_from_the_worst_to_the_best() {
        assert!(Cell::ALL.is_sorted_by(|worse, better| worse > better));
    }
}
