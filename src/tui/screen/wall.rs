//! Screen 3: the wall, for a mass layoff: rows are people, columns are connectors, one cell the worst state of a person's
//! steps there.
//!
//! Ten thousand rows scroll as well as ten: an event moves one row and changes the counts of one person, and a frame
//! costs what is visible.

mod ahead;
mod eta;
mod index;
mod pace;
mod row;
mod summary;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};

use crate::model::{ConnectorId, Fleet, Offboarding};
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::cell::Cell;
use crate::tui::list;
use crate::tui::roll::{PeopleRows, Sort};
use crate::tui::view::{self, notice};

use index::{Column, Index};
use pace::Pace;

/// The screen's state.
#[derive(Debug)]
pub(crate) struct Wall {
    pub(crate) rows: PeopleRows,
    /// The shown column that is pointed at; `None`: the person.
    column: Option<usize>,
    /// The first visible one.
    first: usize,
    index: Index,
    pace: Pace,
    /// Of everybody, when somebody was counted last.
    settled: u32,
}

impl Default for Wall {
    fn default() -> Self {
        let sorts = &[Sort::Urgency, Sort::Person, Sort::Exposure, Sort::Progress];
        let rows = PeopleRows::offering(sorts);
        Self { rows, column: None, first: 0, index: Index::default(), pace: Pace::default(), settled: 0 }
    }
}

/// From this height on there is room for what the columns sum up to.
const TALL: u16 = 26;

/// Where its parts are.
struct Parts {
    summary: Rect,
    rule: Rect,
    head: Rect,
    rows: Rect,
    legend: Rect,
}

fn parts(body: Rect) -> Parts {
    let tall = body.height >= TALL;
    let [summary, rule, head, rows, legend] = Layout::vertical([
        Constraint::Length(if tall { 5 } else { 3 }),
        Constraint::Length(1),
        Constraint::Length(if tall { 2 } else { 1 }),
        Constraint::Fill(1),
        Constraint::Length(row::legend_lines(body.width)),
    ])
    .areas(body);
    Parts { summary, rule, head, rows, legend }
}

impl Wall {
    /// Everybody is new.
    pub(crate) fn rebuild(&mut self, fleet: &Fleet) {
        self.index = Index::of(fleet);
        self.settled = self.index.totals.counts.settled;
        self.rows.rebuild();
        self.column = self.column.filter(|column| *column < self.index.shown.len());
    }

    /// Somebody is about to change.
    pub(crate) fn take_out(&mut self, person: &Offboarding) {
        self.index.take_out(person);
    }

    /// Somebody is here, as they are now.
    pub(crate) fn put_in(&mut self, person: &Offboarding, steady: u64) {
        self.index.put_in(person);
        let settled = self.index.totals.counts.settled;
        self.pace.settled(steady, settled.saturating_sub(self.settled));
        self.settled = settled;
        self.rows.heard(person.id);
    }

    /// To the next column; from the person, to the first.
    pub(crate) fn right(&mut self) {
        let last = self.index.shown.len().checked_sub(1);
        self.column = last.map(|last| self.column.map_or(0, |at| (at + 1).min(last)));
    }

    /// To the column before; from the first, to the person.
    pub(crate) fn left(&mut self) {
        self.column = self.column.and_then(|at| at.checked_sub(1));
    }

    /// The column that is pointed at.
    fn pointed_column(&self) -> Option<&Column> {
        self.index.shown().nth(self.column?)
    }

    /// Its connector.
    pub(crate) fn connector(&self) -> Option<&ConnectorId> {
        self.pointed_column().map(|it| &it.id)
    }

    /// The step that Enter opens: the worst of the person's at the column that is pointed at.
    pub(crate) fn step_of(&self, person: &Offboarding) -> Option<u16> {
        worst_at(person, self.connector()?.as_str())
    }

    /// Whether something visible shows a time that runs.
    pub(crate) fn ticks(&self, app: &App) -> bool {
        self.index.totals.exposed > 0
            || self.pace.tenths_a_second(app.steady) > 0
            || app.mirror.connectors.iter().any(|it| it.blocked(app.now).is_some())
    }

    /// How many rows fit.
    pub(crate) fn rows_high(app: &App) -> usize {
        usize::from(parts(view::areas(app).body).rows.height)
    }

    /// Puts the windows over what is pointed at.
    pub(crate) fn settle(&mut self, rows: usize, width: u16) {
        self.rows.list.settle(rows);
        let shape = row::Shape::of(width, self.index.shown.len());
        self.first = list::window(self.column.unwrap_or(0), self.first, self.index.shown.len(), shape.columns);
    }

    pub(crate) fn draw(&self, app: &App, frame: &mut Frame, area: Rect) {
        if app.mirror.fleet.offboardings.is_empty() {
            let key = app.keys.press(Action::New);
            let told = [
                "Rows appear here when HR says that people left.".to_owned(),
                format!("{key} launches many by hand: a file, or who left by the word of HR."),
            ];
            return notice::words(app.theme, frame, area, "nobody is being offboarded", &told);
        }
        let parts = parts(area);
        summary::draw(self, app, frame, parts.summary);
        frame.render_widget(summary::rule(self, app, parts.rule.width), parts.rule);
        let shape = row::Shape::of(area.width, self.index.shown.len());
        for (n, line) in (0..parts.head.height).zip(row::head(self, app, &shape)) {
            frame.render_widget(line, Rect { y: parts.head.y + n, height: 1, ..parts.head });
        }
        if self.rows.list.ids.is_empty() {
            let all = app.mirror.fleet.offboardings.len();
            let told = [format!("{} clears the filter.", app.keys.key(Action::Back))];
            notice::words(app.theme, frame, parts.rows, &format!("none of {all} fits the filter"), &told);
        }
        for (y, id) in (parts.rows.y..).zip(self.rows.list.visible(usize::from(parts.rows.height))) {
            let Some(person) = app.mirror.fleet.get(*id) else { continue };
            frame.render_widget(row::row(self, app, &shape, person), Rect { y, height: 1, ..parts.rows });
        }
        for (n, line) in (0..parts.legend.height).zip(row::legend(app.theme, parts.legend.width)) {
            frame.render_widget(line, Rect { y: parts.legend.y + n, height: 1, ..parts.legend });
        }
    }
}

/// The worst of the person's steps at this connector, the first of them if several are.
pub(crate) fn worst_at(person: &Offboarding, connector: &str) -> Option<u16> {
    let there = (0u16..).zip(person.plan.steps.iter().zip(&person.steps));
    let there = there.filter(|(_, (planned, _))| planned.action.connector.as_str() == connector);
    there.max_by_key(|(ord, (_, step))| (Cell::within(person, &step.state), u16::MAX - ord)).map(|(ord, _)| ord)
}
