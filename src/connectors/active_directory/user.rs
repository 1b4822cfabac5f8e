//! Whether an account is the leaver's.

use ldap3::Scope;

use super::entry::Entry;
use super::name;
use super::session::{PERSON, Session};
use crate::connectors::Located;
use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, What};
use crate::model::Leaver;

const SHOWN: [&str; 8] = [
    "objectGUID",
    "userPrincipalName",
    "mail",
    "proxyAddresses",
    "employeeID",
    "sAMAccountName",
    "isCriticalSystemObject",
    "distinguishedName",
];

/// What of the leaver stands in an account.
struct Match {
    upn: bool,
    mail: bool,
    alias: bool,
    employee_id: bool,
}

impl Match {
    fn of(entry: &Entry, leaver: &Leaver) -> Self {
        let is =
            |attribute: &str, wanted: &str| entry.texts(attribute).iter().any(|is| is.eq_ignore_ascii_case(wanted));
        Self {
            upn: is("userPrincipalName", &leaver.email),
            mail: is("mail", &leaver.email),
            alias: is("proxyAddresses", &format!("smtp:{}", leaver.email)),
            employee_id: leaver.employee_id.as_deref().is_some_and(|id| is("employeeID", id)),
        }
    }

    fn words(&self) -> String {
        let all = [
            (self.upn, "userPrincipalName"),
            (self.mail, "mail"),
            (self.alias, "proxyAddresses"),
            (self.employee_id, "employeeID"),
        ];
        let on: Vec<&str> = all.into_iter().filter_map(|(is, name)| is.then_some(name)).collect();
        on.join(", ")
    }
}

/// Found, unless it is one that Windows itself lives on.
fn theirs(entry: &Entry, matched_on: &str) -> Located {
    if entry.text("isCriticalSystemObject").is_some_and(|is| is.eq_ignore_ascii_case("true")) {
        return Located::Unsure { reason: format!("{} is one of Windows' own accounts, and no leaver's", entry.dn) };
    }
    Located::found(&entry.id(), entry.label(), matched_on)
}

/// The one account that the search gave: is it the leaver's?
fn judged(entry: &Entry, leaver: &Leaver) -> Located {
    let matched = Match::of(entry, leaver);
    let unsure = |why: &str| Located::Unsure {
        reason: format!("{}: {why}: if it is the leaver's account, put {} into the id map", entry.dn, entry.id()),
    };
    match (leaver.employee_id.as_deref(), entry.text("employeeID")) {
        (Some(hr), Some(theirs)) if !matched.employee_id => {
            return unsure(&format!("its employeeID is {theirs}, and HR says {hr}"));
        }
        _ => {}
    }
    let addressed = matched.upn || matched.mail;
    match entry.text("mail") {
        _ if addressed || matched.employee_id && matched.alias => theirs(entry, &matched.words()),
        None if matched.employee_id => theirs(entry, &matched.words()),
        Some(mail) if matched.employee_id => unsure(&format!("its employeeID is right, and its mail is {mail}")),
        _ => unsure(&format!("{} is but an alias of it (proxyAddresses)", leaver.email)),
    }
}

impl Session<'_> {
    /// By the id map, else by sign-in name, mail, alias and employee number at once.
    pub(super) async fn search_for(&self, leaver: &Leaver, known: Option<&str>) -> Result<Located, Failure> {
        let Some(known) = known else { return Ok(self.by_what_hr_says(leaver).await?.0) };
        let name = name::by_guid(known).or_else(|| known.contains('=').then(|| known.to_owned())).ok_or_else(|| {
            Failure::new(
                Kind::Read,
                What::Rejected,
                format!("`{known}` is neither an objectGUID nor a distinguished name"),
            )
            .cure("put the account's objectGUID or distinguished name into the id map")
        })?;
        if let Some(entry) = self.person(&name, &SHOWN).await? {
            return Ok(theirs(&entry, "id map"));
        }
        let (found, others) = self.by_what_hr_says(leaver).await?;
        Ok(match (found, others.as_slice()) {
            (Located::Nobody { searched }, _) => {
                Located::Nobody { searched: format!("{known} of the id map, then {searched}") }
            }
            (_, [other, ..]) => Located::Unsure {
                reason: format!(
                    "the id map names {known}, which is no account, but {} finds {}",
                    leaver.email, other.dn
                ),
            },
            (unsure, []) => unsure,
        })
    }

    async fn by_what_hr_says(&self, leaver: &Leaver) -> Result<(Located, Vec<Entry>), Failure> {
        let email = name::literal(&leaver.email);
        let number = leaver.employee_id.as_deref().map(name::literal);
        let number = number.map(|id| format!("(employeeID={id})")).unwrap_or_default();
        let filter =
            format!("(&{PERSON}(|(userPrincipalName={email})(mail={email})(proxyAddresses=smtp:{email}){number}))");
        let found = self.search(&self.config.base_dn, Scope::Subtree, &filter, &SHOWN).await?;
        let located = match found.as_slice() {
            [] => Located::Nobody {
                searched: format!("userPrincipalName, mail, proxyAddresses and employeeID of {}", leaver.email),
            },
            [one] => judged(one, leaver),
            [one, other, ..] => Located::Unsure {
                reason: format!(
                    "{} finds both {} ({}) and {} ({}): put the right one into the id map",
                    leaver.email,
                    one.dn,
                    Match::of(one, leaver).words(),
                    other.dn,
                    Match::of(other, leaver).words()
                ),
            },
        };
        Ok((located, found))
    }
}
