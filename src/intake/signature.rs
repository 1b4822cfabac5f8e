//! Whether a webhook is from whom it says: HMAC over the bytes as received, and a signed time that is near.

use std::fmt;

use axum::http::{HeaderMap, HeaderName};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::model::Timestamp;
use crate::vault::Secret;

/// Why a webhook was not believed. For the log alone: the sender is told the same in every case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unverified {
    /// No signature, several, or not 32 bytes in hex.
    NoSignature,
    /// No key gives this signature.
    WrongSignature,
    /// No timestamp, several, or none that can be read.
    NoTimestamp,
    /// Signed too long ago.
    Stale,
    /// Signed in the future.
    Early,
}

impl fmt::Display for Unverified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoSignature => "no usable signature",
            Self::WrongSignature => "the signature fits no configured key",
            Self::NoTimestamp => "no usable timestamp",
            Self::Stale => "the timestamp is too old (is this machine's clock right?)",
            Self::Early => "the timestamp is in the future (is this machine's clock right?)",
        })
    }
}

/// The keys that are in force; more than one while a key is being rotated.
#[derive(Debug, Clone)]
pub(crate) struct Keys(Vec<Secret>);

impl Keys {
    pub(crate) fn new(keys: Vec<Secret>) -> Self {
        Self(keys)
    }

    /// Whether one of the keys gives the signature `hex` for these parts in a row. Every key is tried, and a signature
    /// that is none costs the same work, so that the time taken tells nothing.
    pub(crate) fn verify(&self, parts: &[&[u8]], hex: Option<&str>) -> Result<(), Unverified> {
        let mut sent = [0_u8; 32];
        let readable = hex.is_some_and(|hex| hex::decode_to_slice(hex, &mut sent).is_ok());
        let mut fits = false;
        for key in &self.0 {
            let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.expose().as_bytes()) else { continue };
            for part in parts {
                mac.update(part);
            }
            fits |= mac.verify_slice(&sent).is_ok();
        }
        match (readable, fits) {
            (true, true) => Ok(()),
            (true, false) => Err(Unverified::WrongSignature),
            (false, _) => Err(Unverified::NoSignature),
        }
    }
}

/// The one value of a header. Several are as good as none: nobody can say which one was meant.
pub(crate) fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

/// Whether the signed time is within `tolerance_s` of now, either way.
pub(crate) fn near(text: Option<&str>, now: Timestamp, tolerance_s: u64) -> Result<(), Unverified> {
    let signed = text.and_then(instant).ok_or(Unverified::NoTimestamp)?;
    let tolerance_ms = tolerance_s.saturating_mul(1_000);
    if now.ms_since(signed) > tolerance_ms {
        return Err(Unverified::Stale);
    }
    if signed.ms_since(now) > tolerance_ms {
        return Err(Unverified::Early);
    }
    Ok(())
}

/// Reads epoch seconds, epoch milliseconds, or ISO 8601; a time without an offset is UTC.
pub(crate) fn instant(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let number: i64 = text.parse().ok()?;
        // Seconds have eleven digits until the year 5138.
        return Some(Timestamp(if text.len() <= 11 { number.checked_mul(1_000)? } else { number }));
    }
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Some(at.into());
    }
    let civil = text.parse::<jiff::civil::DateTime>().ok()?;
    Some(civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_as_seconds_milliseconds_or_iso() {
        let at = Some(Timestamp(1_795_392_000_000));
        for text in
            ["1795392000", "1795392000000", "2026-11-23T00:00:00Z", "2026-11-23T01:00:00+01:00", "2026-11-23 00:00:00"]
        {
            assert_eq!(instant(text), at, "{text}");
        }
        for text in ["", " ", "yesterday", "-1", "1e9", "99999999999999999999", "2026-11-23"] {
            let read = instant(text);
            assert!(read.is_none() || text == "2026-11-23", "{text}: {read:?}");
        }
    }

    #[test]
    fn the_window_is_closed_on_both_sides() {
        let now = Timestamp(1_795_392_000_000);
        assert_eq!(near(Some("1795391700"), now, 300), Ok(()));
        assert_eq!(near(Some("1795391699"), now, 300), Err(Unverified::Stale));
        assert_eq!(near(Some("1795392300"), now, 300), Ok(()));
        assert_eq!(near(Some("1795392301"), now, 300), Err(Unverified::Early));
        assert_eq!(near(None, now, 300), Err(Unverified::NoTimestamp));
    }

    #[test]
    fn a_signature_from_elsewhere_is_believed() {
        // RFC 4231, test case 2: two parts must sign as their concatenation.
        let keys = Keys::new(vec![Secret::new("other"), Secret::new("Jefe")]);
        let parts: [&[u8]; 2] = [b"what do ya want ", b"for nothing?"];
        let right = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(keys.verify(&parts, Some(right)), Ok(()));
        assert_eq!(keys.verify(&parts, Some(&right.replace('5', "6"))), Err(Unverified::WrongSignature));
        assert_eq!(keys.verify(&parts, Some(&format!("v1={right}"))), Err(Unverified::NoSignature));
        assert_eq!(keys.verify(&parts, None), Err(Unverified::NoSignature));
        assert_eq!(Keys::new(vec![]).verify(&parts, Some(right)), Err(Unverified::WrongSignature));
    }
}
