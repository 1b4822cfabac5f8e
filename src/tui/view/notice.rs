//! What stands in the middle of a screen that has no rows: what is the matter, and what to do next.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use crate::tui::app::{App, LineState};
use crate::tui::text;
use crate::tui::theme::{Theme, Tone};

/// Nothing has come from an engine yet.
pub(crate) fn draw(app: &App, frame: &mut Frame, area: Rect) {
    match &app.line {
        LineState::Connecting => words(app.theme, frame, area, "connecting to the engine...", &[]),
        LineState::Live => {
            let of = app.mirror.loading().map(|(here, of)| format!("{here} of {of} people"));
            words(app.theme, frame, area, "connected; loading what the engine knows...", of.as_slice());
        }
        LineState::Lost { reason, .. } => {
            let key = app.keys.key(crate::tui::action::Action::Detach);
            let told = [
                text::joined(reason),
                "It is tried again by itself; nothing has to be pressed.".to_owned(),
                format!("{key} leaves the console."),
            ];
            words(app.theme, frame, area, "no engine answers", &told);
        }
    }
}

/// A headline and what belongs to it, in the middle.
pub(crate) fn words(theme: Theme, frame: &mut Frame, area: Rect, headline: &str, told: &[String]) {
    let width = usize::from(area.width).saturating_sub(8).min(76);
    let mut lines = vec![Line::styled(headline.to_owned(), theme.style(Tone::Strong))];
    if !told.is_empty() {
        lines.push(Line::default());
    }
    for text in told {
        lines.extend(text::wrap(text, width).into_iter().map(|it| Line::styled(it, theme.style(Tone::Dim))));
    }
    let height = text::cells(lines.len()).min(area.height);
    let middle = Rect { y: area.y + (area.height - height) / 3, height, ..area };
    frame.render_widget(Paragraph::new(lines).centered(), middle);
}
