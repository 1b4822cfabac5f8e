//! Screen 1: everybody, and how the connectors do.

mod connectors;
mod order;
mod row;
mod tiles;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;

pub(crate) use order::Sort;
pub(crate) use row::exposure;

use crate::model::{Fleet, Offboarding, OffboardingId, Timestamp};
use crate::tui::app::App;
use crate::tui::filter::Filter;
use crate::tui::list::List;
use crate::tui::view::{self, notice};

/// The dashboard's state.
#[derive(Debug, Default)]
pub(crate) struct Board {
    pub(crate) list: List<OffboardingId>,
    pub(crate) filter: Filter,
    pub(crate) sort: Sort,
    pub(crate) reverse: bool,
    /// Of the rows, those with a failed step: counted once a change, asked for once a frame.
    pub(crate) failing: Vec<OffboardingId>,
}

/// Where its parts are.
struct Parts {
    tiles: Rect,
    head: Rect,
    rows: Rect,
    connectors: Rect,
}

/// From this width on the connectors stand beside the table.
const WIDE: u16 = 150;

/// From this height on there is room to breathe.
const TALL: u16 = 26;

impl Board {
    /// The rows that pass the filter, in order.
    pub(crate) fn list_up(&mut self, fleet: &Fleet, now: Timestamp) {
        let admitted = fleet.offboardings.values().filter(|it| self.filter.admits(it));
        let ids = order::sorted(admitted, self.sort, self.reverse, now);
        let fails = |id: &OffboardingId| fleet.get(*id).is_some_and(Offboarding::fails);
        self.failing = ids.iter().copied().filter(fails).collect();
        self.list.replace(ids);
        self.list.marks.retain(|id| fleet.offboardings.contains_key(id));
    }

    /// How many rows fit.
    pub(crate) fn rows_high(app: &App) -> usize {
        usize::from(parts(app, view::areas(app).body).rows.height)
    }

    pub(crate) fn visible(&self, app: &App) -> &[OffboardingId] {
        self.list.visible(Self::rows_high(app))
    }

    pub(crate) fn draw(&self, app: &App, frame: &mut Frame, area: Rect) {
        let parts = parts(app, area);
        tiles::draw(app, frame, parts.tiles);
        connectors::draw(app, frame, parts.connectors);
        if app.mirror.fleet.offboardings.is_empty() {
            let told = [
                "People appear here when HR says that they left: by webhook or CSV, or added by hand on the command line (nightlatch --help)."
                    .to_owned(),
            ];
            let area = parts.head.union(parts.rows);
            return notice::words(app.theme, frame, area, "nobody is being offboarded", &told);
        }
        let columns = row::Columns::of(parts.rows.width);
        frame.render_widget(columns.head(app), parts.head);
        if self.list.ids.is_empty() {
            let all = app.mirror.fleet.offboardings.len();
            let told = [format!("{} clears the filter.", app.keys.key(crate::tui::action::Action::Back))];
            return notice::words(app.theme, frame, parts.rows, &format!("none of {all} fits the filter"), &told);
        }
        for (at, id) in (parts.rows.y..).zip(self.list.visible(usize::from(parts.rows.height))) {
            let Some(person) = app.mirror.fleet.get(*id) else { continue };
            let line: Line = columns.row(app, person);
            frame.render_widget(line, Rect { y: at, height: 1, ..parts.rows });
        }
    }
}

fn parts(app: &App, body: Rect) -> Parts {
    let tall = body.height >= TALL;
    let known = connectors::lines_of(app, body.width, tall);
    let (main, side) = if body.width >= WIDE {
        let [main, _, side] =
            Layout::horizontal([Constraint::Fill(1), Constraint::Length(2), Constraint::Length(58)]).areas(body);
        (main, Some(side))
    } else {
        (body, None)
    };
    let beneath = if side.is_some() { 0 } else { known };
    let tiles = if tall { 4 } else { 2 };
    let [tiles, head, rows, beneath] = Layout::vertical([
        Constraint::Length(tiles),
        Constraint::Length(1),
        Constraint::Fill(1),
        Constraint::Length(beneath),
    ])
    .areas(main);
    Parts { tiles, head, rows, connectors: side.unwrap_or(beneath) }
}
