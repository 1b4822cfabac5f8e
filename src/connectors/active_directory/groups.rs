//! Memberships: taken out of each group's `member`, for a user's `memberOf` is computed and takes no orders.

use std::collections::HashSet;
use std::sync::Arc;

use ldap3::{Mod, Scope};
use serde_json::{Value, json};

use super::admins;
use super::attribute::lost;
use super::client::Client;
use super::entry::Entry;
use super::name;
use super::said;
use super::session::Session;
use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, What, each};
use crate::connectors::vendor::{Act, Given, gone, kept};
use crate::connectors::{BoxFuture, Call};
use crate::model::{Account, ActionSpec, Before, Outcome, Stage, Verdict};

const NEEDED: [&str; 1] = ["primaryGroupID"];

struct LeaveGroups {
    client: Arc<Client>,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        stage: Stage::Licences,
        // A group names its members by where they are.
        precedes: vec![given.id.action("move-to-leavers")],
        undo: Some("adds the user again to the groups that it was taken out of".into()),
        scopes: vec!["write member of groups".into()],
        ..given.spec("leave-groups", "Takes the Active Directory account out of every group but its primary one")
    };
    (spec, LeaveGroups { client: Arc::clone(client) })
}

/// A failure that says that there was no such member.
fn was_no_member(failure: &Failure, code: u32) -> bool {
    let is = |code: u32| failure.code == code.to_string();
    let words = failure.reason.split_once(": ").map_or("", |(_, words)| words);
    is(code) || is(said::UNWILLING_TO_PERFORM) && said::win32(words) == Some(said::NOT_A_MEMBER)
}

/// A failure that says that they are a member already.
fn was_a_member(failure: &Failure) -> bool {
    let is = |code: u32| failure.code == code.to_string();
    let words = failure.reason.split_once(": ").map_or("", |(_, words)| words);
    is(said::VALUE_EXISTS) || is(said::ENTRY_EXISTS) || said::win32(words) == Some(said::A_MEMBER)
}

/// Every group of the domain that lists this account.
async fn groups(session: &Session<'_>, user: &Entry) -> Result<Vec<Entry>, Failure> {
    let filter = format!("(&(objectClass=group)(member={}))", name::literal(&user.dn));
    session.search(&session.config.base_dn, Scope::Subtree, &filter, &["objectGUID", "sAMAccountName"]).await
}

/// The name of the group that an account belongs to without being listed in it.
async fn primary(session: &Session<'_>, user: &Entry) -> Result<String, Failure> {
    let number = user.text("primaryGroupID").unwrap_or_default();
    let filter =
        number.parse().ok().zip(user.bytes("objectSid")).and_then(|(number, sid)| name::of_domain(sid, number));
    let Some(filter) = filter else { return Ok(format!("number {number}")) };
    let found = session.search(&session.config.base_dn, Scope::Subtree, &filter, &["sAMAccountName"]).await?;
    Ok(found.first().map_or_else(|| format!("number {number}"), |group| group.label().to_owned()))
}

fn names(groups: &[Entry]) -> String {
    groups.iter().map(Entry::label).collect::<Vec<_>>().join(", ")
}

fn none_but(primary: &str) -> String {
    format!("groups: none; its primary group {primary} stays")
}

impl LeaveGroups {
    async fn user(&self, session: &Session<'_>, account: &Account) -> Result<Option<Entry>, Failure> {
        session.account(&account.id, &[&NEEDED[..], &admins::NEEDED].concat()).await
    }
}

impl Act for LeaveGroups {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let session = self.client.open(call).await?;
        let Some(user) = self.user(&session, account).await? else { return Ok(gone(account)) };
        let (groups, primary) = (groups(&session, &user).await?, primary(&session, &user).await?);
        if groups.is_empty() {
            return Ok(Outcome::already(none_but(&primary)));
        }
        admins::not_the_last(&session, &user).await?;
        let listed: Vec<Value> =
            groups.iter().map(|group| json!({ "id": group.id(), "name": group.label() })).collect();
        call.keep(Before::of(json!({ "groups": listed, "primary": primary, "dn": user.dn }))).await?;
        let removals = groups.iter().map(|group| -> BoxFuture<'_, Result<(), Failure>> {
            let (session, user) = (&session, &user);
            Box::pin(async move {
                let member = HashSet::from([user.dn.as_bytes().to_vec()]);
                let change = vec![Mod::Delete(b"member".to_vec(), member)];
                match session.modify(&group.dn, "member", change).await {
                    Err(failure) if failure.what == What::Gone => Ok(()),
                    Err(failure) if was_no_member(&failure, said::NO_SUCH_ATTRIBUTE) => Ok(()),
                    other => other,
                }
            })
        });
        each::all(removals.collect()).await?;
        Ok(Outcome::Acknowledged)
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        let session = self.client.open(call).await?;
        let Some(user) = self.user(&session, account).await? else {
            return Ok(Verdict::Dead { evidence: "no such account".into() });
        };
        let groups = groups(&session, &user).await?;
        Ok(if groups.is_empty() {
            Verdict::Dead { evidence: none_but(&primary(&session, &user).await?) }
        } else {
            Verdict::Alive { evidence: format!("groups: {} ({})", groups.len(), names(&groups)) }
        })
    }

    async fn undo(&self, account: &Account, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        let session = self.client.open(call).await?;
        let Some(user) = self.user(&session, account).await? else { return Err(lost(account)) };
        let listed = kept(before, "groups");
        let field = |group: &Value, key: &str| group.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let additions = listed.iter().map(|group| -> BoxFuture<'_, Result<(), Failure>> {
            let (session, user) = (&session, &user);
            let (id, name) = (field(group, "id"), field(group, "name"));
            Box::pin(async move {
                let lost = || {
                    Failure::new(Kind::Read, What::Rejected, format!("the group {name} does not exist any more"))
                        .cure("give the user the access that the group gave in another way")
                };
                let guid = name::by_guid(&id).ok_or_else(lost)?;
                let group = session.object(&guid, &["objectGUID"]).await?.ok_or_else(lost)?;
                let change = vec![Mod::Add(b"member".to_vec(), HashSet::from([user.dn.as_bytes().to_vec()]))];
                match session.modify(&group.dn, "member", change).await {
                    Err(failure) if was_a_member(&failure) => Ok(()),
                    other => other,
                }
            })
        });
        let additions: Vec<_> = additions.collect();
        if additions.is_empty() {
            return Ok(Outcome::already("it was taken out of no group"));
        }
        each::all(additions).await?;
        Ok(Outcome::Acknowledged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn not_a_member_is_told_in_three_ways() {
        let failure = |code: &str, reason: &str| Failure::new(Kind::Act, What::Rejected, reason).code(code);
        let windows = failure("53", "53 unwillingToPerform: 00000561: SysErr: DSID-031A1202");
        assert!(was_no_member(&windows, said::NO_SUCH_ATTRIBUTE));
        assert!(was_no_member(&failure("16", "16 noSuchAttribute"), said::NO_SUCH_ATTRIBUTE));
        assert!(!was_no_member(&failure("53", "53 unwillingToPerform: 00000005: x"), said::NO_SUCH_ATTRIBUTE));
        assert!(was_a_member(&failure("68", "68 entryAlreadyExists: 00000562: UpdErr")));
        assert!(was_a_member(&failure("20", "")) && !was_a_member(&windows));
    }
}
