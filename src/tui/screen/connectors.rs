//! Screen 4: the connectors, the worst first, and everything known of the one pointed at: a dead one is seen before a
//! leaver needs it.

mod details;
mod figures;
mod row;

use std::collections::BTreeSet;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;

use crate::model::health::ConnectorStatus;
use crate::model::{ConnectorId, Timestamp};
use crate::tui::action::Action;
use crate::tui::app::{App, count};
use crate::tui::filter::Filter;
use crate::tui::list::{List, travelled};
use crate::tui::text::cells;
use crate::tui::theme::Tone;
use crate::tui::view::{self, notice};

pub(crate) use figures::{budget, is_short, rank, why_dead};

/// The screen's state.
#[derive(Debug, Default)]
pub(crate) struct Systems {
    /// By their place in what the engine tells.
    pub(crate) list: List<usize>,
    pub(crate) filter: Filter,
    /// The one pointed at, wherever it stands.
    pointed_at: Option<ConnectorId>,
    /// The details take the movement keys, and the whole screen.
    in_details: bool,
    zoomed: bool,
    /// The first visible line of the details.
    scroll: usize,
    /// Asked, and not answered yet.
    asked: BTreeSet<ConnectorId>,
}

/// From this width on the details stand beside the list.
const WIDE: u16 = 110;
/// The list's width then.
const LIST: u16 = 64;

struct Parts {
    list: Rect,
    details: Rect,
}

impl Systems {
    /// The rows that pass the filter, the worst first.
    pub(crate) fn list_up(&mut self, connectors: &[ConnectorStatus], now: Timestamp) {
        let mut rows: Vec<usize> =
            (0..connectors.len()).filter(|at| self.filter.admits_connector(&connectors[*at])).collect();
        rows.sort_by_key(|at| (rank(&connectors[*at], now), connectors[*at].id.clone()));
        // Another engine may tell other connectors: the selection is kept by name.
        let known = |at: &usize| connectors.get(*at).map(|it| &it.id);
        if self.list.selected.as_ref().and_then(known) != self.pointed_at.as_ref() {
            self.list.selected = connectors.iter().position(|it| Some(&it.id) == self.pointed_at.as_ref());
        }
        self.list.replace(rows);
        self.point(connectors);
    }

    /// Remembers who is pointed at.
    fn point(&mut self, connectors: &[ConnectorStatus]) {
        let now = self.list.selected.and_then(|at| connectors.get(at)).map(|it| it.id.clone());
        if self.pointed_at != now {
            self.pointed_at = now;
            self.scroll = 0;
        }
    }

    pub(crate) fn selected<'a>(&self, app: &'a App) -> Option<&'a ConnectorStatus> {
        app.mirror.connectors.get(self.list.selected?)
    }

    pub(crate) fn asks(&mut self, of: &[ConnectorId]) {
        self.asked.extend(of.iter().cloned());
    }

    pub(crate) fn answered(&mut self, of: &[ConnectorId]) {
        self.asked.retain(|id| !of.contains(id));
    }

    pub(crate) fn asks_selected(&self, app: &App) -> bool {
        self.selected(app).is_some_and(|it| self.asked.contains(&it.id))
    }

    pub(crate) fn asks_all(&self, app: &App) -> bool {
        app.mirror.connectors.iter().all(|it| self.asked.contains(&it.id))
    }

    /// Between the list and the details.
    pub(crate) fn next_pane(&mut self) {
        self.in_details = !self.in_details;
        self.zoomed &= self.in_details;
    }

    /// Gives the whole screen to the details, or takes it back.
    pub(crate) fn zoom(&mut self) {
        self.zoomed = !self.zoomed;
        self.in_details = self.zoomed;
    }

    /// Whether there was something to take back.
    pub(crate) fn unzoom(&mut self) -> bool {
        let was = self.zoomed || self.in_details;
        (self.zoomed, self.in_details) = (false, false);
        was
    }

    /// Whether the movement keys are for the details.
    pub(crate) fn scrolls(&self) -> bool {
        self.in_details
    }

    pub(crate) fn scroll(&mut self, action: Action, page: usize, end: usize) {
        self.scroll = travelled(action, self.scroll.min(end), end + 1, page);
    }

    /// The last line of the details at which a screenful can begin.
    pub(crate) fn details_end(&self, app: &App) -> usize {
        let area = self.parts(app, view::areas(app).body).details;
        let lines = self.selected(app).map_or(0, |it| details::lines(app, it, inner(area)).len());
        lines.saturating_sub(usize::from(area.height).saturating_sub(1))
    }

    /// Puts the window over the selection.
    pub(crate) fn settle(&mut self, rows: usize, connectors: &[ConnectorStatus]) {
        self.list.settle(rows);
        self.point(connectors);
    }

    /// Ages and countdowns are all over it.
    pub(crate) fn ticks(app: &App) -> bool {
        !app.mirror.connectors.is_empty()
    }

    /// How many rows fit.
    pub(crate) fn rows_high(app: &App) -> usize {
        usize::from(app.systems.parts(app, view::areas(app).body).list.height).saturating_sub(1)
    }

    fn parts(&self, app: &App, body: Rect) -> Parts {
        if self.zoomed {
            return Parts { list: Rect { height: 0, ..body }, details: body };
        }
        if body.width >= WIDE {
            let columns = [Constraint::Length(LIST), Constraint::Length(2), Constraint::Fill(1)];
            let [list, _, details] = Layout::horizontal(columns).areas(body);
            return Parts { list, details };
        }
        let known = cells(app.mirror.connectors.len()).saturating_add(1);
        let rows = [Constraint::Length(known.min(body.height / 2)), Constraint::Fill(1)];
        let [list, details] = Layout::vertical(rows).areas(body);
        Parts { list, details }
    }

    pub(crate) fn draw(&self, app: &App, frame: &mut Frame, area: Rect) {
        if app.mirror.connectors.is_empty() {
            let told = [
                "Without one nothing can be cut. Each system is a section [connectors.<name>] of the configuration:"
                    .to_owned(),
                "config.example.toml has every key, SYSTEMS.md what to register where. Restart the engine after it."
                    .to_owned(),
            ];
            return notice::words(app.theme, frame, area, "no connector is configured", &told);
        }
        let parts = self.parts(app, area);
        if parts.list.height > 0 {
            self.draw_list(app, frame, parts.list);
        }
        self.draw_details(app, frame, parts.details);
    }

    fn draw_list(&self, app: &App, frame: &mut Frame, area: Rect) {
        let (title, tone) = figures::headline(app);
        let tone = if self.in_details && tone == Tone::Strong { Tone::Dim } else { tone };
        frame.render_widget(view::rule(app.theme, &title, tone, area.width), Rect { height: 1, ..area });
        let rows = Rect { y: area.y + 1, height: area.height - 1, ..area };
        if self.list.ids.is_empty() {
            let told = [format!("{} clears the filter.", app.keys.key(Action::Back))];
            let all = app.mirror.connectors.len();
            return notice::words(app.theme, frame, rows, &format!("none of {all} fits the filter"), &told);
        }
        for (y, at) in (rows.y..).zip(self.list.visible(usize::from(rows.height))) {
            let Some(it) = app.mirror.connectors.get(*at) else { continue };
            let line = row::row(
                app,
                it,
                usize::from(rows.width),
                self.list.selected == Some(*at),
                self.asked.contains(&it.id),
            );
            frame.render_widget(line, Rect { y, height: 1, ..rows });
        }
    }

    fn draw_details(&self, app: &App, frame: &mut Frame, area: Rect) {
        let Some(it) = self.selected(app).filter(|_| area.height > 0) else { return };
        let lines = details::lines(app, it, inner(area));
        let room = usize::from(area.height) - 1;
        let scroll = self.scroll.min(lines.len().saturating_sub(room));
        let hidden = lines.len().saturating_sub(room + scroll);
        let mut title = details::title(it);
        if hidden > 0 {
            let key = app.keys.key(Action::Zoom);
            title = format!(
                "{title}  ({}{})",
                count(hidden, "more line"),
                if self.zoomed { String::new() } else { format!(", {key} zooms") }
            );
        }
        let tone = if self.in_details { Tone::Strong } else { Tone::Dim };
        frame.render_widget(view::rule(app.theme, &title, tone, area.width), Rect { height: 1, ..area });
        let shown: Vec<Line> = lines.into_iter().skip(scroll).take(room).collect();
        for (y, line) in (area.y + 1..area.bottom()).zip(shown) {
            frame.render_widget(line, Rect { x: area.x + 1, y, width: area.width.saturating_sub(1), height: 1 });
        }
    }

    /// Whether this one is being asked just now.
    fn is_asked(&self, id: &ConnectorId) -> bool {
        self.asked.contains(id)
    }
}

/// Columns for text in the details.
fn inner(area: Rect) -> usize {
    usize::from(area.width).saturating_sub(2)
}
