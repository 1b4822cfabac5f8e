//! The leavers' OU: where group policies, synchronisation and reports no longer find the account among the staff.

use std::sync::Arc;

use serde_json::{Value, json};

use super::attribute::lost;
use super::client::Client;
use super::entry::Entry;
use super::name;
use super::session::Session;
use crate::connectors::Call;
use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, What};
use crate::connectors::vendor::{Act, Given, gone};
use crate::model::{Account, ActionSpec, Before, Outcome, Stage, Verdict};

struct MoveToLeavers {
    client: Arc<Client>,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        stage: Stage::Licences,
        undo: Some("moves the account back to where it was".into()),
        scopes: vec!["create users in leavers_ou".into(), "delete users where they are".into()],
        ..given.spec("move-to-leavers", "Moves the Active Directory account into the leavers' OU")
    };
    (spec, MoveToLeavers { client: Arc::clone(client) })
}

/// The OU, as the controller writes its name.
async fn target(session: &Session<'_>, attributes: &[&str]) -> Result<Entry, Failure> {
    let ou = session.config.leavers_ou.as_deref().unwrap_or_default();
    session.object(ou, attributes).await?.ok_or_else(|| {
        Failure::new(Kind::Read, What::Rejected, format!("leavers_ou: {ou} does not exist"))
            .cure("create it, or correct leavers_ou")
    })
}

/// What the account that binds may not do there, as far as the controller tells.
pub(super) async fn missing_rights(session: &Session<'_>) -> Result<Vec<String>, Failure> {
    if session.config.leavers_ou.is_none() {
        return Ok(Vec::new());
    }
    let ou = target(session, &["allowedChildClassesEffective"]).await?;
    let may = ou.texts("allowedChildClassesEffective").iter().any(|class| class.eq_ignore_ascii_case("user"));
    Ok(if may { Vec::new() } else { vec![format!("create users in {}", ou.dn)] })
}

fn lies_under(user: &Entry, parent: &Entry) -> bool {
    name::split(&user.dn).is_some_and(|(_, under)| under.eq_ignore_ascii_case(&parent.dn))
}

impl Act for MoveToLeavers {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let session = self.client.open(call).await?;
        let Some(user) = session.account(&account.id, &["objectGUID"]).await? else { return Ok(gone(account)) };
        let target = target(&session, &["objectGUID"]).await?;
        if lies_under(&user, &target) {
            return Ok(Outcome::already(user.dn));
        }
        let (_, parent) = name::split(&user.dn).unwrap_or_default();
        let id = session.object(parent, &["objectGUID"]).await?.map(|parent| parent.id()).unwrap_or_default();
        call.keep(Before::of(json!({ "dn": user.dn, "parent": { "id": id, "dn": parent } }))).await?;
        session.move_under(&user.dn, &target.dn).await?;
        Ok(Outcome::Acknowledged)
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        let session = self.client.open(call).await?;
        let Some(user) = session.account(&account.id, &["objectGUID"]).await? else {
            return Ok(Verdict::Dead { evidence: "no such account".into() });
        };
        let target = target(&session, &["objectGUID"]).await?;
        let evidence = user.dn.clone();
        Ok(if lies_under(&user, &target) { Verdict::Dead { evidence } } else { Verdict::Alive { evidence } })
    }

    async fn undo(&self, account: &Account, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        let session = self.client.open(call).await?;
        let Some(user) = session.account(&account.id, &["objectGUID"]).await? else { return Err(lost(account)) };
        if !lies_under(&user, &target(&session, &["objectGUID"]).await?) {
            return Ok(Outcome::already(format!("{} is not in the leavers' OU", user.dn)));
        }
        let field = |pointer: &str| before.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let (id, dn) = (field("/parent/id"), field("/parent/dn"));
        let parent = match name::by_guid(id) {
            Some(guid) => session.object(&guid, &["objectGUID"]).await?,
            None => None,
        };
        let parent = parent.ok_or_else(|| {
            Failure::new(Kind::Read, What::Rejected, format!("{dn}, where it was, does not exist any more"))
                .cure("move the account by hand to where it belongs now")
        })?;
        session.move_under(&user.dn, &parent.dn).await?;
        Ok(Outcome::Acknowledged)
    }
}
