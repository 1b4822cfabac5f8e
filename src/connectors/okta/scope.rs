//! What a service application's token may do.
//!
//! Okta gives a token for all the scopes that are asked for, or none: one that nobody granted fails the whole request. So
//! each part of the work has a token of its own, and a missing scope stops what needs it and nothing else. An API token
//! has no scopes: there it is the admin role of its owner that decides.

/// One part of the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// Users, their sessions, factors and grants. Nothing works without it, for it finds the leaver.
    Users,
    /// Group memberships.
    Groups,
    /// Applications and who is assigned to them.
    Apps,
    /// Admin roles.
    Roles,
    /// API tokens.
    ApiTokens,
}

impl Scope {
    pub(super) const ALL: [Self; 5] = [Self::Users, Self::Groups, Self::Apps, Self::Roles, Self::ApiTokens];

    pub(super) fn names(self) -> &'static [&'static str] {
        match self {
            Self::Users => &["okta.users.manage", "okta.users.read"],
            Self::Groups => &["okta.groups.manage", "okta.groups.read"],
            Self::Apps => &["okta.apps.manage", "okta.apps.read"],
            Self::Roles => &["okta.roles.manage", "okta.roles.read"],
            Self::ApiTokens => &["okta.apiTokens.manage", "okta.apiTokens.read"],
        }
    }
}

/// As an [`crate::model::ActionSpec`] lists them.
pub(super) fn declared(scopes: &[Scope]) -> Vec<String> {
    scopes.iter().flat_map(|scope| scope.names()).map(|name| (*name).to_owned()).collect()
}
