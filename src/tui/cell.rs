//! A step's state without its words. A cell of the wall shows the worst among a person's steps at one connector.

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

    /// The same within the whole: of who has ended nobody is asked, and what was not begun will never be.
    pub(crate) fn within(person: &Offboarding, state: &StepState) -> Self {
        match Self::of(state) {
            Self::Approval | Self::Waiting | Self::Retrying if !person.is_open() => Self::Skipped,
            it => it,
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

/// Some of the states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Cells(u16);

impl Cells {
    /// Those whose word begins like this.
    pub(crate) fn called(word: &str) -> Self {
        Cell::ALL.into_iter().filter(|it| it.word().starts_with(word)).collect()
    }

    pub(crate) fn meet(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

impl FromIterator<Cell> for Cells {
    fn from_iter<I: IntoIterator<Item = Cell>>(cells: I) -> Self {
        Self(cells.into_iter().fold(0, |bits, cell| bits | 1 << cell as u16))
    }
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
            let theme = Theme::plain(ascii);
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
