//! Screen 6: everybody ever offboarded.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::model::OffboardingId;
use crate::tui::app::App;
use crate::tui::filter::Filter;
use crate::tui::list::List;
use crate::tui::view::{self, notice};

/// The screen's state.
#[derive(Debug, Default)]
pub(crate) struct Archive {
    pub(crate) list: List<OffboardingId>,
    pub(crate) filter: Filter,
}

impl Archive {
    /// How many rows fit.
    pub(crate) fn rows_high(app: &App) -> usize {
        usize::from(view::areas(app).body.height)
    }

    pub(crate) fn draw(&self, app: &App, frame: &mut Frame, area: Rect) {
        notice::words(app.theme, frame, area, "nothing is here yet", &[]);
    }
}
