//! What can go wrong on purpose.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::dice::Dice;
use super::limit::{Bucket, Budget};
use super::record::Kind;
use super::vendor::Vendor;

/// One thing that goes wrong, from when it is set until its time is up or faults are cleared. Several may apply to one
/// call: delays add up, any outage or limit suffices to turn it away.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Fault {
    /// Whom it hits: a vendor's name, or `*` for all.
    pub vendor: String,
    /// Only operations that start so, with or without the vendor: `google.users.delete`, `users.`; `None` hits all.
    pub op: Option<String>,
    /// Only operations that change something.
    pub acts: bool,
    /// Milliseconds between the arrival of a call and its effect, drawn between the two.
    pub act_delay_ms: (u64, u64),
    /// Milliseconds between the effect and the answer, drawn between the two.
    pub answer_delay_ms: (u64, u64),
    /// The service is out: half of the connections are closed without a word, the others get a bare 503. Nothing is
    /// carried out.
    pub down: bool,
    /// Turns calls away with this status in the vendor's own shape. Nothing is carried out.
    pub status: Option<u16>,
    /// Share of the calls that delays, `down` and `status` apply to, 0 to 1.
    pub probability: f64,
    /// A rate limit for each vendor it hits, answered in the vendor's own shape with true numbers.
    pub rate_per_s: Option<f64>,
    /// Share of the calls, 0 to 1, that are carried out and whose connection then closes without an answer.
    pub lost_answers: f64,
    /// Ends this many milliseconds after it starts; `None` lasts.
    pub for_ms: Option<u64>,
    /// Starts this many milliseconds after it is set.
    pub after_ms: Option<u64>,
}

impl Default for Fault {
    fn default() -> Fault {
        Fault {
            vendor: "*".into(),
            op: None,
            acts: false,
            act_delay_ms: (0, 0),
            answer_delay_ms: (0, 0),
            down: false,
            status: None,
            probability: 1.0,
            rate_per_s: None,
            lost_answers: 0.0,
            for_ms: None,
            after_ms: None,
        }
    }
}

/// A fault's text that says no fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the fault `{text}`: {what}; as in slack:down,for_ms=30000 or okta:rate_per_s=5 or '*:answer_delay_ms=0-60'")]
pub struct BadFault {
    text: String,
    what: String,
}

impl std::str::FromStr for Fault {
    type Err = BadFault;

    /// `vendor:key=value,key=value`, the keys being this type's fields; `down` alone is true, a delay is `low-high`.
    fn from_str(text: &str) -> Result<Fault, BadFault> {
        let bad = |what: String| BadFault { text: text.to_owned(), what };
        let (vendor, rest) = text.split_once(':').ok_or_else(|| bad("no vendor before a colon".to_owned()))?;
        let mut fields = serde_json::Map::new();
        fields.insert("vendor".into(), vendor.into());
        for part in rest.split(',').filter(|part| !part.is_empty()) {
            let (key, value) = part.split_once('=').unwrap_or((part, "true"));
            fields.insert(key.trim().to_owned(), field(key.trim(), value.trim()));
        }
        serde_json::from_value(fields.into()).map_err(|error| bad(error.to_string()))
    }
}

fn field(key: &str, value: &str) -> serde_json::Value {
    if key == "op" {
        return value.into();
    }
    if key.ends_with("_delay_ms") {
        let (low, high) = value.split_once('-').unwrap_or((value, value));
        return serde_json::json!([field("", low), field("", high)]);
    }
    serde_json::from_str(value).unwrap_or_else(|_| value.into())
}

impl Fault {
    fn hits(&self, vendor: Vendor, op: &str, kind: Kind) -> bool {
        let whom = self.vendor == "*" || self.vendor == vendor.name();
        let what = self.op.as_deref().is_none_or(|wanted| {
            let bare = op.split_once('.').map_or(op, |(_, bare)| bare);
            op.starts_with(wanted) || bare.starts_with(wanted)
        });
        whom && what && !(self.acts && kind == Kind::Read)
    }
}

/// What the faults make of one call.
#[derive(Default)]
pub(super) struct Verdict {
    pub(super) down: Option<Outage>,
    pub(super) status: Option<u16>,
    /// The tightest limit, kept (`Ok`) or exceeded (`Err`).
    pub(super) limit: Option<Result<Budget, Budget>>,
    pub(super) act_delay: Duration,
    pub(super) answer_delay: Duration,
    pub(super) loses_answer: bool,
}

/// How a service that is out shows it.
#[derive(Clone, Copy)]
pub(super) enum Outage {
    HangsUp,
    Says503,
}

struct Armed {
    fault: Fault,
    from: Instant,
    until: Option<Instant>,
    /// One a vendor, in the order of [`Vendor::ALL`]; empty without a limit.
    buckets: Vec<Bucket>,
}

#[derive(Default)]
pub(super) struct Faults {
    any: AtomicBool,
    armed: RwLock<Arc<Vec<Arc<Armed>>>>,
}

/// Far enough in the future for any rehearsal, and near enough to be added to an instant.
const FOREVER: Duration = Duration::from_secs(365 * 24 * 3600);

impl Faults {
    pub(super) fn set(&self, fault: Fault) {
        let now = Instant::now();
        let delay = |ms: u64| Duration::from_millis(ms).min(FOREVER);
        let from = now + delay(fault.after_ms.unwrap_or(0));
        let until = fault.for_ms.map(|ms| from + delay(ms));
        let buckets = match fault.rate_per_s {
            Some(rate) => Vendor::ALL.iter().filter_map(|_| Bucket::new(rate, now)).collect(),
            None => Vec::new(),
        };
        let armed = Arc::new(Armed { fault, from, until, buckets });
        let mut list = self.armed.write().unwrap_or_else(PoisonError::into_inner);
        let mut longer: Vec<Arc<Armed>> = list.to_vec();
        longer.push(armed);
        *list = Arc::new(longer);
        self.any.store(true, Ordering::Release);
    }

    pub(super) fn clear(&self) {
        *self.armed.write().unwrap_or_else(PoisonError::into_inner) = Arc::default();
        self.any.store(false, Ordering::Release);
    }

    pub(super) fn list(&self) -> Vec<Fault> {
        let list = self.armed.read().unwrap_or_else(PoisonError::into_inner);
        list.iter().map(|armed| armed.fault.clone()).collect()
    }

    pub(super) fn judge(&self, vendor: Vendor, op: &str, kind: Kind, dice: &Dice) -> Verdict {
        let mut verdict = Verdict::default();
        if !self.any.load(Ordering::Acquire) {
            return verdict;
        }
        let list = Arc::clone(&self.armed.read().unwrap_or_else(PoisonError::into_inner));
        let now = Instant::now();
        for armed in list.iter() {
            let on = armed.from <= now && armed.until.is_none_or(|until| now < until);
            if on && armed.fault.hits(vendor, op, kind) {
                armed.apply(vendor, now, dice, &mut verdict);
            }
        }
        verdict
    }
}

impl Armed {
    fn apply(&self, vendor: Vendor, now: Instant, dice: &Dice, verdict: &mut Verdict) {
        let fault = &self.fault;
        if dice.chance(fault.probability) {
            verdict.act_delay += Duration::from_millis(dice.between(fault.act_delay_ms));
            verdict.answer_delay += Duration::from_millis(dice.between(fault.answer_delay_ms));
            if fault.down {
                verdict.down = Some(if dice.chance(0.5) { Outage::HangsUp } else { Outage::Says503 });
            }
            verdict.status = verdict.status.or(fault.status);
        }
        // A call that meets an outage does not reach the counter.
        if verdict.down.is_none()
            && let Some(bucket) = self.buckets.get(vendor as usize)
        {
            let taken = bucket.take(now);
            verdict.limit = Some(tighter(verdict.limit, taken));
        }
        verdict.loses_answer |= dice.chance(fault.lost_answers);
    }
}

fn tighter(one: Option<Result<Budget, Budget>>, other: Result<Budget, Budget>) -> Result<Budget, Budget> {
    match (one, other) {
        (None, other) => other,
        (Some(Err(one)), Err(other)) => Err(if one.wait >= other.wait { one } else { other }),
        (Some(Err(one)), Ok(_)) => Err(one),
        (Some(Ok(_)), Err(other)) => Err(other),
        (Some(Ok(one)), Ok(other)) => Ok(if one.remaining <= other.remaining { one } else { other }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_reads_from_a_flag() {
        let read = |text: &str| text.parse::<Fault>().unwrap();
        let down = Fault { vendor: "slack".into(), down: true, for_ms: Some(30_000), ..Fault::default() };
        assert_eq!(read("slack:down,for_ms=30000"), down);
        let slow = Fault { answer_delay_ms: (0, 60), act_delay_ms: (5, 5), ..Fault::default() };
        assert_eq!(read("*:answer_delay_ms=0-60,act_delay_ms=5"), slow);
        let limited =
            Fault { vendor: "okta".into(), op: Some("users.".into()), rate_per_s: Some(5.0), ..Fault::default() };
        assert_eq!(read("okta:rate_per_s=5,op=users."), limited);
    }

    #[test]
    fn a_wrong_fault_says_what_is_wrong_and_shows_right_ones() {
        let told = "slack:donw".parse::<Fault>().unwrap_err().to_string();
        assert!(told.contains("unknown field `donw`") && told.contains("slack:down,for_ms=30000"), "{told}");
        assert!("down".parse::<Fault>().is_err());
    }
}
