//! What an audit found, for programs and for people.

use std::fmt;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde::{Deserialize, Serialize};

use super::Problem;
use crate::ledger::tree::Hash;

/// What an audit found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Events.
    pub size: u64,
    /// The root of all of them, in base64 where it is written down; `None`: leaves are missing.
    #[serde(with = "base64_hash")]
    pub root: Option<Hash>,
    /// Whether the stored hashes were compared, too.
    pub hashes_compared: bool,
    /// Checkpoints that verify and sign the root that was computed.
    pub checkpoints: u64,
    /// So many events are under a checkpoint that verifies.
    pub signed: Option<u64>,
    /// Events whose payload has been erased.
    pub erased: u64,
    /// Steps that were started and whose outcome is not known.
    pub steps_open: u64,
    /// What is wrong.
    pub problems: Vec<Problem>,
    /// How many more problems there are.
    pub unlisted: u64,
}

impl Report {
    /// Whether nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.problems.is_empty()
    }

    /// How many problems there are, listed or not.
    pub fn problem_count(&self) -> u64 {
        self.problems.len() as u64 + self.unlisted
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let root = self.root.map_or_else(|| "unknown: leaves are missing".to_owned(), |it| BASE64_STANDARD.encode(it));
        let compared = if self.hashes_compared { "recomputed and compared" } else { "recomputed" };
        let signed = match self.signed {
            Some(signed) => format!("{} good; {} events since the last", self.checkpoints, self.size - signed),
            None => "none that is good".to_owned(),
        };
        writeln!(f, "events        {}", self.size)?;
        writeln!(f, "root          {root}")?;
        writeln!(f, "hashes        {compared}")?;
        writeln!(f, "checkpoints   {signed}")?;
        writeln!(f, "erased        {}", self.erased)?;
        writeln!(f, "open intents  {}", self.steps_open)?;
        for problem in &self.problems {
            match problem.seq {
                Some(seq) => writeln!(f, "WRONG         event {seq}: {}", problem.what)?,
                None => writeln!(f, "WRONG         {}", problem.what)?,
            }
        }
        if self.unlisted > 0 {
            writeln!(f, "WRONG         and {} more", self.unlisted)?;
        }
        match self.problem_count() {
            0 => write!(f, "The log is whole."),
            1 => write!(f, "The log is NOT whole: 1 problem."),
            count => write!(f, "The log is NOT whole: {count} problems."),
        }
    }
}

mod base64_hash {
    use base64::prelude::{BASE64_STANDARD, Engine as _};
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

    use crate::ledger::tree::Hash;

    #[expect(clippy::ref_option, reason = "the signature that serde's `with` calls")]
    pub(super) fn serialize<S: Serializer>(hash: &Option<Hash>, serializer: S) -> Result<S::Ok, S::Error> {
        hash.map(|hash| BASE64_STANDARD.encode(hash)).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Hash>, D::Error> {
        let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
        let bytes = BASE64_STANDARD.decode(text).map_err(D::Error::custom)?;
        bytes.try_into().map(Some).map_err(|_| D::Error::custom("a hash has 32 bytes"))
    }
}
