//! The last who can administer the domain is not shut out.

use ldap3::Scope;

use super::entry::Entry;
use super::name;
use super::session::{PERSON, Session};
use crate::connectors::http::Failure;

/// The number of Domain Admins in every domain.
const DOMAIN_ADMINS: u32 = 512;

/// Follows a membership through groups in groups (`LDAP_MATCHING_RULE_IN_CHAIN`).
const THROUGH: &str = "memberOf:1.2.840.113556.1.4.1941:";

/// What [`not_the_last`] has to know of the account.
pub(super) const NEEDED: [&str; 2] = ["objectSid", "objectGUID"];

/// `Err`: nobody else who is enabled is a member of Domain Admins, directly or through other groups.
pub(super) async fn not_the_last(session: &Session<'_>, user: &Entry) -> Result<(), Failure> {
    let Some(of_group) = user.bytes("objectSid").and_then(|sid| name::of_domain(sid, DOMAIN_ADMINS)) else {
        return Ok(());
    };
    let base = &session.config.base_dn;
    let groups = session.search(base, Scope::Subtree, &of_group, &["sAMAccountName"]).await?;
    // Under another base than the domain it cannot be seen, and its members are not searched there.
    let Some(group) = groups.first() else { return Ok(()) };
    let member = format!("(|({THROUGH}={})(primaryGroupID={DOMAIN_ADMINS}))", name::literal(&group.dn));
    if session.search(&user.dn, Scope::Base, &member, &["objectGUID"]).await?.is_empty() {
        return Ok(());
    }
    let enabled = format!("(&{PERSON}(!(userAccountControl:1.2.840.113556.1.4.803:=2)){member})");
    let members = session.search(base, Scope::Subtree, &enabled, &["objectGUID"]).await?;
    if members.iter().any(|other| other.id() != user.id()) {
        return Ok(());
    }
    let group = group.text("sAMAccountName").unwrap_or("Domain Admins");
    let reason = format!("{} is the last enabled member of {group}: give the domain another admin first", user.dn);
    Err(Failure::needs_human(reason))
}
