//! The App's way to a token: a JWT of its own key, for an installation's token of an hour.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::super::clock;
use super::super::jwt::{Jwt, JwtError};
use super::super::reply::Reply;
use super::super::route::{Answer, Turn};
use super::super::tokens::Grant;
use super::{ORG, ORG_ID, error, not_found};

const INSTALLATION: u64 = 52_000_001;
const LIFE: Duration = Duration::from_secs(3600);
/// The JWT may be good for ten minutes from now, by GitHub's clock.
const JWT_LIFE_AT_MOST_S: u64 = 600;

/// What the organisation has granted to the App, as permission and level.
const GRANTED: [(&str, &str); 11] = [
    ("members", "write"),
    ("metadata", "read"),
    ("organization_administration", "write"),
    ("organization_personal_access_tokens", "write"),
    ("organization_copilot_seat_management", "write"),
    ("administration", "read"),
    ("repository_hooks", "read"),
    ("organization_hooks", "read"),
    ("secrets", "read"),
    ("organization_secrets", "read"),
    ("organization_self_hosted_runners", "read"),
];

/// Whoever holds the App's key may look.
fn signed_by_app(turn: &Turn<'_>) -> Result<(), Reply> {
    let unreadable = || error(401, "A JSON web token could not be decoded");
    let token = turn.request.authorization("bearer").ok_or_else(unreadable)?;
    let issued = &turn.world.issued;
    let jwt = Jwt::verified(token, &issued.github_public).map_err(|why| match why {
        JwtError::Malformed | JwtError::Signature => unreadable(),
    })?;
    let now = clock::epoch_s();
    if jwt.text_or_number("iss").as_deref() != Some(issued.credentials.github_app_id.as_str()) {
        return Err(error(401, "'Issuer' claim ('iss') must be an Integer"));
    }
    if jwt.time("iat").is_none_or(|issued| issued > now) {
        return Err(error(
            401,
            "'Issued at' claim ('iat') must be an Integer representing the time that the assertion \
                               was issued",
        ));
    }
    match jwt.time("exp") {
        Some(expires) if expires <= now => Err(error(
            401,
            "'Expiration time' claim ('exp') must be a numeric value representing the future time at \
                            which the assertion expires",
        )),
        Some(expires) if expires <= now + JWT_LIFE_AT_MOST_S => Ok(()),
        _ => Err(error(401, "'Expiration time' claim ('exp') is too far in the future")),
    }
}

fn granted() -> Map<String, Value> {
    GRANTED.iter().map(|(name, level)| ((*name).to_owned(), json!(level))).collect()
}

pub(super) fn installation(turn: &Turn<'_>) -> Answer {
    signed_by_app(turn)?;
    let app_id: u64 = turn.world.issued.credentials.github_app_id.parse().unwrap_or_default();
    Ok(Reply::json(
        200,
        &json!({
            "id": INSTALLATION, "app_id": app_id, "app_slug": "nightlatch-sandbox", "target_type": "Organization",
            "account": {"login": ORG, "id": ORG_ID, "type": "Organization"}, "permissions": granted(),
            "access_tokens_url": format!("{}/github/app/installations/{INSTALLATION}/access_tokens", turn.world.base),
            "repository_selection": "all", "suspended_at": Value::Null,
        }),
    ))
}

/// The body may ask for less than was granted, never for more.
pub(super) fn token(turn: &Turn<'_>, id: Option<u64>) -> Answer {
    signed_by_app(turn)?;
    if id != Some(INSTALLATION) {
        return Err(not_found());
    }
    let permissions = match turn.request.json().as_ref().and_then(|body| body.get("permissions")) {
        Some(Value::Object(asked)) => asked.clone(),
        _ => granted(),
    };
    let fits = |name: &str, level: &Value| {
        let most = GRANTED.iter().find(|(granted, _)| *granted == name).map(|(_, level)| *level);
        matches!((level.as_str(), most), (Some("read"), Some(_)) | (Some("write"), Some("write")))
    };
    if !permissions.iter().all(|(name, level)| fits(name, level)) {
        return Err(error(422, "The permissions requested are not granted to this installation."));
    }
    let scopes =
        permissions.iter().map(|(name, level)| format!("{name}={}", level.as_str().unwrap_or_default())).collect();
    let grant = Grant { vendor: "github", acts_as: None, scopes };
    let token = turn.world.tokens.mint("ghs_sandbox", grant, LIFE);
    let life_ms = u64::try_from(LIFE.as_millis()).unwrap_or_default();
    Ok(Reply::json(
        201,
        &json!({
            "token": token, "expires_at": clock::rfc3339(clock::epoch_ms() + life_ms), "permissions": permissions,
            "repository_selection": "all",
        }),
    ))
}
