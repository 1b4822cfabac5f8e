//! The dashboard's figures, counted once a change rather than once a frame.

use jiff::tz::TimeZone;

use super::span;
use super::standing::Standing;
use crate::model::{Fleet, StepRef, StepState, Timestamp};

/// What the tiles and the header show.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Figures {
    /// Waiting for their instant.
    pub(crate) armed: usize,
    /// Waiting for a person's launch.
    pub(crate) held: usize,
    pub(crate) running: usize,
    pub(crate) paused: usize,
    pub(crate) approval: usize,
    pub(crate) attention: usize,
    pub(crate) verifying: usize,
    pub(crate) closed_today: usize,
    /// Everything that has not ended.
    pub(crate) open: usize,
    /// Launched, and not proved cut.
    pub(crate) exposed: usize,
    /// The earliest launch among the exposed.
    pub(crate) exposed_since: Option<Timestamp>,
    /// The earliest instant at which one of the exposed is over its SLA.
    pub(crate) sla_ends: Option<Timestamp>,
    /// Times from launch to cut of those cut today, in ms, sorted.
    pub(crate) revoked: Vec<u64>,
    /// How many of those took longer than their plan's SLA.
    pub(crate) over_sla: usize,
    /// The shortest SLA among today's plans, in ms.
    pub(crate) sla_ms: Option<u64>,
    /// Steps of which nobody knows whether their call took effect, and when the last quarantine ends.
    pub(crate) doubts: usize,
    pub(crate) doubts_until: Option<Timestamp>,
    /// Steps that wait for consent: urgent people first, then the oldest.
    pub(crate) inbox: Vec<StepRef>,
    /// Steps that hold a consent and have not used it: it can run out.
    pub(crate) granted: Vec<StepRef>,
}

impl Figures {
    pub(crate) fn count(fleet: &Fleet, now: Timestamp, zone: &TimeZone) -> Self {
        let midnight = span::midnight(now, zone);
        let mut it = Self::default();
        let mut inbox = Vec::new();
        for offboarding in fleet.offboardings.values() {
            if let (Some(launched), Some(cut)) = (offboarding.launched_at, offboarding.cut_at)
                && cut >= midnight
            {
                let took = cut.ms_since(launched);
                it.revoked.push(took);
                it.over_sla += usize::from(took > offboarding.plan.sla_ms);
                it.sla_ms = Some(it.sla_ms.map_or(offboarding.plan.sla_ms, |ms| ms.min(offboarding.plan.sla_ms)));
            }
            for step in &offboarding.steps {
                if let StepState::Ambiguous { until, .. } = step.state {
                    it.doubts += 1;
                    it.doubts_until = it.doubts_until.max(Some(until));
                }
            }
            let standing = Standing::of(offboarding);
            if !offboarding.is_open() {
                let today = offboarding.ended_at.is_some_and(|at| at >= midnight);
                it.closed_today += usize::from(standing == Standing::Closed && today);
                continue;
            }
            it.open += 1;
            match standing {
                Standing::Armed => it.armed += 1,
                Standing::Held => it.held += 1,
                Standing::Paused => it.paused += 1,
                Standing::Running => it.running += 1,
                Standing::Verifying => it.verifying += 1,
                _ => {}
            }
            let mut attention = false;
            let waiting = inbox.len();
            for (ord, step) in (0u16..).zip(&offboarding.steps) {
                match step.state {
                    StepState::AwaitingApproval { since } => {
                        inbox.push((!offboarding.leaver().urgent(), since, offboarding.id.step(ord)));
                    }
                    StepState::Failed { .. } | StepState::NeedsHuman { .. } => attention = true,
                    StepState::Waiting | StepState::RetryAt { .. } if step.approval.is_some() => {
                        it.granted.push(offboarding.id.step(ord));
                    }
                    _ => {}
                }
            }
            it.attention += usize::from(attention);
            it.approval += usize::from(inbox.len() > waiting);
            if let Some(launched) = offboarding.exposed_since() {
                it.exposed += 1;
                it.exposed_since = Some(it.exposed_since.map_or(launched, |at| at.min(launched)));
                let ends = launched.plus_ms(offboarding.plan.sla_ms);
                it.sla_ends = Some(it.sla_ends.map_or(ends, |at| at.min(ends)));
            }
        }
        it.revoked.sort_unstable();
        inbox.sort_unstable();
        it.inbox = inbox.into_iter().map(|(_, _, step)| step).collect();
        it
    }

    /// The time below which `percent` of today's revocations stayed (nearest rank), in ms.
    pub(crate) fn percentile(&self, percent: usize) -> Option<u64> {
        let rank = (self.revoked.len() * percent).div_ceil(100).max(1);
        self.revoked.get(rank - 1).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_nearest_rank() {
        let figures = Figures { revoked: (1..=20).collect(), ..Figures::default() };
        assert_eq!(figures.percentile(50), Some(10));
        assert_eq!(figures.percentile(95), Some(19));
        assert_eq!(figures.percentile(100), Some(20));
        assert_eq!(Figures::default().percentile(50), None);
    }
}
