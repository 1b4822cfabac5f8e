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

use std::borrow::Cow;
use std::fmt::{self, Write as _};

use hmac::digest::KeyInit;
use hmac::{Hmac, Mac};
use jiff::fmt::temporal::DateTimePrinter;
use sha2::Sha256;
use zeroize::Zeroize;

use super::tree::Hash;
use crate::model::{Actor, Envelope, OffboardingId, Timestamp};

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

    /// Its hashes, made ready.
    pub fn keyed(&self) -> Keyed {
        // HMAC pads a key with zeros to its block; giving it the whole block cannot fail.
        let mut block = [0; 64];
        block[..32].copy_from_slice(&self.0);
        let keyed = Keyed(<Hmac<Sha256> as KeyInit>::new(&block.into()));
        block.zeroize();
        keyed
    }

    /// What stands in a leaf for `bytes`: HMAC-SHA256 under this salt.
    pub fn keyed_hash(&self, bytes: &[u8]) -> Hash {
        self.keyed().of(bytes)
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

/// The hashes that one salt keys: cheaper than a salt where there are many.
#[derive(Clone)]
pub struct Keyed(Hmac<Sha256>);

impl Keyed {
    /// What stands in a leaf for `bytes`: HMAC-SHA256 under the salt.
    pub fn of(&self, bytes: &[u8]) -> Hash {
        let mut mac = self.0.clone();
        mac.update(bytes);
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for Keyed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// The leaf of `envelope`. `payload` is the JSON of the envelope, to the byte; `person_key` is the
/// [`crate::model::Leaver::person_key`] of the offboarding's person, `None` for events without an offboarding.
pub fn leaf(envelope: &Envelope, payload: &[u8], salt: &Salt, person_key: Option<&str>) -> Vec<u8> {
    let keyed = salt.keyed();
    let subject = person_key.map(|person| keyed.of(person.as_bytes()));
    Head::of(envelope).leaf(&keyed.of(payload), subject.as_ref())
}

/// What a leaf says in clear: what the journal's columns say.
#[derive(Debug, Clone)]
pub struct Head<'a> {
    /// The event's number.
    pub seq: u64,
    /// When it happened.
    pub at: Timestamp,
    /// The event's name.
    pub name: &'a str,
    /// Who caused it, see [`actor_word`].
    pub actor: Cow<'a, str>,
    /// Which offboarding it is about.
    pub offboarding: Option<OffboardingId>,
    /// Which step of it.
    pub step: Option<u16>,
}

/// Who caused it, without a name: `engine`, `hris:bamboohr`, `uid:1000`.
pub fn actor_word(actor: &Actor) -> Cow<'static, str> {
    match actor {
        Actor::Engine => Cow::Borrowed("engine"),
        Actor::Hris { source } => Cow::Owned(format!("hris:{source}")),
        Actor::Operator { uid, .. } => Cow::Owned(format!("uid:{uid}")),
    }
}

impl<'a> Head<'a> {
    /// What the leaf of `envelope` says in clear.
    pub fn of(envelope: &'a Envelope) -> Self {
        let Envelope { seq, at, actor, event } = envelope;
        let step = event.step().map(|step| step.ord);
        let (actor, offboarding) = (actor_word(actor), event.offboarding());
        Self { seq: *seq, at: *at, name: event.name(), actor, offboarding, step }
    }

    /// The leaf, with the keyed hashes of the payload and of the person. Keys in the order of their UTF-16 code units,
    /// no spaces, shortest escapes: canonical as written.
    pub fn leaf(&self, payload: &Hash, subject: Option<&Hash>) -> Vec<u8> {
        let mut json = Json(String::with_capacity(320));
        json.0.push_str("{\"actor\":\"");
        json.escaped(&self.actor);
        json.0.push_str("\",\"ev\":\"");
        json.escaped(self.name);
        json.0.push('"');
        if let Some(OffboardingId(id)) = self.offboarding {
            json.show(format_args!(",\"ob\":{id}"));
        }
        json.0.push_str(",\"payload\":\"");
        json.hex(payload);
        json.show(format_args!("\",\"seq\":{}", self.seq));
        if let Some(step) = self.step {
            json.show(format_args!(",\"step\":{step}"));
        }
        if let Some(subject) = subject {
            json.0.push_str(",\"subj\":\"");
            json.hex(subject);
            json.0.push('"');
        }
        json.0.push_str(",\"ts\":\"");
        json.time(self.at);
        json.show(format_args!("\",\"v\":{VERSION}}}"));
        json.0.into_bytes()
    }
}

struct Json(String);

impl Json {
    fn show(&mut self, what: fmt::Arguments<'_>) {
        // Writing to a string fails only if a `Display` does, and these do not.
        let _ = self.0.write_fmt(what);
    }

    fn hex(&mut self, bytes: &Hash) {
        let mut digits = [0; 64];
        // Fails only for another length, and then the text stays short: no hash has one.
        if hex::encode_to_slice(bytes, &mut digits).is_ok() {
            self.0.push_str(str::from_utf8(&digits).unwrap_or_default());
        }
    }

    /// As [`Timestamp`] shows itself, without the detour over a formatter: leaves are built by the million.
    fn time(&mut self, at: Timestamp) {
        const PRINTER: DateTimePrinter = DateTimePrinter::new().precision(Some(3));
        match jiff::Timestamp::from_millisecond(at.0) {
            Ok(instant) if PRINTER.print_timestamp(&instant, &mut self.0).is_ok() => {}
            _ => self.show(format_args!("{at}")),
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
        assert_eq!(salt.keyed_hash(b"payload"), <[u8; 32]>::from(mac.finalize().into_bytes()));
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
            let said = format!("\"ts\":\"{}\"", Timestamp(at));
            prop_assert!(String::from_utf8(leaf.clone()).unwrap().contains(&said));
            prop_assert_eq!(String::from_utf8(canonical(&leaf)).unwrap(), String::from_utf8(leaf).unwrap());
        }
    }
}
