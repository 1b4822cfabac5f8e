//! The PIN that a Mac is locked with.

use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, What};
use crate::vault::Secret;

/// As many PINs as six digits can write.
const PINS: u32 = 1_000_000;

/// Six random digits, each PIN as likely as any other.
pub(super) fn random() -> Result<Secret, Failure> {
    loop {
        let mut bytes = [0_u8; 4];
        getrandom::fill(&mut bytes)
            .map_err(|error| Failure::new(Kind::Read, What::NotSent, format!("no random bytes: {error}")))?;
        let number = u32::from_le_bytes(bytes);
        // Above the last whole million the low PINs would come up more often.
        if number < u32::MAX - u32::MAX % PINS {
            return Ok(Secret::new(format!("{:06}", number % PINS)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_six_digits_and_another_each_time() {
        let pins: std::collections::BTreeSet<String> =
            (0..50).filter_map(|_| random().ok()).map(|pin| pin.expose().to_owned()).collect();
        assert!(pins.iter().all(|pin| pin.len() == 6 && pin.bytes().all(|digit| digit.is_ascii_digit())));
        assert!(pins.len() > 40, "{}", pins.len());
    }
}
