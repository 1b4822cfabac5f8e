//! `POST /services/oauth2/token` (RFC 7523 and RFC 6749 4.4, in Salesforce's words) and `/services/oauth2/revoke`.

use std::time::Duration;

use serde_json::json;

use super::super::clock;
use super::super::jwt::Jwt;
use super::super::lock::hold;
use super::super::reply::Reply;
use super::super::request::{Request, field};
use super::super::route::{Answer, Route, Turn};
use super::super::tokens::Grant;
use super::super::world::World;

const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// The permission Modify Metadata Through Metadata API Functions, as a grant holds it.
pub(super) const MAY_READ_METADATA: &str = "ModifyMetadata";
/// A second integration user that is pre-authorised for the app, and has not that permission.
pub(super) const PLAIN_INTEGRATION: &str = "plain.integration@corp.example";
/// An assertion may live for three minutes; a little is given for two clocks.
const LIFE_AT_MOST_S: u64 = 180 + 10;

fn error(error: &str, description: &str) -> Reply {
    Reply::json(400, &json!({"error": error, "error_description": description}))
}

pub(super) fn mint(turn: &Turn<'_>) -> Answer {
    let form = turn.request.form();
    let username = match field(&form, "grant_type") {
        Some(JWT_BEARER) => check_assertion(turn, field(&form, "assertion").unwrap_or_default())?,
        Some("client_credentials") => {
            let credentials = &turn.world.issued.credentials;
            if field(&form, "client_id") != Some(&credentials.salesforce_client_id)
                || field(&form, "client_secret") != Some(&credentials.salesforce_client_secret)
            {
                return Err(error("invalid_client", "invalid client credentials"));
            }
            credentials.salesforce_username.clone()
        }
        _ => return Err(error("unsupported_grant_type", "grant type not supported")),
    };
    let scopes = if username == PLAIN_INTEGRATION { Vec::new() } else { vec![MAY_READ_METADATA.to_owned()] };
    let grant = Grant { vendor: "salesforce", acts_as: Some(turn.world.admin()), scopes };
    let token = turn.world.tokens.mint("00Dsandbox!", grant, Duration::from_secs(7200));
    let tenant = hold(&turn.world.salesforce);
    let own = tenant.users.iter().find(|user| user.username == username).map(|user| user.id.clone());
    let own = own.unwrap_or_default();
    let base = &turn.world.base;
    // No `expires_in` and no refresh token.
    Ok(Reply::json(
        200,
        &json!({
            "access_token": token, "scope": "api", "token_type": "Bearer",
            "instance_url": format!("{base}/salesforce"),
            "id": format!("https://login.salesforce.com/id/00D000000000001AAA/{own}"),
        }),
    ))
}

/// The user name that a good assertion is for.
fn check_assertion(turn: &Turn<'_>, assertion: &str) -> Result<String, Reply> {
    let credentials = &turn.world.issued.credentials;
    let invalid = |why: &str| error("invalid_grant", why);
    let jwt =
        Jwt::verified(assertion, &turn.world.issued.salesforce_public).map_err(|_| invalid("invalid assertion"))?;
    if jwt.text("iss") != Some(&credentials.salesforce_client_id) {
        return Err(error("invalid_client_id", "client identifier invalid"));
    }
    let own = format!("{}/salesforce", turn.world.base);
    if !["https://login.salesforce.com", "https://test.salesforce.com", &own]
        .contains(&jwt.text("aud").unwrap_or_default())
    {
        return Err(invalid("audience is invalid"));
    }
    let (now, ends) = (clock::epoch_s(), jwt.time("exp").unwrap_or_default());
    if ends <= now || ends > now + LIFE_AT_MOST_S {
        return Err(invalid("invalid assertion"));
    }
    match jwt.text("sub") {
        Some(username) if username == credentials.salesforce_username || username == PLAIN_INTEGRATION => {
            Ok(username.to_owned())
        }
        _ => Err(invalid("user hasn't approved this consumer")),
    }
}

pub(super) fn revoke_route(world: &World, request: &Request) -> Route {
    let token = field(&request.form(), "token").unwrap_or_default().to_owned();
    let who = hold(&world.salesforce).users.iter().position(|user| user.tokens.iter().any(|one| one.secret == token));
    let who = who.filter(|&who| who < world.people.len());
    Route::change("salesforce.revoke", who, move |turn| {
        let mut tenant = hold(&turn.world.salesforce);
        let holder = tenant.users.iter_mut().find(|user| user.tokens.iter().any(|one| one.secret == token));
        let holder = holder.ok_or_else(|| error("invalid_token", "invalid token"))?;
        holder.tokens.retain(|one| one.secret != token);
        Ok(Reply::empty(200).done())
    })
}
