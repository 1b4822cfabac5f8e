//! Screen 1: everybody, and how the connectors do.

mod connectors;
mod row;
mod tiles;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;

pub(crate) use row::exposure;

use crate::model::OffboardingId;
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::roll::{PeopleRows, Sort};
use crate::tui::view::{self, notice};

/// The dashboard's state.
#[derive(Debug)]
pub(crate) struct Board {
    pub(crate) rows: PeopleRows,
}

impl Default for Board {
    fn default() -> Self {
        let sorts = &[Sort::Urgency, Sort::Person, Sort::State, Sort::Progress, Sort::Exposure, Sort::Opened];
        Self { rows: PeopleRows::offering(sorts) }
    }
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
    /// How many rows fit.
    pub(crate) fn rows_high(app: &App) -> usize {
        usize::from(parts(app, view::areas(app).body).rows.height)
    }

    pub(crate) fn visible(&self, app: &App) -> &[OffboardingId] {
        self.rows.list.visible(Self::rows_high(app))
    }

    pub(crate) fn draw(&self, app: &App, frame: &mut Frame, area: Rect) {
        let parts = parts(app, area);
        tiles::draw(app, frame, parts.tiles);
        connectors::draw(app, frame, parts.connectors);
        if app.mirror.fleet.offboardings.is_empty() {
            let key = app.keys.press(Action::New);
            let told = [
                "People appear here when HR says that they left, by webhook or by CSV.".to_owned(),
                format!("{key} launches by hand: one person, a file, or who left by the word of HR."),
            ];
            let area = parts.head.union(parts.rows);
            return notice::words(app.theme, frame, area, "nobody is being offboarded", &told);
        }
        let columns = row::Columns::of(parts.rows.width);
        frame.render_widget(columns.head(app), parts.head);
        if self.rows.list.ids.is_empty() {
            let all = app.mirror.fleet.offboardings.len();
            let told = [format!("{} clears the filter.", app.keys.key(Action::Back))];
            return notice::words(app.theme, frame, parts.rows, &format!("none of {all} fits the filter"), &told);
        }
        for (at, id) in (parts.rows.y..).zip(self.rows.list.visible(usize::from(parts.rows.height))) {
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
