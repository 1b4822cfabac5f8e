//! Chance without a state: what it says depends on what it is asked, not on what was asked before. So a script with one
//! trouble less differs from the whole one by that trouble alone.

/// One world's chance.
#[derive(Clone, Copy)]
pub(crate) struct Noise(pub(crate) u64);

impl Noise {
    /// A number for this question (splitmix64).
    fn of(self, question: &[u64]) -> u64 {
        let mut x = self.0 ^ 0x1234_5678_9abc_def1;
        for part in question {
            x = x.wrapping_add(*part).wrapping_add(0x9e37_79b9_7f4a_7c15);
            x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            x ^= x >> 31;
        }
        x
    }

    /// From `low` to `high`, both included.
    pub(crate) fn between(self, low: u64, high: u64, question: &[u64]) -> u64 {
        low + self.of(question) % (high - low + 1)
    }

    pub(crate) fn chance(self, percent: u64, question: &[u64]) -> bool {
        self.of(question) % 100 < percent
    }
}
