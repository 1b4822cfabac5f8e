//! Licences that were given to the user directly. What a group gives, only the group can take.

use std::sync::Arc;

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Entra;
use super::entra_user::no_such_user;
use crate::connectors::Call;
use crate::connectors::http::{Failure, Request, What};
use crate::connectors::vendor::{Act, Given, gone, kept};
use crate::model::{Account, ActionSpec, Before, Outcome, Stage, Verdict};

struct RemoveLicences {
    entra: Arc<Entra>,
}

/// What a user is licensed for, and by what.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Licensed {
    license_assignment_states: Option<Vec<Assignment>>,
}

/// A `licenseAssignmentState`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Assignment {
    sku_id: String,
    /// The group that gives it; `None`: given directly.
    pub(super) assigned_by_group: Option<String>,
    #[serde(default)]
    disabled_plans: Vec<String>,
}

/// A `licenseDetails`: the name that invoices and admins know a licence by.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Named {
    sku_id: String,
    sku_part_number: Option<String>,
}

/// The user's licences, with names.
pub(super) struct Licences {
    pub(super) assignments: Vec<Assignment>,
    names: Vec<Named>,
}

pub(super) fn action(given: &Given, entra: &Arc<Entra>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        stage: Stage::Licences,
        needs: vec![given.fact("account")],
        undo: Some("gives the same licences back, if a seat is free".into()),
        scopes: vec!["LicenseAssignment.ReadWrite.All".into()],
        ..given.spec("remove-licences", "Takes back the licences that were given to the user directly")
    };
    (spec, RemoveLicences { entra: Arc::clone(entra) })
}

impl Entra {
    /// `None`: there is no such user.
    pub(super) async fn licences(&self, account: &Account, call: &Call) -> Result<Option<Licences>, Failure> {
        let user = Request::get(self.graph.user_url(&account.id, &[])?);
        let states = user.query(&[("$select", "id,licenseAssignmentStates")]);
        let Some(licensed) = self.graph.found::<Licensed>(states, call).await? else { return Ok(None) };
        let assignments = licensed.license_assignment_states.unwrap_or_default();
        let names = if assignments.is_empty() {
            Vec::new()
        } else {
            let url = self.graph.user_url(&account.id, &["licenseDetails"])?;
            self.graph.list(Request::get(url), call).await?
        };
        Ok(Some(Licences { assignments, names }))
    }
}

impl Licences {
    fn direct(&self) -> impl Iterator<Item = &Assignment> {
        self.assignments.iter().filter(|it| it.assigned_by_group.is_none())
    }

    pub(super) fn inherited(&self) -> impl Iterator<Item = &Assignment> {
        self.assignments.iter().filter(|it| it.assigned_by_group.is_some())
    }

    pub(super) fn name<'a>(&'a self, it: &'a Assignment) -> &'a str {
        let named = self.names.iter().find(|named| named.sku_id == it.sku_id);
        named.and_then(|named| named.sku_part_number.as_deref()).unwrap_or(&it.sku_id)
    }

    /// Licences whose seats become free: a group that gives the same one keeps its seat taken.
    fn seats(&self) -> Vec<&str> {
        let by_group = |sku: &str| self.inherited().any(|it| it.sku_id == sku);
        self.direct().filter(|it| !by_group(&it.sku_id)).map(|it| self.name(it)).collect()
    }

    /// What stays until the groups are left.
    fn rest(&self) -> String {
        let rest: Vec<String> = self
            .inherited()
            .map(|it| format!("{} by group {}", self.name(it), it.assigned_by_group.as_deref().unwrap_or_default()))
            .collect();
        if rest.is_empty() { String::new() } else { format!("; inherited: {}", rest.join(", ")) }
    }

    fn none_left(&self) -> String {
        format!("direct licences: none{}", self.rest())
    }
}

impl RemoveLicences {
    async fn assign(&self, account: &Account, body: Value, call: &Call) -> Result<(), Failure> {
        let url = self.entra.graph.user_url(&account.id, &["assignLicense"])?;
        self.entra.graph.act(Request::act(Method::POST, url).json(body), call).await.map(drop)
    }
}

impl Act for RemoveLicences {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        if self.entra.to_change(account, call).await?.is_none() {
            return Ok(gone(account));
        }
        let Some(licences) = self.entra.licences(account, call).await? else { return Ok(gone(account)) };
        let skus: Vec<&str> = licences.direct().map(|it| it.sku_id.as_str()).collect();
        if skus.is_empty() {
            return Ok(Outcome::already(licences.none_left()));
        }
        let kept: Vec<Value> = licences
            .direct()
            .map(|it| {
                json!({ "skuId": it.sku_id, "skuPartNumber": licences.name(it), "disabledPlans": it.disabled_plans })
            })
            .collect();
        call.keep(Before::of(json!({ "licences": kept })).seats(licences.seats())).await?;
        // Both lists must be there, also if one is empty.
        match self.assign(account, json!({ "addLicenses": [], "removeLicenses": skus }), call).await {
            // "User does not have a corresponding license": the read may have been older than the truth.
            Err(failure) if failure.what == What::Rejected => match self.entra.licences(account, call).await? {
                None => Ok(gone(account)),
                Some(now) if now.direct().next().is_none() => Ok(Outcome::already(now.none_left())),
                Some(_) => Err(failure),
            },
            other => other.map(|()| Outcome::Acknowledged),
        }
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        let Some(licences) = self.entra.licences(account, call).await? else { return Ok(no_such_user()) };
        let direct: Vec<&str> = licences.direct().map(|it| licences.name(it)).collect();
        if direct.is_empty() {
            return Ok(Verdict::Dead { evidence: licences.none_left() });
        }
        Ok(Verdict::Alive { evidence: format!("direct licences: {}{}", direct.join(", "), licences.rest()) })
    }

    async fn undo(&self, account: &Account, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        let lost = kept(before, "licences").iter();
        let add: Vec<Value> =
            lost.map(|it| json!({ "skuId": it.get("skuId"), "disabledPlans": it.get("disabledPlans") })).collect();
        if add.is_empty() {
            return Ok(Outcome::already("no licence was taken"));
        }
        self.assign(account, json!({ "addLicenses": add, "removeLicenses": [] }), call).await?;
        Ok(Outcome::Acknowledged)
    }
}
