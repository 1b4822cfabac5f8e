//! Who has left by the word of HR, and has no offboarding: rows to be marked.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::model::{Missing, MissingPerson};
use crate::tui::action::Action;
use crate::tui::app::{self, App};
use crate::tui::list::List;
use crate::tui::span;
use crate::tui::text::{clean, pad};
use crate::tui::theme::{Theme, Tone};
use crate::tui::view::notice;

/// The list.
#[derive(Debug, Default)]
pub(crate) struct Gone {
    /// The request that is waited for.
    pub(crate) ticket: Option<u64>,
    pub(crate) found: Option<Result<Missing, String>>,
    pub(crate) list: List<usize>,
}

/// Two lines of head, one for what cannot be used.
pub(super) fn rows_high(area: Rect) -> usize {
    usize::from(area.height.saturating_sub(3))
}

impl Gone {
    pub(crate) fn take(&mut self, found: Result<Missing, String>) {
        let people = found.as_ref().map_or(0, |it| it.people.len());
        self.list.replace((0..people).collect());
        self.found = Some(found);
        self.ticket = None;
    }

    pub(crate) fn people(&self) -> &[MissingPerson] {
        match &self.found {
            Some(Ok(missing)) => &missing.people,
            _ => &[],
        }
    }

    /// The marked, or the selected one.
    pub(crate) fn chosen(&self) -> Vec<MissingPerson> {
        self.list.targets().into_iter().filter_map(|n| self.people().get(n).cloned()).collect()
    }

    pub(super) fn draw(&self, app: &App, frame: &mut Frame, area: Rect) {
        let again = format!("{} asks again.", app.keys.press(Action::Open));
        let found = match &self.found {
            None => return notice::words(app.theme, frame, area, "asking HR who has left...", &[]),
            Some(Err(why)) => {
                let told: Vec<_> = why.lines().map(clean).chain([again]).collect();
                return notice::words(app.theme, frame, area, "HR could not be asked", &told);
            }
            Some(Ok(found)) => found,
        };
        if found.asked.is_empty() {
            let told =
                "Set [hris.NAME] with an api_key in the configuration; a person or a CSV file can be launched without.";
            return notice::words(
                app.theme,
                frame,
                area,
                "no HR system is configured that can be asked",
                &[told.into()],
            );
        }
        if found.people.is_empty() {
            let since = span::date_time(found.since, &app.zone);
            let mut told = vec![format!(
                "Whoever left by the word of {}, changed since {since}, has an offboarding.",
                clean(&found.asked.join(", "))
            )];
            told.extend(found.unusable.iter().map(|it| clean(it)));
            told.push(again);
            return notice::words(app.theme, frame, area, "nobody is missing", &told);
        }
        self.draw_rows(app, found, frame, area);
    }

    fn draw_rows(&self, app: &App, found: &Missing, frame: &mut Frame, area: Rect) {
        let theme = app.theme;
        let columns = Columns::of(area.width);
        let late = found.people.iter().filter(|it| it.effective_at.is_none()).count();
        let since = span::day(found.since, &app.zone);
        let head = format!(
            " {}, {late} of them over their last day; {}, changed since {since}",
            app::count(found.people.len(), "person"),
            clean(&found.asked.join(", "))
        );
        let row = |y: u16| Rect { y: area.y + y, height: 1, ..area };
        let head = Line::styled(head, theme.style(Tone::Dim));
        frame.render_widget(crate::tui::view::cut(head, area.width), row(0));
        frame.render_widget(Line::styled(columns.head(), theme.style(Tone::Dim)), row(1));
        let high = rows_high(area);
        for (y, n) in (area.y + 2..).zip(self.list.visible(high)) {
            let Some(person) = found.people.get(*n) else { continue };
            frame.render_widget(columns.row(app, self, *n, person), Rect { y, height: 1, ..area });
        }
        if let Some(why) = found.unusable.first() {
            let more = match found.unusable.len() {
                1 => String::new(),
                n => format!(" (and {} more: `nightlatch leaver missing`)", n - 1),
            };
            let line = Line::styled(format!(" {}{more}", clean(why)), theme.style(Tone::Warn));
            frame.render_widget(crate::tui::view::cut(line, area.width), row(area.height.saturating_sub(1)));
        }
    }
}

struct Columns {
    name: usize,
    email: usize,
    department: usize,
    ends: usize,
    before: usize,
}

impl Columns {
    fn of(width: u16) -> Self {
        let ends = 16;
        let left = usize::from(width).saturating_sub(2 + ends + 4);
        let department = if left >= 90 { left / 5 } else { 0 };
        let before = if left >= 70 { 22 } else { 0 };
        let rest = left.saturating_sub(department + before);
        Self { name: rest / 2, email: rest - rest / 2, department, ends, before }
    }

    fn cells(&self, texts: [&str; 5]) -> String {
        let widths = [self.name, self.email, self.department, self.ends, self.before];
        let cells = texts.into_iter().zip(widths).filter(|(_, width)| *width > 0);
        cells.map(|(text, width)| pad(text, width)).collect::<Vec<_>>().join(" ")
    }

    fn head(&self) -> String {
        format!("  {}", self.cells(["person", "e-mail", "department", "access ends", "before"]))
    }

    fn row(&self, app: &App, gone: &Gone, n: usize, person: &MissingPerson) -> Line<'static> {
        let theme = app.theme;
        let list = &gone.list;
        let mark = theme.mark(list, n);
        let it = &person.leaver;
        let urgent = if it.urgent() { theme.glyph("▲ ", "! ") } else { "" };
        let ends = match person.effective_at {
            None => format!("{} is over", theme.glyph("▲", "!")),
            Some(at) => span::date_time(at, &app.zone),
        };
        let before = person.earlier.as_ref().map(|it| format!("{} {}", it.offboarding, it.word)).unwrap_or_default();
        let text = self.cells([
            &format!("{urgent}{}", clean(&it.name)),
            &clean(&it.email),
            &clean(it.department.as_deref().unwrap_or_default()),
            &ends,
            &clean(&before),
        ]);
        if list.selected == Some(n) {
            return Line::styled(format!("{}{text}", mark.content), Theme::selected());
        }
        let tone = if person.effective_at.is_none() { Tone::Plain } else { Tone::Dim };
        Line::from(vec![mark, Span::styled(text, theme.style(tone))])
    }
}
