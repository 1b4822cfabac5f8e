//! Passwords that nobody ever sees.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::call::Kind;
use super::failure::{Failure, What};
use crate::vault::Secret;

/// 256 random bits. Ends with one of each kind of character, for rules that ask for them.
pub(crate) fn random() -> Result<Secret, Failure> {
    let mut bytes = zeroize::Zeroizing::new([0_u8; 32]);
    getrandom::fill(bytes.as_mut_slice())
        .map_err(|error| Failure::new(Kind::Read, What::NotSent, format!("no random bytes: {error}")))?;
    Ok(Secret::new(format!("{}aA1!", URL_SAFE_NO_PAD.encode(bytes.as_slice()))))
}
