//! `POST /token`: a service account's signed assertion for an access token (RFC 7523, as google-auth's
//! `service_account.Credentials` sends it).

use std::time::Duration;

use serde_json::json;

use super::super::clock;
use super::super::jwt::{Jwt, JwtError};
use super::super::reply::Reply;
use super::super::request::field;
use super::super::route::{Answer, Turn};
use super::super::tokens::Grant;
use super::{DELEGATED, SCOPE_PREFIX};

const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const AUDIENCE: &str = "https://oauth2.googleapis.com/token";
const LIFE_AT_MOST_S: u64 = 3600;
/// How far apart the two clocks may be.
const SKEW_S: u64 = 300;

fn error(status: u16, error: &str, description: &str) -> Reply {
    Reply::json(status, &json!({"error": error, "error_description": description}))
}

fn invalid_grant(description: &str) -> Reply {
    error(400, "invalid_grant", description)
}

pub(super) fn mint(turn: &Turn<'_>) -> Answer {
    let form = turn.request.form();
    if field(&form, "grant_type") != Some(GRANT_TYPE) {
        return Err(error(400, "unsupported_grant_type", "Invalid grant_type"));
    }
    let assertion = field(&form, "assertion").ok_or_else(|| error(400, "invalid_request", "Missing assertion"))?;
    let account = &turn.world.issued.google;
    let jwt = Jwt::verified(assertion, &account.public).map_err(|why| match why {
        JwtError::Malformed => invalid_grant("Bad Request"),
        JwtError::Signature => invalid_grant("Invalid JWT Signature."),
    })?;
    if jwt.key_id().is_some_and(|key| key != account.key_id) {
        return Err(invalid_grant("Invalid JWT Signature."));
    }
    if jwt.text("iss") != Some(account.email.as_str()) {
        return Err(invalid_grant("Invalid grant: account not found"));
    }
    let audience = jwt.text("aud").unwrap_or_default();
    if audience != AUDIENCE && audience.strip_prefix(turn.world.base.as_str()) != Some("/google/token") {
        return Err(invalid_grant("Invalid JWT: Failed audience check."));
    }
    check_times(&jwt)?;
    let scopes = scopes(turn, jwt.text("scope").unwrap_or_default())?;
    let acts_as = subject(turn, jwt.text("sub"), &scopes)?;

    let grant = Grant { vendor: "google", acts_as: Some(acts_as), scopes };
    let token = turn.world.tokens.mint("ya29.sandbox-", grant, Duration::from_secs(3600));
    Ok(Reply::json(200, &json!({"access_token": token, "expires_in": 3599, "token_type": "Bearer"})))
}

fn check_times(jwt: &Jwt) -> Result<(), Reply> {
    let unreasonable = || {
        invalid_grant(
            "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat \
             and exp values in the JWT claim.",
        )
    };
    let now = clock::epoch_s();
    let (Some(issued), Some(expires)) = (jwt.time("iat"), jwt.time("exp")) else { return Err(unreasonable()) };
    let life = expires.checked_sub(issued).ok_or_else(unreasonable)?;
    let timely = issued <= now.saturating_add(SKEW_S) && expires > now;
    if timely && life <= LIFE_AT_MOST_S { Ok(()) } else { Err(unreasonable()) }
}

/// Without a `sub` the service account acts as itself, and it is no admin. A suspended admin gets no token; in the name
/// of a suspended user, mail and files can still be listed (got-your-back#258).
fn subject(turn: &Turn<'_>, sub: Option<&str>, scopes: &[String]) -> Result<usize, Reply> {
    let Some(sub) = sub else {
        return Err(error(
            401,
            "unauthorized_client",
            "Client is unauthorized to retrieve access tokens without a sub",
        ));
    };
    let index = turn.world.keys.google(sub).ok_or_else(|| invalid_grant("Invalid email or User ID"))?;
    let google = &turn.account(index).google;
    if google.deleted_at_ms.is_some() {
        return Err(invalid_grant("The account has been deleted"));
    }
    if google.suspended.now() && scopes.iter().any(|scope| scope.starts_with("admin.")) {
        return Err(error(400, "access_denied", "Account restricted"));
    }
    Ok(index)
}

/// One scope that was not delegated fails the whole request.
fn scopes(turn: &Turn<'_>, asked: &str) -> Result<Vec<String>, Reply> {
    let delegated = |name: &&str| DELEGATED.contains(name) && !turn.world.withholds(name);
    let names: Option<Vec<String>> = asked
        .split_whitespace()
        .map(|scope| scope.strip_prefix(SCOPE_PREFIX).filter(delegated).map(ToOwned::to_owned))
        .collect();
    names.filter(|names| !names.is_empty()).ok_or_else(|| {
        error(
            401,
            "unauthorized_client",
            "Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of \
             the scopes requested.",
        )
    })
}
