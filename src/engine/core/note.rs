//! Notes: what people write down about an offboarding, at whatever time.

use super::command::Answer;
use super::{Core, Effect};
use crate::engine::command::AddNote;
use crate::ipc::{ErrorCode, Refusal};
use crate::model::note::{LONGEST, LONGEST_OF_ALL};
use crate::model::{Actor, Event, Timestamp};

impl Core {
    pub(super) fn note(&mut self, now: Timestamp, note: AddNote, by: Actor, out: &mut Vec<Effect>) -> Answer {
        let AddNote { of, text } = note;
        let (id, text) = (of.id, text.trim().to_owned());
        let invalid = |message: String| Err(Refusal::new(ErrorCode::Invalid, message));
        if text.is_empty() {
            return invalid("a note says something: write a few words".to_owned());
        }
        if text.len() > LONGEST {
            return invalid(format!(
                "the note has {} bytes, and {LONGEST} are the most: shorten it, or write several",
                text.len()
            ));
        }
        let newest = self.fleet.get(id).unwrap_or(&of);
        let written: usize = newest.notes.iter().map(|it| it.text.len()).sum();
        if written + text.len() > LONGEST_OF_ALL {
            return invalid(format!(
                "the notes of {id} would have {} bytes together, and {LONGEST_OF_ALL} are the most: keep it elsewhere, and \
                 note where",
                written + text.len()
            ));
        }
        let done = format!("{id}: noted");
        self.recall(of);
        self.emit(now, by, Event::NoteAdded { offboarding: id, text }, out);
        Ok(done)
    }
}
