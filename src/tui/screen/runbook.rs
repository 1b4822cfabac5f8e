//! The runbook, read-only, and the plan that it gives for the person pointed at: the rules that put the selected step there
//! are shown bright.

use std::ops::Range;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::ipc::RunbookText;
use crate::model::plan::rules_named;
use crate::model::{Departure, Leaver, Plan};
use crate::tui::action::Action;
use crate::tui::app::{self, App};
use crate::tui::dialog::frame as boxed;
use crate::tui::list::travelled;
use crate::tui::list::window;
use crate::tui::text::{clean, pad};
use crate::tui::theme::{Theme, Tone};
use crate::tui::{text, view};

/// From this width on the two stand side by side.
const BESIDE: u16 = 110;

/// Which half the keys move in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Half {
    Text,
    Plan,
}

/// What the plan's half shows.
#[derive(Debug)]
pub(crate) enum Given {
    /// Nobody was pointed at.
    Nobody,
    Asked,
    Plan {
        leaver: Box<Leaver>,
        plan: Box<Plan>,
        departures: Vec<Departure>,
    },
    Refused(String),
}

/// The view.
#[derive(Debug)]
pub(crate) struct Runbook {
    pub(crate) text: Option<Result<RunbookText, String>>,
    pub(crate) given: Given,
    pub(crate) half: Half,
    /// The first visible row of the text.
    pub(crate) scroll: usize,
    /// The step pointed at.
    pub(crate) row: usize,
    offset: usize,
    end: usize,
    /// The text as it is laid out for this frame.
    rows: Vec<Row>,
}

/// A row of the text: a line of the file, or how it goes on.
#[derive(Debug)]
struct Row {
    /// The line's number, from 0.
    line: usize,
    begins: bool,
    text: String,
}

/// Columns before the text: the line's number, and whether it is of a rule that is shown bright.
const MARGIN: u16 = 6;

fn rows(text: &str, width: u16) -> Vec<Row> {
    let room = usize::from(width.saturating_sub(MARGIN));
    let wrapped = text.lines().enumerate().flat_map(|(line, text)| {
        let parts = text::wrap_indented(text, room).into_iter().enumerate();
        parts.map(move |(n, text)| Row { line, begins: n == 0, text })
    });
    wrapped.collect()
}

struct Halves {
    text: Rect,
    plan: Rect,
}

fn halves(area: Rect) -> Halves {
    if area.width >= BESIDE {
        let [text, _, plan] =
            Layout::horizontal([Constraint::Fill(1), Constraint::Length(1), Constraint::Fill(1)]).areas(area);
        return Halves { text, plan };
    }
    let [text, plan] = Layout::vertical([Constraint::Fill(1), Constraint::Fill(1)]).areas(area);
    Halves { text, plan }
}

/// Under the plan's steps, at least so many lines say why the one pointed at is there.
const WHY: u16 = 3;

impl Runbook {
    pub(crate) fn new(given: Given) -> Self {
        Self { text: None, given, half: Half::Text, scroll: 0, row: 0, offset: 0, end: 0, rows: Vec::new() }
    }

    pub(crate) fn other_half(&mut self) {
        self.half = if self.half == Half::Text { Half::Plan } else { Half::Text };
    }

    fn steps(&self) -> usize {
        if let Given::Plan { plan, .. } = &self.given { plan.steps.len() } else { 0 }
    }

    pub(crate) fn travel(&mut self, action: Action, page: usize) {
        match self.half {
            Half::Text => self.scroll = travelled(action, self.scroll, self.end + 1, page),
            Half::Plan => {
                self.row = travelled(action, self.row, self.steps(), page);
                self.show_rule();
            }
        }
    }

    /// The text goes to the rule of the step pointed at, if it has one.
    fn show_rule(&mut self) {
        if let Some(lines) = self.bright().first() {
            let row = self.rows.partition_point(|row| row.line < lines.start);
            self.scroll = row.saturating_sub(2).min(self.end);
        }
    }

    /// The lines, from 0, of the rules that put the selected step there.
    fn bright(&self) -> Vec<Range<usize>> {
        let (Some(Ok(text)), Given::Plan { plan, .. }) = (&self.text, &self.given) else { return Vec::new() };
        let Some(step) = plan.steps.get(self.row) else { return Vec::new() };
        let numbers = rules_named(&step.reason).into_iter();
        let lines: Vec<&str> = text.text.lines().collect();
        numbers.filter_map(|number| rule_lines(&lines, &text.rules, number)).collect()
    }

    pub(crate) fn settle(&mut self, area: Rect) {
        let halves = halves(area);
        let high = |area: Rect| usize::from(area.height.saturating_sub(1));
        self.rows = if let Some(Ok(book)) = &self.text { rows(&book.text, halves.text.width) } else { Vec::new() };
        self.end = self.rows.len().saturating_sub(high(halves.text));
        self.scroll = self.scroll.min(self.end);
        let rows = high(halves.plan).saturating_sub(usize::from(self.why_high(halves.plan)));
        self.offset = window(self.row, self.offset, self.steps(), rows);
    }

    /// Why the step pointed at is there, wrapped.
    fn why(&self, width: u16) -> Vec<String> {
        let Given::Plan { plan, .. } = &self.given else { return Vec::new() };
        let reason = plan.steps.get(self.row).map(|step| clean(&step.reason)).unwrap_or_default();
        text::wrap(&reason, usize::from(width).saturating_sub(2))
    }

    /// All of it is to be read, as long as one step is still to be seen.
    fn why_high(&self, area: Rect) -> u16 {
        let wanted = text::cells(self.why(area.width).len()).saturating_add(1);
        wanted.max(WHY).min(area.height.saturating_sub(2).max(WHY))
    }

    pub(crate) fn page(area: Rect) -> usize {
        usize::from(halves(area).plan.height.saturating_sub(2 + WHY)).max(1)
    }

    pub(crate) fn draw(&self, app: &App, frame: &mut Frame, area: Rect) {
        let halves = halves(area);
        self.draw_text(app, frame, halves.text);
        self.draw_plan(app, frame, halves.plan);
    }

    /// The half that the keys move in has a bright title.
    fn tone(&self, half: Half) -> Tone {
        if self.half == half { Tone::Strong } else { Tone::Dim }
    }

    fn draw_text(&self, app: &App, frame: &mut Frame, area: Rect) {
        let theme = app.theme;
        let mark = |half: Half| if self.half == half { theme.glyph("▸ ", "> ") } else { "" };
        let (title, lines) = match &self.text {
            None => ("the runbook".to_owned(), said(theme, "asking the engine...", Tone::Dim, area.width)),
            Some(Err(why)) => ("the runbook".to_owned(), did_not_come(app, why, area.width)),
            Some(Ok(book)) => {
                let bright = self.bright();
                let source: Vec<&str> = book.text.lines().collect();
                let visible = self.rows.iter().skip(self.scroll).take(usize::from(area.height));
                let lines = visible.map(|row| {
                    let is_bright = bright.iter().any(|range| range.contains(&row.line));
                    let comment = source.get(row.line).is_some_and(|line| line.trim_start().starts_with('#'));
                    let tone = match (is_bright, comment) {
                        (true, _) => Tone::Active,
                        (false, true) => Tone::Dim,
                        (false, false) => Tone::Plain,
                    };
                    let bar = if is_bright { theme.glyph("▌", "|") } else { " " };
                    let number = if row.begins { (row.line + 1).to_string() } else { String::new() };
                    Line::from(vec![
                        Span::styled(format!("{number:>4}{bar}"), theme.style(Tone::Dim)),
                        Span::styled(row.text.clone(), theme.style(tone)),
                    ])
                });
                (format!("runbook {}, {}", clean(&book.name), clean(&book.file)), lines.collect())
            }
        };
        let title = format!("{}{title}", mark(Half::Text));
        frame.render_widget(
            view::rule(theme, &title, self.tone(Half::Text), area.width),
            Rect { height: 1.min(area.height), ..area },
        );
        frame.render_widget(Paragraph::new(lines), below(area, 1));
    }

    fn draw_plan(&self, app: &App, frame: &mut Frame, area: Rect) {
        let theme = app.theme;
        let mark = if self.half == Half::Plan { theme.glyph("▸ ", "> ") } else { "" };
        let title = match &self.given {
            Given::Plan { leaver, plan, .. } => {
                format!("{mark}its plan for {}: {}", clean(&leaver.name), app::count(plan.steps.len(), "step"))
            }
            _ => format!("{mark}its plan"),
        };
        frame.render_widget(
            view::rule(theme, &title, self.tone(Half::Plan), area.width),
            Rect { height: 1.min(area.height), ..area },
        );
        let width = usize::from(area.width).saturating_sub(2);
        let Given::Plan { plan, departures, .. } = &self.given else {
            let lines = match &self.given {
                Given::Asked => said(theme, "asking the engine...", Tone::Dim, area.width),
                Given::Refused(why) => did_not_come(app, why, area.width),
                _ => said(theme, "nobody is selected: point at a person, and open this again", Tone::Dim, area.width),
            };
            return frame.render_widget(Paragraph::new(lines), below(area, 1));
        };
        let why_high = self.why_high(area);
        let rows = usize::from(area.height.saturating_sub(1 + why_high));
        let longest = plan.steps.iter().map(|it| text::width(&clean(&it.action.to_string()))).max().unwrap_or(0);
        let steps = plan.steps.iter().enumerate().skip(self.offset).take(rows);
        let lines: Vec<_> = steps
            .map(|(n, step)| {
                let by_rule = departures.iter().any(|it| it.action == step.action);
                let rule = if by_rule { theme.glyph("◆", "*") } else { " " };
                let ask = if step.approval.is_some() { "asks" } else { "" };
                let row = format!(
                    " {rule} {n:>2} {} {} {}",
                    pad(step.stage.name(), 11),
                    pad(&clean(&step.action.to_string()), longest.min(width.saturating_sub(FIXED))),
                    pad(ask, 4)
                );
                match (n == self.row, by_rule) {
                    (true, _) => Line::styled(pad(&row, width + 1), Theme::selected()),
                    (false, true) => Line::styled(row, theme.style(Tone::Asking)),
                    (false, false) => Line::raw(row),
                }
            })
            .collect();
        frame.render_widget(Paragraph::new(lines), below(area, 1));
        let Some(step) = plan.steps.get(self.row) else { return };
        let y = area.bottom().saturating_sub(why_high);
        let why = Rect { y, height: area.bottom().saturating_sub(y), ..area };
        let title = format!("why {}", clean(&step.action.to_string()));
        frame
            .render_widget(view::rule(theme, &title, Tone::Dim, area.width), Rect { height: 1.min(why.height), ..why });
        let lines = self.why(area.width).into_iter();
        let lines: Vec<_> = lines.map(|it| Line::styled(format!(" {it}"), theme.style(Tone::Active))).collect();
        frame.render_widget(Paragraph::new(lines), below(why, 1));
    }
}

/// Columns of a step's row beside its action: the mark of a rule, the number, the stage, whether it asks, and the gaps.
const FIXED: usize = 23;

/// Words where there is nothing else: a column in, as everything else is.
fn said(theme: Theme, text: &str, tone: Tone, width: u16) -> Vec<Line<'static>> {
    let mut lines = boxed::paragraph(theme, text, tone, usize::from(width).saturating_sub(2));
    for line in &mut lines {
        line.spans.insert(0, Span::raw(" "));
    }
    lines
}

/// Why there is nothing to read, and what to press.
fn did_not_come(app: &App, why: &str, width: u16) -> Vec<Line<'static>> {
    let keys = [Action::Back, Action::Runbook].map(|it| app.keys.press(it));
    let mut lines = said(app.theme, &clean(why), Tone::Warn, width);
    lines.extend(said(app.theme, &format!("{} closes this; then {} asks again.", keys[0], keys[1]), Tone::Dim, width));
    lines
}

fn below(area: Rect, lines: u16) -> Rect {
    let lines = lines.min(area.height);
    Rect { y: area.y + lines, height: area.height - lines, ..area }
}

/// The lines, from 0, of rule `number`: from its head to before whatever comes next, comments above that left out.
fn rule_lines(lines: &[&str], rules: &[usize], number: usize) -> Option<Range<usize>> {
    let first = rules.get(number.checked_sub(1)?)?.checked_sub(1)?;
    let body = lines.get(first + 1..)?;
    let next = body.iter().position(|line| line.trim_start().starts_with('[')).map_or(lines.len(), |n| first + 1 + n);
    let empty = |line: &&str| line.trim().is_empty() || line.trim_start().starts_with('#');
    let tail = lines[first + 1..next].iter().rev().take_while(|line| empty(line)).count();
    Some(first..next - tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_ends_before_the_comments_of_the_next() {
        let text = "name = 'x'\n[[rule]]\nactions = ['a.b']\ninclude = true\n\n# the next\n[[rule]]\nactions = ['c.d']";
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(rule_lines(&lines, &[2, 7], 1), Some(1..4));
        assert_eq!(rule_lines(&lines, &[2, 7], 2), Some(6..8));
        assert_eq!(rule_lines(&lines, &[2, 7], 3), None);
        assert_eq!(rule_lines(&lines, &[2, 7], 0), None);
    }
}
