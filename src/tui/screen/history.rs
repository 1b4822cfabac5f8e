//! Screen 6: everybody ever offboarded, newest first. The engine searches; pages come as they are needed.

mod row;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

use crate::ipc::{HistoryPage, HistoryRow};
use crate::model::{OffboardingId, Timestamp};
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::filter::Filter;
use crate::tui::list::List;
use crate::tui::text::{clean, fit};
use crate::tui::theme::Tone;
use crate::tui::view::{self, notice};
use crate::tui::{span, text};

/// Rows that are asked for at once.
pub(crate) const PAGE: u32 = 50;

/// So many rows before the last one loaded, the next page is asked for: an operator who scrolls waits for none.
const AHEAD: usize = 40;

/// What changes in the fleet is asked for again no sooner than this, in ms.
const REFRESH_MS: u64 = 1_000;

/// A page to ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) query: String,
    pub(crate) before: Option<OffboardingId>,
}

/// The screen's state.
#[derive(Debug, Default)]
pub(crate) struct Archive {
    pub(crate) list: List<OffboardingId>,
    pub(crate) filter: Filter,
    /// Newest first, without a gap.
    rows: Vec<HistoryRow>,
    /// What the rows are an answer to, and when it came; `None`: nothing has come yet.
    answers: Option<(String, Timestamp)>,
    more: bool,
    total: Option<u64>,
    /// Under way: one at a time.
    asked: Option<Wanted>,
    /// The first page may be another by now.
    stale: bool,
    /// When the first page was last asked for, in steady ms.
    asked_at: u64,
    /// Why the last page did not come.
    problem: Option<String>,
}

struct Parts {
    told: Rect,
    head: Rect,
    rows: Rect,
}

fn parts(body: Rect) -> Parts {
    let [told, head, rows] =
        Layout::vertical([Constraint::Length(1), Constraint::Length(1), Constraint::Fill(1)]).areas(body);
    Parts { told, head, rows }
}

impl Archive {
    /// How many rows fit.
    pub(crate) fn rows_high(app: &App) -> usize {
        usize::from(parts(view::areas(app).body).rows.height)
    }

    /// Another search: the old rows stay until its first page is here.
    pub(crate) fn search(&mut self, filter: Filter) {
        self.filter = filter;
        self.problem = None;
    }

    /// Somebody was opened, or ended: the first page is to be asked for again.
    pub(crate) fn doubt(&mut self) {
        self.stale = true;
    }

    /// The operator comes, or comes again: the first page is asked for at once.
    pub(crate) fn visit(&mut self) {
        (self.stale, self.asked_at, self.problem) = (true, 0, None);
    }

    /// The line is gone: whatever was asked for is not answered any more.
    pub(crate) fn lose(&mut self) {
        self.asked = None;
        self.stale = true;
        self.problem = None;
    }

    /// The page to ask for now, if one is needed and none is under way.
    pub(crate) fn want(&mut self, steady: u64) -> Option<Wanted> {
        if self.asked.is_some() || self.problem.is_some() || self.filter.problem.is_some() {
            return None;
        }
        let query = self.filter.text().trim().to_owned();
        let fits = self.answers.as_ref().is_some_and(|(of, _)| *of == query);
        let before = if !fits || (self.stale && steady >= self.asked_at + REFRESH_MS) {
            self.stale = false;
            self.asked_at = steady;
            None
        } else if self.more && self.list.row + AHEAD >= self.rows.len() {
            Some(self.rows.last()?.summary.id)
        } else {
            return None;
        };
        self.asked = Some(Wanted { query, before });
        self.asked.clone()
    }

    /// A page has come, or why it has not.
    pub(crate) fn answered(&mut self, wanted: &Wanted, page: Result<HistoryPage, String>, now: Timestamp) {
        if self.asked.as_ref() != Some(wanted) {
            return;
        }
        self.asked = None;
        let HistoryPage { rows, more, total } = match page {
            Ok(page) => page,
            Err(problem) => {
                self.problem = Some(problem);
                return;
            }
        };
        let same = self.answers.as_ref().is_some_and(|(of, _)| *of == wanted.query);
        if wanted.before.is_some() {
            if same {
                self.rows.extend(rows);
                self.more = more;
            }
        } else {
            if !same {
                self.list = List::default();
                self.rows.clear();
            }
            // What is older than the page is known already, and stays, if nothing is missing between.
            let newest = self.rows.first().map(|it| it.summary.id);
            let last = rows.last().map(|it| it.summary.id).filter(|last| more && newest >= Some(*last));
            let kept: Vec<_> = match last {
                Some(last) => self.rows.drain(..).filter(|it| it.summary.id < last).collect(),
                None => Vec::new(),
            };
            self.more = if kept.is_empty() { more } else { self.more };
            self.rows = rows;
            self.rows.extend(kept);
            self.total = total;
        }
        self.answers = Some((wanted.query.clone(), now));
        self.list.replace(self.rows.iter().map(|it| it.summary.id).collect());
    }

    /// The row pointed at.
    pub(crate) fn selected(&self) -> Option<&HistoryRow> {
        let row = self.rows.get(self.list.row)?;
        (Some(row.summary.id) == self.list.selected).then_some(row)
    }

    /// A page is due as soon as a second has passed.
    pub(crate) fn ticks(&self) -> bool {
        self.stale && self.problem.is_none()
    }

    pub(crate) fn draw(&self, app: &App, frame: &mut Frame, area: Rect) {
        let parts = parts(area);
        frame.render_widget(view::cut(self.told(app), area.width), parts.told);
        if self.rows.is_empty() {
            return self.draw_empty(app, frame, parts.head.union(parts.rows));
        }
        let columns = row::Columns::of(area.width);
        frame.render_widget(columns.head(app), parts.head);
        let height = usize::from(parts.rows.height);
        let shown = self.rows.iter().skip(self.list.offset).take(height);
        let mut y = parts.rows.y;
        for row in shown {
            let selected = self.list.selected == Some(row.summary.id);
            frame.render_widget(columns.row(app, row, selected), Rect { y, height: 1, ..parts.rows });
            y += 1;
        }
        if self.more && y < parts.rows.bottom() {
            let line = Line::styled("  loading...", app.theme.style(Tone::Dim));
            frame.render_widget(line, Rect { y, height: 1, ..parts.rows });
        }
    }

    /// How many there are, of when that is, and what is under way.
    fn told(&self, app: &App) -> Line<'static> {
        let dim = app.theme.style(Tone::Dim);
        let loaded = self.rows.len();
        let (query, at) = match &self.answers {
            Some((query, at)) => (query.as_str(), Some(*at)),
            None => ("", None),
        };
        let count = match self.total {
            Some(total) => total.to_string(),
            None if self.more => format!("more than {loaded}"),
            None => loaded.to_string(),
        };
        let mut spans = Vec::new();
        // Without rows the middle of the screen says why.
        if at.is_some() && loaded > 0 {
            let told = match (query.is_empty(), self.total) {
                (true, Some(1)) => " 1 offboarding ever".to_owned(),
                (true, _) => format!(" {count} offboardings ever"),
                (false, _) => format!(" {count} found"),
            };
            spans.push(Span::styled(told, app.theme.style(Tone::Strong)));
            if !query.is_empty() {
                spans.push(Span::styled(format!(" for {}", fit(&clean(query), 40)), dim));
            }
            spans.push(Span::styled(", newest first", dim));
        }
        if let (Some(problem), Some(_)) = (&self.problem, at) {
            let told = format!("  {} asks again: {}", app.keys.press(Action::History), clean(problem));
            spans.push(Span::styled(told, app.theme.style(Tone::Warn)));
        } else if let (false, Some(at)) = (app.is_live(), at) {
            let age = span::running(app.now.ms_since(at));
            spans.push(Span::styled(format!("  {age} old: no line to the engine"), app.theme.style(Tone::Warn)));
        } else if self.asked.as_ref().is_some_and(|it| it.before.is_none() && it.query != query) {
            spans.push(Span::styled("  searching...", dim));
        }
        Line::from(spans)
    }

    fn draw_empty(&self, app: &App, frame: &mut Frame, area: Rect) {
        let key = |action| app.keys.key(action);
        let words = |frame: &mut Frame, headline: &str, told: &[String]| {
            notice::words(app.theme, frame, area, headline, told);
        };
        let Some((query, _)) = &self.answers else {
            return match (&self.problem, app.is_live()) {
                (Some(problem), _) => {
                    let told = [clean(problem), format!("{} asks again.", key(Action::History))];
                    words(frame, "the history did not come", &told);
                }
                (None, true) => words(frame, "loading the history...", &[]),
                (None, false) => words(
                    frame,
                    "the history is read from the engine",
                    &["There is no line to it now; it is tried again by itself.".to_owned()],
                ),
            };
        };
        if query.is_empty() {
            let told = [
                "Whoever is offboarded stands here for ever, until they are erased.".to_owned(),
                format!("{} launches somebody.", app.keys.press(Action::New)),
            ];
            return words(frame, "nobody was ever offboarded", &told);
        }
        let fields = crate::model::search::FIELDS.iter().map(|(name, takes)| format!("{name}: {takes}"));
        let told = [
            format!("{} changes the search, {} clears it.", key(Action::Filter), key(Action::Back)),
            "Every word has to stand in the name, the e-mail, the login or the employee id; try fewer, or a part of one."
                .to_owned(),
            fields.collect::<Vec<_>>().join(" · "),
        ];
        words(frame, &format!("nobody fits {}", text::fit(&clean(query), 40)), &told);
    }
}
