//! The Licensing API. It knows people by their primary address only.

use serde_json::{Value, json};

use super::super::lock::hold;
use super::super::reply::Reply;
use super::super::route::{Answer, Turn};
use super::tenant::LICENCES;
use super::{LICENSING, allowed, error};

fn licence_of(product: &str, sku: &str) -> Result<usize, Reply> {
    let known = LICENCES.iter().position(|it| *it == (product, sku));
    known.ok_or_else(|| error(404, "notFound", "Product or SKU not found"))
}

fn owner(turn: &Turn<'_>, email: &str) -> Result<usize, Reply> {
    let missing = || error(404, "notFound", "Licensed user not found");
    let who = turn.world.keys.email(email).ok_or_else(missing)?;
    if turn.account(who).google.deleted_at_ms.is_some() { Err(missing()) } else { Ok(who) }
}

fn resource(licence: usize, email: &str) -> Value {
    let (product, sku) = LICENCES[licence];
    json!({"kind": "licensing#licenseAssignment", "userId": email, "productId": product, "skuId": sku})
}

pub(super) fn get(turn: &Turn<'_>, product: &str, sku: &str, email: &str) -> Answer {
    allowed(turn, &[LICENSING])?;
    let licence = licence_of(product, sku)?;
    let who = owner(turn, email)?;
    if !hold(&turn.world.google).of(who).licences.contains(&licence) {
        return Err(error(404, "notFound", "User does not have a license for specified sku and product"));
    }
    Ok(Reply::json(200, &resource(licence, email)))
}

/// Of a licence that is gone the last one says 412, where the others say 404.
pub(super) fn delete(turn: &Turn<'_>, product: &str, sku: &str, email: &str) -> Answer {
    allowed(turn, &[LICENSING])?;
    let licence = licence_of(product, sku)?;
    let who = owner(turn, email)?;
    let mut tenant = hold(&turn.world.google);
    let licences = &mut tenant.of(who).licences;
    let Some(place) = licences.iter().position(|it| *it == licence) else {
        let message = "User does not have a license for specified sku and product";
        let is_last = licence + 1 == LICENCES.len();
        return Err(if is_last { error(412, "conditionNotMet", message) } else { error(404, "notFound", message) });
    };
    licences.remove(place);
    Ok(Reply::json(200, &json!({})).done())
}

pub(super) fn insert(turn: &Turn<'_>, product: &str, sku: &str, body: Option<&Value>) -> Answer {
    allowed(turn, &[LICENSING])?;
    let licence = licence_of(product, sku)?;
    let email = body.and_then(|body| body.get("userId")).and_then(Value::as_str).unwrap_or_default();
    let who = owner(turn, email)?;
    let mut tenant = hold(&turn.world.google);
    let licences = &mut tenant.of(who).licences;
    if licences.contains(&licence) {
        return Err(error(412, "conditionNotMet", "User already has a license for the specified product and SKU"));
    }
    licences.push(licence);
    Ok(Reply::json(200, &resource(licence, email)).done())
}
