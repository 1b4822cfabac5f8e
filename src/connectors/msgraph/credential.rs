//! How the application proves who it is: a client secret, or an assertion that its certificate's key signs.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::config::Config;
use crate::connectors::http::{Failure, Request, What, jwt, token};
use crate::connectors::{BuildError, Given, call::Kind};
use crate::vault::{Secret, SecretRef};

/// How long an assertion holds, in seconds.
const HOLDS_S: u64 = 600;

#[derive(Debug)]
pub(super) enum Credential {
    Secret(SecretRef),
    /// Certificate and private key in one PEM.
    Certificate(SecretRef),
}

impl Credential {
    pub(super) fn of(given: &Given, config: &Config) -> Result<Self, BuildError> {
        match (&config.client_secret, &config.certificate) {
            (Some(secret), None) => Ok(Self::Secret(secret.clone())),
            (None, Some(certificate)) => Ok(Self::Certificate(certificate.clone())),
            _ => Err(given.wrong("give either client_secret or certificate")),
        }
    }

    /// The token request, signed in one of the two ways.
    pub(super) async fn sign(&self, request: Request, client_id: &str, scope: &str) -> Result<Request, Failure> {
        let mut form = vec![("client_id", client_id), ("scope", scope), ("grant_type", "client_credentials")];
        match self {
            Self::Secret(secret) => {
                let secret = token::fetch(secret).await?;
                form.push(("client_secret", secret.expose()));
                Ok(request.form(form).hide(secret.clone()))
            }
            Self::Certificate(pem) => {
                let pem = token::fetch(pem).await?;
                let assertion = assertion(&pem, client_id, request.url.as_str())?;
                form.push(("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"));
                form.push(("client_assertion", assertion.expose()));
                Ok(request.form(form).hide(assertion.clone()))
            }
        }
    }
}

/// PS256 with `x5t#S256`, as MSAL makes it.
fn assertion(pem: &Secret, client_id: &str, audience: &str) -> Result<Secret, Failure> {
    let unusable = || {
        Failure::new(Kind::Read, What::Locked, "the certificate's file holds no certificate with an RSA key in PEM")
            .cure("put the certificate and its private key (PKCS#8), both in PEM, one after the other into this secret")
    };
    // A key that came through an environment variable may have its line breaks written out.
    let pem = Zeroizing::new(pem.expose().replace("\\n", "\n"));
    let thumbprint = block(&pem, "CERTIFICATE").and_then(|block| thumbprint(&block)).ok_or_else(unusable)?;
    let key = block(&pem, "PRIVATE KEY").or_else(|| block(&pem, "RSA PRIVATE KEY")).ok_or_else(unusable)?;
    let key = EncodingKey::from_rsa_pem(key.as_bytes()).map_err(|_| unusable())?;
    let header = Header { x5t_s256: Some(thumbprint), ..Header::new(Algorithm::PS256) };
    let now = jwt::now_s();
    let claims: Value = json!({
        "aud": audience, "iss": client_id, "sub": client_id, "jti": uuid::Uuid::new_v4().to_string(),
        "iat": now, "nbf": now, "exp": now + HOLDS_S,
    });
    jsonwebtoken::encode(&header, &claims, &key).map(Secret::new).map_err(|_| unusable())
}

/// The first PEM block of this name (RFC 7468), its two lines of dashes included.
fn block(pem: &str, name: &str) -> Option<Zeroizing<String>> {
    let (begin, end) = (format!("-----BEGIN {name}-----"), format!("-----END {name}-----"));
    let (_, rest) = pem.split_once(&begin)?;
    let (inner, _) = rest.split_once(&end)?;
    Some(Zeroizing::new(format!("{begin}{inner}{end}\n")))
}

/// SHA-256 of the certificate in DER, base64url.
fn thumbprint(block: &str) -> Option<String> {
    let inner: String = block.lines().filter(|line| !line.starts_with("-----")).map(str::trim).collect();
    let der = STANDARD.decode(inner).ok()?;
    Some(URL_SAFE_NO_PAD.encode(Sha256::digest(der)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_blocks_of_one_file_are_told_apart() {
        let pem = "-----BEGIN CERTIFICATE-----\nAQID\n-----END CERTIFICATE-----\n\
                   -----BEGIN PRIVATE KEY-----\nBAUG\n-----END PRIVATE KEY-----\n";
        let key = block(pem, "PRIVATE KEY").unwrap();
        assert!(key.contains("BAUG") && !key.contains("AQID"));
        // SHA-256 of the bytes 1, 2, 3.
        let print = thumbprint(&block(pem, "CERTIFICATE").unwrap()).unwrap();
        assert_eq!(print, "A5BYxvLAy0ksUzsKTRTvd8wPeKvMztUofYShogEc-4E");
        assert_eq!(block("no pem", "CERTIFICATE"), None);
    }

    #[test]
    fn a_file_without_a_key_says_what_belongs_there() {
        let failure = assertion(&Secret::new("no pem"), "client", "https://login.corp.example/token").unwrap_err();
        assert!(failure.what == What::Locked && failure.cure.contains("PEM"), "{failure:?}");
    }
}
