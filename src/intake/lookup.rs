//! Finds a person in the HR systems, for `nightlatch plan` and `nightlatch leaver add`.

use super::feeds::Feeds;
use super::person;
use crate::model::Leaver;

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
    let (mut found, mut failed) = (Vec::new(), None);
    for feed in feeds.iter() {
        match feed.find(&who).await {
            Ok(people) => found.extend(people),
            Err(error) => {
                let unreachable = LookupError::Unreachable { feed: feed.name().to_owned(), why: error.why };
                failed.get_or_insert(unreachable);
            }
        }
    }
    if found.len() > 1 {
        let ids: Vec<&str> = found.iter().map(Leaver::person_key).collect();
        return Err(LookupError::Several { who, ids: ids.join(", ") });
    }
    match (found.pop(), failed) {
        (Some(leaver), _) => Ok(Some(leaver)),
        (None, Some(failed)) => Err(failed),
        (None, None) => Ok(None),
    }
}
