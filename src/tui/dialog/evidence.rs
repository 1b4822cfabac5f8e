//! Evidence was written: where it is, and how somebody checks it.

use ratatui::Frame;
use ratatui::crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::{Answer, frame as boxed};
use crate::ipc::Evidence;
use crate::tui::app::count;
use crate::tui::text::clean;
use crate::tui::theme::{Theme, Tone};

/// The dialog.
#[derive(Debug, Clone)]
pub(crate) struct Written {
    pub(crate) evidence: Box<Evidence>,
    scroll: usize,
}

impl Written {
    pub(crate) fn new(evidence: Box<Evidence>) -> Self {
        Self { evidence, scroll: 0 }
    }

    pub(crate) fn key(&mut self, key: KeyEvent) -> Answer {
        match key.code {
            KeyCode::Esc | KeyCode::Enter | KeyCode::Char('q') => return Answer::Close,
            KeyCode::Char('y') => return Answer::Copy { what: "path", text: self.evidence.to.clone() },
            KeyCode::PageDown | KeyCode::Down => self.scroll = (self.scroll + 5).min(20),
            KeyCode::PageUp | KeyCode::Up => self.scroll = self.scroll.saturating_sub(5),
            _ => {}
        }
        Answer::Stay
    }

    pub(crate) fn draw(&self, theme: Theme, frame: &mut Frame, area: Rect) {
        let width = boxed::inner_width(area);
        let it = &self.evidence;
        let mut lines = Vec::new();
        let mut say = |label: &str, text: &str, tone| lines.extend(boxed::fact(theme, label, text, tone, width));
        say("written", &format!("{}, {}, on the engine's host", clean(&it.to), count(it.files, "file")), Tone::Strong);
        say("events", &it.events.to_string(), Tone::Plain);
        if it.unsigned > 0 {
            let told =
                format!("{} that no checkpoint is over yet: export again in a minute", count(it.unsigned, "event"));
            say("left out", &told, Tone::Warn);
        }
        let checkpoint = format!("{}, {}, root {}", clean(&it.origin), count(it.size, "event"), clean(&it.root));
        say("checkpoint", &checkpoint, Tone::Dim);
        say("key", &clean(&it.verifier_key), Tone::Dim);
        say(
            "check it",
            "sha256sum --check MANIFEST.sha256; then as VERIFY.md there says, by tools of others",
            Tone::Plain,
        );
        say("beware", "it names the person: hand it over like a personnel file, and remove it afterwards", Tone::Warn);
        let foot = vec![Line::styled("y copies the path, Esc closes", theme.style(Tone::Dim))];
        boxed::draw(theme, frame, area, "Evidence is written", Tone::Good, (lines, self.scroll), foot);
    }
}
