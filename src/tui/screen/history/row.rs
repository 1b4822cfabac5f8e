//! One offboarding's row.

use ratatui::text::{Line, Span};

use crate::ipc::{HistoryRow, Signing};
use crate::tui::app::App;
use crate::tui::span;
use crate::tui::text::{clean, fit, pad, pad_left};
use crate::tui::theme::{Theme, Tone};

/// How wide each column is; 0: there is no room for it.
pub(super) struct Columns {
    id: usize,
    person: usize,
    email: usize,
    /// A day, or from a middling width on, a day and a time.
    instant: usize,
    cut: usize,
    how: usize,
    found: usize,
    evidence: usize,
}

impl Columns {
    pub(super) fn of(width: u16) -> Self {
        let width = usize::from(width);
        let (instant, how) = if width >= 130 { (16, 16) } else { (10, 11) };
        let (id, cut, found, evidence) = (7, 7, 5, if width >= 100 { 11 } else { 9 });
        // The margin, and a gap before each column but the first.
        let fixed = 2 + id + 1 + instant + 1 + cut + 1 + instant + 1 + how + 1 + found + 1 + evidence + 1;
        let left = width.saturating_sub(fixed);
        let email = if left >= 44 { left * 11 / 20 } else { 0 };
        let person = left.saturating_sub(email + usize::from(email > 0));
        Self { id, person, email, instant, cut, how, found, evidence }
    }

    pub(super) fn head(&self, app: &App) -> Line<'static> {
        let mut text = format!("  {}", pad("id", self.id));
        let left = [("person", self.person), ("e-mail", self.email), ("opened", self.instant)];
        for (title, width) in left.into_iter().filter(|(_, width)| *width > 0) {
            text = format!("{text} {}", pad(title, width));
        }
        text = format!("{text} {}", pad_left("cut in", self.cut));
        for (title, width) in [("ended", self.instant), ("how", self.how)] {
            text = format!("{text} {}", pad(title, width));
        }
        text = format!("{text} {} {}", pad_left("found", self.found), pad("evidence", self.evidence));
        Line::styled(fit(&text, usize::MAX), app.theme.style(Tone::Dim))
    }

    pub(super) fn row(&self, app: &App, row: &HistoryRow, selected: bool) -> Line<'static> {
        let theme = app.theme;
        let it = &row.summary;
        let shown = if it.name.trim().is_empty() { &it.email } else { &it.name };
        let (name, tone) = if row.erased { ("erased".to_owned(), Tone::Dim) } else { (clean(shown), Tone::Plain) };
        let instant = |at| {
            let text = span::date_time(at, &app.zone);
            text.get(..self.instant).map_or_else(|| text.clone(), ToOwned::to_owned)
        };
        let (cut, cut_tone) = cut(row);
        let (how, how_tone) = how(app, row);
        let (evidence, evidence_tone) = evidence(app, row.evidence);
        let found = if row.findings == 0 { String::new() } else { row.findings.to_string() };
        let mut spans = vec![
            Span::raw(format!("  {}", pad(&it.id.to_string(), self.id))),
            Span::styled(format!(" {}", pad(&name, self.person)), theme.style(tone)),
        ];
        if self.email > 0 {
            spans.push(Span::styled(format!(" {}", pad(&clean(&it.email), self.email)), theme.style(Tone::Dim)));
        }
        spans.extend([
            Span::raw(format!(" {}", pad(&instant(it.opened_at), self.instant))),
            Span::styled(format!(" {}", pad_left(&cut, self.cut)), theme.style(cut_tone)),
            Span::raw(format!(" {}", pad(&it.ended_at.map(instant).unwrap_or_default(), self.instant))),
            Span::styled(format!(" {}", pad(&how, self.how)), theme.style(how_tone)),
            Span::styled(format!(" {}", pad_left(&found, self.found)), theme.style(Tone::Warn)),
            Span::styled(format!(" {}", pad(&evidence, self.evidence)), theme.style(evidence_tone)),
        ]);
        if selected {
            let text: String = spans.iter().map(|it| it.content.as_ref()).collect();
            return Line::styled(text, Theme::selected());
        }
        Line::from(spans)
    }
}

/// How long access lived, from the launch to the proof.
fn cut(row: &HistoryRow) -> (String, Tone) {
    let it = &row.summary;
    match (it.launched_at, it.cut_at) {
        (Some(launched), Some(cut)) => (span::measured(cut.ms_since(launched)), Tone::Plain),
        // What was launched, has ended, and was never proved cut.
        (Some(_), None) if it.ended_at.is_some() && row.undoes.is_none() && !row.erased => {
            ("never".to_owned(), Tone::Bad)
        }
        _ => ("-".to_owned(), Tone::Dim),
    }
}

/// How it ended, or how it stands.
fn how(app: &App, row: &HistoryRow) -> (String, Tone) {
    let theme = app.theme;
    let (glyph, tone) = match row.summary.phase.as_str() {
        "closed" => (theme.glyph("●", "+"), Tone::Good),
        "aborted" => (theme.glyph("■", "x"), Tone::Warn),
        "paused" | "held" => (theme.glyph("▮", "|"), Tone::Warn),
        "armed" => (theme.glyph("◔", "^"), Tone::Plain),
        _ => (theme.glyph("▶", ">"), Tone::Active),
    };
    let words = match row.undoes {
        Some(undone) => format!("undo {undone}"),
        None => clean(&row.summary.phase),
    };
    (format!("{glyph} {words}"), tone)
}

/// What of it can be proved to somebody else.
fn evidence(app: &App, evidence: Signing) -> (String, Tone) {
    match evidence {
        Signing::Signed => (format!("{} signed", app.theme.glyph("●", "+")), Tone::Dim),
        Signing::Unsigned { events } => (format!("{} {events} open", app.theme.glyph("○", ".")), Tone::Plain),
        Signing::Erased => (format!("{} hashes", app.theme.glyph("◌", "-")), Tone::Dim),
    }
}
