//! Screen 4: the connectors: health, budgets, what they last said.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::model::health::ConnectorStatus;
use crate::tui::app::App;
use crate::tui::filter::Filter;
use crate::tui::list::List;
use crate::tui::view::{self, notice};

/// The screen's state.
#[derive(Debug, Default)]
pub(crate) struct Systems {
    pub(crate) list: List<usize>,
    pub(crate) filter: Filter,
}

impl Systems {
    pub(crate) fn list_up(&mut self, connectors: &[ConnectorStatus]) {
        self.list.replace((0..connectors.len()).collect());
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
