//! Screen 7: the log and its proofs.

mod facts;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::ipc::LedgerStatus;
use crate::model::Timestamp;
use crate::tui::action::Action;
use crate::tui::app::{App, count};
use crate::tui::dialog::frame::paragraph;
use crate::tui::filter::Filter;
use crate::tui::list::List;
use crate::tui::span;
use crate::tui::text::{self, cells, clean, wrap};
use crate::tui::theme::Tone;
use crate::tui::view::{self, notice};

/// How it is done without the engine.
pub(crate) const OFFLINE: &str = "nightlatch ledger verify";

/// While something changes it is asked for again no sooner than this, in ms.
const REFRESH_MS: u64 = 1_000;

/// While events wait for their checkpoint, which is no event: so often, in ms.
const CHECKPOINT_MS: u64 = 5_000;

/// From this width on there are two columns.
const WIDE: u16 = 150;

/// The screen's state.
#[derive(Debug, Default)]
pub(crate) struct Log {
    /// Its row is the first visible line.
    pub(crate) list: List<usize>,
    pub(crate) filter: Filter,
    status: Option<(Box<LedgerStatus>, Timestamp)>,
    asked: bool,
    /// When it was last asked for, in steady ms; `None`: to be asked for at once.
    asked_at: Option<u64>,
    problem: Option<String>,
    /// The lines that are visible, as they were laid out for this frame, and how many are below them.
    shown: Vec<Line<'static>>,
    hidden: usize,
}

impl Log {
    /// How many rows fit.
    pub(crate) fn rows_high(app: &App) -> usize {
        usize::from(view::areas(app).body.height)
    }

    pub(crate) fn status(&self) -> Option<&LedgerStatus> {
        self.status.as_ref().map(|(status, _)| &**status)
    }

    /// The operator comes, or something was done: it is asked for at once.
    pub(crate) fn visit(&mut self) {
        (self.asked_at, self.problem) = (None, None);
    }

    /// The line is gone.
    pub(crate) fn lose(&mut self) {
        self.asked = false;
        self.visit();
    }

    /// Whether it is to be asked for now; `events`: how many the fleet has seen.
    pub(crate) fn want(&mut self, events: u64, steady: u64) -> bool {
        let due = match (self.asked_at, self.pace_ms(events)) {
            (None, _) => true,
            (Some(at), Some(pace)) => steady >= at + pace,
            (Some(_), None) => false,
        };
        if self.asked || self.problem.is_some() || !due {
            return false;
        }
        (self.asked, self.asked_at) = (true, Some(steady));
        true
    }

    /// How often it is worth asking; `None`: nothing changes.
    fn pace_ms(&self, events: u64) -> Option<u64> {
        let status = self.status()?;
        if status.verification.running.is_some() || events > status.size {
            return Some(REFRESH_MS);
        }
        (status.checkpoint_size.unwrap_or(0) < status.size).then_some(CHECKPOINT_MS)
    }

    pub(crate) fn answered(&mut self, status: Result<Box<LedgerStatus>, String>, now: Timestamp) {
        self.asked = false;
        match status {
            Ok(status) => self.status = Some((status, now)),
            Err(problem) => self.problem = Some(problem),
        }
    }

    pub(crate) fn ticks(&self, app: &App) -> bool {
        app.is_live() && self.pace_ms(app.mirror.fleet.next_seq).is_some()
    }

    /// Why nothing of it can be opened or copied.
    pub(crate) fn is_known(&self) -> Result<(), String> {
        self.status.as_ref().map(drop).ok_or_else(|| "the log's state has not come yet".to_owned())
    }

    /// Why it cannot be verified now.
    pub(crate) fn can_verify(&self, app: &App) -> Result<(), String> {
        if !app.is_live() {
            return Err(format!("the engine does it, and there is no line to it; on its host: {OFFLINE}"));
        }
        match self.status() {
            Some(status) if status.verification.running.is_some() => Err("it is being verified".to_owned()),
            _ => Ok(()),
        }
    }

    /// Puts the window of `high` lines over its first one.
    pub(crate) fn settle(&mut self, lines: Vec<Line<'static>>, high: usize) {
        // The last line at which a screenful can begin.
        let end = lines.len().saturating_sub(high);
        self.list.replace((0..=end).collect());
        self.list.offset = self.list.row;
        self.hidden = end - self.list.row;
        self.shown = lines.into_iter().skip(self.list.offset).take(high).collect();
    }

    pub(crate) fn draw(&self, app: &App, frame: &mut Frame, area: Rect) {
        if self.status.is_none() {
            let (headline, told) = match (&self.problem, app.is_live()) {
                (Some(problem), _) => {
                    let again = format!("{} asks again.", app.keys.key(Action::Ledger));
                    ("the log's state did not come", vec![clean(problem), again])
                }
                (None, true) => ("asking where the log stands...", Vec::new()),
                (None, false) => {
                    let told = "There is no line to it; on its host the log is verified without it:".to_owned();
                    ("the log's state is read from the engine", vec![told, OFFLINE.to_owned()])
                }
            };
            return notice::words(app.theme, frame, area, headline, &told);
        }
        frame.render_widget(Paragraph::new(self.shown.clone()), area);
        if self.hidden > 0 {
            let told = format!(" {} {} ", app.theme.glyph("▼", "v"), count(self.hidden, "more line"));
            let width = cells(text::width(&told)).min(area.width);
            let corner = Rect { x: area.right() - width, y: area.bottom() - 1, width, height: 1 };
            frame.render_widget(Line::styled(told, app.theme.style(Tone::Dim)), corner);
        }
    }

    /// Everything, whether it fits or not.
    pub(crate) fn lines(&self, app: &App, area: Rect) -> Vec<Line<'static>> {
        let Some((status, at)) = &self.status else { return Vec::new() };
        let width = usize::from(area.width);
        let mut lines = Vec::new();
        if let Some(problem) = &self.problem {
            let told = format!(" {} asks again: {}", app.keys.press(Action::Ledger), clean(problem));
            lines.push(Line::styled(told, app.theme.style(Tone::Warn)));
        } else if !app.is_live() {
            let told = format!(" {} old: no line to the engine", span::running(app.now.ms_since(*at)));
            lines.push(Line::styled(told, app.theme.style(Tone::Warn)));
        }
        if area.width >= WIDE {
            let left = width / 2;
            let beside = facts::proofs(app, status, width - left - 3);
            lines.extend(side_by_side(facts::log(app, status, left - 2), beside, left));
        } else {
            lines.extend(facts::log(app, status, width - 2));
            lines.push(Line::default());
            lines.extend(facts::proofs(app, status, width - 2));
        }
        lines
    }
}

/// Two columns, the second from `left` on.
fn side_by_side(first: Vec<Line<'static>>, second: Vec<Line<'static>>, left: usize) -> Vec<Line<'static>> {
    let rows = first.len().max(second.len());
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    let pairs = (0..rows).map(|_| {
        let (mut line, beside) = (first.next().unwrap_or_default(), second.next().unwrap_or_default());
        let gap = left.saturating_sub(line.width());
        line.spans.push(Span::raw(" ".repeat(gap)));
        line.spans.extend(beside.spans);
        line
    });
    pairs.collect()
}

/// The last signed checkpoint, and what it is good for.
pub(crate) fn checkpoint(app: &App, width: usize) -> Vec<Line<'static>> {
    let Some(note) = app.log.status().and_then(|it| it.checkpoint.as_deref()) else {
        let told = "No checkpoint is signed yet: the first one is signed soon after the first events.";
        return paragraph(app.theme, told, Tone::Dim, width);
    };
    let mut lines: Vec<_> = note.lines().flat_map(|line| wrap(&clean(line), width)).map(Line::raw).collect();
    lines.push(Line::default());
    let key = app.keys.key(Action::Copy);
    let told = format!(
        "Keep it outside this host; back on the screen {key} copies it. With it the log can be held to its word: \
         {OFFLINE} --checkpoint FILE"
    );
    lines.extend(paragraph(app.theme, &told, Tone::Dim, width));
    lines
}
