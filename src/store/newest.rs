//! The newest offboarding of each of many people.

use std::collections::{HashMap, HashSet};

use super::{Reader, StoreError};
use crate::model::{Offboarding, OffboardingId};

impl Reader {
    /// The newest offboarding of each person whose e-mail, login or employee id is among `keys`, by that key. The case of
    /// letters does not matter, and a name is no key. One look through the names, however many are asked for.
    pub fn newest_of(&self, keys: &HashSet<String>) -> Result<HashMap<String, Offboarding>, StoreError> {
        if keys.is_empty() {
            return Ok(HashMap::new());
        }
        let wanted: HashMap<String, &String> = keys.iter().map(|key| (key.to_lowercase(), key)).collect();
        let mut newest: HashMap<&String, OffboardingId> = HashMap::new();
        let rows: Vec<(u64, String)> =
            self.rows("SELECT id, names FROM offboarding ORDER BY id", [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        for (id, names) in &rows {
            for key in names.lines().skip(1).filter_map(|name| wanted.get(name)) {
                newest.insert(key, OffboardingId(*id));
            }
        }
        let found = newest
            .into_iter()
            .filter_map(|(key, id)| self.offboarding(id).map(|found| found.map(|it| (key.clone(), it))).transpose());
        found.collect()
    }
}
