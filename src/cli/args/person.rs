//! The person who leaves, as typed.

use std::str::FromStr;

use clap::{Args, ValueEnum};

use crate::model::{ConnectorId, EmploymentKind, Leaver, OffboardingId, Timestamp, instant};

/// What is said of a leaver on the command line.
#[derive(Debug, Clone, Args)]
pub struct Person {
    /// The work e-mail
    #[arg(value_parser = email)]
    pub email: String,
    /// The name, for people to read
    #[arg(long, help_heading = "The person")]
    pub name: Option<String>,
    /// What an approver types to confirm; by default the e-mail's part before the @
    #[arg(long, help_heading = "The person")]
    pub login: Option<String>,
    /// The HR system's immutable id
    #[arg(long, value_name = "ID", help_heading = "The person")]
    pub employee_id: Option<String>,
    /// As HR spells it
    #[arg(long, help_heading = "The person")]
    pub department: Option<String>,
    /// The job title
    #[arg(long, help_heading = "The person")]
    pub title: Option<String>,
    /// How the person is employed
    #[arg(long = "type", value_name = "TYPE", default_value = "employee", help_heading = "The person")]
    pub kind: Kind,
    /// As HR spells it
    #[arg(long, help_heading = "The person")]
    pub country: Option<String>,
    /// The time zone of the place of work, as in Europe/Berlin
    #[arg(long, value_parser = zone, help_heading = "The person")]
    pub zone: Option<String>,
    /// The manager's e-mail: who inherits
    #[arg(long, value_name = "EMAIL", value_parser = email, help_heading = "The person")]
    pub manager: Option<String>,
    /// Holds admin rights somewhere: cut first
    #[arg(long, help_heading = "The person")]
    pub privileged: bool,
    /// An executive: cut first; the runbook may treat them apart
    #[arg(long, help_heading = "The person")]
    pub executive: bool,
    /// Dismissed rather than resigned: urgent
    #[arg(long, help_heading = "The person")]
    pub involuntary: bool,
    /// A known account, which wins over any search; may be given more than once
    #[arg(long, value_name = "CONNECTOR=ID", value_parser = account, help_heading = "The person")]
    pub account: Vec<(ConnectorId, String)>,
}

/// `leaver add`.
#[derive(Debug, Clone, Args)]
pub struct LeaverAdd {
    /// Who.
    #[command(flatten)]
    pub person: Person,
    /// When access has to end; without it: now. With an offset, a zone in brackets, or in the person's --zone
    #[arg(long, value_name = "WHEN")]
    pub at: Option<String>,
    /// Open it, but let a person fire it
    #[arg(long)]
    pub hold: bool,
    /// Do not ask the HR system
    #[arg(long)]
    pub no_lookup: bool,
    /// Show the plan and open nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// How a person is employed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// On the payroll
    Employee,
    /// A contractor, freelancer or agency worker
    Contractor,
}

impl Person {
    /// The leaver that is described.
    pub fn leaver(&self) -> Leaver {
        let known = Leaver::from_email(&self.email);
        Leaver {
            name: self.name.clone().unwrap_or_else(|| known.name.clone()),
            login: self.login.clone().unwrap_or_else(|| known.login.clone()),
            employee_id: self.employee_id.clone(),
            department: self.department.clone(),
            title: self.title.clone(),
            kind: match self.kind {
                Kind::Employee => EmploymentKind::Employee,
                Kind::Contractor => EmploymentKind::Contractor,
            },
            country: self.country.clone(),
            zone: self.zone.clone(),
            manager: self.manager.clone(),
            privileged: self.privileged,
            executive: self.executive,
            involuntary: self.involuntary,
            accounts: self.account.iter().cloned().collect(),
            ..known
        }
    }
}

impl LeaverAdd {
    /// When access has to end; `None`: now.
    pub fn effective_at(&self) -> Result<Option<Timestamp>, String> {
        self.at.as_deref().map(|at| instant::parse(at, self.person.zone.as_deref())).transpose()
    }
}

/// A person, or one of their offboardings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whom {
    /// By the work e-mail, in lower case.
    Email(String),
    /// By the offboarding.
    Offboarding(OffboardingId),
}

impl FromStr for Whom {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.contains('@') {
            return email(text).map(Self::Email);
        }
        let id = text.parse().map(Self::Offboarding);
        id.map_err(|_| {
            "neither an e-mail address, as in alfa.doe@corp.example, nor an offboarding, as in ob-17".to_owned()
        })
    }
}

pub(super) fn email(text: &str) -> Result<String, String> {
    let text = text.trim().to_lowercase();
    match text.split_once('@') {
        Some((local, domain))
            if !local.is_empty()
                && !domain.is_empty()
                && !domain.contains('@')
                && !text.contains(|c: char| c.is_whitespace() || c.is_control()) =>
        {
            Ok(text)
        }
        _ => Err("not an e-mail address, as in alfa.doe@corp.example".to_owned()),
    }
}

fn zone(text: &str) -> Result<String, String> {
    jiff::tz::TimeZone::get(text)
        .map(|_| text.to_owned())
        .map_err(|_| "no time zone known here, as in Europe/Berlin".to_owned())
}

fn account(text: &str) -> Result<(ConnectorId, String), String> {
    let (connector, id) = text.split_once('=').ok_or("write CONNECTOR=ID, as in okta=00u1abc")?;
    if id.is_empty() {
        return Err("the account's id is missing, as in okta=00u1abc".to_owned());
    }
    Ok((ConnectorId::new(connector).map_err(|error| error.to_string())?, id.to_owned()))
}
