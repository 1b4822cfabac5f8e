//! What an HR notice means: a new offboarding, one that is open already, or nothing.

use std::sync::Arc;

use super::{Core, Effect, NoticeKey};
use crate::engine::handle::Taken;
use crate::model::{Actor, AlertKind, Event, HrNotice, NoticeKind, Offboarding, OffboardingId, Phase, Plan, Timestamp};

const HOUR_MS: i64 = 3_600_000;

impl Core {
    pub(super) fn take_notice(
        &mut self,
        now: Timestamp,
        notice: HrNotice,
        plan: Plan,
        by: Actor,
        out: &mut Vec<Effect>,
    ) -> Taken {
        let key = NoticeKey::of(&notice.source, &notice.event_id);
        if !self.seen.insert(key) {
            return Taken::Replay;
        }
        let latest = self.latest_of(&notice.leaver);
        let open = latest.filter(|id| self.fleet.get(*id).is_some_and(Offboarding::is_open));
        // One edit in HR can bring several events; one that comes after the kill switch is done tells nothing new.
        let done = latest.filter(|id| {
            let closed = self.fleet.get(*id).is_some_and(|it| it.phase == Phase::Closed && self.is_recent(now, it));
            closed && matches!(by, Actor::Hris { .. })
        });
        match (notice.kind, open.or(done)) {
            (NoticeKind::Terminated, Some(id)) => self.merge(now, id, &notice, by, out),
            (NoticeKind::Terminated, None) => self.open(now, notice, plan, by, out),
            (NoticeKind::Undone, _) => self.put_aside(now, notice, "only a person undoes".to_owned(), by, out),
            (NoticeKind::Rescinded, Some(id)) if open.is_none() => {
                let reason =
                    format!("a termination is called off, but {id} is done: what it did has to be undone by hand");
                self.put_aside(now, notice, reason, by, out)
            }
            (NoticeKind::Rescinded, Some(id)) if self.was_opened_by(id, &notice.source) => {
                // With its id: come once more, it must not stop a later offboarding of the same person.
                self.emit(now, by.clone(), noted(id, &notice), out);
                let reason = "HR called the termination off; what was done has to be undone by hand".to_owned();
                self.stop(now, id, reason, by, out);
                Taken::Rescinded(id)
            }
            (NoticeKind::Rescinded, Some(id)) => {
                let reason = format!(
                    "{} calls off the termination of {id}, which it did not ask for: stop it by hand",
                    notice.source
                );
                self.put_aside(now, notice, reason, by, out)
            }
            (NoticeKind::Rescinded, None) => {
                let reason = "a termination is called off, but none is open for this person".to_owned();
                self.put_aside(now, notice, reason, by, out)
            }
        }
    }

    /// What ended long ago is in memory for its legal hold alone: who leaves now leaves again.
    fn is_recent(&self, now: Timestamp, offboarding: &Offboarding) -> bool {
        offboarding.ended_at.is_none_or(|at| now <= at.plus_ms(self.config.forget_after_ms))
    }

    /// Who asked for an offboarding may call it off; another feed may not.
    fn was_opened_by(&self, id: OffboardingId, source: &str) -> bool {
        self.fleet.get(id).is_some_and(|it| it.notice.source == source)
    }

    /// A parked notice has been read: it may be taken although its id is known.
    pub fn forget_parked(&mut self, source: &str, event_id: &str) {
        self.seen.remove(&NoticeKey::of(source, event_id));
    }

    fn put_aside(
        &mut self,
        now: Timestamp,
        notice: HrNotice,
        reason: String,
        by: Actor,
        out: &mut Vec<Effect>,
    ) -> Taken {
        let HrNotice { source, event_id, .. } = notice;
        self.emit(now, by, Event::NoticeSetAside { source, event_id, reason: reason.clone() }, out);
        Taken::SetAside(reason)
    }

    /// A second notice about somebody whose offboarding is open: the earlier end of access wins.
    fn merge(
        &mut self,
        now: Timestamp,
        id: OffboardingId,
        notice: &HrNotice,
        by: Actor,
        out: &mut Vec<Effect>,
    ) -> Taken {
        self.emit(now, by.clone(), noted(id, notice), out);
        let armed_for = match self.fleet.get(id).map(|it| &it.phase) {
            Some(Phase::Armed { at }) => Some(*at),
            _ => None,
        };
        if let Some(armed_for) = armed_for
            && !notice.by_hand
        {
            match notice.effective_at {
                Some(at) if at > now && at != armed_for => {
                    self.emit(now, by, Event::Rearmed { offboarding: id, at }, out);
                }
                Some(at) if at > now => {}
                _ => self.emit(now, by, Event::Launched { offboarding: id }, out),
            }
        }
        Taken::Merged(id)
    }

    fn open(&mut self, now: Timestamp, notice: HrNotice, plan: Plan, by: Actor, out: &mut Vec<Effect>) -> Taken {
        let id = OffboardingId(self.fleet.next_offboarding.max(1));
        let flooded = matches!(by, Actor::Hris { .. }) && self.floods(now);
        let phase = match notice.effective_at {
            _ if flooded => {
                Phase::Held { reason: "flood guard: more people left within an hour than is usual".to_owned() }
            }
            _ if notice.by_hand => Phase::Held { reason: "to be launched by hand".to_owned() },
            Some(at) if at > now => Phase::Armed { at },
            _ => Phase::Running,
        };
        self.stop_giving_back(now, &notice.leaver, out);
        for key in notice.leaver.keys() {
            self.latest_by_person.insert(key.to_owned(), id);
        }
        let leaver = Arc::new(notice.leaver.clone());
        self.leavers.insert(id, Arc::clone(&leaver));
        let event = Event::Opened { offboarding: id, notice: Box::new(notice), plan: Box::new(plan), phase };
        self.emit(now, by, event, out);
        self.inherit_hold(now, id, &leaver, out);
        if flooded && !self.fleet.alerts.contains_key("flood") {
            let summary = format!(
                "more than {} people were named within an hour; the rest is held: look, then launch them one by one",
                self.config.flood_limit_per_hour
            );
            self.emit(
                now,
                Actor::Engine,
                Event::AlertRaised { key: "flood".into(), kind: AlertKind::Flood, summary },
                out,
            );
        }
        Taken::Opened(id)
    }

    /// Counts one more person, and says whether that is too many for an hour.
    fn floods(&mut self, now: Timestamp) -> bool {
        if self.config.flood_limit_per_hour == 0 {
            return false;
        }
        self.lately_opened = self.lately_opened.split_off(&Timestamp(now.0 - HOUR_MS));
        *self.lately_opened.entry(now).or_default() += 1;
        self.lately_opened.values().sum::<u32>() > self.config.flood_limit_per_hour
    }
}

/// This notice was about that offboarding: a replay of it does nothing.
fn noted(offboarding: OffboardingId, notice: &HrNotice) -> Event {
    Event::NoticeMerged { offboarding, source: notice.source.clone(), event_id: notice.event_id.clone() }
}
