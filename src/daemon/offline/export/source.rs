//! The journal, and the checkpoint that the export stands on.

use std::path::Path;

use super::ExportError;
use crate::ledger::{Checkpoint, Verifier};
use crate::store::{Reader, audit};

/// No journal has so many events.
const BEYOND: u64 = 1 << 53;

/// A checkpoint whose signature has been checked, and its text.
pub(super) struct Signed {
    pub(super) checkpoint: Checkpoint,
    pub(super) note: String,
}

/// What an export is made from.
pub(super) struct Source {
    pub(super) reader: Reader,
    /// The log's verifier key, as the journal names it.
    pub(super) key: String,
    /// The last checkpoint: the export is of the events under it.
    pub(super) last: Signed,
    /// The one before it that is signed with the same key.
    pub(super) before: Option<Signed>,
    /// Events in the journal, those beyond the checkpoint included.
    pub(super) events: u64,
}

impl Source {
    /// `anchor` is the checkpoint that is kept beside the journal: it may be newer than the newest in it.
    pub(super) fn open(path: &Path, anchor: Option<String>) -> Result<Self, ExportError> {
        let reader = Reader::open(path)?;
        let named = audit::verifier_key(path)?;
        let key = named.ok_or_else(|| ExportError::said("the journal names no key: no engine has ever opened it"))?;
        let verifier = Verifier::parse(&key).map_err(|error| ExportError::Unsound(error.to_string()))?;
        let check = |note: String| match verifier.verify(&note) {
            Ok(checkpoint) => Ok(Signed { checkpoint, note }),
            Err(error) => Err(ExportError::Unsound(format!("its last checkpoint: {error}"))),
        };
        let events = reader.size()?;
        let newest = reader.checkpoint_up_to(BEYOND)?.map(|(_, note)| check(note)).transpose()?;
        let anchored = anchor.map(check).transpose()?;
        let last = [newest, anchored].into_iter().flatten().max_by_key(|it| it.checkpoint.size);
        let last = last.filter(|it| it.checkpoint.size > 0).ok_or(ExportError::NotSigned { events })?;
        let size = last.checkpoint.size;
        if size > events {
            let what = format!("a checkpoint over {size} events was signed, but there are {events}: events are gone");
            return Err(ExportError::Unsound(what));
        }
        let before = reader.checkpoint_up_to(size - 1)?;
        let before = before.and_then(|(_, note)| check(note).ok()).filter(|it| it.checkpoint.size > 0);
        Ok(Self { reader, key, last, before, events })
    }

    /// How many events the last checkpoint is over.
    pub(super) fn size(&self) -> u64 {
        self.last.checkpoint.size
    }

    /// Puts what holds for every export into a text: `{{origin}}`, `{{size}}`.
    pub(super) fn fill_in(&self, template: &str) -> String {
        template.replace("{{origin}}", &self.last.checkpoint.origin).replace("{{size}}", &self.size().to_string())
    }
}
