//! What came of a headless demo. The field names are an interface: programs read them.

use std::fmt;

use serde::Serialize;

/// Milliseconds: median, 99th percentile, longest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Quantiles {
    /// Half were faster.
    pub p50: u64,
    /// 99 of 100 were faster.
    pub p99: u64,
    /// The slowest.
    pub max: u64,
}

/// Where the log stood at the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LedgerReport {
    /// Events.
    pub size: u64,
    /// The root, in base64.
    pub root: String,
    /// Everything was recomputed from the file and holds, and the projections follow from the events.
    pub verified: bool,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Webhooks that were accepted.
    pub offboardings: u64,
    /// Offboardings that ended closed.
    pub closed: u64,
    /// Steps of them that take something away.
    pub steps: u64,
    /// What the others, which only look, found for a person to deal with.
    pub findings: u64,
    /// Steps that are done and whose access the sandbox itself says is dead.
    pub verified_dead: u64,
    /// Irreversible calls that reached the sandbox again after they had been executed.
    pub executed_twice: u64,
    /// Accepted webhooks without an offboarding.
    pub lost: u64,
    /// Executions beyond the first, over all steps.
    pub retries: u64,
    /// Consents given.
    pub approvals: u64,
    /// Webhook sent → first call for this person at the sandbox.
    pub first_call_ms: Quantiles,
    /// Webhook sent → last first execution of this person's kill switch.
    pub last_kill_call_ms: Quantiles,
    /// The log.
    pub ledger: LedgerReport,
    /// What has not come to a good end, the first of it, in words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unmet: Vec<String>,
}

impl Quantiles {
    /// Of these samples, in any order.
    pub fn of(mut samples: Vec<u64>) -> Self {
        samples.sort_unstable();
        let at = |percent: usize| {
            let rank = (samples.len() * percent).div_ceil(100).saturating_sub(1);
            samples.get(rank).copied().unwrap_or(0)
        };
        Self { p50: at(50), p99: at(99), max: samples.last().copied().unwrap_or(0) }
    }
}

impl Report {
    /// Whether everything that the demo promises is true.
    pub fn holds(&self) -> bool {
        self.offboardings > 0
            && self.closed == self.offboardings
            && self.verified_dead == self.steps
            && self.executed_twice == 0
            && self.lost == 0
            && self.ledger.verified
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quantiles = |it: &Quantiles| format!("p50 {} ms   p99 {} ms   max {} ms", it.p50, it.p99, it.max);
        writeln!(f, "offboardings     {} ({} closed, {} lost)", self.offboardings, self.closed, self.lost)?;
        writeln!(f, "steps            {} ({} verified dead)", self.steps, self.verified_dead)?;
        writeln!(f, "findings         {}", self.findings)?;
        writeln!(f, "executed twice   {}", self.executed_twice)?;
        writeln!(f, "retries          {}", self.retries)?;
        writeln!(f, "approvals        {}", self.approvals)?;
        writeln!(f, "first call       {}", quantiles(&self.first_call_ms))?;
        writeln!(f, "last kill call   {}", quantiles(&self.last_kill_call_ms))?;
        let verified = if self.ledger.verified { "verified" } else { "NOT VERIFIED" };
        write!(f, "ledger           {} events, root {}, {verified}", self.ledger.size, self.ledger.root)?;
        self.unmet.iter().try_for_each(|line| write!(f, "\nNOT AS PROMISED  {line}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_of_a_hundred_samples() {
        assert_eq!(Quantiles::of((1..=100).rev().collect()), Quantiles { p50: 50, p99: 99, max: 100 });
        assert_eq!(Quantiles::of(vec![7]), Quantiles { p50: 7, p99: 7, max: 7 });
        assert_eq!(Quantiles::of(Vec::new()), Quantiles::default());
    }
}
