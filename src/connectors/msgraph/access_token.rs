//! Access tokens: had from the identity platform, and read for the permissions that they carry.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;

use crate::connectors::http::{Answer, Failure, Minted, What};
use crate::vault::Secret;

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    #[serde(default)]
    expires_in: Option<u64>,
}

/// The token in the identity platform's answer, or what the answer means.
pub(super) fn minted(answer: &Answer) -> Result<Minted, Failure> {
    if !answer.ok() {
        return Err(refusal(answer));
    }
    let granted: Granted = answer.json()?;
    let holds = Some(Duration::from_secs(granted.expires_in.unwrap_or(3_600)));
    Ok(Minted { token: Secret::new(granted.access_token), holds })
}

/// What a refused token request means, and its cure. The description begins with the identity platform's own number.
fn refusal(answer: &Answer) -> Failure {
    let failure = answer.by_status();
    if matches!(failure.what, What::Throttled { .. } | What::Unknown) {
        return failure;
    }
    let body = answer.try_json().unwrap_or(Value::Null);
    let said = body.get("error_description").and_then(Value::as_str).unwrap_or_default();
    let number = said.split(':').next().unwrap_or_default();
    let cure = match number {
        "AADSTS7000215" => "store the secret's value, not its id",
        "AADSTS7000222" => "the client secret has expired: make a new one and store it",
        "AADSTS700027" => "the key does not belong to a certificate of this application: upload it, or store its key",
        "AADSTS700016" => "check client_id: this tenant has no such application",
        "AADSTS90002" => "check tenant: there is no such directory",
        _ => "check tenant, client_id and the client secret or certificate",
    };
    answer.failure(What::Locked, format!("no token was given: {}", answer.told())).code(number).cure(cure)
}

/// The application permissions that a token carries (its claim `roles`). `None`: it does not say, and need not, for only
/// Graph has to understand it.
pub(super) fn permissions(token: &Secret) -> Option<Vec<String>> {
    let claims = token.expose().split('.').nth(1)?;
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
    let roles = claims.get("roles")?.as_array()?;
    Some(roles.iter().filter_map(Value::as_str).map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_are_read_where_the_token_shows_them() {
        let claims = URL_SAFE_NO_PAD.encode(r#"{"roles":["User.Read.All"]}"#);
        let read = |token: String| permissions(&Secret::new(token));
        assert_eq!(read(format!("x.{claims}.y")), Some(vec!["User.Read.All".to_owned()]));
        assert_eq!((read("opaque".into()), read("a.b.c".into())), (None, None));
    }

    #[test]
    fn a_refused_request_is_locked_with_the_cure_and_a_limited_one_waits() {
        let body = r#"{"error":"invalid_client","error_description":"AADSTS7000222: expired. Trace ID: 1"}"#;
        let refused = minted(&Answer::to_act(401, &[], body)).unwrap_err();
        assert!(refused.what == What::Locked && refused.cure.contains("has expired"), "{refused:?}");
        let limited = minted(&Answer::to_act(429, &[("retry-after", "7")], "")).unwrap_err();
        assert_eq!(limited.what, What::Throttled { after_ms: Some(7_000) });
    }
}
