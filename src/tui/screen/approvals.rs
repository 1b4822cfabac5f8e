//! Screen 5: what waits for consent, urgent people first, then the oldest; and consents that may run out unused.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

use crate::model::{Danger, Fleet, Offboarding, PlannedStep, Step, StepRef, StepState};
use crate::tui::app::{self, App};
use crate::tui::dialog::frame as boxed;
use crate::tui::figures::Figures;
use crate::tui::filter::Filter;
use crate::tui::list::List;
use crate::tui::text::{clean, fit, pad, pad_left};
use crate::tui::theme::{Theme, Tone};
use crate::tui::view::{self, notice};
use crate::tui::{span, text};

/// The screen's state.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    pub(crate) list: List<StepRef>,
    pub(crate) filter: Filter,
}

struct Parts {
    head: Rect,
    rows: Rect,
    details: Rect,
}

fn parts(body: Rect) -> Parts {
    let details = (body.height / 2).clamp(5, 16);
    let [head, rows, details] =
        Layout::vertical([Constraint::Length(1), Constraint::Fill(1), Constraint::Length(details)]).areas(body);
    Parts { head, rows, details }
}

impl Inbox {
    pub(crate) fn list_up(&mut self, fleet: &Fleet, figures: &Figures) {
        let all = figures.asked().chain(figures.granted());
        let admitted = all.filter(|at| {
            let person = fleet.get(at.offboarding);
            let step = person.and_then(|person| Some((person, person.step(at.ord)?)));
            step.is_some_and(|(person, (planned, step))| self.filter.admits_step(person, planned, step))
        });
        let ids: Vec<_> = admitted.collect();
        self.list.replace(ids);
    }

    /// What waits no more is marked no more, whichever screen is shown: it may be asked for again.
    pub(crate) fn forget_marks(&mut self, fleet: &Fleet) {
        self.list.marks.retain(|at| {
            let step = fleet.get(at.offboarding).and_then(|person| person.step(at.ord));
            step.is_some_and(|(_, step)| matches!(step.state, StepState::AwaitingApproval { .. }))
        });
    }

    /// How many rows fit.
    pub(crate) fn rows_high(app: &App) -> usize {
        usize::from(parts(view::areas(app).body).rows.height)
    }

    pub(crate) fn draw(&self, app: &App, frame: &mut Frame, area: Rect) {
        if self.list.ids.is_empty() {
            let (headline, told) = if self.filter.is_empty() {
                let told = "Steps that cannot be undone wait here before they run; the oldest and most urgent first.";
                ("nothing waits for consent", told.to_owned())
            } else {
                let key = app.keys.key(crate::tui::action::Action::Back);
                ("nothing fits the filter", format!("{key} clears the filter."))
            };
            return notice::words(app.theme, frame, area, headline, &[told]);
        }
        let parts = parts(area);
        let columns = Columns::of(area.width);
        frame.render_widget(columns.head(app), parts.head);
        for (y, at) in (parts.rows.y..).zip(self.list.visible(usize::from(parts.rows.height))) {
            let Some((person, (planned, step))) = app.at(*at) else { continue };
            let line = columns.row(app, *at, person, planned, step);
            frame.render_widget(line, Rect { y, height: 1, ..parts.rows });
        }
        self.draw_details(app, frame, parts.details);
    }

    fn draw_details(&self, app: &App, frame: &mut Frame, area: Rect) {
        let Some((at, (person, (planned, step)))) = self.list.selected.and_then(|at| Some((at, app.at(at)?))) else {
            return;
        };
        let theme = app.theme;
        let title = format!("{at}  {} for {}", planned.action, app::name(person));
        frame.render_widget(view::rule(theme, &title, Tone::Strong, area.width), Rect { height: 1, ..area });
        let width = usize::from(area.width).saturating_sub(4).min(110);
        let undo = match (&planned.undo, planned.danger) {
            (Some(undo), _) => clean(undo),
            (None, Danger::Irreversible) => "nothing brings it back".to_owned(),
            (None, _) => "there is no undo".to_owned(),
        };
        let mut lines = boxed::fact(theme, "what", &clean(&planned.title), Tone::Plain, width);
        let danger = if planned.danger == Danger::Irreversible { Tone::Bad } else { Tone::Warn };
        lines.extend(boxed::fact(theme, "danger", &format!("{}; undo: {undo}", planned.danger), danger, width));
        lines.extend(boxed::fact(theme, "why", &clean(&planned.reason), Tone::Plain, width));
        lines.extend(boxed::fact(theme, "whom", &clean(&person.leaver().email), Tone::Plain, width));
        if let Some(account) = &step.account {
            let account = format!(
                "{} (id {}, matched on {})",
                clean(&account.label),
                clean(&account.id),
                clean(&account.matched_on)
            );
            lines.extend(boxed::fact(theme, "account", &account, Tone::Plain, width));
        }
        lines.extend(boxed::fact(theme, "asked by", &clean(&person.requester.to_string()), Tone::Plain, width));
        lines.extend(boxed::fact(theme, "plan", &clean(&person.plan.digest), Tone::Dim, width));
        if let Some(why) = app.why_not(crate::tui::action::Action::Approve) {
            lines.extend(boxed::fact(theme, "not now", &why, Tone::Warn, width));
        }
        for (y, line) in (area.y + 1..area.bottom()).zip(lines) {
            let mut spans = vec![Span::raw("  ")];
            spans.extend(line.spans);
            frame.render_widget(Line::from(spans), Rect { y, height: 1, ..area });
        }
    }
}

struct Columns {
    state: usize,
    since: usize,
    person: usize,
    action: usize,
    danger: usize,
    by: usize,
    expiry: usize,
}

impl Columns {
    fn of(width: u16) -> Self {
        let (state, since, danger, expiry) = (10, 7, 12, 10);
        let left = usize::from(width).saturating_sub(2 + state + since + danger + expiry + 6);
        let by = if left >= 60 { left / 4 } else { 0 };
        let person = (left - by) / 2;
        Self { state, since, person, action: left - by - person, danger, by, expiry }
    }

    fn head(&self, app: &App) -> Line<'static> {
        let mut text = "  ".to_owned();
        text.push_str(&pad("state", self.state));
        text.push(' ');
        text.push_str(&pad_left("waits", self.since));
        for (title, width) in
            [("person", self.person), ("action", self.action), ("danger", self.danger), ("asked by", self.by)]
        {
            if width > 0 {
                text.push(' ');
                text.push_str(&pad(title, width));
            }
        }
        text.push(' ');
        text.push_str(&pad_left("consent", self.expiry));
        Line::styled(text, app.theme.style(Tone::Dim))
    }

    fn row(&self, app: &App, at: StepRef, person: &Offboarding, planned: &PlannedStep, step: &Step) -> Line<'static> {
        let theme = app.theme;
        let list = &app.inbox.list;
        let asked = matches!(step.state, StepState::AwaitingApproval { .. });
        let held = person.hold_on(at.ord);
        let (glyph, tone) = if held.is_some() {
            (theme.legal_hold(), Tone::Warn)
        } else if asked {
            theme.step(&step.state)
        } else {
            (theme.glyph("◈", "%"), Tone::Good)
        };
        let word = match (held, asked) {
            (Some(_), _) => "held",
            (None, true) => "asked",
            (None, false) => "given",
        };
        let since = match (&step.state, &step.extra.approval) {
            (StepState::AwaitingApproval { since }, _) => span::running(app.now.ms_since(*since)),
            (_, Some(approval)) => span::running(app.now.ms_since(approval.at)),
            _ => String::new(),
        };
        // What is asked for does not run out; what was given does.
        let (expiry, expiry_tone) = match (&step.extra.approval, asked, planned.approval) {
            (Some(approval), false, _) if approval.expires_at <= app.now => ("void".to_owned(), Tone::Warn),
            (Some(approval), false, _) => (format!("ends {}", span::left(approval.expires_at, app.now)), Tone::Warn),
            (_, true, Some(policy)) => (format!("holds {}", span::chosen(policy.ttl_ms)), Tone::Dim),
            _ => (String::new(), Tone::Dim),
        };
        let urgent = if person.leaver().urgent() { theme.glyph("▲ ", "! ") } else { "" };
        let danger = match planned.danger {
            Danger::Irreversible => Tone::Bad,
            Danger::HardToUndo => Tone::Warn,
            Danger::Reversible => Tone::Dim,
        };
        let mut spans = vec![
            theme.mark(list, at),
            Span::styled(pad(&format!("{glyph} {word}"), self.state), theme.style(tone)),
            Span::raw(format!(" {}", pad_left(&since, self.since))),
            Span::raw(format!(" {}", pad(&format!("{urgent}{}", app::name(person)), self.person))),
            Span::raw(format!(" {}", pad(&planned.action.to_string(), self.action))),
            Span::styled(format!(" {}", pad(&planned.danger.to_string(), self.danger)), theme.style(danger)),
        ];
        if self.by > 0 {
            let by = fit(&clean(&person.requester.to_string()), self.by);
            spans.push(Span::styled(format!(" {}", pad(&by, self.by)), theme.style(Tone::Dim)));
        }
        spans.push(Span::styled(format!(" {}", pad_left(&expiry, self.expiry)), theme.style(expiry_tone)));
        if list.selected == Some(at) {
            let text: String = spans.iter().map(|it| it.content.as_ref()).collect();
            return Line::styled(text::fit(&text, usize::MAX), Theme::selected());
        }
        Line::from(spans)
    }
}
