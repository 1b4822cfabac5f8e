//! Signature version 4, by Amazon's own crate, on requests of the shared client.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use serde::{Deserialize, Serialize};

use crate::connectors::http::{Failure, Request, What};
use crate::vault::Secret;

/// What requests are signed with. Kept as one secret text, for that is what tokens are kept as.
#[derive(Serialize, Deserialize)]
pub(super) struct Keys {
    pub(super) id: String,
    pub(super) secret: String,
    /// Of temporary keys.
    pub(super) session: Option<String>,
}

/// For which service and region a signature holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) service: &'a str,
    pub(super) region: &'a str,
}

impl Keys {
    pub(super) fn pack(&self) -> Secret {
        Secret::new(serde_json::to_string(self).unwrap_or_default())
    }

    pub(super) fn unpack(packed: &Secret) -> Result<Self, serde_json::Error> {
        serde_json::from_str(packed.expose())
    }
}

/// The request with this body and these headers, signed; everything in it that is secret will be masked. AWS repeats the
/// whole canonical request, session token included, where a signature does not match.
pub(super) fn signed(
    request: Request,
    keys: &Keys,
    scope: Scope<'_>,
    headers: &[(&str, &str)],
    body: String,
    at: SystemTime,
) -> Result<Request, Failure> {
    let kind = request.kind;
    let wrong = |why: String| Failure::new(kind, What::NotSent, format!("the request cannot be signed: {why}"));
    let mut credentials = Credentials::builder()
        .access_key_id(keys.id.as_str())
        .secret_access_key(keys.secret.as_str())
        .provider_name("nightlatch");
    credentials.set_session_token(keys.session.clone());
    let identity = credentials.build().into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(scope.region)
        .name(scope.service)
        .time(at)
        .settings(SigningSettings::default())
        .build()
        .map_err(|error| wrong(error.to_string()))?
        .into();
    let (method, url) = (request.method.to_string(), request.url.to_string());
    let signable = SignableRequest::new(&method, url, headers.iter().copied(), SignableBody::Bytes(body.as_bytes()))
        .map_err(|error| wrong(error.to_string()))?;
    let (instructions, signature) = sign(signable, &params).map_err(|error| wrong(error.to_string()))?.into_parts();
    let mut request = request.hide(Secret::new(keys.secret.as_str())).hide(Secret::new(signature));
    if let Some(session) = &keys.session {
        request = request.hide(Secret::new(session.as_str()));
    }
    let ours = headers.iter().map(|(name, value)| (*name, *value));
    for (name, value) in ours.chain(instructions.headers()) {
        request = request.header(name, value);
    }
    Ok(request.text(body))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    /// The credentials, time and scope of Amazon's test suite for version 4; the signature was computed for this body
    /// with botocore 1.44.5.
    #[test]
    fn the_signature_is_what_botocore_computes() {
        let url = "https://iam.amazonaws.com/".parse().unwrap();
        let keys =
            Keys { id: "AKIDEXAMPLE".into(), secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".into(), session: None };
        let scope = Scope { service: "iam", region: "us-east-1" };
        let at = UNIX_EPOCH + Duration::from_secs(1_440_938_160);
        let headers = [("content-type", "application/x-www-form-urlencoded; charset=utf-8")];
        let body = "Action=ListUsers&Version=2010-05-08".to_owned();
        let request = signed(Request::ask(url), &keys, scope, &headers, body, at).unwrap();
        let wire = request.into_wire(&reqwest::Client::new()).unwrap();
        assert_eq!(wire.headers()["authorization"].to_str().unwrap(), EXPECTED);
    }

    const EXPECTED: &str = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, \
        SignedHeaders=content-type;host;x-amz-date, \
        Signature=5d76d0de3e0ffe5a7a23cfce21b99d6f4e5060aad86bd9dc7c617f224e5b492a";
}
