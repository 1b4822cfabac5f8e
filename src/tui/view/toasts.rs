//! Notes at the lower right of the screen.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Clear;

use crate::tui::app::App;
use crate::tui::text::{self, cells};

pub(crate) fn draw(app: &App, frame: &mut Frame, body: Rect) {
    let toasts = app.toasts.all();
    let widest = usize::from(body.width).saturating_sub(6);
    for (up, toast) in (1u16..).zip(toasts.iter().rev()) {
        let said = text::fit(&toast.text, widest);
        let width = cells(text::width(&said) + 4);
        if up > body.height {
            return;
        }
        let area = Rect { x: body.right().saturating_sub(width + 1), y: body.bottom() - up, width, height: 1 };
        frame.render_widget(Clear, area);
        let bar = app.theme.glyph("▐", "|");
        let line = Line::from(vec![Span::raw(bar), Span::raw(" "), Span::raw(said), Span::raw("  ")]);
        frame.render_widget(line.style(app.theme.style(toast.tone)), area);
    }
}
