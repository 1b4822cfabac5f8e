//! `POST /oauth2/v1/token`: client credentials with `private_key_jwt`, the only way to Okta's own scopes (Okta guide
//! "Implement OAuth for Okta with a service app").

use std::time::Duration;

use serde_json::json;

use super::super::clock;
use super::super::jwt::Jwt;
use super::super::lock::hold;
use super::super::reply::Reply;
use super::super::request::field;
use super::super::route::{Answer, Turn};
use super::super::tokens::Grant;
use super::GRANTED;

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const LIFE_AT_MOST_S: u64 = 3600;

fn error(status: u16, error: &str, description: &str) -> Reply {
    Reply::json(status, &json!({"error": error, "error_description": description}))
}

fn invalid_client(description: &str) -> Reply {
    error(401, "invalid_client", description)
}

pub(super) fn mint(turn: &Turn<'_>) -> Answer {
    let form = turn.request.form();
    if field(&form, "grant_type") != Some("client_credentials") {
        let supported = "The authorization grant type is not supported by the authorization server.";
        return Err(error(400, "unsupported_grant_type", supported));
    }
    if field(&form, "client_assertion_type") != Some(ASSERTION_TYPE) {
        return Err(invalid_client(
            "Client Credentials requests to the Org Authorization Server must use the \
                                   private_key_jwt token_endpoint_auth_method.",
        ));
    }
    let assertion = field(&form, "client_assertion").unwrap_or_default();
    check(turn, assertion)?;

    let asked: Vec<&str> = field(&form, "scope").unwrap_or_default().split_whitespace().collect();
    if asked.is_empty() || asked.iter().any(|scope| !GRANTED.contains(scope) || turn.world.withholds(scope)) {
        let not_granted = "One or more scopes are not configured for the authorization server resource.";
        return Err(error(400, "invalid_scope", not_granted));
    }
    let scopes = asked.iter().map(ToString::to_string).collect();
    let grant = Grant { vendor: "okta", acts_as: None, scopes };
    let token = turn.world.tokens.mint("eyJsandbox-", grant, Duration::from_secs(3600));
    let body = json!({"token_type": "Bearer", "expires_in": 3600, "access_token": token, "scope": asked.join(" ")});
    Ok(Reply::json(200, &body))
}

fn check(turn: &Turn<'_>, assertion: &str) -> Result<(), Reply> {
    let issued = &turn.world.issued;
    let jwt = Jwt::verified(assertion, &issued.okta_public)
        .map_err(|_| invalid_client("The client_assertion signature is invalid."))?;
    if jwt.key_id().is_some_and(|key| key != issued.credentials.okta_key_id) {
        return Err(invalid_client("The client_assertion signature is invalid."));
    }
    let client = Some(issued.credentials.okta_client_id.as_str());
    if jwt.text("iss") != client || jwt.text("sub") != client {
        return Err(invalid_client("The 'iss' and 'sub' claims of the client_assertion must be the client_id."));
    }
    let audience = jwt.text("aud").unwrap_or_default();
    if audience.strip_prefix(turn.world.base.as_str()) != Some("/okta/oauth2/v1/token") {
        return Err(invalid_client(
            "The audience claim for client_assertion must be the endpoint invoked for the \
                                   request.",
        ));
    }
    let now = clock::epoch_s();
    let Some(expires) = jwt.time("exp").filter(|&expires| expires > now) else {
        return Err(invalid_client("The client_assertion token is expired."));
    };
    if expires > now + LIFE_AT_MOST_S {
        return Err(invalid_client("The client_assertion token has an expiration too far into the future."));
    }
    let mut seen = hold(&turn.world.seen_jti);
    seen.retain(|_, until| *until > now);
    if let Some(id) = jwt.text("jti")
        && seen.insert(id.to_owned(), expires).is_some()
    {
        return Err(invalid_client("The client_assertion token has already been used."));
    }
    Ok(())
}
