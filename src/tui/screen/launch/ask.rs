//! A person, or a file, is typed.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use super::{field, refused};
use crate::tui::app::App;
use crate::tui::theme::Tone;

/// The longest text, in characters.
pub(crate) const LONGEST: usize = 400;

/// What is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    Person,
    File,
}

impl Asked {
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Person => "one person",
            Self::File => "a CSV file",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Person => " who",
            Self::File => " file",
        }
    }

    fn told(self) -> &'static str {
        match self {
            Self::Person => {
                "A work e-mail, as in alfa.doe@corp.example; where HR can be asked, also a login, a whole name or an \
                 employee's id. Who has left is not in HR's directory any more: name them by id."
            }
            Self::File => {
                "The first line names the columns: email, and if you like name, employee_id, login, department, title, \
                 type, country, zone, manager, privileged, executive, involuntary, by_hand, last_day."
            }
        }
    }
}

/// A question for a text.
#[derive(Debug)]
pub(crate) struct Ask {
    pub(crate) of: Asked,
    pub(crate) text: String,
    /// The request, or the file, that is waited for.
    pub(crate) ticket: Option<u64>,
    /// Why it did not go on.
    pub(crate) problem: Option<String>,
    /// HR could not say who that is: Enter on the same text goes on without HR.
    pub(crate) without_hr: Option<String>,
}

impl Ask {
    pub(crate) fn new(of: Asked) -> Self {
        Self { of, text: String::new(), ticket: None, problem: None, without_hr: None }
    }

    pub(super) fn draw(&self, app: &App, frame: &mut Frame, area: Rect) {
        let width = usize::from(area.width).saturating_sub(2);
        let dim = app.theme.style(Tone::Dim);
        let mut lines = vec![Line::default(), field(app, self.of.label(), &self.text, width), Line::default()];
        if self.ticket.is_some() {
            let what = if self.of == Asked::File { "checking every row..." } else { "asking who that is..." };
            lines.push(Line::styled(format!(" {what}"), dim));
        } else if let Some(problem) = &self.problem {
            let told = refused(app, problem, width.saturating_sub(1));
            lines.extend(told.into_iter().map(|mut line| {
                line.spans.insert(0, ratatui::text::Span::raw(" "));
                line
            }));
            if self.without_hr.as_deref() == Some(self.text.trim()) {
                lines.push(Line::default());
                lines.push(Line::styled(" Enter once more goes on without HR, with the e-mail alone.", dim));
            }
        } else {
            let told = crate::tui::text::wrap(self.of.told(), width.saturating_sub(1).min(100));
            lines.extend(told.into_iter().map(|it| Line::styled(format!(" {it}"), dim)));
        }
        frame.render_widget(Paragraph::new(lines), area);
    }
}
