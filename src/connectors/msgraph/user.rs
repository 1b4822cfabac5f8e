//! A user as Graph shows it, and whether it is the leaver's.

use serde::Deserialize;

use super::client::{Graph, quoted};
use crate::connectors::http::{Failure, Request};
use crate::connectors::{Call, Located};
use crate::model::Leaver;

/// What a search needs to see.
const IDENTITY: &str = "id,userPrincipalName,mail,otherMails,proxyAddresses,employeeId";

/// What the actions decide by. Most of it is not in what Graph shows unasked, `accountEnabled` least of all.
const STATE: &str = "id,userPrincipalName,mail,otherMails,proxyAddresses,employeeId,accountEnabled,\
                     onPremisesSyncEnabled,signInSessionsValidFromDateTime,lastPasswordChangeDateTime";

/// The fields of a `user` that decide something.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::connectors) struct User {
    pub(in crate::connectors) id: String,
    #[serde(default, rename = "userPrincipalName")]
    pub(in crate::connectors) upn: String,
    mail: Option<String>,
    other_mails: Option<Vec<String>>,
    /// Each with its kind, as in `smtp:alfa@corp.example`; `SMTP:` is the primary one.
    proxy_addresses: Option<Vec<String>>,
    employee_id: Option<String>,
    pub(in crate::connectors) account_enabled: Option<bool>,
    on_premises_sync_enabled: Option<bool>,
    #[serde(rename = "signInSessionsValidFromDateTime")]
    pub(in crate::connectors) sessions_valid_from: Option<String>,
    #[serde(rename = "lastPasswordChangeDateTime")]
    pub(in crate::connectors) password_changed: Option<String>,
}

impl User {
    /// Active Directory is its master.
    pub(in crate::connectors) fn is_synced(&self) -> bool {
        self.on_premises_sync_enabled == Some(true)
    }

    fn goes_by(&self, email: &str) -> Option<&'static str> {
        let is = |text: &str| text.eq_ignore_ascii_case(email);
        let by_mail = self.mail.as_deref().is_some_and(is).then_some("mail");
        is(&self.upn).then_some("userPrincipalName").or(by_mail)
    }

    fn has_alias(&self, email: &str) -> bool {
        let is = |text: &str| text.eq_ignore_ascii_case(email);
        let of_mail = |text: &String| {
            text.split_once(':').is_some_and(|(kind, address)| kind.eq_ignore_ascii_case("smtp") && is(address))
        };
        self.proxy_addresses.iter().flatten().any(of_mail) || self.other_mails.iter().flatten().any(|text| is(text))
    }

    /// HR's number, if both sides name one: whether they agree.
    fn is_employee(&self, leaver: &Leaver) -> Option<bool> {
        let (theirs, ours) = (leaver.employee_id.as_deref()?, self.employee_id.as_deref()?);
        (!theirs.is_empty() && !ours.is_empty()).then(|| theirs == ours)
    }

    fn found(&self, matched_on: &str) -> Located {
        Located::found(&self.id, &self.upn, matched_on)
    }

    fn shown(&self) -> String {
        format!("{} ({})", self.upn, self.id)
    }

    /// Whether this only candidate is the leaver's, and by what.
    fn judged(&self, leaver: &Leaver) -> Located {
        let unsure = |why: String| Located::Unsure { reason: why };
        let email = &leaver.email;
        let same_number = self.is_employee(leaver);
        if same_number == Some(false) {
            return unsure(format!(
                "{email} finds {}, whose employeeId is not the one that HR names: put the right object id into the id \
                 map",
                self.shown()
            ));
        }
        match (self.goes_by(email), same_number, self.has_alias(email)) {
            (Some(matched_on), ..) => self.found(matched_on),
            (None, Some(true), true) => self.found("alias and employeeId"),
            (None, Some(true), false) => self.found("employeeId"),
            (None, _, true) => unsure(format!(
                "{email} is only an alias of {}, and no employeeId says that it is the same person: put the object id \
                 into the id map, if it is",
                self.shown()
            )),
            (None, _, false) => unsure(format!("{email} finds {}, which has no such address", self.shown())),
        }
    }
}

impl Graph {
    /// `None`: there is no such user.
    pub(in crate::connectors) async fn user(&self, id: &str, call: &Call) -> Result<Option<User>, Failure> {
        self.found(Request::get(self.user_url(id, &[])?).query(&[("$select", STATE)]), call).await
    }

    /// By id map, else by sign-in name, address, HR's number or alias: all at once, so that two candidates are seen.
    pub(in crate::connectors) async fn search(
        &self,
        leaver: &Leaver,
        known: Option<&str>,
        call: &Call,
    ) -> Result<Located, Failure> {
        let email = &leaver.email;
        let Some(id) = known else {
            let users = self.candidates(leaver, call).await?;
            return Ok(match users.as_slice() {
                [] => Located::Nobody {
                    searched: format!("userPrincipalName, mail, proxyAddresses, otherMails {email}, and employeeId"),
                },
                [user] => user.judged(leaver),
                [one, other, ..] => Located::Unsure {
                    reason: format!(
                        "{email} finds both {} and {}: put the right object id into the id map",
                        one.shown(),
                        other.shown()
                    ),
                },
            });
        };
        if let Some(user) = self.user(id, call).await? {
            return Ok(match user.is_employee(leaver) {
                Some(false) => Located::Unsure {
                    reason: format!(
                        "the id map names {}, whose employeeId is not the one that HR names: correct one of them",
                        user.shown()
                    ),
                },
                _ => user.found("id map"),
            });
        }
        Ok(match self.candidates(leaver, call).await?.first() {
            None => Located::Nobody { searched: format!("user `{id}` of the id map, then {email}") },
            Some(other) => Located::Unsure {
                reason: format!(
                    "the id map names user `{id}`, who does not exist, but {email} finds {}",
                    other.shown()
                ),
            },
        })
    }

    async fn candidates(&self, leaver: &Leaver, call: &Call) -> Result<Vec<User>, Failure> {
        let email = quoted(&leaver.email);
        // The kind before an alias is told apart by case: `SMTP:` is the primary address.
        let (alias, primary) = (quoted(&format!("smtp:{}", leaver.email)), quoted(&format!("SMTP:{}", leaver.email)));
        let mut filter = format!(
            "userPrincipalName eq {email} or mail eq {email} or otherMails/any(x:x eq {email}) or \
             proxyAddresses/any(x:x eq {alias}) or proxyAddresses/any(x:x eq {primary})"
        );
        if let Some(number) = leaver.employee_id.as_deref().filter(|number| !number.is_empty()) {
            filter = format!("{filter} or employeeId eq {}", quoted(number));
        }
        // Filters over several properties are "advanced queries": they want the header and the count.
        let request = Request::get(self.v1(&["users"])?)
            .query(&[("$filter", &filter), ("$select", IDENTITY), ("$count", "true"), ("$top", "10")])
            .header("consistencylevel", "eventual");
        self.list(request, call).await
    }
}
