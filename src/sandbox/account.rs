//! The state of one person's accounts in every vendor.

use serde_json::{Value, json};

use super::dice::Draw;
use super::lagged::Lagged;
use super::people::{Person, letters};

pub(super) struct Account {
    pub(super) google: Google,
    pub(super) okta: Okta,
    pub(super) slack: Option<Slack>,
    pub(super) github: Option<Github>,
    pub(super) desk_active: bool,
    pub(super) employment: Employment,
}

pub(super) struct Google {
    pub(super) deleted_at_ms: Option<u64>,
    pub(super) suspended: Lagged<bool>,
    /// Client ids of third-party grants, with the names users see.
    pub(super) tokens: Vec<(String, &'static str)>,
    pub(super) app_passwords: Vec<u32>,
    pub(super) backup_codes: usize,
    pub(super) web_sessions: u32,
    pub(super) password_resets: u32,
    pub(super) change_password: bool,
    pub(super) recovery_email: String,
    pub(super) recovery_phone: String,
    /// A Vault hold: deletion is refused.
    pub(super) held: bool,
}

/// The lifecycle of an Okta user, under Okta's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OktaStatus {
    Staged,
    Provisioned,
    Active,
    Recovery,
    PasswordExpired,
    LockedOut,
    Suspended,
    Deprovisioned,
    /// Not Okta's: the account is gone.
    Deleted,
}

impl OktaStatus {
    const ALL: [OktaStatus; 9] = [
        OktaStatus::Staged,
        OktaStatus::Provisioned,
        OktaStatus::Active,
        OktaStatus::Recovery,
        OktaStatus::PasswordExpired,
        OktaStatus::LockedOut,
        OktaStatus::Suspended,
        OktaStatus::Deprovisioned,
        OktaStatus::Deleted,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            OktaStatus::Staged => "STAGED",
            OktaStatus::Provisioned => "PROVISIONED",
            OktaStatus::Active => "ACTIVE",
            OktaStatus::Recovery => "RECOVERY",
            OktaStatus::PasswordExpired => "PASSWORD_EXPIRED",
            OktaStatus::LockedOut => "LOCKED_OUT",
            OktaStatus::Suspended => "SUSPENDED",
            OktaStatus::Deprovisioned => "DEPROVISIONED",
            OktaStatus::Deleted => "DELETED",
        }
    }

    pub(super) fn named(name: &str) -> Option<OktaStatus> {
        OktaStatus::ALL.into_iter().find(|status| status.name() == name)
    }
}

pub(super) struct Factor {
    pub(super) id: String,
    /// Okta's `factorType`.
    pub(super) kind: &'static str,
    pub(super) provider: &'static str,
}

pub(super) struct Okta {
    pub(super) status: Lagged<OktaStatus>,
    pub(super) status_changed_ms: Option<u64>,
    pub(super) sessions: u32,
    pub(super) oauth_tokens: u32,
    pub(super) factors: Vec<Factor>,
}

pub(super) struct SlackSession {
    pub(super) id: u64,
    pub(super) mobile: bool,
}

pub(super) struct Slack {
    pub(super) active: bool,
    pub(super) sessions: Vec<SlackSession>,
}

/// How an account stands to the organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GithubAccess {
    Member,
    /// Invited anew, and counts as a member until the invitation is withdrawn.
    Invited,
    Collaborator,
    None,
}

pub(super) struct Credential {
    pub(super) id: u64,
    /// GitHub's `credential_type`.
    pub(super) kind: &'static str,
}

pub(super) struct Github {
    pub(super) access: Lagged<GithubAccess>,
    /// Also a member by an enterprise team, which removal from the organisation does not touch.
    pub(super) enterprise_team: bool,
    pub(super) credentials: Vec<Credential>,
}

#[derive(Default)]
pub(super) struct Employment {
    /// Last day, `YYYY-MM-DD`.
    pub(super) ends: Option<String>,
    pub(super) changed_ms: Option<u64>,
}

const APPS: [&str; 6] = ["Mail Merge", "Diagram Editor", "Meeting Notes", "Form Builder", "Photo Backup", "CLI Tool"];
const FACTORS: [(&str, &str); 4] =
    [("push", "OKTA"), ("signed_nonce", "OKTA"), ("token:software:totp", "GOOGLE"), ("webauthn", "FIDO")];

/// GitHub's `credential_id` holds the person's number in its upper digits.
pub(super) const CREDENTIALS_A_PERSON: u64 = 10;

impl Account {
    /// The account as it is before anything was done: the same for the same seed and number.
    pub(super) fn fresh(seed: u64, index: usize, person: &Person) -> Account {
        let mut draw = Draw::new(seed ^ 0x6163_636f_756e_7473, index);
        let tokens = draw.below(5);
        let google = Google {
            deleted_at_ms: None,
            suspended: Lagged::new(false),
            tokens: (0..tokens)
                .map(|app| (format!("{}{app:02}-sandbox.apps.googleusercontent.com", 5_000 + index), APPS[app]))
                .collect(),
            app_passwords: (1_u32..).take(draw.below(3)).collect(),
            backup_codes: if draw.one_in(3) { 0 } else { 10 },
            web_sessions: count(1 + draw.below(4)),
            password_resets: 0,
            change_password: false,
            recovery_email: format!("{}@home.example", person.login),
            recovery_phone: "+12025550100".into(),
            held: false,
        };
        let factors = 1 + draw.below(FACTORS.len());
        let okta = Okta {
            status: Lagged::new(OktaStatus::Active),
            status_changed_ms: None,
            sessions: count(1 + draw.below(3)),
            oauth_tokens: count(draw.below(4)),
            factors: FACTORS[..factors]
                .iter()
                .map(|(kind, provider)| Factor {
                    id: format!("mfa{}", letters(&mut draw, 17, b"0123456789abcdefghijklmnopqrstuvwxyz")),
                    kind,
                    provider,
                })
                .collect(),
        };
        let slack = person.slack_id.as_ref().map(|_| Slack {
            active: true,
            sessions: (0..=draw.below(3) as u64)
                .map(|number| SlackSession { id: 1000 * (index as u64 + 1) + number, mobile: number % 2 == 1 })
                .collect(),
        });
        let contractor = person.kind == "contractor";
        let credentials = draw.below(4) as u64;
        let github = person.github_login.as_ref().map(|_| Github {
            access: Lagged::new(if contractor { GithubAccess::Collaborator } else { GithubAccess::Member }),
            enterprise_team: false,
            credentials: (0..credentials)
                .map(|number| Credential {
                    id: (index as u64 + 1) * CREDENTIALS_A_PERSON + number,
                    kind: ["personal access token", "SSH key", "OAuth app token"]
                        [usize::try_from(number % 3).unwrap_or_default()],
                })
                .collect(),
        });
        Account { google, okta, slack, github, desk_active: true, employment: Employment::default() }
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

impl Github {
    /// Whether an organisation read shows a member, an enterprise team included.
    pub(super) fn shows_member(&self, access: GithubAccess) -> bool {
        self.enterprise_team || access == GithubAccess::Member
    }
}

impl Factor {
    pub(super) fn to_json(&self) -> Value {
        json!({
            "id": self.id,
            "factorType": self.kind,
            "provider": self.provider,
            "vendorName": self.provider,
            "status": "ACTIVE",
            "profile": {},
        })
    }

    /// Push and signed nonce are two faces of one Okta Verify enrolment.
    pub(super) fn is_okta_verify(&self) -> bool {
        matches!(self.kind, "push" | "signed_nonce")
    }
}
