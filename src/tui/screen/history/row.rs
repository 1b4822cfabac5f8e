//! One offboarding's row.

use ratatui::text::{Line, Span};

use crate::ipc::{HistoryRow, Signing};
use crate::tui::app::App;
use crate::tui::span;
use crate::tui::text::{clean, pad, pad_left};
use crate::tui::theme::{Theme, Tone};

/// How wide each column is; 0: there is no room for it, and it is left out.
pub(super) struct Columns {
    id: usize,
    person: usize,
    email: usize,
    /// A day, or from a middling width on, a day and a time.
    instant: usize,
    cut: usize,
    ended: usize,
    how: usize,
    found: usize,
    evidence: usize,
}

/// A name needs at least so much.
const PERSON: usize = 12;

impl Columns {
    pub(super) fn of(width: u16) -> Self {
        let width = usize::from(width);
        let (instant, how) = if width >= 130 { (16, 16) } else { (10, 11) };
        let (id, cut, found, evidence) = (7, 7, 5, if width >= 100 { 11 } else { 9 });
        let mut it = Self { id, person: 0, email: 0, instant, cut, ended: instant, how, found, evidence };
        // Whom a row is about has to be seen: what else there is goes first.
        for spare in [|it: &mut Self| it.ended = 0, |it: &mut Self| it.evidence = 0, |it: &mut Self| it.found = 0] {
            if it.left(width) < PERSON {
                spare(&mut it);
            }
        }
        let left = it.left(width);
        it.email = if left >= 44 { left * 11 / 20 } else { 0 };
        it.person = left.saturating_sub(it.email + usize::from(it.email > 0));
        it
    }

    /// What the columns of a fixed width leave: for the person, and for the e-mail if there is room.
    fn left(&self, width: usize) -> usize {
        let fixed = [self.id, self.instant, self.cut, self.ended, self.how, self.found, self.evidence];
        // Each has a gap beside it.
        let taken: usize = fixed.into_iter().filter(|it| *it > 0).map(|it| it + 1).sum();
        width.saturating_sub(2 + taken)
    }

    pub(super) fn head(&self, app: &App) -> Line<'static> {
        let mut text = format!("  {}", pad("id", self.id));
        let titles = [
            pad("person", self.person),
            pad("e-mail", self.email),
            pad("opened", self.instant),
            pad_left("cut in", self.cut),
            pad("ended", self.ended),
            pad("how", self.how),
            pad_left("found", self.found),
            pad("evidence", self.evidence),
        ];
        for title in titles.into_iter().filter(|it| !it.is_empty()) {
            text = format!("{text} {title}");
        }
        Line::styled(text, app.theme.style(Tone::Dim))
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
        let ended = it.ended_at.map(instant).unwrap_or_default();
        let cells = [
            (pad(&name, self.person), tone),
            (pad(&clean(&it.email), self.email), Tone::Dim),
            (pad(&instant(it.opened_at), self.instant), Tone::Plain),
            (pad_left(&cut, self.cut), cut_tone),
            (pad(&ended, self.ended), Tone::Plain),
            (pad(&how, self.how), how_tone),
            (pad_left(&found, self.found), Tone::Warn),
            (pad(&evidence, self.evidence), evidence_tone),
        ];
        let mut spans = vec![Span::raw(format!("  {}", pad(&it.id.to_string(), self.id)))];
        for (text, tone) in cells.into_iter().filter(|(text, _)| !text.is_empty()) {
            spans.push(Span::styled(format!(" {text}"), theme.style(tone)));
        }
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
