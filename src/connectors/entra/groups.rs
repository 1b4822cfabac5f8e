//! Memberships of groups.

use std::sync::Arc;

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Entra;
use super::entra_user::no_such_user;
use crate::connectors::Call;
use crate::connectors::http::{Failure, Request, What};
use crate::connectors::msgraph::type_name;
use crate::connectors::vendor::{Act, Given, gone, kept};
use crate::model::{Account, ActionSpec, Before, Outcome, Stage, Verdict};

const SELECT: &str = "id,displayName,groupTypes,onPremisesSyncEnabled,mailEnabled";

struct RemoveGroups {
    entra: Arc<Entra>,
}

/// Something that the user is a direct member of: a group, a directory role or an administrative unit.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Membership {
    pub(super) id: String,
    #[serde(default, rename = "@odata.type")]
    kind: String,
    display_name: Option<String>,
    group_types: Option<Vec<String>>,
    on_premises_sync_enabled: Option<bool>,
    mail_enabled: Option<bool>,
}

impl Membership {
    pub(super) fn name(&self) -> &str {
        self.display_name.as_deref().unwrap_or(&self.id)
    }

    /// What it is, if Graph cannot remove a member from it, and where it can be done.
    pub(super) fn is_out_of_reach(&self) -> Option<(&'static str, &'static str)> {
        let is_of_type = |name: &str| self.group_types.iter().flatten().any(|kind| kind == name);
        match type_name(&self.kind) {
            "directoryRole" => Some(("directory role", "remove the role in the Entra admin center")),
            "administrativeUnit" => Some(("administrative unit", "gives no access by itself")),
            _ if is_of_type("DynamicMembership") => Some(("dynamic group", "its rule decides who is a member")),
            _ if self.on_premises_sync_enabled == Some(true) => {
                Some(("synced group", "remove the member in Active Directory"))
            }
            _ if self.mail_enabled == Some(true) && !is_of_type("Unified") => {
                Some(("distribution or mail-enabled security group", "remove the member in Exchange Online"))
            }
            _ => None,
        }
    }
}

pub(super) fn action(given: &Given, entra: &Arc<Entra>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        stage: Stage::Licences,
        needs: vec![given.fact("account")],
        undo: Some("adds the user to the same groups".into()),
        scopes: vec!["GroupMember.ReadWrite.All".into()],
        ..given.spec("remove-groups", "Removes the user from every group, and so from what they hold by it")
    };
    (spec, RemoveGroups { entra: Arc::clone(entra) })
}

impl Entra {
    /// What the user is a direct member of.
    pub(super) async fn memberships(&self, account: &Account, call: &Call) -> Result<Vec<Membership>, Failure> {
        let url = self.graph.user_url(&account.id, &["memberOf"])?;
        self.graph.list(Request::get(url).query(&[("$select", SELECT), ("$top", "100")]), call).await
    }
}

/// Those that Graph can remove the user from, and the others in words.
fn sorted(memberships: Vec<Membership>) -> (Vec<Membership>, String) {
    let (kept, groups): (Vec<_>, Vec<_>) =
        memberships.into_iter().partition(|membership| membership.is_out_of_reach().is_some());
    let kept: Vec<String> =
        kept.iter().filter_map(|it| it.is_out_of_reach().map(|(what, _)| format!("{} ({what})", it.name()))).collect();
    let left = if kept.is_empty() { String::new() } else { format!("; not by Graph: {}", kept.join(", ")) };
    (groups, left)
}

/// The user is no member (any more), in the two ways that Graph says it.
fn no_member(failure: &Failure) -> bool {
    failure.what == What::Gone || failure.reason.contains("removed object references do not exist")
}

/// The user is a member already.
fn member(failure: &Failure) -> bool {
    failure.what == What::Rejected && failure.reason.contains("added object references already exist")
}

impl Act for RemoveGroups {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        if self.entra.to_change(account, call).await?.is_none() {
            return Ok(gone(account));
        }
        let (groups, left) = sorted(self.entra.memberships(account, call).await?);
        if groups.is_empty() {
            return Ok(Outcome::already(format!("groups: none{left}")));
        }
        let mut removals = Vec::new();
        for group in &groups {
            // Without `$ref`, this deletes the user.
            let url = self.entra.graph.v1(&["groups", &group.id, "members", &account.id, "$ref"])?;
            removals.push(Request::act(Method::DELETE, url));
        }
        let kept: Vec<Value> =
            groups.iter().map(|group| json!({ "id": group.id, "displayName": group.display_name })).collect();
        call.keep(Before::of(json!({ "groups": kept }))).await?;
        self.entra.graph.act_all(removals, no_member, call).await?;
        Ok(Outcome::Acknowledged)
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        let memberships = match self.entra.memberships(account, call).await {
            Err(failure) if failure.what == What::Gone => return Ok(no_such_user()),
            other => other?,
        };
        let (groups, left) = sorted(memberships);
        if groups.is_empty() {
            return Ok(Verdict::Dead { evidence: format!("groups: none{left}") });
        }
        let names: Vec<&str> = groups.iter().map(Membership::name).collect();
        Ok(Verdict::Alive { evidence: format!("groups: {}{left}", names.join(", ")) })
    }

    async fn undo(&self, account: &Account, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        let user = self.entra.graph.v1(&["directoryObjects", &account.id])?;
        let mut additions = Vec::new();
        for group in kept(before, "groups") {
            let id = group.get("id").and_then(Value::as_str).unwrap_or_default();
            let url = self.entra.graph.v1(&["groups", id, "members", "$ref"])?;
            additions.push(Request::act(Method::POST, url).json(json!({ "@odata.id": user.as_str() })));
        }
        self.entra.graph.act_all(additions, member, call).await?;
        Ok(Outcome::Acknowledged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connectors::call::Kind;

    #[test]
    fn graph_says_in_two_ways_that_somebody_is_no_member() {
        let said = |what, reason: &str| Failure::new(Kind::Act, what, reason);
        let already = "400: Request_BadRequest: One or more added object references already exist for the following \
                       modified properties: 'members'.";
        let none = already.replace("added", "removed").replace("already exist", "do not exist");
        assert!(no_member(&said(What::Gone, "404")) && no_member(&said(What::Rejected, &none)));
        assert!(member(&said(What::Rejected, already)));
        assert!(!no_member(&said(What::Rejected, already)) && !member(&said(What::Rejected, &none)));
    }
}
