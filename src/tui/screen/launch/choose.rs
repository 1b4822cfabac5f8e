//! Where the people come from.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::model::OffboardingId;
use crate::tui::app::{self, App};
use crate::tui::text::{fit, pad};
use crate::tui::theme::{Theme, Tone};

/// A way to name people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    Person,
    Gone,
    File,
    Marked,
}

pub(crate) const SOURCES: [Source; 4] = [Source::Person, Source::Gone, Source::File, Source::Marked];

/// The choice.
#[derive(Debug, Default)]
pub(crate) struct Choose {
    pub(crate) row: usize,
}

impl Source {
    fn title(self) -> &'static str {
        match self {
            Self::Person => "one person",
            Self::Gone => "left by the word of HR",
            Self::File => "a CSV file",
            Self::Marked => "the marked rows",
        }
    }

    fn told(self, app: &App) -> String {
        match self {
            Self::Person => "by e-mail, or as HR knows them".to_owned(),
            Self::Gone => "and not being offboarded: one, some or all of them".to_owned(),
            Self::File => "checked first: one wrong row, and nobody goes".to_owned(),
            Self::Marked => match marked(app).len() {
                0 => "none is marked that is armed or held".to_owned(),
                n => format!("{}, armed or held: fired now", app::count(n, "marked row")),
            },
        }
    }
}

/// The dashboard's marked rows that wait to be fired, in their order.
pub(crate) fn marked(app: &App) -> Vec<OffboardingId> {
    let waits = |id: &OffboardingId| app.mirror.fleet.get(*id).is_some_and(app::waits_for_launch);
    app.board.rows.list.marks.iter().copied().filter(waits).collect()
}

impl Choose {
    pub(super) fn draw(&self, app: &App, frame: &mut Frame, area: Rect) {
        let theme = app.theme;
        let width = usize::from(area.width);
        for (n, source) in SOURCES.into_iter().enumerate() {
            let y = area.y + 1 + u16::try_from(n * 2).unwrap_or(u16::MAX);
            if y >= area.bottom() {
                return;
            }
            let told = fit(&source.told(app), width.saturating_sub(30));
            let line = if n == self.row {
                let mark = theme.glyph("▸", ">");
                Line::styled(pad(&format!(" {mark} {} {told}", pad(source.title(), 24)), width), Theme::selected())
            } else {
                Line::from(vec![
                    Span::raw(format!("   {} ", pad(source.title(), 24))),
                    Span::styled(told, theme.style(Tone::Dim)),
                ])
            };
            frame.render_widget(line, Rect { y, height: 1, ..area });
        }
        let y = area.y + 10;
        if y < area.bottom() {
            let told = "   Nothing happens before you have seen the plan, and said yes to it.";
            frame.render_widget(Line::styled(told, theme.style(Tone::Dim)), Rect { y, height: 1, ..area });
        }
    }
}
