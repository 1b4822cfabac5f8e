//! One person's row.

use ratatui::text::{Line, Span};

use crate::model::{Offboarding, Phase, Stage};
use crate::tui::app::App;
use crate::tui::roll::Sort;
use crate::tui::standing::Standing;
use crate::tui::text::{clean, fit, joined, pad, pad_left, width};
use crate::tui::theme::{Theme, Tone};
use crate::tui::{app, span};

/// How wide each column is. The person takes a third of what is left, the worst step the rest.
pub(crate) struct Columns {
    person: usize,
    state: usize,
    stage: usize,
    bar: usize,
    exposed: usize,
    residual: usize,
    worst: usize,
    /// There is room for the e-mail beside the name.
    email: bool,
}

impl Columns {
    pub(crate) fn of(width: u16) -> Self {
        let width = usize::from(width);
        let (stage, bar) = match width {
            0..90 => (6, 3),
            90..130 => (11, 8),
            _ => (11, 12),
        };
        let (state, exposed, residual) = (11, 8, 8);
        // The mark, six gaps, and the figures of the progress.
        let fixed = 2 + 6 + state + stage + bar + 6 + exposed + residual;
        let left = width.saturating_sub(fixed);
        let person = (left * 6 / 11).clamp(14, 48);
        let worst = left.saturating_sub(person);
        Self { person, state, stage, bar, exposed, residual, worst, email: person >= 34 }
    }

    pub(crate) fn head(&self, app: &App) -> Line<'static> {
        let (sort, reverse) = (app.board.rows.sort, app.board.rows.reverse);
        let arrow = if reverse { app.theme.glyph("▲", "^") } else { app.theme.glyph("▼", "v") };
        let titled = |title: &str, by: Sort| if sort == by { format!("{title}{arrow}") } else { title.to_owned() };
        let last = match sort {
            Sort::Urgency | Sort::Opened => {
                let whole = format!("worst step  {arrow} by {}", sort.name());
                if width(&whole) <= self.worst { whole } else { format!("worst step {arrow}") }
            }
            _ => "worst step".to_owned(),
        };
        let person = format!("  {}", titled("person", Sort::Person));
        // The window goes with the selection, which goes with its person: what is above it may be more urgent.
        let above = match app.board.rows.list.offset {
            0 => String::new(),
            above => format!("  {above} above"),
        };
        let above = pad(&fit(&above, self.person + 2 - width(&person)), self.person + 2 - width(&person));
        let mut text = String::new();
        for (title, width) in [
            (titled("state", Sort::State), self.state),
            ("stage".to_owned(), self.stage),
            (titled("progress", Sort::Progress), self.bar + 6),
        ] {
            text.push(' ');
            text.push_str(&pad(&title, width));
        }
        for (title, width) in
            [(titled("exposed", Sort::Exposure), self.exposed), ("residual".to_owned(), self.residual)]
        {
            text.push(' ');
            text.push_str(&pad_left(&title, width));
        }
        text.push(' ');
        text.push_str(&pad(&last, self.worst));
        let dim = app.theme.style(Tone::Dim);
        Line::from(vec![
            Span::styled(person, dim),
            Span::styled(above, app.theme.style(Tone::Strong)),
            Span::styled(text, dim),
        ])
    }

    pub(crate) fn row(&self, app: &App, person: &Offboarding) -> Line<'static> {
        let theme = app.theme;
        let list = &app.board.rows.list;
        let standing = Standing::of(person);
        let (glyph, tone) = theme.standing(standing);
        let selected = list.selected == Some(person.id);
        let counts = person.counts();
        let settled = counts.done + counts.skipped;
        let (exposed, exposed_tone) = exposure(app, person);
        let ended = !person.is_open();
        let plain = if ended { Tone::Dim } else { Tone::Plain };
        let (worst, worst_tone) = worst(app, person);
        let (worst, worst_tone) = with_hold(app, person, worst, worst_tone);
        let mut spans = vec![theme.mark(list, person.id)];
        spans.extend(self.name(app, person, plain));
        spans.extend([
            Span::styled(format!(" {glyph} {}", pad(standing.word(), self.state - 2)), theme.style(tone)),
            Span::styled(format!(" {}", pad(self.stage(person.stage()), self.stage)), theme.style(plain)),
            Span::styled(
                format!(" {}", theme.bar(settled, counts.total, self.bar)),
                theme.style(if settled == counts.total { Tone::Good } else { plain }),
            ),
            Span::styled(format!(" {}", pad(&format!("{settled}/{}", counts.total), 5)), theme.style(plain)),
            Span::styled(format!(" {}", pad_left(&exposed, self.exposed)), theme.style(exposed_tone)),
            Span::styled(format!(" {}", pad_left(&residual(app, person), self.residual)), theme.style(Tone::Warn)),
            Span::styled(format!(" {}", fit(&worst, self.worst)), theme.style(worst_tone)),
        ]);
        if selected {
            // Reverse video alone, since a coloured cell in it would be a coloured block; and not to the end, so that
            // clocks and the worst step keep their colours, and a move of the selection stays small on a slow line.
            let tail = spans.split_off(spans.len() - 3);
            let head: String = spans.iter().map(|it| it.content.as_ref()).collect();
            return std::iter::once(Span::styled(head, Theme::selected())).chain(tail).collect();
        }
        Line::from(spans)
    }

    fn name(&self, app: &App, person: &Offboarding, tone: Tone) -> Vec<Span<'static>> {
        let name = fit(&app::name_with_hold(app.theme, person), self.person);
        let left = self.person - width(&name);
        let style = app.theme.style(tone);
        if !self.email || left < 12 {
            return vec![Span::styled(pad(&name, self.person), style)];
        }
        let email = fit(&clean(&person.leaver().email), left - 2);
        vec![Span::styled(format!("{name}  "), style), Span::styled(pad(&email, left - 2), app.theme.style(Tone::Dim))]
    }

    fn stage(&self, stage: Option<Stage>) -> &'static str {
        let Some(stage) = stage else { return "-" };
        if self.stage >= 11 {
            return stage.name();
        }
        match stage {
            Stage::KillSwitch => "kill",
            Stage::Credentials => "creds",
            Stage::Handover => "hand",
            Stage::Licences => "seats",
            Stage::Purge => "purge",
            Stage::Restore => "undo",
        }
    }
}

/// For how long some access was or is alive.
pub(crate) fn exposure(app: &App, person: &Offboarding) -> (String, Tone) {
    match (person.exposure_ms(app.now), person.cut_at.or(person.ended_at)) {
        (None, _) => (String::new(), Tone::Dim),
        (Some(ms), Some(_)) => {
            let over = person.cut_at.is_some() && ms > person.plan.sla_ms;
            (span::measured(ms), if over { Tone::Warn } else { Tone::Dim })
        }
        (Some(ms), None) => {
            // Red is for access that is alive when it should not be.
            let over = ms > person.plan.sla_ms;
            let glyph = if over { app.theme.glyph("▲", "!") } else { "" };
            (format!("{glyph}{}", span::running(ms)), if over { Tone::Bad } else { Tone::Active })
        }
    }
}

/// What outlives the acknowledged acts, as a countdown.
fn residual(app: &App, person: &Offboarding) -> String {
    match person.residual_until() {
        Some(until) if until > app.now && person.is_open() => span::left(until, app.now),
        _ => String::new(),
    }
}

/// The same with the legal hold in words: first, where nothing is more urgent.
fn with_hold(app: &App, person: &Offboarding, worst: String, tone: Tone) -> (String, Tone) {
    let Some(hold) = &person.legal_hold else { return (worst, tone) };
    let asked = if hold.lift.is_some() { ", lift asked" } else { "" };
    let held = format!("{} legal hold{asked}", app.theme.legal_hold());
    match (worst.is_empty(), tone) {
        (true, _) => (held, Tone::Warn),
        (false, Tone::Bad) => (format!("{worst}{}{held}", app.theme.dot()), tone),
        (false, _) => (format!("{held}{}{worst}", app.theme.dot()), tone),
    }
}

/// What to look at first, in a few words.
fn worst(app: &App, person: &Offboarding) -> (String, Tone) {
    let text = match &person.phase {
        Phase::Armed { at } => format!("starts in {}", span::left(*at, app.now)),
        Phase::Held { reason } | Phase::Paused { reason } | Phase::Aborted { reason } => joined(reason),
        Phase::Closed => String::new(),
        Phase::Running => {
            let worst = person.worst_step().and_then(|ord| person.step(ord));
            let Some((planned, step)) = worst else { return (String::new(), Tone::Dim) };
            let (glyph, tone) = app.theme.step(&step.state);
            return (format!("{glyph} {} {}", planned.action, step.state.word()), tone);
        }
    };
    (text, Tone::Dim)
}
