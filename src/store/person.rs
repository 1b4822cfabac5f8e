//! One person's whole history: every offboarding of theirs, what was given back, and those after a return.

use rusqlite::Row;

use super::open::StoreError;
use super::reader::Reader;
use crate::model::{Envelope, OffboardingId};

/// A page of what happened to a person, oldest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Chapter {
    /// Every offboarding of the person, oldest first.
    pub offboardings: Vec<OffboardingId>,
    /// What happened, oldest first.
    pub events: Vec<Envelope>,
    /// There is more.
    pub more: bool,
    /// So many events are erased: they stand in the log as hashes, and say nothing about anybody.
    pub erased: u64,
}

/// By what an offboarding's person is known.
struct Known {
    id: OffboardingId,
    email: String,
    /// The employee id, or where HR gave none, the e-mail. `None`: erased.
    key: Option<String>,
}

impl Known {
    const COLUMNS: &str = "offboarding.id, offboarding.email, subject.person
                           FROM offboarding JOIN subject ON subject.offboarding = offboarding.id";

    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self { id: OffboardingId(row.get(0)?), email: row.get(1)?, key: row.get(2)? })
    }

    fn is_by_email_alone(&self) -> bool {
        self.key.as_deref() == Some(&self.email)
    }

    /// Whether both are of one person. An address is given to somebody else one day, an employee id is not: the address
    /// counts only where one of the two has no other.
    fn is(&self, other: &Self) -> bool {
        let by_email = self.email == other.email && (self.is_by_email_alone() || other.is_by_email_alone());
        self.key.is_some() && other.key.is_some() && (self.key == other.key || by_email)
    }
}

impl Reader {
    /// Every offboarding of the person whose offboarding this is, oldest first; none: there is no such offboarding.
    pub fn offboardings_of_the_same(&self, id: OffboardingId) -> Result<Vec<OffboardingId>, StoreError> {
        let columns = Known::COLUMNS;
        let one = self.rows(&format!("SELECT {columns} WHERE offboarding.id = ?1"), [id.0], Known::of)?.pop();
        let Some(one) = one else { return Ok(Vec::new()) };
        let others = format!(
            "SELECT {columns} WHERE offboarding.id IN
             (SELECT offboarding FROM subject WHERE person = ?1 UNION SELECT id FROM offboarding WHERE email = ?2)
             ORDER BY offboarding.id"
        );
        let others = self.rows(&others, [one.key.as_deref(), Some(&one.email)], Known::of)?;
        Ok(others.iter().filter(|it| it.id == id || it.is(&one)).map(|it| it.id).collect())
    }

    /// What happened to the person of this offboarding after event `after` (`None`: from the beginning), at most `limit`
    /// events.
    pub fn chapter(&self, id: OffboardingId, after: Option<u64>, limit: usize) -> Result<Chapter, StoreError> {
        let offboardings = self.offboardings_of_the_same(id)?;
        let from = after.map_or(0, |seq| seq.saturating_add(1));
        let select = "SELECT seq, payload FROM event WHERE offboarding = ?1 AND seq >= ?2 AND payload IS NOT NULL
                      ORDER BY seq LIMIT ?3";
        let count = "SELECT count(*) FROM event WHERE offboarding = ?1 AND payload IS NULL";
        let mut packed: Vec<(u64, Vec<u8>)> = Vec::new();
        let mut erased = 0;
        for id in &offboardings {
            let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
            packed.extend(self.rows(select, rusqlite::params![id.0, from, limit + 1], read)?);
            erased += self.rows(count, [id.0], |row| row.get::<_, u64>(0))?.into_iter().sum::<u64>();
        }
        packed.sort_unstable_by_key(|(seq, _)| *seq);
        let more = packed.len() > limit;
        packed.truncate(limit);
        let events = packed.into_iter().map(|(seq, packed)| self.envelope(seq, &packed)).collect::<Result<_, _>>()?;
        Ok(Chapter { offboardings, events, more, erased })
    }
}
