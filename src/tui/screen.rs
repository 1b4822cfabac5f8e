//! The screens. Each has a file: its state, its layout, its rows.

pub(crate) mod approvals;
pub(crate) mod dashboard;
pub(crate) mod offboarding;

use super::action::Context;
use crate::model::OffboardingId;

/// Where the operator is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Dashboard,
    /// One person's; `None`: nobody was selected.
    Offboarding(Option<OffboardingId>),
    Approvals,
}

impl Place {
    pub(crate) fn context(self) -> Context {
        match self {
            Self::Dashboard => Context::Dashboard,
            Self::Offboarding(_) => Context::Offboarding,
            Self::Approvals => Context::Approvals,
        }
    }
}
