//! Short notes at the lower edge: what was done, or why not.

use super::theme::Tone;

/// How long a note stays, in ms; a bad one twice as long.
const STAYS_MS: u64 = 5_000;

/// At most so many at once.
const MOST: usize = 3;

/// A note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Toast {
    pub(crate) text: String,
    pub(crate) tone: Tone,
    until: u64,
}

/// The notes that show, oldest first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Toasts(Vec<Toast>);

impl Toasts {
    pub(crate) fn say(&mut self, tone: Tone, text: String, steady: u64) {
        let stays = if matches!(tone, Tone::Bad | Tone::Warn) { STAYS_MS * 2 } else { STAYS_MS };
        self.0.retain(|it| it.text != text);
        self.0.push(Toast { text, tone, until: steady + stays });
        if self.0.len() > MOST {
            self.0.remove(0);
        }
    }

    /// Drops what has been read; whether there was any.
    pub(crate) fn expire(&mut self, steady: u64) -> bool {
        let before = self.0.len();
        self.0.retain(|it| it.until > steady);
        self.0.len() != before
    }

    pub(crate) fn all(&self) -> &[Toast] {
        &self.0
    }
}
