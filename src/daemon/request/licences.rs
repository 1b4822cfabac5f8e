//! `licences`: the seats that became free, of everybody ever offboarded.

use super::{Answer, Context};
use crate::daemon::readers;
use crate::ipc::Reply;
use crate::model::{OffboardingId, Reclaimed, Timestamp};

/// Read at once.
const PAGE: u32 = 500;

impl Context {
    pub(super) async fn licences(&self, since: Option<Timestamp>) -> Answer {
        let all = self.readers.ask(move |reader| {
            let mut all = Vec::new();
            let mut before: Option<OffboardingId> = None;
            loop {
                let page = reader.history(before, PAGE)?;
                let Some(oldest) = page.last().map(|it| it.id) else { break };
                before = Some(oldest);
                // Ids grow with time: the first that is too old ends it.
                all.extend(page.into_iter().take_while(|it| since.is_none_or(|since| it.opened_at >= since)));
                if all.last().is_none_or(|last| last.id != oldest) {
                    break;
                }
            }
            all.reverse();
            Ok(all)
        });
        let all = all.await.map_err(|error| readers::refusal(&error))?;
        Ok(Reply::Licences(Box::new(Reclaimed::of(&all, &self.prices))))
    }
}
