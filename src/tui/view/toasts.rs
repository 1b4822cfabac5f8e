//! Notes at the lower right of the screen.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Clear;

use crate::tui::app::App;
use crate::tui::text::{self, cells};

/// A longer note is cut: what matters stands first.
const LINES: usize = 3;

pub(crate) fn draw(app: &App, frame: &mut Frame, body: Rect) {
    let widest = usize::from(body.width).saturating_sub(6);
    let mut bottom = body.bottom();
    for toast in app.toasts.all().iter().rev() {
        let mut lines = text::wrap(&toast.text, widest);
        if lines.len() > LINES {
            lines.truncate(LINES);
            lines[LINES - 1] = text::fit(&format!("{}...", lines[LINES - 1]), widest);
        }
        let width = cells(lines.iter().map(|it| text::width(it)).max().unwrap_or(0) + 4);
        let height = cells(lines.len());
        if bottom < body.y + height {
            return;
        }
        bottom -= height;
        let area = Rect { x: body.right().saturating_sub(width + 1), y: bottom, width, height };
        frame.render_widget(Clear, area);
        let bar = app.theme.glyph("▐", "|");
        for (y, said) in (bottom..).zip(lines) {
            let line = Line::from(vec![Span::raw(bar), Span::raw(" "), Span::raw(said), Span::raw("  ")]);
            frame.render_widget(line.style(app.theme.style(toast.tone)), Rect { y, height: 1, ..area });
        }
    }
}
