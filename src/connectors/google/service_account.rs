//! An access token for a service account that acts as somebody of the domain (RFC 7523, as google-auth does it).

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::scope::full;
use crate::connectors::call::{Call, Kind};
use crate::connectors::http::address::Base;
use crate::connectors::http::{Answer, Failure, Http, Minted, Request, What, jwt};
use crate::vault::Secret;

/// The parts of a key file that matter.
#[derive(Deserialize)]
struct KeyFile {
    client_email: String,
    private_key: String,
    #[serde(default)]
    private_key_id: Option<String>,
    #[serde(default)]
    token_uri: Option<String>,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    #[serde(default)]
    expires_in: Option<u64>,
}

/// Mints a token of about an hour, for all of these scopes.
pub(super) async fn mint(
    http: &Http,
    key_file: &Secret,
    sub: &str,
    scopes: &[&str],
    token_url: Option<&Base>,
    call: &Call,
) -> Result<Minted, Failure> {
    let bad = |what: &str| {
        Failure::new(Kind::Read, What::Denied, format!("the service account's key file {what}"))
            .cure("download a new JSON key of the service account and store it as this secret")
    };
    let key: KeyFile = serde_json::from_str(key_file.expose())
        .map_err(|_| bad("is not the JSON of a service account (client_email, private_key)"))?;
    let stated = key.token_uri.as_deref().unwrap_or("https://oauth2.googleapis.com/token");
    let url = match token_url {
        Some(base) => base.clone(),
        None => Base::try_from(stated.to_owned()).map_err(|why| bad(&format!("has a bad token_uri: {why}")))?,
    };
    let assertion = sign(&key, sub, scopes, stated).ok_or_else(|| bad("holds no usable RSA private key"))?;
    let request = Request::ask(url.url())
        .form([("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", assertion.expose())])
        .hide(assertion.clone());
    let answer = http.send(request, call).await?;
    if !answer.ok() {
        return Err(refusal(&answer, sub, scopes));
    }
    let granted: Granted = answer.json()?;
    Ok(Minted {
        token: Secret::new(granted.access_token),
        holds: Some(Duration::from_secs(granted.expires_in.unwrap_or(3_600))),
    })
}

fn sign(key: &KeyFile, sub: &str, scopes: &[&str], audience: &str) -> Option<Secret> {
    let now = jwt::now_s();
    let claims = json!({
        "iss": key.client_email,
        "scope": full(scopes).join(" "),
        "aud": audience,
        "sub": sub,
        "iat": now,
        "exp": now + 3_600,
    });
    jwt::sign(&key.private_key, key.private_key_id.as_deref(), &claims)
}

/// What a refused token request means, and its cure (texts as GAM knows them).
fn refusal(answer: &Answer, sub: &str, scopes: &[&str]) -> Failure {
    let body = answer.try_json().unwrap_or(Value::Null);
    let code = body.get("error").and_then(Value::as_str).unwrap_or_default();
    let cure = match code {
        "invalid_grant" => {
            format!("check that `{sub}` is an active admin of this domain, and that this machine's clock is right")
        }
        "unauthorized_client" => format!(
            "in the Admin console under domain-wide delegation, allow the service account's client id exactly these \
             scopes: {}",
            full(scopes).join(",")
        ),
        "access_denied" => format!("lift the restriction on `{sub}`, or name another admin"),
        "invalid_client" => "check that the service account and its key still exist".to_owned(),
        _ => return answer.by_status(),
    };
    answer.failure(What::Denied, format!("Google gives no token: {}", answer.told())).code(code).cure(cure)
}
