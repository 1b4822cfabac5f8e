//! `leaver missing`: who has left by the word of HR, and has no offboarding that would have cut their access.

use std::collections::{HashMap, HashSet};

use super::{Answer, Context};
use crate::daemon::readers;
use crate::engine::clock::wall_now;
use crate::intake;
use crate::ipc::{ErrorCode, Refusal, Reply};
use crate::model::{Earlier, Missing, MissingPerson, Offboarding, Phase, Timestamp};

/// How far back HR is asked, unless somebody says so: half a year, in ms.
const WINDOW_MS: i64 = 183 * 24 * 3_600_000;

impl Context {
    pub(super) async fn missing(&self, since: Option<Timestamp>) -> Answer {
        let since = since.unwrap_or(Timestamp(wall_now().0 - WINDOW_MS));
        let asked: Vec<String> = self.feeds.iter().filter(|it| it.can_read()).map(|it| it.name().to_owned()).collect();
        let mut missing = Missing { since, asked, ..Missing::default() };
        for feed in self.feeds.iter().filter(|it| it.can_read()) {
            let unreachable = |why: String| {
                let message = format!("{}: {why}; nobody's access changes by this question: ask again", feed.name());
                Refusal::new(ErrorCode::Unavailable, message)
            };
            let touched = intake::touched_terminations(feed, since).await.map_err(unreachable)?;
            let known = self.newest_of(touched.iter().cloned().collect()).await?;
            // Only of those who count as missing more is read.
            let wanted: Vec<String> =
                touched.into_iter().filter(|id| !known.get(id).is_some_and(|it| covers(it, since))).collect();
            let read = intake::terminated(feed, &wanted, wall_now()).await.map_err(unreachable)?;
            missing.unusable.extend(read.unusable.into_iter().map(|why| format!("{}: {why}", feed.name())));
            // Whom an operator or a file named by e-mail alone has no employee id here.
            let emails = read.leaving.iter().map(|it| it.leaver.email.clone()).collect();
            let by_email = self.newest_of(emails).await?;
            for leaving in read.leaving {
                let id = leaving.leaver.employee_id.as_deref().unwrap_or_default();
                let newest = [by_email.get(&leaving.leaver.email), known.get(id)].into_iter().flatten();
                let newest = newest.max_by_key(|it| it.id);
                if newest.is_some_and(|it| covers(it, since)) {
                    continue;
                }
                missing.people.push(MissingPerson {
                    leaver: leaving.leaver,
                    feed: feed.name().to_owned(),
                    effective_at: leaving.effective_at,
                    earlier: newest.map(earlier),
                });
            }
        }
        // Whose access should have ended already stands first.
        missing.people.sort_by(|one, other| {
            (one.effective_at, &one.leaver.name, &one.leaver.email).cmp(&(
                other.effective_at,
                &other.leaver.name,
                &other.leaver.email,
            ))
        });
        Ok(Reply::Missing(Box::new(missing)))
    }

    /// The newest offboarding of each of these people, by e-mail or employee id.
    async fn newest_of(&self, keys: HashSet<String>) -> Result<HashMap<String, Offboarding>, Refusal> {
        let found = self.readers.ask(move |reader| reader.newest_of(&keys)).await;
        found.map_err(|error| readers::refusal(&error))
    }
}

/// Whether it has cut the person's access, or will: it is open, or was closed within the time that is looked at. Older ones
/// are of a former employment.
fn covers(it: &Offboarding, since: Timestamp) -> bool {
    let gave_back = it.plan.undoes.is_some();
    let ended_before = it.ended_at.is_some_and(|ended| ended < since);
    !gave_back && !matches!(it.phase, Phase::Aborted { .. }) && !ended_before
}

fn earlier(it: &Offboarding) -> Earlier {
    let word = match it.phase {
        _ if it.plan.undoes.is_some() => "was undone",
        Phase::Aborted { .. } => "was aborted",
        _ => "was of a former time",
    };
    Earlier { offboarding: it.id, word: word.to_owned() }
}
