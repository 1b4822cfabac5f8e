//! Everybody ever offboarded, at hand for a search: what people are searched by, kept in memory.
//!
//! Names stand in the journal's file alone, where an erasure reaches them; an index of them on disk would be one more place
//! to erase. So the index is built when first asked, in one pass over the projection, and brought up to date by the events
//! since. 100 000 people take about 25 MB. Of a plan only the systems are kept, read when a search first asks for them.

use rusqlite::Row;
use serde::Deserialize;

use super::open::StoreError;
use super::reader::Reader;
use crate::model::search::{Candidate, Ending, Planned};
use crate::model::{ActionId, ConnectorId, OffboardingId, Search, Timestamp};

/// With more events than this since the last look, all rows are read afresh: it costs less than to look at the events.
const CATCH_UP: u64 = 20_000;

/// What an entry is made of.
const ROWS: &str =
    "SELECT offboarding.id, offboarding.opened_seq, offboarding.names, offboarding.header, subject.salt IS NULL
                    FROM offboarding LEFT JOIN subject ON subject.offboarding = offboarding.id";

/// The index. It belongs to one journal; any reader of that journal may be used with it.
#[derive(Debug, Default)]
pub struct Archive {
    /// By id.
    entries: Vec<Entry>,
    /// The number of the next event that it has to look at.
    next_seq: u64,
    /// Every system that stands in a plan that was read.
    systems: Vec<ConnectorId>,
}

#[derive(Debug)]
struct Entry {
    id: OffboardingId,
    opened_seq: u64,
    /// `None`: erased.
    names: Option<Box<str>>,
    opened_at: Timestamp,
    ending: Ending,
    plan: Option<InPlan>,
}

/// What is kept of a plan, which never changes.
#[derive(Debug)]
struct InPlan {
    /// Places in [`Archive::systems`].
    systems: Box<[u16]>,
    is_undo: bool,
}

/// A page of what was found, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The offboardings.
    pub ids: Vec<OffboardingId>,
    /// There are older ones.
    pub more: bool,
    /// How many there are in all; `None`: too dear to count, since every plan would have to be read.
    pub total: Option<u64>,
}

impl Archive {
    /// The newest offboardings that `search` finds and that are older than `before`; at most `limit`.
    pub fn search(
        &mut self,
        reader: &Reader,
        search: &Search,
        before: Option<OffboardingId>,
        limit: usize,
    ) -> Result<Found, StoreError> {
        self.catch_up(reader)?;
        let end = before.map_or(self.entries.len(), |before| self.entries.partition_point(|it| it.id < before));
        let plans = search.asks_for_plans();
        let mut ids = Vec::new();
        let mut more = false;
        for at in (0..end).rev() {
            if !search.admits(self.entries[at].candidate()) || (plans && !self.admits_plan(reader, search, at)?) {
                continue;
            }
            if ids.len() == limit {
                more = true;
                break;
            }
            ids.push(self.entries[at].id);
        }
        let count = || self.entries.iter().filter(|it| search.admits(it.candidate())).count() as u64;
        Ok(Found { ids, more, total: (!plans).then(count) })
    }

    /// The person of this offboarding is erased: what is kept of the names goes, too.
    pub fn forget(&mut self, id: OffboardingId) {
        if let Ok(at) = self.place(id) {
            self.entries[at].names = None;
        }
    }

    /// Whether `search` still finds this offboarding, its plan aside.
    pub fn still_admits(&self, search: &Search, id: OffboardingId) -> bool {
        self.place(id).is_ok_and(|at| search.admits(self.entries[at].candidate()))
    }

    fn place(&self, id: OffboardingId) -> Result<usize, usize> {
        self.entries.binary_search_by_key(&id, |it| it.id)
    }

    fn catch_up(&mut self, reader: &Reader) -> Result<(), StoreError> {
        let size = reader.size()?;
        if size == self.next_seq {
            return Ok(());
        }
        let of = |row: &Row<'_>| Read::of(row);
        if self.next_seq == 0 || size < self.next_seq || size - self.next_seq > CATCH_UP {
            let rows = reader.rows(&format!("{ROWS} ORDER BY offboarding.id"), [], of)?;
            let mut known = std::mem::take(&mut self.entries).into_iter().peekable();
            let mut entries = Vec::with_capacity(rows.len());
            for row in rows {
                let mut entry = row.entry(reader)?;
                while known.next_if(|it| it.id < entry.id).is_some() {}
                entry.plan = known.next_if(|it| it.id == entry.id).and_then(|it| it.plan);
                entries.push(entry);
            }
            self.entries = entries;
        } else {
            let touched = "SELECT DISTINCT offboarding FROM event WHERE seq >= ?1 AND offboarding IS NOT NULL";
            let touched: Vec<u64> = reader.rows(touched, [self.next_seq], |row| row.get(0))?;
            for id in touched {
                for row in reader.rows(&format!("{ROWS} WHERE offboarding.id = ?1"), [id], of)? {
                    let entry = row.entry(reader)?;
                    match self.place(entry.id) {
                        Ok(at) => self.entries[at] = Entry { plan: self.entries[at].plan.take(), ..entry },
                        Err(at) => self.entries.insert(at, entry),
                    }
                }
            }
        }
        self.next_seq = size;
        Ok(())
    }

    fn admits_plan(&mut self, reader: &Reader, search: &Search, at: usize) -> Result<bool, StoreError> {
        if self.entries[at].plan.is_none() {
            // Of an erased person nobody knows the plan: no term about it can hold, nor its contrary.
            let Some(opened) = OpenedPlan::read(reader, self.entries[at].opened_seq)? else { return Ok(false) };
            let systems = opened.systems().map(|system| self.intern(system)).collect();
            self.entries[at].plan = Some(InPlan { systems, is_undo: opened.undoes.is_some() });
        }
        let Some(plan) = &self.entries[at].plan else { return Ok(false) };
        let systems: Vec<ConnectorId> = plan.systems.iter().map(|at| self.systems[usize::from(*at)].clone()).collect();
        Ok(search.admits_plan(Planned { systems: &systems, is_undo: plan.is_undo }))
    }

    fn intern(&mut self, system: &ConnectorId) -> u16 {
        let at = self.systems.iter().position(|it| it == system).unwrap_or_else(|| {
            self.systems.push(system.clone());
            self.systems.len() - 1
        });
        u16::try_from(at).unwrap_or(u16::MAX)
    }
}

impl Entry {
    fn candidate(&self) -> Candidate<'_> {
        Candidate { id: self.id, names: self.names.as_deref(), opened_at: self.opened_at, ending: self.ending }
    }
}

/// A row of [`ROWS`].
struct Read {
    id: OffboardingId,
    opened_seq: u64,
    names: String,
    header: String,
    erased: bool,
}

impl Read {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        let id = OffboardingId(row.get(0)?);
        Ok(Self { id, opened_seq: row.get(1)?, names: row.get(2)?, header: row.get(3)?, erased: row.get(4)? })
    }

    fn entry(self, reader: &Reader) -> Result<Entry, StoreError> {
        let Self { id, opened_seq, names, header, erased } = self;
        let header = reader.read_header(id, &header)?;
        let names = (!erased).then(|| names.into_boxed_str());
        let ending = Ending::of(&header.phase);
        Ok(Entry { id, opened_seq, names, opened_at: header.opened_at, ending, plan: None })
    }
}

/// The plan of an opening event, without all that a search does not ask for.
#[derive(Deserialize)]
struct OpenedPlan {
    undoes: Option<OffboardingId>,
    steps: Vec<OpenedStep>,
}

#[derive(Deserialize)]
struct OpenedStep {
    action: ActionId,
}

impl OpenedPlan {
    /// The plan in event `seq`; `None`: it is erased.
    fn read(reader: &Reader, seq: u64) -> Result<Option<Self>, StoreError> {
        #[derive(Deserialize)]
        struct Opening {
            event: OpeningEvent,
        }
        #[derive(Deserialize)]
        struct OpeningEvent {
            plan: OpenedPlan,
        }
        let select = "SELECT payload FROM event WHERE seq = ?1";
        let packed = reader.rows(select, [seq], |row| row.get::<_, Option<Vec<u8>>>(0))?.pop().flatten();
        let Some(packed) = packed else { return Ok(None) };
        let read = serde_json::from_slice::<Opening>(&reader.unpack(seq, &packed)?);
        read.map(|it| Some(it.event.plan)).map_err(|error| reader.row_error(format!("event {seq}: {error}")))
    }

    /// Each once.
    fn systems(&self) -> impl Iterator<Item = &ConnectorId> {
        let names: std::collections::BTreeSet<_> = self.steps.iter().map(|it| &it.action.connector).collect();
        names.into_iter()
    }
}
