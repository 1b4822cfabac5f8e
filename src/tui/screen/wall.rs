//! Screen 3: the wall: rows are people, columns are connectors, one cell a state.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::model::{Fleet, OffboardingId};
use crate::tui::app::App;
use crate::tui::filter::Filter;
use crate::tui::list::List;
use crate::tui::view::{self, notice};

/// The screen's state.
#[derive(Debug, Default)]
pub(crate) struct Wall {
    pub(crate) list: List<OffboardingId>,
    pub(crate) filter: Filter,
}

impl Wall {
    pub(crate) fn list_up(&mut self, fleet: &Fleet) {
        let admitted = fleet.offboardings.values().filter(|it| self.filter.admits(it));
        self.list.replace(admitted.map(|it| it.id).collect());
    }

    pub(crate) fn ticks(&self, _app: &App) -> bool {
        false
    }

    /// How many rows fit.
    pub(crate) fn rows_high(app: &App) -> usize {
        usize::from(view::areas(app).body.height)
    }

    pub(crate) fn draw(&self, app: &App, frame: &mut Frame, area: Rect) {
        notice::words(app.theme, frame, area, "nothing is here yet", &[]);
    }
}
