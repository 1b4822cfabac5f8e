//! One frame: header, the screen, footer, and what stands over them.

pub(crate) mod footer;
pub(crate) mod header;
pub(crate) mod notice;
pub(crate) mod toasts;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::app::{App, SMALLEST};
use super::screen::Place;
use super::text;
use super::theme::{Theme, Tone};

/// Where the parts of a frame are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Areas {
    pub(crate) header: Rect,
    pub(crate) body: Rect,
    pub(crate) filter: Rect,
    pub(crate) footer: Rect,
}

pub(crate) fn areas(app: &App) -> Areas {
    let over = app.launch.is_some() || app.runbook.is_some();
    let filter = u16::from(!over && (app.filtering || !app.filter().is_empty()));
    let rows = [Constraint::Length(3), Constraint::Fill(1), Constraint::Length(filter), Constraint::Length(1)];
    let [header, body, filter, footer] = Layout::vertical(rows).areas(app.size);
    Areas { header, body, filter, footer }
}

impl App {
    /// Draws the state; changes nothing.
    pub(crate) fn draw(&self, frame: &mut Frame) {
        // The state is laid out for `size`; a terminal that has just shrunk tells so in its next event.
        let area = self.size;
        if area.width > frame.area().width || area.height > frame.area().height {
            return;
        }
        if self.fits() {
            self.draw_whole(frame);
        } else {
            too_small(frame, frame.area());
        }
        if self.theme.ascii {
            to_ascii(frame.buffer_mut());
        }
        self.theme.paint(frame.buffer_mut());
    }

    fn draw_whole(&self, frame: &mut Frame) {
        let areas = areas(self);
        header::draw(self, frame, areas.header);
        if let Some(runbook) = &self.runbook {
            runbook.draw(self, frame, areas.body);
        } else if let Some(launch) = &self.launch {
            launch.draw(self, frame, areas.body);
        } else if let Some(pane) = &self.pane {
            pane.draw(self, frame, areas.body);
        } else if !self.seen {
            notice::draw(self, frame, areas.body);
        } else {
            match self.place {
                Place::Dashboard => self.board.draw(self, frame, areas.body),
                Place::Offboarding(_) => self.case.draw(self, frame, areas.body),
                Place::Wall => self.wall.draw(self, frame, areas.body),
                Place::Connectors => self.systems.draw(self, frame, areas.body),
                Place::Approvals => self.inbox.draw(self, frame, areas.body),
                Place::History => self.archive.draw(self, frame, areas.body),
                Place::Ledger => self.log.draw(self, frame, areas.body),
            }
        }
        if areas.filter.height > 0 {
            self.draw_filter(frame, areas.filter);
        }
        footer::draw(self, frame, areas.footer);
        toasts::draw(self, frame, areas.body);
        for dialog in &self.dialogs {
            dialog.draw(self, frame, self.size);
        }
    }

    fn draw_filter(&self, frame: &mut Frame, area: Rect) {
        let filter = self.filter();
        let mut spans = vec![Span::styled(" /", self.theme.style(Tone::Strong)), Span::raw(text::clean(filter.text()))];
        if self.filtering {
            spans.push(Span::styled(" ", Theme::selected()));
        }
        let (told, tone) = match &filter.problem {
            Some(problem) => (text::clean(problem), Tone::Warn),
            None if self.filtering => {
                let fields = match self.place {
                    Place::History => "2025-03 after: before: conn: how: id: !not",
                    _ => "state: conn: stage: dept: kind: id: !not",
                };
                (format!("Enter keeps it, Esc clears it; {fields}"), Tone::Dim)
            }
            None => (format!("{} clears it", self.keys.key(super::action::Action::Back)), Tone::Dim),
        };
        spans.push(Span::styled(format!("   {told}"), self.theme.style(tone)));
        frame.render_widget(cut(Line::from(spans), area.width), area);
    }
}

fn too_small(frame: &mut Frame, area: Rect) {
    let lines = vec![
        Line::from("terminal too small"),
        Line::from(format!("{}x{} is needed, this is {}x{}", SMALLEST.0, SMALLEST.1, area.width, area.height)),
        Line::from("nothing is lost: enlarge it"),
    ];
    let middle = Rect { y: area.y + area.height.saturating_sub(3) / 2, height: area.height.min(3), ..area };
    frame.render_widget(Paragraph::new(lines).centered(), middle);
}

/// The line, cut to `width` columns with a mark.
pub(crate) fn cut(line: Line<'static>, width: u16) -> Line<'static> {
    let room = usize::from(width);
    if line.width() <= room {
        return line;
    }
    let mut left = room;
    let mut spans = Vec::new();
    for span in line.spans {
        let wide = span.width();
        // One column is kept for the mark.
        if wide < left {
            left -= wide;
            spans.push(span);
            continue;
        }
        let mut text = text::fit(&span.content, left.saturating_sub(1));
        if !text.ends_with('…') {
            text.push('…');
        }
        spans.push(Span::styled(text, span.style));
        break;
    }
    Line::from(spans)
}

/// A titled rule over the whole width.
pub(crate) fn rule(theme: Theme, title: &str, tone: Tone, width: u16) -> Line<'static> {
    let title = text::fit(title, usize::from(width).saturating_sub(6));
    let used = text::width(&title) + 4;
    let dim = theme.style(Tone::Dim);
    if title.is_empty() {
        return Line::styled(theme.rule().repeat(usize::from(width)), dim);
    }
    Line::from(vec![
        Span::styled(theme.rule().repeat(2), dim),
        Span::styled(format!(" {title} "), theme.style(tone)),
        Span::styled(theme.rule().repeat(usize::from(width).saturating_sub(used)), dim),
    ])
}

/// What is left after the glyph set: marks get their stand-ins, letters beyond ASCII become `?`.
fn to_ascii(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        if cell.symbol().is_ascii() {
            continue;
        }
        cell.set_symbol(match cell.symbol() {
            "…" => "~",
            "│" => "|",
            "·" | "•" => "*",
            "─" | "–" | "—" => "-",
            "‘" | "’" => "'",
            "“" | "”" => "\"",
            _ => "?",
        });
    }
}
