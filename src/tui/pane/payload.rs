//! What a step sent and heard, as the journal has it: JSON, pretty, with every secret masked before it was written.

use ratatui::text::Line;

use super::person::Looks;
use crate::model::Envelope;
use crate::tui::app::App;
use crate::tui::dialog::frame::paragraph;
use crate::tui::span;
use crate::tui::text::{clean, fit, wrap_indented};
use crate::tui::theme::Tone;

/// Each event that records calls, with the calls as JSON.
pub(super) fn lines(app: &App, journal: &[Envelope], looks: Looks) -> Vec<Line<'static>> {
    let theme = app.theme;
    let mut lines = Vec::new();
    for it in journal.iter().filter(|it| !it.event.exchanges().is_empty()) {
        let time = if looks.times { format!("{} ", span::time_of_day(it.at, &app.zone)) } else { String::new() };
        lines.push(Line::styled(format!("{time}event {}, {}", it.seq, it.event.name()), theme.style(Tone::Dim)));
        for call in it.event.exchanges() {
            let json = serde_json::to_string_pretty(call).unwrap_or_default(); // The model's types always serialise.
            lines.extend(json.lines().flat_map(|line| shown(line, looks)));
        }
        lines.push(Line::default());
    }
    if lines.is_empty() {
        let told = "no call of this step is in the journal: it has not run, or its engine died under way";
        lines.extend(paragraph(theme, told, Tone::Dim, looks.width));
    }
    lines
}

/// A line of JSON.
fn shown(line: &str, looks: Looks) -> Vec<Line<'static>> {
    let parts = if looks.wrap { wrap_indented(line, looks.width) } else { vec![fit(&clean(line), looks.width)] };
    parts.into_iter().map(Line::raw).collect()
}
