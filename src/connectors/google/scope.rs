//! What a token may do.
//!
//! Google gives a token for all the scopes that are asked for, or none: one that nobody entered under domain-wide
//! delegation fails the whole request. So each part of the work has a token of its own, and a missing scope stops what
//! needs it and nothing else.

/// One part of the work, with the scopes that it takes (discovery documents of each API).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// Reading and changing users. Nothing works without it, for it finds the leaver.
    Users,
    /// Tokens, app passwords, backup codes, sign-out.
    Security,
    /// Group memberships.
    Groups,
    /// Admin role assignments.
    Roles,
    /// Phones and tablets that people brought themselves.
    Mobile,
    /// Devices of every kind, and who signs in to them, by Cloud Identity.
    Devices,
    /// `ChromeOS` devices.
    ChromeOs,
    /// Licence assignments.
    Licences,
    /// Mail settings, in the leaver's name.
    Mail,
    /// Names and owners of files, in the leaver's name.
    Drive,
    /// The list of calendars, in the leaver's name.
    Calendar,
}

impl Scope {
    pub(super) const ALL: [Self; 11] = [
        Self::Users,
        Self::Security,
        Self::Groups,
        Self::Roles,
        Self::Mobile,
        Self::Devices,
        Self::ChromeOs,
        Self::Licences,
        Self::Mail,
        Self::Drive,
        Self::Calendar,
    ];

    /// The names, without what they all begin with.
    pub(super) fn names(self) -> &'static [&'static str] {
        match self {
            Self::Users => &["admin.directory.user"],
            Self::Security => &["admin.directory.user.security"],
            Self::Groups => &["admin.directory.group.readonly", "admin.directory.group.member"],
            Self::Roles => &["admin.directory.rolemanagement"],
            Self::Mobile => &["admin.directory.device.mobile.action"],
            Self::Devices => &["cloud-identity.devices"],
            Self::ChromeOs => &["admin.directory.device.chromeos"],
            Self::Licences => &["apps.licensing"],
            Self::Mail => &["gmail.settings.basic", "gmail.settings.sharing"],
            Self::Drive => &["drive.metadata.readonly"],
            Self::Calendar => &["calendar.readonly"],
        }
    }

    /// What helps where Google refuses a request with such a token: it is mostly the admin's role, or the edition.
    pub(super) fn cure(self) -> &'static str {
        match self {
            // Which management blocks and wipes, and who may (support.google.com/a/answer/7543044).
            Self::Devices => {
                "check that the edition and the management of these devices allow it (basic or advanced management, not \
                 fundamental), and that the admin holds the Mobile Device Management privilege"
            }
            Self::ChromeOs => "give the admin the privilege Chrome Management → Manage ChromeOS Devices",
            _ => {
                "check that the admin holds the user-management and security privileges, and that the scopes are delegated"
            }
        }
    }
}

/// As an [`crate::model::ActionSpec`] lists them.
pub(super) fn declared(scopes: &[Scope]) -> Vec<String> {
    scopes.iter().flat_map(|scope| scope.names()).map(|name| (*name).to_owned()).collect()
}

/// As Google wants them.
pub(super) fn full(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| format!("https://www.googleapis.com/auth/{name}")).collect()
}
