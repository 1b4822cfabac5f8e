//! The leaf of one event: what the log says of it for ever, without saying of whom.
//!
//! RFC 8785 canonical JSON, at most a few hundred bytes:
//!
//! ```json
//! {"actor":"uid:1000","ev":"step_started","ob":17,"payload":"<hex>","seq":42,"step":3,"subj":"<hex>","ts":"…Z","v":1}
//! ```
//!
//! `payload` is HMAC-SHA256 over the payload's bytes as the journal keeps them, `subj` over the person key, both keyed
//! with the salt of the offboarding. A plain digest would let anybody who knows a name test for it; the keyed one stops
//! telling anything once the salt is erased.

use std::fmt::{self, Write as _};

use hmac::digest::KeyInit;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroize;

use crate::model::{Actor, Envelope, OffboardingId, StepRef, Timestamp};

/// The leaf format's version, its field `v`.
pub const VERSION: u8 = 1;

/// The secret that keys an offboarding's hashes; one more keys those of events without an offboarding.
#[derive(Clone, PartialEq, Eq)]
pub struct Salt([u8; 32]);

impl Salt {
    /// A fresh salt from the system's random source.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// The salt that the journal keeps.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// What the journal keeps. Never to be shown.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// What stands in a leaf for `bytes`: HMAC-SHA256 under this salt.
    pub fn keyed_hash(&self, bytes: &[u8]) -> [u8; 32] {
        self.key().of(bytes)
    }

    fn key(&self) -> Keyed {
        // HMAC pads a key with zeros to its block; giving it the whole block cannot fail.
        let mut block = [0; 64];
        block[..32].copy_from_slice(&self.0);
        let keyed = Keyed(<Hmac<Sha256> as KeyInit>::new(&block.into()));
        block.zeroize();
        keyed
    }
}

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Drop for Salt {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

struct Keyed(Hmac<Sha256>);

impl Keyed {
    fn of(&self, bytes: &[u8]) -> [u8; 32] {
        let mut mac = self.0.clone();
        mac.update(bytes);
        mac.finalize().into_bytes().into()
    }
}

/// The leaf of `envelope`. `payload` is the JSON of the envelope as the journal keeps it; `person_key` is the
/// [`crate::model::Leaver::person_key`] of the offboarding's person, `None` for events without an offboarding.
pub fn leaf(envelope: &Envelope, payload: &[u8], salt: &Salt, person_key: Option<&str>) -> Vec<u8> {
    let event = &envelope.event;
    let head = Head {
        seq: envelope.seq,
        at: envelope.at,
        name: event.name(),
        offboarding: event.offboarding(),
        step: event.step(),
        actor: &envelope.actor,
    };
    head.leaf(payload, salt, person_key)
}

/// What a leaf says in clear.
pub(super) struct Head<'a> {
    pub(super) seq: u64,
    pub(super) at: Timestamp,
    pub(super) name: &'a str,
    pub(super) offboarding: Option<OffboardingId>,
    pub(super) step: Option<StepRef>,
    pub(super) actor: &'a Actor,
}

impl Head<'_> {
    /// Keys in the order of their UTF-16 code units, no spaces, shortest escapes: canonical as written.
    pub(super) fn leaf(&self, payload: &[u8], salt: &Salt, person_key: Option<&str>) -> Vec<u8> {
        let keyed = salt.key();
        let mut json = Json(String::with_capacity(320));
        json.0.push_str("{\"actor\":\"");
        match self.actor {
            Actor::Engine => json.0.push_str("engine"),
            Actor::Hris { source } => {
                json.0.push_str("hris:");
                json.escaped(source);
            }
            Actor::Operator { uid, .. } => json.show(format_args!("uid:{uid}")),
        }
        json.0.push_str("\",\"ev\":\"");
        json.escaped(self.name);
        json.0.push('"');
        if let Some(OffboardingId(id)) = self.offboarding {
            json.show(format_args!(",\"ob\":{id}"));
        }
        json.0.push_str(",\"payload\":\"");
        json.hex(&keyed.of(payload));
        json.show(format_args!("\",\"seq\":{}", self.seq));
        if let Some(step) = self.step {
            json.show(format_args!(",\"step\":{}", step.ord));
        }
        if let Some(person) = person_key {
            json.0.push_str(",\"subj\":\"");
            json.hex(&keyed.of(person.as_bytes()));
            json.0.push('"');
        }
        json.show(format_args!(",\"ts\":\"{}\",\"v\":{VERSION}}}", self.at));
        json.0.into_bytes()
    }
}

struct Json(String);

impl Json {
    fn show(&mut self, what: fmt::Arguments<'_>) {
        // Writing to a string fails only if a `Display` does, and these do not.
        let _ = self.0.write_fmt(what);
    }

    fn hex(&mut self, bytes: &[u8; 32]) {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        for byte in bytes {
            self.0.push(char::from(DIGITS[usize::from(byte >> 4)]));
            self.0.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }

    /// RFC 8785, 3.2.2.2.
    fn escaped(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '"' => self.0.push_str("\\\""),
                '\\' => self.0.push_str("\\\\"),
                '\u{8}' => self.0.push_str("\\b"),
                '\t' => self.0.push_str("\\t"),
                '\n' => self.0.push_str("\\n"),
                '\u{c}' => self.0.push_str("\\f"),
                '\r' => self.0.push_str("\\r"),
                c if c < ' ' => self.show(format_args!("\\u{:04x}", u32::from(c))),
                c => self.0.push(c),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Event;
    use proptest::prelude::*;

    fn operator() -> Actor {
        Actor::Operator { uid: 1000, login: "canary-login".to_owned() }
    }

    fn envelope(actor: Actor, event: Event) -> Envelope {
        Envelope { seq: 42, at: Timestamp(1_795_395_723_004), actor, event }
    }

    fn started() -> Event {
        Event::StepStarted { step: OffboardingId(17).step(3), attempt: 1, deadline_at: Timestamp(9) }
    }

    fn canonical(leaf: &[u8]) -> Vec<u8> {
        let value: serde_json::Value = serde_json::from_slice(leaf).unwrap();
        serde_json_canonicalizer::to_vec(&value).unwrap()
    }

    #[test]
    fn a_leaf_reads_as_documented() {
        let salt = Salt::from_bytes([7; 32]);
        let leaf = leaf(&envelope(operator(), started()), b"{}", &salt, Some("E-1"));
        insta::assert_snapshot!(String::from_utf8(leaf).unwrap(), @r#"{"actor":"uid:1000","ev":"step_started","ob":17,"payload":"7204813b88da3469d9b37525eab7411cea611dd13401dd13e609fb07d86ac348","seq":42,"step":3,"subj":"562da77face8d4f0c0faf766ebf9bdd8353b4bd50f458a236746655e1c7e9ae7","ts":"2026-11-23T01:02:03.004Z","v":1}"#);
    }

    #[test]
    fn the_keyed_hash_is_rfc_2104s() {
        let salt = Salt::from_bytes([7; 32]);
        let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(&[7; 32]).unwrap();
        mac.update(b"payload");
        assert_eq!(salt.key().of(b"payload"), <[u8; 32]>::from(mac.finalize().into_bytes()));
    }

    #[test]
    fn no_name_e_mail_or_login_is_ever_in_a_leaf() {
        let canaries = ["canary-login", "Canary Name", "canary@corp.example", "canary-reason"];
        let events = [
            started(),
            Event::Paused { offboarding: OffboardingId(1), reason: "canary-reason".to_owned() },
            Event::StepNeedsHuman {
                step: OffboardingId(1).step(0),
                reason: "Canary Name, canary@corp.example".to_owned(),
                exchanges: Vec::new(),
            },
            Event::NoticeSetAside {
                source: "csv".to_owned(),
                event_id: "canary@corp.example".to_owned(),
                reason: "canary-reason".to_owned(),
            },
            Event::AlertResolved { key: "canary@corp.example".to_owned() },
        ];
        for event in events {
            for person in [None, Some("canary@corp.example")] {
                let envelope = envelope(operator(), event.clone());
                let payload = serde_json::to_vec(&envelope).unwrap();
                let leaf = leaf(&envelope, &payload, &Salt::from_bytes([1; 32]), person);
                let text = String::from_utf8(leaf).unwrap();
                for canary in canaries {
                    assert!(!text.to_lowercase().contains(&canary.to_lowercase()), "{canary} in {text}");
                }
            }
        }
    }

    #[test]
    fn a_salt_is_not_shown() {
        assert_eq!(format!("{:?}", Salt::from_bytes([9; 32])), "***");
        assert_ne!(Salt::random().unwrap(), Salt::random().unwrap());
    }

    proptest! {
        #[test]
        fn a_leaf_is_canonical_whatever_the_feed_is_called(
            source in any::<String>(),
            at in -62_000_000_000_000_i64..250_000_000_000_000,
            seq in 0_u64..(1 << 53),
            person in proptest::option::of(any::<String>()),
        ) {
            let event = Event::Launched { offboarding: OffboardingId(seq) };
            let envelope = Envelope { seq, at: Timestamp(at), actor: Actor::Hris { source }, event };
            let leaf = leaf(&envelope, b"{}", &Salt::from_bytes([1; 32]), person.as_deref());
            prop_assert_eq!(String::from_utf8(canonical(&leaf)).unwrap(), String::from_utf8(leaf).unwrap());
        }
    }
}
