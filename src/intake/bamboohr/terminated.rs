//! Everybody who is leaving, or has left: the employment histories say who, each record says when.
//!
//! The directory lists only people who work there. The histories of whoever was changed lately have rows of the future too,
//! and somebody who was hired again has a later row: their record is read, and judged as a webhook's is.

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::judge::{self, Standing};
use super::{BambooHr, record};
use crate::intake::feeds::{Leaving, ReadError, Terminated};
use crate::model::Timestamp;

/// The column of an employment history that says how somebody is employed from a day on.
const STATUS: &str = "employmentStatus";

/// More who left than this are not read in one go.
const PEOPLE_AT_MOST: usize = 2_000;

/// The vendor publishes no limit; so many records at once have never met it.
const AT_ONCE: usize = 4;

impl BambooHr {
    /// The ids of those who were changed since then, and in whose history there is an end.
    pub(crate) async fn touched_terminations(&self, since: Timestamp) -> Result<Vec<String>, ReadError> {
        let Some(client) = &self.client else { return Ok(Vec::new()) };
        let histories = client.histories(since).await?.into_iter();
        let ends = |row: &record::Record| row.get(STATUS).is_some_and(|status| self.config.is_terminated(status));
        let ids: Vec<String> = histories.filter(|(_, rows)| rows.iter().any(ends)).map(|(id, _)| id).collect();
        if ids.len() > PEOPLE_AT_MOST {
            let why =
                format!("{} people have left since then, more than {PEOPLE_AT_MOST}: name a later day", ids.len());
            return Err(ReadError::lasting(why));
        }
        Ok(ids)
    }

    /// Of these, those who are leaving or have left.
    pub(crate) async fn terminated(&self, ids: &[String], now: Timestamp) -> Result<Terminated, ReadError> {
        let Some(client) = &self.client else { return Ok(Terminated::default()) };
        let reads =
            stream::iter(ids.to_vec()).map(|id| async move { client.employee(&id).await.map(|record| (id, record)) });
        let records: Vec<_> = reads.buffered(AT_ONCE).try_collect().await?;
        let mut found = Terminated::default();
        for (id, record) in records {
            let Some(record) = record else { continue };
            let Standing::Leaving { effective_at } = judge::standing(&self.config, &self.default_zone, &record, now)
            else {
                continue;
            };
            match record::leaver(&self.config, &self.default_zone, &id, &record) {
                Ok(leaver) => found.leaving.push(Leaving { leaver, effective_at }),
                Err(why) => found.unusable.push(format!(
                    "employee {id} has left, but their work e-mail {why}: correct it in the HR system, or use \
                     `nightlatch leaver add`"
                )),
            }
        }
        Ok(found)
    }
}
