//! The box that every dialog stands in: a title, lines that scroll, and a foot that is always visible.

use ratatui::Frame;
use ratatui::layout::{Alignment, Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Padding, Paragraph};

use crate::tui::app::count;
use crate::tui::text::{self, cells};
use crate::tui::theme::{Theme, Tone};

/// The widest dialog, in columns.
const WIDEST: u16 = 84;

/// Columns for text inside a dialog on this area.
pub(crate) fn inner_width(area: Rect) -> usize {
    usize::from(area.width.saturating_sub(2).min(WIDEST).saturating_sub(4))
}

/// A fact with its label, wrapped: the text stands in a column of its own.
pub(crate) fn fact(theme: Theme, label: &str, text: &str, tone: Tone, width: usize) -> Vec<Line<'static>> {
    const LABEL: usize = 12;
    let wrapped = text::wrap(text, width.saturating_sub(LABEL));
    let label_of = |n: usize| text::pad(if n == 0 { label } else { "" }, LABEL);
    let lines = wrapped.into_iter().enumerate();
    lines
        .map(|(n, line)| {
            Line::from(vec![Span::styled(label_of(n), theme.style(Tone::Dim)), Span::styled(line, theme.style(tone))])
        })
        .collect()
}

/// At least as many lines as facts with these texts take, in the narrowest dialog: how far one can scroll.
pub(crate) fn most_lines<'a>(texts: impl Iterator<Item = &'a str>) -> usize {
    texts.map(|text| text.split('\n').count() + text.len() / 20).sum()
}

/// Wrapped text.
pub(crate) fn paragraph(theme: Theme, text: &str, tone: Tone, width: usize) -> Vec<Line<'static>> {
    text::wrap(text, width).into_iter().map(|line| Line::styled(line, theme.style(tone))).collect()
}

/// Draws the box in the middle of `area`, as high as it must be.
pub(crate) fn draw(
    theme: Theme,
    frame: &mut Frame,
    area: Rect,
    title: &str,
    tone: Tone,
    (lines, scroll): (Vec<Line>, usize),
    foot: Vec<Line>,
) {
    let wanted = lines.len() + foot.len() + 3;
    let height = cells(wanted).min(area.height.saturating_sub(2));
    let width = area.width.saturating_sub(2).min(WIDEST);
    let rect = Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height };
    let block = Block::bordered()
        .border_set(theme.borders())
        .border_style(theme.style(tone))
        .title(Span::styled(
            format!(" {} ", text::fit(title, usize::from(width).saturating_sub(6))),
            theme.style(Tone::Strong),
        ))
        .padding(Padding::horizontal(1));
    let inner = block.inner(rect);
    frame.render_widget(Clear, rect);
    let [body, _, foot_area] =
        Layout::vertical([Constraint::Fill(1), Constraint::Max(1), Constraint::Length(cells(foot.len()))]).areas(inner);
    let shown = usize::from(body.height);
    let scroll = scroll.min(lines.len().saturating_sub(shown));
    let hidden = lines.len().saturating_sub(shown + scroll);
    let block = if hidden > 0 {
        let more = format!(" {}: PgDn ", count(hidden, "more line"));
        block.title_bottom(Line::styled(more, theme.style(Tone::Warn)).alignment(Alignment::Right))
    } else {
        block
    };
    frame.render_widget(block, rect);
    frame.render_widget(Paragraph::new(lines.into_iter().skip(scroll).take(shown).collect::<Vec<_>>()), body);
    frame.render_widget(Paragraph::new(foot), foot_area);
}
