//! The screens. Each has a file: its state, its layout, its rows.

pub(crate) mod approvals;
pub(crate) mod connectors;
pub(crate) mod dashboard;
pub(crate) mod history;
pub(crate) mod launch;
pub(crate) mod ledger;
pub(crate) mod offboarding;
pub(crate) mod runbook;
pub(crate) mod wall;

use super::action::Context;
use crate::model::OffboardingId;

/// Where the operator is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Dashboard,
    /// One person's; `None`: nobody was selected.
    Offboarding(Option<OffboardingId>),
    Wall,
    Connectors,
    Approvals,
    History,
    Ledger,
}

impl Place {
    pub(crate) fn context(self) -> Context {
        match self {
            Self::Dashboard => Context::Dashboard,
            Self::Offboarding(_) => Context::Offboarding,
            Self::Wall => Context::Wall,
            Self::Connectors => Context::Connectors,
            Self::Approvals => Context::Approvals,
            Self::History => Context::History,
            Self::Ledger => Context::Ledger,
        }
    }
}
