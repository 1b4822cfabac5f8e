//! Tokens, and what they are good for.

use std::time::Duration;

use serde_json::json;

use super::super::clock;
use super::super::reply::Reply;
use super::super::request::field;
use super::super::route::{Answer, Turn};
use super::super::tokens::Grant;
use super::{ACCOUNT, CLIENT_ID, READER_ID, error};

pub(super) const COMMANDS: &str = "View MDM command information in Jamf Pro API";

const READER: [&str; 2] = ["Read Computers", "Read Mobile Devices"];
const ADMIN: [&str; 9] = [
    "Read Computers",
    "Read Mobile Devices",
    COMMANDS,
    "Send Computer Remote Lock Command",
    "Send Computer Remote Wipe Command",
    "Send Mobile Device Remote Lock Command",
    "Send Mobile Device Lost Mode Command",
    "Send Mobile Device Remote Wipe Command",
    "Unmanage Mobile Devices",
];

fn mint(turn: &Turn<'_>, privileges: &[&str]) -> String {
    let scopes = privileges.iter().map(ToString::to_string).collect();
    turn.world.tokens.mint(
        "eyJsandboxjamf-",
        Grant { vendor: "jamf", acts_as: None, scopes },
        Duration::from_secs(1_200),
    )
}

pub(super) fn of_client(turn: &Turn<'_>) -> Answer {
    let form = turn.request.form();
    let secret = turn.world.issued.credentials.jamf_client_secret.as_str();
    let good =
        field(&form, "grant_type") == Some("client_credentials") && field(&form, "client_secret") == Some(secret);
    let privileges: &[&str] = match field(&form, "client_id") {
        Some(CLIENT_ID) if good => &ADMIN,
        Some(READER_ID) if good => &READER,
        _ => return Err(Reply::json(401, &json!({ "error": "invalid_client" }))),
    };
    let token = mint(turn, privileges);
    Ok(Reply::json(
        200,
        &json!({ "access_token": token, "scope": "api-role:1", "token_type": "Bearer", "expires_in": 1_199 }),
    ))
}

pub(super) fn of_account(turn: &Turn<'_>) -> Answer {
    use base64::Engine as _;
    let wanted = format!("{ACCOUNT}:{}", turn.world.issued.credentials.jamf_password);
    let basic = base64::engine::general_purpose::STANDARD.encode(wanted);
    if turn.request.authorization("basic") != Some(basic.as_str()) {
        return Err(error(401, "INVALID_TOKEN", "Unauthorized"));
    }
    let token = mint(turn, &ADMIN);
    Ok(Reply::json(200, &json!({ "token": token, "expires": clock::rfc3339(clock::epoch_ms() + 1_800_000) })))
}

pub(super) fn whoami(turn: &Turn<'_>) -> Answer {
    let invalid = || error(401, "INVALID_TOKEN", "Unauthorized");
    let token = turn.request.authorization("bearer").ok_or_else(invalid)?;
    let grant = turn.world.tokens.look_up("jamf", token).ok_or_else(invalid)?;
    let account = json!({ "id": "1", "username": ACCOUNT, "privilegesBySite": { "-1": grant.scopes } });
    Ok(Reply::json(200, &json!({ "account": account, "accountGroups": [], "sites": [] })))
}
