//! Signed assertions (RFC 7519) with a private key in PEM.

use std::time::{SystemTime, UNIX_EPOCH};

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::Value;

use crate::vault::Secret;

/// RS256 with an RSA key, ES256 with one on P-256. `None`: no usable key.
pub(crate) fn sign(pem: &str, key_id: Option<&str>, claims: &Value) -> Option<Secret> {
    // A key that came through an environment variable may have its line breaks written out.
    let pem = zeroize::Zeroizing::new(pem.replace("\\n", "\n"));
    let keys = [
        (Algorithm::RS256, EncodingKey::from_rsa_pem(pem.as_bytes())),
        (Algorithm::ES256, EncodingKey::from_ec_pem(pem.as_bytes())),
    ];
    let (algorithm, key) = keys.into_iter().find_map(|(algorithm, key)| Some((algorithm, key.ok()?)))?;
    let header = Header { kid: key_id.map(str::to_owned), ..Header::new(algorithm) };
    jsonwebtoken::encode(&header, claims, &key).ok().map(Secret::new)
}

/// Now, in seconds since the epoch.
pub(crate) fn now_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
