//! Finds people in the HR systems: one, for `nightlatch plan` and `nightlatch leaver add`, or all who have left.

use std::time::Duration;

use super::feeds::{Feed, Feeds, ReadError, Terminated};
use super::person;
use crate::model::{Leaver, Timestamp};

/// Why nobody can say who that is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LookupError {
    /// Not an address and not an id.
    #[error("`{0}` is neither a work e-mail nor an employee's id")]
    NotAName(String),
    /// More than one person: a person has to choose, by id.
    #[error("`{who}` fits employees {ids}: name one by id")]
    Several {
        /// What was asked for.
        who: String,
        /// Whom it fits.
        ids: String,
    },
    /// An HR system could not be asked.
    #[error("{feed}: {why}")]
    Unreachable {
        /// Which.
        feed: String,
        /// Why, and the cure where there is one.
        why: String,
    },
}

/// Reads the person with this work e-mail or employee id. `None`: no HR system that can be asked knows them. One that
/// fails is an error only if no other knows them.
///
/// By e-mail, `BambooHR`'s directory is searched, which lists only people who still work there: somebody who has left is
/// found by id.
pub async fn find(feeds: &Feeds, who: &str) -> Result<Option<Leaver>, LookupError> {
    let who = who.trim();
    let not_a_name = || LookupError::NotAName(who.chars().take(80).collect());
    let who = if who.contains('@') { person::email(who).map_err(|_| not_a_name())? } else { who.to_owned() };
    if who.is_empty() {
        return Err(not_a_name());
    }
    only(feeds, &who, false).await
}

/// Like [`find`], but an operator may also give a login or a whole name: nobody is launched before they were shown.
pub async fn search(feeds: &Feeds, who: &str) -> Result<Option<Leaver>, LookupError> {
    let who = who.trim();
    if who.contains('@') {
        return find(feeds, who).await;
    }
    let who = person::text(who).ok_or_else(|| LookupError::NotAName(String::new()))?;
    only(feeds, &who, true).await
}

/// Whether it has the form of a work e-mail.
pub fn is_email(text: &str) -> bool {
    person::email(text).is_ok()
}

/// The one person whom some feed finds; with `by_name`, by a login or a name too.
async fn only(feeds: &Feeds, who: &str, by_name: bool) -> Result<Option<Leaver>, LookupError> {
    let (mut found, mut failed) = (Vec::new(), None);
    for feed in feeds.iter() {
        let asked = if by_name { feed.search(who).await } else { feed.find(who).await };
        match asked {
            Ok(people) => found.extend(people),
            Err(error) => {
                let unreachable = LookupError::Unreachable { feed: feed.name().to_owned(), why: error.why };
                failed.get_or_insert(unreachable);
            }
        }
    }
    if found.len() > 1 {
        let ids: Vec<&str> = found.iter().map(Leaver::person_key).collect();
        return Err(LookupError::Several { who: who.to_owned(), ids: ids.join(", ") });
    }
    match (found.pop(), failed) {
        (Some(leaver), _) => Ok(Some(leaver)),
        (None, Some(failed)) => Err(failed),
        (None, None) => Ok(None),
    }
}

/// An HR system that does not get on is waited for no longer.
const WITHIN: Duration = Duration::from_secs(45);

/// The employee ids of those whose record was changed since then and has an end of employment in it; or why this is not
/// known.
pub async fn touched_terminations(feed: &Feed, since: Timestamp) -> Result<Vec<String>, String> {
    in_time(feed.touched_terminations(since)).await
}

/// Of these employees, those who are leaving or have left by their records; or why this is not known.
pub async fn terminated(feed: &Feed, ids: &[String], now: Timestamp) -> Result<Terminated, String> {
    in_time(feed.terminated(ids, now)).await
}

async fn in_time<T>(asked: impl Future<Output = Result<T, ReadError>>) -> Result<T, String> {
    match tokio::time::timeout(WITHIN, asked).await {
        Ok(answer) => answer.map_err(|error| error.why),
        Err(_) => Err(format!("the HR system has not answered everything within {} s", WITHIN.as_secs())),
    }
}
