//! Reads an RS256 or PS256 JWT (RFC 7515, RFC 7519). Checked by hand rather than by a validator, because each vendor has its own
//! words for each thing that can be wrong.

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaParameters, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// A token whose signature was right; nothing else of it has been checked.
pub(super) struct Jwt {
    header: Value,
    claims: Value,
}

/// Why a token was not accepted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum JwtError {
    /// Not three parts of base64url JSON, or of another algorithm.
    Malformed,
    /// Signed by another key, or altered.
    Signature,
}

impl Jwt {
    /// Reads `token` if the holder of `public` (PKCS#1 DER) signed it.
    pub(super) fn verified(token: &str, public: &[u8]) -> Result<Jwt, JwtError> {
        Jwt::signed(token, "RS256", &RSA_PKCS1_2048_8192_SHA256, public)
    }

    /// The same with PS256.
    pub(super) fn verified_pss(token: &str, public: &[u8]) -> Result<Jwt, JwtError> {
        Jwt::signed(token, "PS256", &RSA_PSS_2048_8192_SHA256, public)
    }

    fn signed(token: &str, name: &str, how: &'static RsaParameters, public: &[u8]) -> Result<Jwt, JwtError> {
        let (signed, signature) = token.rsplit_once('.').ok_or(JwtError::Malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(JwtError::Malformed)?;
        let (header, claims) = (decoded(header)?, decoded(claims)?);
        if header.get("alg").and_then(Value::as_str) != Some(name) {
            return Err(JwtError::Malformed);
        }
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| JwtError::Malformed)?;
        UnparsedPublicKey::new(how, public).verify(signed.as_bytes(), &signature).map_err(|_| JwtError::Signature)?;
        Ok(Jwt { header, claims })
    }

    pub(super) fn key_id(&self) -> Option<&str> {
        self.header("kid")
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.header.get(name).and_then(Value::as_str)
    }

    pub(super) fn text(&self, claim: &str) -> Option<&str> {
        self.claims.get(claim).and_then(Value::as_str)
    }

    /// A claim that is text, or a number as text: GitHub takes its App id either way.
    pub(super) fn text_or_number(&self, claim: &str) -> Option<String> {
        match self.claims.get(claim)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// A time claim, seconds since 1970.
    pub(super) fn time(&self, claim: &str) -> Option<u64> {
        self.claims.get(claim).and_then(Value::as_u64)
    }
}

fn decoded(part: &str) -> Result<Value, JwtError> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| JwtError::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| JwtError::Malformed)
}
