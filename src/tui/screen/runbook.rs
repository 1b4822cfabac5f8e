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
use crate::tui::text::{clean, fit, pad};
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
    /// The first visible line of the text.
    pub(crate) scroll: usize,
    /// The step pointed at.
    pub(crate) row: usize,
    offset: usize,
    end: usize,
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

/// Under a half's title; the plan keeps lines for why its step is there.
const WHY: u16 = 3;

impl Runbook {
    pub(crate) fn new(given: Given) -> Self {
        Self { text: None, given, half: Half::Text, scroll: 0, row: 0, offset: 0, end: 0 }
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
            self.scroll = lines.start.saturating_sub(2).min(self.end);
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
        let lines = if let Some(Ok(text)) = &self.text { text.text.lines().count() } else { 0 };
        self.end = lines.saturating_sub(high(halves.text));
        self.scroll = self.scroll.min(self.end);
        let rows = high(halves.plan).saturating_sub(usize::from(WHY));
        self.offset = window(self.row, self.offset, self.steps(), rows);
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
                let numbered = book.text.lines().enumerate().skip(self.scroll).take(usize::from(area.height));
                let lines = numbered.map(|(n, line)| {
                    let is_bright = bright.iter().any(|range| range.contains(&n));
                    let comment = line.trim_start().starts_with('#');
                    let tone = match (is_bright, comment) {
                        (true, _) => Tone::Active,
                        (false, true) => Tone::Dim,
                        (false, false) => Tone::Plain,
                    };
                    let bar = if is_bright { theme.glyph("▌", "|") } else { " " };
                    let room = usize::from(area.width).saturating_sub(6);
                    Line::from(vec![
                        Span::styled(format!("{:>4}{bar}", n + 1), theme.style(Tone::Dim)),
                        Span::styled(fit(&clean(line), room), theme.style(tone)),
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
        let rows = usize::from(area.height.saturating_sub(1 + WHY));
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
                    pad(&clean(&step.action.to_string()), longest.min(width / 2)),
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
        let y = area.bottom().saturating_sub(WHY);
        let why = Rect { y, height: area.bottom().saturating_sub(y), ..area };
        frame.render_widget(view::rule(theme, "why", Tone::Dim, area.width), Rect { height: 1.min(why.height), ..why });
        frame.render_widget(Paragraph::new(said(theme, &clean(&step.reason), Tone::Active, area.width)), below(why, 1));
    }
}

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
