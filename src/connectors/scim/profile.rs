//! How services depart from the standard: what they want to be sent, and what they make of it.

use serde::Deserialize;

/// A family of services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// The standard's own example: PATCH with a path.
    #[default]
    Plain,
    /// Made for Okta as the client: PATCH without a path.
    Okta,
    /// Made for Entra as the client: `Replace`, and booleans as the words `True` and `False`.
    Entra,
    /// GitHub Enterprise with managed users: without a path. Names are hidden while a user is suspended.
    GithubEnterprise,
    /// A GitHub organisation: `active: false` removes the member and deletes the identity.
    GithubOrganization,
    /// `PagerDuty`: `active: false` deletes the user.
    Pagerduty,
}

/// How `active` is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// `{"op": "replace", "path": "active", "value": false}`.
    Path,
    /// `{"op": "replace", "value": {"active": false}}`.
    Pathless,
    /// `{"op": "Replace", "path": "active", "value": "False"}`.
    Words,
}

impl Profile {
    pub(super) fn form(self) -> Form {
        match self {
            Self::Plain | Self::Pagerduty => Form::Path,
            Self::Okta | Self::GithubEnterprise | Self::GithubOrganization => Form::Pathless,
            Self::Entra => Form::Words,
        }
    }

    /// `active: false` leaves an account that can be activated again. Elsewhere it is a deletion, and offered as that.
    pub(super) fn deactivates(self) -> bool {
        !matches!(self, Self::GithubOrganization | Self::Pagerduty)
    }
}
