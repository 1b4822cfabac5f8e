//! Seeded chance: the same seed builds the same people and, where calls come in the same order, the same mishaps.

use std::sync::atomic::{AtomicU64, Ordering};

/// The odd constant that splitmix64 counts by (Steele, Lea, Flood: "Fast splittable pseudorandom number generators").
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// Scatters the bits of `z`: the output function of splitmix64.
fn scatter(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A stream of draws that belongs to one thing, such as one person.
pub(super) struct Draw(u64);

impl Draw {
    /// The stream of thing number `index` under `seed`; streams of neighbours are unrelated.
    pub(super) fn new(seed: u64, index: usize) -> Draw {
        Draw(scatter(seed ^ scatter((index as u64).wrapping_add(GOLDEN))))
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        scatter(self.0)
    }

    /// A number below `bound`; 0 when `bound` is 0.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        let bound = bound.max(1) as u64;
        usize::try_from(self.next() % bound).unwrap_or_default()
    }

    pub(super) fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }
}

/// Chance shared by all calls; a roll takes no lock.
pub(super) struct Dice(AtomicU64);

impl Dice {
    pub(super) fn new(seed: u64) -> Dice {
        Dice(AtomicU64::new(seed))
    }

    pub(super) fn roll(&self) -> u64 {
        scatter(self.0.fetch_add(GOLDEN, Ordering::Relaxed).wrapping_add(GOLDEN))
    }

    /// True in a share `probability` of the rolls; 0 never, 1 always.
    pub(super) fn chance(&self, probability: f64) -> bool {
        if probability >= 1.0 {
            return true;
        }
        if probability <= 0.0 {
            return false;
        }
        let high = u32::try_from(self.roll() >> 32).unwrap_or(u32::MAX);
        f64::from(high) < probability * f64::from(u32::MAX)
    }

    /// A number between the two, both included.
    pub(super) fn between(&self, (low, high): (u64, u64)) -> u64 {
        if high <= low { low } else { low + self.roll() % (high - low).saturating_add(1) }
    }
}
