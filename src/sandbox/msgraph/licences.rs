//! Licences, given directly or by a group.

use axum::http::Method;
use serde_json::{Value, json};

use super::super::lock::hold;
use super::super::reply::Reply;
use super::super::route::{Answer, Route, Turn};
use super::groups::{GROUPS, LICENSING};
use super::users::existing;
use super::{allowed, bad_request, page, unknown};

/// Product names and service plan identifiers for licensing (Microsoft Learn).
const SKUS: [(&str, &str); 3] = [
    ("05e9a617-0261-4cee-bb44-138d3ef5d965", "SPE_E3"),
    ("f8a1db68-be16-40ed-86d5-cb42ce701560", "POWER_BI_PRO"),
    ("c5928f49-12ba-48f7-ada3-0d743a3601d5", "VISIOCLIENT"),
];

/// A service plan of `SPE_E3` that is switched off for everybody.
const SWITCHED_OFF: &str = "a23b959c-7ce8-4e57-9140-b90eb88a9e97";

#[derive(Clone, PartialEq, Eq)]
pub(super) struct Licence {
    sku: usize,
    pub(super) by_group: Option<usize>,
    disabled_plans: Vec<String>,
}

impl Licence {
    fn direct(sku: usize) -> Licence {
        Licence { sku, by_group: None, disabled_plans: Vec::new() }
    }

    fn by_group(sku: usize) -> Licence {
        Licence { by_group: Some(LICENSING), ..Licence::direct(sku) }
    }

    /// One person has a licence directly, one both ways and one by the group alone; the next has all by the group.
    pub(super) fn some(index: usize) -> Vec<Licence> {
        let suite = Licence { disabled_plans: vec![SWITCHED_OFF.to_owned()], ..Licence::direct(0) };
        match index {
            0 => vec![suite, Licence::direct(1), Licence::by_group(1), Licence::by_group(2)],
            1 => vec![Licence::by_group(0)],
            _ => vec![suite],
        }
    }

    pub(super) fn told(&self) -> Value {
        json!({ "sku": SKUS[self.sku].1, "byGroup": self.by_group.is_some(), "disabledPlans": self.disabled_plans })
    }

    /// A `licenseAssignmentState`.
    pub(super) fn state(&self) -> Value {
        json!({
            "skuId": SKUS[self.sku].0, "assignedByGroup": self.by_group.map(|group| GROUPS[group].id()),
            "disabledPlans": self.disabled_plans, "state": "Active", "error": "None",
        })
    }
}

pub(super) fn route(method: &Method, who: Option<usize>, key: String, rest: &[&str]) -> Route {
    match (method, rest) {
        (&Method::GET, ["licenseDetails"]) => {
            Route::read("msgraph.licences.details", who, move |turn| details(turn, &key))
        }
        (&Method::POST, ["assignLicense"]) => {
            Route::change("msgraph.licences.assign", who, move |turn| assign(turn, &key))
        }
        _ => unknown(),
    }
}

fn details(turn: &Turn<'_>, key: &str) -> Answer {
    allowed(turn, &["User.Read.All", "LicenseAssignment.ReadWrite.All"])?;
    let tenant = hold(&turn.world.msgraph);
    let user = &tenant.users[existing(&tenant, key)?];
    let held = (0..SKUS.len()).filter(|&sku| user.licences.iter().any(|licence| licence.sku == sku));
    let details: Vec<Value> =
        held.map(|sku| json!({ "id": "x", "skuId": SKUS[sku].0, "skuPartNumber": SKUS[sku].1 })).collect();
    Ok(page::list(turn, &details, 100))
}

fn assign(turn: &Turn<'_>, key: &str) -> Answer {
    allowed(turn, &["LicenseAssignment.ReadWrite.All"])?;
    let body = turn.request.json().unwrap_or(Value::Null);
    let (Some(add), Some(remove)) =
        (body.get("addLicenses").and_then(Value::as_array), body.get("removeLicenses").and_then(Value::as_array))
    else {
        return Err(bad_request(
            "One or more parameters of the operation 'assignLicense' are missing from the request payload.",
        ));
    };
    let sku = |id: Option<&Value>| {
        let known = SKUS.iter().position(|(sku, _)| id.and_then(Value::as_str) == Some(sku));
        known.ok_or_else(|| bad_request("License is not valid."))
    };
    let mut tenant = hold(&turn.world.msgraph);
    let user = existing(&tenant, key)?;
    // All or nothing.
    let mut licences = tenant.users[user].licences.clone();
    for id in remove {
        let sku = sku(Some(id))?;
        if !licences.iter().any(|licence| licence.sku == sku) {
            return Err(bad_request("User does not have a corresponding license."));
        }
        if !licences.iter().any(|licence| licence.sku == sku && licence.by_group.is_none()) {
            return Err(bad_request(
                "User license is inherited from a group membership and it cannot be removed directly from the user.",
            ));
        }
        licences.retain(|licence| licence.sku != sku || licence.by_group.is_some());
    }
    for given in add {
        let sku = sku(given.get("skuId"))?;
        let plans = given.get("disabledPlans").and_then(Value::as_array).into_iter().flatten();
        let disabled_plans = plans.filter_map(Value::as_str).map(str::to_owned).collect();
        licences.retain(|licence| licence.sku != sku || licence.by_group.is_some());
        licences.push(Licence { disabled_plans, ..Licence::direct(sku) });
    }
    tenant.users[user].licences = licences;
    Ok(Reply::json(200, &json!({ "id": tenant.users[user].id })).done())
}
