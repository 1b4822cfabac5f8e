//! Durations as people write them: `500ms`, `3s`, `15m`, `4h`, `2d`.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, Visitor};

const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// A whole number and a unit, in ms.
pub fn parse_ms(text: &str) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    let (_, ms) = UNITS.iter().find(|(name, _)| *name == unit)?;
    // What is longer than a signed instant can hold is a slip of the keyboard.
    number.parse::<u64>().ok()?.checked_mul(*ms).filter(|ms| *ms <= 36_500 * 86_400_000)
}

/// A duration in a runbook, in ms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Millis(pub(super) u64);

impl<'de> Deserialize<'de> for Millis {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Millis;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a duration in quotes, as in \"500ms\", \"3s\", \"15m\", \"4h\" or \"2d\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Millis, E> {
                parse_ms(text).map(Millis).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_they_are_written() {
        for (text, ms) in [("500ms", 500), ("3s", 3_000), ("15m", 900_000), ("4h", 14_400_000), ("2d", 172_800_000)] {
            assert_eq!(parse_ms(text), Some(ms));
        }
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in ["", "3", "s", "3 s", "-3s", "3.5s", "3S", "99999999999999999999s", "999999d"] {
            assert_eq!(parse_ms(text), None, "{text}");
        }
    }
}
