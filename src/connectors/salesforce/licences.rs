//! Permission sets, and the licences that some of them need: the sets go first, and come back last.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::client::Client;
use super::soql::quoted;
use crate::connectors::Call;
use crate::connectors::http::Failure;
use crate::connectors::vendor::{Act, Given, kept};
use crate::model::{Account, ActionSpec, Before, Outcome, Stage, Verdict};

struct RemoveLicences {
    client: Arc<Client>,
}

/// A row of `PermissionSetAssignment`: of a set, or of a group of sets.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SetAssignment {
    id: String,
    permission_set_id: String,
    #[serde(default)]
    permission_set_group_id: Option<String>,
    #[serde(default)]
    permission_set: Option<Named>,
}

/// A row of `PermissionSetLicenseAssign`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct LicenceAssignment {
    id: String,
    permission_set_license_id: String,
    #[serde(default)]
    permission_set_license: Option<Developed>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Named {
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Developed {
    developer_name: String,
}

/// What one person holds.
struct Held {
    sets: Vec<SetAssignment>,
    licences: Vec<LicenceAssignment>,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        stage: Stage::Licences,
        // Nothing can be assigned to an inactive user: undone in the reverse order, it meets an active one.
        needs: vec![given.fact("active-account")],
        undo: Some("assigns the same permission-set licences, permission sets and groups again".into()),
        scopes: vec!["AssignPermissionSets".into(), "ViewSetup".into()],
        ..given.spec("remove-licences", "Removes permission sets and frees permission-set licences")
    };
    (spec, RemoveLicences { client: Arc::clone(client) })
}

impl Held {
    fn shown(&self) -> String {
        format!("permission sets: {}, permission-set licences: {}", self.sets.len(), self.licences.len())
    }

    fn is_empty(&self) -> bool {
        self.sets.is_empty() && self.licences.is_empty()
    }

    fn image(&self) -> Before {
        let sets: Vec<Value> = self
            .sets
            .iter()
            .map(|one| {
                let name = one.permission_set.as_ref().map(|set| &set.name);
                json!({ "PermissionSetId": one.permission_set_id, "PermissionSetGroupId": one.permission_set_group_id, "name": name })
            })
            .collect();
        let licences: Vec<Value> = self
            .licences
            .iter()
            .map(|one| json!({ "PermissionSetLicenseId": one.permission_set_license_id, "name": one.seat() }))
            .collect();
        Before::of(json!({ "permissionSets": sets, "licences": licences }))
            .seats(self.licences.iter().map(LicenceAssignment::seat))
    }
}

impl LicenceAssignment {
    fn seat(&self) -> &str {
        self.permission_set_license.as_ref().map_or(&self.permission_set_license_id, |licence| &licence.developer_name)
    }
}

impl RemoveLicences {
    /// A profile is a permission set, too, and its assignment cannot be taken away: left out.
    async fn held(&self, account: &Account, call: &Call) -> Result<Held, Failure> {
        let who = quoted(&account.id);
        let sets = format!(
            "SELECT Id, PermissionSetId, PermissionSetGroupId, PermissionSet.Name FROM PermissionSetAssignment WHERE \
             AssigneeId = {who} AND PermissionSet.IsOwnedByProfile = false"
        );
        let licences = format!(
            "SELECT Id, PermissionSetLicenseId, PermissionSetLicense.DeveloperName FROM PermissionSetLicenseAssign WHERE \
             AssigneeId = {who}"
        );
        Ok(Held { sets: self.client.query(&sets, call).await?, licences: self.client.query(&licences, call).await? })
    }
}

/// The entries of a list in the image, without those that are held already.
fn missing(before: &Value, list: &str, key: &str, held: &[&str]) -> Vec<Value> {
    let entries = kept(before, list);
    let lacks = |entry: &&Value| entry.get(key).and_then(Value::as_str).is_some_and(|id| !held.contains(&id));
    entries.iter().filter(lacks).cloned().collect()
}

impl Act for RemoveLicences {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let held = self.held(account, call).await?;
        if held.is_empty() {
            return Ok(Outcome::already(held.shown()));
        }
        call.keep(held.image()).await?;
        let sets: Vec<&str> = held.sets.iter().map(|one| one.id.as_str()).collect();
        self.client.delete_all(&sets, call).await?;
        let licences: Vec<&str> = held.licences.iter().map(|one| one.id.as_str()).collect();
        self.client.delete_all(&licences, call).await?;
        Ok(Outcome::Acknowledged)
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        let held = self.held(account, call).await?;
        let evidence = held.shown();
        Ok(if held.is_empty() { Verdict::Dead { evidence } } else { Verdict::Alive { evidence } })
    }

    async fn undo(&self, account: &Account, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        let held = self.held(account, call).await?;
        let ids: Vec<&str> = held.licences.iter().map(|one| one.permission_set_license_id.as_str()).collect();
        let licences = missing(before, "licences", "PermissionSetLicenseId", &ids);
        let ids: Vec<&str> = held.sets.iter().map(|one| one.permission_set_id.as_str()).collect();
        let sets = missing(before, "permissionSets", "PermissionSetId", &ids);
        if licences.is_empty() && sets.is_empty() {
            return Ok(Outcome::already(held.shown()));
        }
        let assignment = |entry: &Value, key: &str| json!({ "AssigneeId": account.id, key: entry.get(key) });
        let licences = licences.iter().map(|entry| assignment(entry, "PermissionSetLicenseId")).collect();
        self.client.create_all("PermissionSetLicenseAssign", licences, call).await?;
        let sets = sets
            .iter()
            .map(|entry| match entry.get("PermissionSetGroupId").filter(|group| group.is_string()) {
                Some(_) => assignment(entry, "PermissionSetGroupId"),
                None => assignment(entry, "PermissionSetId"),
            })
            .collect();
        self.client.create_all("PermissionSetAssignment", sets, call).await?;
        Ok(Outcome::Acknowledged)
    }
}
