//! Follows the engine's events.

use super::{Session, unexpected};
use crate::cli::fault::{Exit, Fault};
use crate::cli::render;
use crate::ipc::{EngineLine, Link, Mirror, Op, Reply, Request};
use crate::model::{Envelope, Event, Offboarding, OffboardingId, Phase, Timestamp};

impl Session<'_> {
    /// Prints one line an event, until the offboarding ends, or for ever.
    pub(super) async fn watch(&mut self, only: Option<OffboardingId>) -> Result<Exit, Fault> {
        let mut link = Link::open(&self.context.socket, self.context.read_only).await?;
        subscribe(&mut link).await?;
        let mut mirror = Mirror::default();
        loop {
            let line = link.reader.next().await.map_err(|error| lost(&error.to_string()))?;
            let Some(line) = line else { return Err(lost("it closed the connection")) };
            // What the snapshot had already is not told again.
            let is_news = |it: &Envelope| {
                mirror.ready
                    && it.seq >= mirror.fleet.next_seq
                    && only.is_none_or(|only| it.event.offboarding() == Some(only))
            };
            let news = match &line {
                EngineLine::Event(envelope) if is_news(envelope) => Some(envelope.clone()),
                EngineLine::Reply { result: Err(refusal), .. } => return Err(refusal.clone().into()),
                _ => None,
            };
            let (was_ready, was_due) = (mirror.ready, mirror.fleet.next_seq);
            let is_snapshot = matches!(line, EngineLine::Snapshot { .. });
            if mirror.fold(line, Timestamp::from(jiff::Timestamp::now())).is_err() {
                // Too slow a reader: the whole is told afresh, and what comes before it counts no more.
                mirror.ready = false;
                subscribe(&mut link).await?;
                continue;
            }
            if is_snapshot && (was_ready || was_due > 0) {
                self.tell_skipped(mirror.fleet.next_seq.saturating_sub(was_due))?;
            }
            if let Some(envelope) = news {
                self.tell(&envelope, &mirror)?;
                if let (Some(_), Some(exit)) = (only, end_by(&envelope.event)) {
                    return Ok(exit);
                }
            }
            if let Some(only) = only.filter(|_| is_snapshot) {
                match mirror.fleet.get(only) {
                    Some(offboarding) if offboarding.is_open() => {}
                    Some(offboarding) => return self.tell_end(offboarding),
                    None => {
                        drop(link);
                        return self.ended_before(only).await;
                    }
                }
            }
        }
    }

    /// Who is not in the engine's memory has ended long ago, or never was: the journal knows.
    async fn ended_before(&mut self, only: OffboardingId) -> Result<Exit, Fault> {
        match self.ask(Op::Show { offboarding: only }).await? {
            Reply::Offboarding(offboarding) => self.tell_end(&offboarding),
            other => Err(unexpected(&other)),
        }
    }

    fn tell_end(&mut self, offboarding: &Offboarding) -> Result<Exit, Fault> {
        if !self.context.json {
            self.terminal.lines(&format!("{} is {}", offboarding.id, offboarding.phase.word()))?;
        }
        Ok(if offboarding.phase == Phase::Closed { Exit::Ok } else { Exit::Failure })
    }

    fn tell_skipped(&mut self, events: u64) -> Result<(), Fault> {
        if events == 0 || self.context.json {
            return Ok(());
        }
        self.terminal.lines(&format!("({events} events not shown: they came faster than they were read)"))
    }

    fn tell(&mut self, envelope: &Envelope, mirror: &Mirror) -> Result<(), Fault> {
        if self.context.json {
            return self.terminal.json(envelope);
        }
        let of = envelope.event.offboarding().and_then(|id| mirror.fleet.get(id));
        // Whole lines, even on a narrow terminal: what is followed is also logged and searched.
        self.terminal.lines(&render::event(envelope, of))
    }
}

pub(super) async fn subscribe(link: &mut Link) -> Result<(), Fault> {
    let request = Request { id: uuid::Uuid::new_v4(), op: Op::Subscribe {} };
    link.writer.send(request).await.map_err(|error| lost(&error.to_string()))
}

fn end_by(event: &Event) -> Option<Exit> {
    match event {
        Event::Closed { .. } => Some(Exit::Ok),
        Event::Aborted { .. } => Some(Exit::Failure),
        _ => None,
    }
}

pub(super) fn lost(error: &str) -> Fault {
    Fault::new(Exit::NoEngine, format!("the engine went away ({error})"))
        .cured_by("what it had begun it takes up again when it is started: `nightlatch engine`")
}
