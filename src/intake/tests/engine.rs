//! A stand-in of the engine's loop: it keeps its promises about replays, and remembers everything.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::engine::handle::Message;
use crate::engine::{Handle, Parked, Taken};
use crate::model::{Actor, HrNotice, NoticeKind, OffboardingId};

#[derive(Debug, Default)]
pub(super) struct Memory {
    pub(super) notices: Vec<(HrNotice, Actor)>,
    pub(super) taken: Vec<Taken>,
    pub(super) parked: Vec<Parked>,
    pub(super) aside: Vec<(String, String)>,
    seen: BTreeSet<(String, String)>,
    waiting: BTreeSet<(String, String)>,
    open: BTreeMap<String, OffboardingId>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct FakeEngine(Arc<Mutex<Memory>>);

impl FakeEngine {
    pub(super) fn start() -> (Self, Handle) {
        let (handle, mut inbox) = Handle::detached(1_024);
        let engine = Self::default();
        let memory = Arc::clone(&engine.0);
        tokio::spawn(async move {
            while let Some(message) = inbox.recv().await {
                memory.lock().unwrap().handle(message);
            }
        });
        (engine, handle)
    }

    pub(super) fn see<T>(&self, look: impl FnOnce(&Memory) -> T) -> T {
        look(&self.0.lock().unwrap())
    }

    pub(super) async fn until(&self, what: &str, done: impl Fn(&Memory) -> bool) {
        for _ in 0..500 {
            if self.see(&done) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("never: {what}: {:?}", self.0);
    }
}

impl Memory {
    fn handle(&mut self, message: Message) {
        match message {
            Message::Notices { notices, by, answer } => {
                let taken = notices.into_iter().map(|notice| self.notice(notice, &by)).collect();
                let _gone = answer.send(Ok(taken));
            }
            Message::Park { parked, answer } => {
                let key = (parked.source.clone(), parked.event_id.clone());
                let taken = if self.seen.contains(&key) || !self.waiting.insert(key) {
                    Taken::Replay
                } else {
                    self.parked.push(parked);
                    Taken::SetAside(String::new())
                };
                let _gone = answer.send(Ok(taken));
            }
            Message::SetAside { source, event_id, reason, answer } => {
                // Like the engine, it does not ask whether it knew.
                self.seen.insert((source, event_id.clone()));
                self.aside.push((event_id, reason.clone()));
                let _gone = answer.send(Ok(Taken::SetAside(reason)));
            }
            other => panic!("a webhook never asks for this: {other:?}"),
        }
    }

    fn notice(&mut self, notice: HrNotice, by: &Actor) -> Taken {
        let taken = if self.seen.insert((notice.source.clone(), notice.event_id.clone())) {
            let person = notice.leaver.person_key().to_owned();
            let next = OffboardingId(self.open.len() as u64 + 1);
            match (notice.kind, self.open.get(&person)) {
                (NoticeKind::Terminated, Some(open)) => Taken::Merged(*open),
                (NoticeKind::Terminated, None) => {
                    self.open.insert(person, next);
                    Taken::Opened(next)
                }
                (NoticeKind::Rescinded, Some(open)) => Taken::Rescinded(*open),
                (NoticeKind::Undone, _) => Taken::SetAside("no feed undoes".to_owned()),
                (NoticeKind::Rescinded, None) => Taken::SetAside("nothing is open".to_owned()),
            }
        } else {
            Taken::Replay
        };
        self.notices.push((notice, by.clone()));
        self.taken.push(taken.clone());
        taken
    }
}
