//! What is really so of a person, as opposed to what a vendor's read tells.

use serde::{Deserialize, Serialize};

use super::account::{Account, GithubAccess, OktaStatus};

/// A person's access everywhere, without any read lag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Truth {
    /// Work address.
    pub email: String,
    /// Google Workspace.
    pub google: GoogleTruth,
    /// Okta.
    pub okta: OktaTruth,
    /// Slack; `None` for a person who never had an account.
    pub slack: Option<SlackTruth>,
    /// GitHub; `None` for a person who never had an account.
    pub github: Option<GithubTruth>,
    /// The ticket desk.
    pub desk: DeskTruth,
}

/// A Google account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoogleTruth {
    /// Not deleted.
    pub exists: bool,
    /// Cannot sign in.
    pub suspended: bool,
    /// Third-party OAuth grants.
    pub tokens: usize,
    /// App passwords.
    pub app_passwords: usize,
    /// Unused backup codes.
    pub backup_codes: usize,
    /// Signed-in browsers and devices.
    pub web_sessions: u32,
    /// How often an admin has set the password.
    pub password_resets: u32,
    /// Deleted, and not undeleted since.
    pub deleted: bool,
}

/// An Okta account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OktaTruth {
    /// Okta's own word, such as `ACTIVE`; `DELETED` once the account is gone.
    pub status: String,
    /// Sign-on sessions.
    pub sessions: u32,
    /// OAuth refresh tokens.
    pub oauth_tokens: u32,
    /// Enrolled factors.
    pub factors: usize,
}

/// A Slack account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlackTruth {
    /// Not deactivated.
    pub active: bool,
    /// Signed-in clients.
    pub sessions: usize,
}

/// A GitHub account's standing in the organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GithubTruth {
    /// Member, or invited to be one.
    pub member: bool,
    /// Collaborator on single repositories.
    pub outside_collaborator: bool,
    /// Credentials authorised for SAML single sign-on.
    pub credentials: usize,
}

/// An agent of the ticket desk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeskTruth {
    /// Not disabled.
    pub active: bool,
}

impl Truth {
    /// Nothing here lets the person in any more: every account is shut (or was never there) and no session outlives it.
    /// Grants and app passwords do not count, because none of them works for a suspended account.
    pub fn all_access_dead(&self) -> bool {
        let google = (self.google.suspended || self.google.deleted) && self.google.web_sessions == 0;
        let shut = ["SUSPENDED", "DEPROVISIONED", "DELETED"].contains(&self.okta.status.as_str());
        let okta = shut && self.okta.sessions == 0;
        let slack = self.slack.as_ref().is_none_or(|slack| !slack.active && slack.sessions == 0);
        let github = self.github.as_ref().is_none_or(|github| !github.member && !github.outside_collaborator);
        google && okta && slack && github && !self.desk.active
    }

    pub(super) fn of(email: &str, account: &Account) -> Truth {
        let google = &account.google;
        let okta = &account.okta;
        Truth {
            email: email.to_owned(),
            google: GoogleTruth {
                exists: google.deleted_at_ms.is_none(),
                suspended: google.suspended.now(),
                tokens: google.tokens.len(),
                app_passwords: google.app_passwords.len(),
                backup_codes: google.backup_codes,
                web_sessions: google.web_sessions,
                password_resets: google.password_resets,
                deleted: google.deleted_at_ms.is_some(),
            },
            okta: OktaTruth {
                status: okta.status.now().name().to_owned(),
                sessions: okta.sessions,
                oauth_tokens: okta.oauth_tokens,
                factors: if okta.status.now() == OktaStatus::Deleted { 0 } else { okta.factors.len() },
            },
            slack: account
                .slack
                .as_ref()
                .map(|slack| SlackTruth { active: slack.active, sessions: slack.sessions.len() }),
            github: account.github.as_ref().map(|github| {
                let access = github.access.now();
                GithubTruth {
                    member: matches!(access, GithubAccess::Member | GithubAccess::Invited),
                    outside_collaborator: access == GithubAccess::Collaborator,
                    credentials: github.credentials.len(),
                }
            }),
            desk: DeskTruth { active: account.desk_active },
        }
    }
}
