//! `POST /{tenant}/oauth2/v2.0/token`: client credentials with a secret, or with an assertion that a certificate's key
//! signs.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use super::super::clock;
use super::super::jwt::Jwt;
use super::super::reply::Reply;
use super::super::request::field;
use super::super::route::{Answer, Turn};
use super::super::tokens::Grant;

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const LIFE_S: u64 = 3_599;

/// The application permissions that an admin has consented to, of the application and of the limited one.
const GRANTED: [&str; 17] = [
    "User.Read.All",
    "User.EnableDisableAccount.All",
    "User.RevokeSessions.All",
    "User-PasswordProfile.ReadWrite.All",
    "User.DeleteRestore.All",
    "RoleManagement.Read.Directory",
    "UserAuthenticationMethod.ReadWrite.All",
    "DelegatedPermissionGrant.ReadWrite.All",
    "AppRoleAssignment.ReadWrite.All",
    "LicenseAssignment.ReadWrite.All",
    "GroupMember.ReadWrite.All",
    "Team.ReadBasic.All",
    "TeamMember.ReadWrite.All",
    "MailboxSettings.Read",
    "DeviceManagementManagedDevices.Read.All",
    "DeviceManagementManagedDevices.PrivilegedOperations.All",
    "BitlockerKey.ReadBasic.All",
];
const LIMITED: [&str; 2] = ["User.Read.All", "RoleManagement.Read.Directory"];

fn refused(status: u16, error: &str, description: &str) -> Reply {
    let number = description.split(':').next().unwrap_or_default().trim_start_matches("AADSTS");
    Reply::json(
        status,
        &json!({
            "error": error, "error_description": format!("{description} Trace ID: sandbox Timestamp: {}",
                clock::rfc3339(clock::epoch_ms())),
            "error_codes": [number.parse::<u64>().unwrap_or_default()],
        }),
    )
}

pub(super) fn mint(turn: &Turn<'_>, tenant: &str) -> Answer {
    let credentials = &turn.world.issued.credentials;
    if tenant != credentials.entra_tenant {
        let told =
            format!("AADSTS90002: Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID.");
        return Err(refused(400, "invalid_request", &told));
    }
    let form = turn.request.form();
    let field = |name: &str| field(&form, name);
    if field("grant_type") != Some("client_credentials") {
        return Err(refused(
            400,
            "unsupported_grant_type",
            "AADSTS70003: The app requested an unsupported grant type.",
        ));
    }
    if field("scope") != Some("https://graph.microsoft.com/.default") {
        return Err(refused(
            400,
            "invalid_scope",
            "AADSTS70011: The provided value for the input parameter 'scope' is \
                                                  not valid.",
        ));
    }
    let client = field("client_id").unwrap_or_default();
    let roles: &[&str] = if client == credentials.entra_client_id {
        &GRANTED
    } else if client == credentials.entra_limited_client_id {
        &LIMITED
    } else {
        let told = format!("AADSTS700016: Application with identifier '{client}' was not found in the directory.");
        return Err(refused(400, "unauthorized_client", &told));
    };
    match (field("client_secret"), field("client_assertion")) {
        (Some(secret), _) if secret == credentials.entra_client_secret => {}
        (Some(_), _) => {
            return Err(refused(
                401,
                "invalid_client",
                "AADSTS7000215: Invalid client secret provided. Ensure the \
                secret being sent in the request is the client secret value, not the client secret ID.",
            ));
        }
        (None, Some(assertion)) if field("client_assertion_type") == Some(ASSERTION_TYPE) => {
            check(turn, assertion, client)?;
        }
        _ => {
            return Err(refused(
                401,
                "invalid_client",
                "AADSTS7000216: 'client_assertion' or 'client_secret' is required.",
            ));
        }
    }
    // Graph's tokens are JWTs; who reads them does so on his own account.
    let claims = json!({ "aud": "https://graph.microsoft.com", "appid": client, "idtyp": "app", "roles": roles });
    let prefix = format!("eyJ0eXAiOiJKV1QifQ.{}.", URL_SAFE_NO_PAD.encode(claims.to_string()));
    let scopes = roles.iter().map(ToString::to_string).collect();
    let token = turn.world.tokens.mint(
        &prefix,
        Grant { vendor: "msgraph", acts_as: None, scopes },
        Duration::from_secs(LIFE_S),
    );
    Ok(Reply::json(
        200,
        &json!({ "token_type": "Bearer", "expires_in": LIFE_S, "ext_expires_in": LIFE_S, "access_token": token }),
    ))
}

fn check(turn: &Turn<'_>, assertion: &str, client: &str) -> Result<(), Reply> {
    let issued = &turn.world.issued;
    let invalid = |told: &str| refused(401, "invalid_client", told);
    let jwt = Jwt::verified_pss(assertion, &issued.okta_public)
        .map_err(|_| invalid("AADSTS700027: The certificate with identifier used to sign the client assertion is not registered on application."))?;
    if jwt.header("x5t#S256") != Some(issued.entra_thumbprint.as_str()) {
        return Err(invalid(
            "AADSTS700027: The certificate with identifier used to sign the client assertion is not registered on application.",
        ));
    }
    if jwt.text("iss") != Some(client) || jwt.text("sub") != Some(client) {
        return Err(invalid(
            "AADSTS700021: Client assertion application identifier doesn't match 'client_id' parameter.",
        ));
    }
    let wanted = format!("{}/msgraph/{}/oauth2/v2.0/token", turn.world.base, issued.credentials.entra_tenant);
    if jwt.text("aud") != Some(wanted.as_str()) {
        return Err(invalid("AADSTS700023: Client assertion audience claim does not match Realm issuer."));
    }
    match jwt.time("exp") {
        Some(expires) if expires > clock::epoch_s() => Ok(()),
        _ => Err(invalid("AADSTS700024: Client assertion is not within its valid time range.")),
    }
}
