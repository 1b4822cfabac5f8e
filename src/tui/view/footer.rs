//! The keys of this screen: those of the table that have a word for the footer.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::tui::action::{Action, Context, Entry, TABLE};
use crate::tui::app::App;
use crate::tui::enabled::enabled;
use crate::tui::screen::launch::Launch;
use crate::tui::screen::launch::when::CHOOSING;
use crate::tui::text;
use crate::tui::theme::Tone;

/// Below this width there is no room for all of them.
const NARROW: u16 = 100;

/// The entries of the footer, always in the same order: help and palette have a place of their own at the right.
pub(crate) fn entries(app: &App) -> Vec<&'static Entry> {
    let context = app.context();
    let here = TABLE.iter().filter(|it| it.hint.is_some() && it.contexts.contains(&context));
    let bound = here.filter(|it| !app.keys.key(it.action).is_empty());
    bound.filter(|it| !is_last(it.action)).collect()
}

fn is_last(action: Action) -> bool {
    matches!(action, Action::Help | Action::Palette)
}

pub(crate) fn draw(app: &App, frame: &mut Frame, area: Rect) {
    let theme = app.theme;
    if app.types_in_launch() {
        let chooses = app.launch.as_ref().and_then(Launch::look).and_then(|it| it.pick.as_ref());
        let told = match chooses {
            Some(pick) if !pick.is_typing() => CHOOSING,
            _ => "Enter goes on, Esc goes back, Ctrl-U clears; a paste is taken",
        };
        return frame.render_widget(Line::styled(format!(" {told}"), theme.style(Tone::Dim)), area);
    }
    let mut last = Vec::new();
    for entry in TABLE.iter().filter(|it| is_last(it.action)) {
        last.push(Span::styled(app.keys.key(entry.action), theme.style(Tone::Strong)));
        last.push(Span::styled(format!(" {}  ", entry.hint.unwrap_or_default()), theme.style(Tone::Dim)));
    }
    let quits = if app.context() == Context::Dashboard { "detach" } else { "back" };
    last.push(Span::styled(app.keys.key(Action::Leave), theme.style(Tone::Strong)));
    last.push(Span::styled(format!(" {quits} "), theme.style(Tone::Dim)));
    let last = Line::from(last);
    let room = usize::from(area.width).saturating_sub(last.width() + 1);

    let mut spans = vec![Span::raw(" ")];
    let mut used = 1;
    if app.marked() > 0 {
        let said = format!("{} marked  ", app.marked());
        used += text::width(&said);
        spans.push(Span::styled(said, theme.style(Tone::Asking)));
    }
    let entries: Vec<_> = entries(app).into_iter().map(|it| (it, enabled(app, it.action).is_ok())).collect();
    let mut kept = vec![false; entries.len()];
    // Where there is no room for all, what cannot be done now goes first; the order stays.
    let narrow = app.size.width < NARROW;
    for wanted in [true, false] {
        for (n, (entry, on)) in entries.iter().enumerate() {
            let on = *on || !narrow;
            let width = text::width(&app.keys.key(entry.action)) + text::width(hint(app, entry)) + 3;
            if on == wanted && used + width <= room {
                used += width;
                kept[n] = true;
            }
        }
    }
    for ((entry, on), _) in entries.into_iter().zip(kept).filter(|(_, kept)| *kept) {
        let (key, hint) = (app.keys.key(entry.action), hint(app, entry));
        spans.push(Span::styled(key, theme.style(if on { Tone::Strong } else { Tone::Dim })));
        spans.push(Span::styled(format!(" {hint}  "), theme.style(Tone::Dim)));
    }
    frame.render_widget(Line::from(spans), Rect { width: text::cells(room), ..area });
    let width = text::cells(last.width());
    frame.render_widget(last, Rect { x: area.right().saturating_sub(width), width, ..area });
}

/// The hint, in the direction that the key would take now.
fn hint(app: &App, entry: &'static Entry) -> &'static str {
    let paused = app.person().is_some_and(|it| matches!(it.phase, crate::model::Phase::Paused { .. }));
    match entry.action {
        Action::Pause if paused => "resume",
        _ => entry.hint.unwrap_or_default(),
    }
}
