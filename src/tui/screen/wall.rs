//! Screen 3: the wall, for a mass layoff: rows are people, columns are connectors, one cell the worst state of a person's
//! steps there.
//!
//! Ten thousand rows scroll as well as ten: an event moves one row and changes the counts of one person, and a frame
//! costs what is visible.

mod cell;
mod eta;
mod index;
mod order;
mod pace;
mod row;
mod summary;

use std::collections::{BTreeMap, BTreeSet};

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};

use crate::model::{ConnectorId, Fleet, Offboarding, OffboardingId};
use crate::tui::app::App;
use crate::tui::filter::Filter;
use crate::tui::list::{self, List};
use crate::tui::view::{self, notice};

pub(crate) use cell::worst_at;
use index::{Column, Index};
use order::{Key, Sort};
use pace::Pace;

/// The screen's state.
#[derive(Debug, Default)]
pub(crate) struct Wall {
    pub(crate) list: List<OffboardingId>,
    pub(crate) filter: Filter,
    sort: Sort,
    reverse: bool,
    /// The shown column that is pointed at; `None`: the person.
    column: Option<usize>,
    /// The first visible one.
    first: usize,
    index: Index,
    pace: Pace,
    /// Of the people who pass the filter: where each row stands.
    keys: BTreeMap<OffboardingId, Key>,
    /// Changed since the rows were made.
    changed: BTreeSet<OffboardingId>,
    /// What the rows were made with; `None`: they have to be made afresh.
    made_with: Option<(Filter, Sort, bool)>,
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
    /// Everything is new.
    pub(crate) fn rebuild(&mut self, fleet: &Fleet) {
        self.index = Index::of(fleet);
        self.changed.clear();
        self.made_with = None;
        self.column = self.column.filter(|column| *column < self.index.shown.len());
    }

    /// Something happened to this person.
    pub(crate) fn heard(&mut self, fleet: &Fleet, id: OffboardingId, steady: u64) {
        let Some(person) = fleet.get(id) else { return };
        let settled = self.index.note(person);
        self.pace.settled(steady, settled);
        self.changed.insert(id);
    }

    /// Brings the rows up to date: those who changed find their new places; all of them only after another filter or sort.
    pub(crate) fn list_up(&mut self, fleet: &Fleet) {
        let wanted = (self.filter.clone(), self.sort, self.reverse);
        if self.made_with.as_ref() != Some(&wanted) {
            self.made_with = Some(wanted);
            self.changed.clear();
            return self.list_all(fleet);
        }
        if self.changed.is_empty() {
            return;
        }
        for id in std::mem::take(&mut self.changed) {
            if let Some(key) = self.keys.get(&id) {
                let at = self.place_of(key, id);
                if self.list.ids.get(at) == Some(&id) {
                    self.list.ids.remove(at);
                }
            }
            match fleet.get(id).filter(|it| self.filter.admits(it)) {
                Some(person) => {
                    let key = Key::of(person, self.sort);
                    let at = self.place_of(&key, id);
                    self.list.ids.insert(at, id);
                    self.keys.insert(id, key);
                }
                None => drop(self.keys.remove(&id)),
            }
        }
        let ids = std::mem::take(&mut self.list.ids);
        self.list.replace(ids);
    }

    fn list_all(&mut self, fleet: &Fleet) {
        let admitted = fleet.offboardings.values().filter(|it| self.filter.admits(it));
        self.keys = admitted.map(|it| (it.id, Key::of(it, self.sort))).collect();
        let mut rows: Vec<(&Key, OffboardingId)> = self.keys.iter().map(|(id, key)| (key, *id)).collect();
        rows.sort_unstable_by(|a, b| order::compare(*a, *b, self.reverse));
        let ids = rows.into_iter().map(|(_, id)| id).collect();
        self.list.replace(ids);
        self.list.marks.retain(|id| fleet.offboardings.contains_key(id));
    }

    /// The row at which this key stands, or would stand.
    fn place_of(&self, key: &Key, id: OffboardingId) -> usize {
        self.list.ids.partition_point(|other| {
            let theirs = self.keys.get(other).map(|it| (it, *other));
            theirs.is_some_and(|theirs| order::compare(theirs, (key, id), self.reverse).is_lt())
        })
    }

    pub(crate) fn sort_next(&mut self) {
        self.sort = self.sort.next();
    }

    pub(crate) fn sort_back(&mut self) {
        self.reverse = !self.reverse;
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

    /// People under way with a failed step, whether they pass the filter or not.
    pub(crate) fn failing(&self) -> u32 {
        self.index.totals.failing
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
        self.list.settle(rows);
        let shape = row::Shape::of(width, self.index.shown.len());
        self.first = list::window(self.column.unwrap_or(0), self.first, self.index.shown.len(), shape.columns);
    }

    pub(crate) fn draw(&self, app: &App, frame: &mut Frame, area: Rect) {
        if app.mirror.fleet.offboardings.is_empty() {
            let told =
                ["Rows appear here when HR says that people left, or when a CSV is imported: nightlatch import."];
            return notice::words(app.theme, frame, area, "nobody is being offboarded", &told.map(str::to_owned));
        }
        let parts = parts(area);
        summary::draw(self, app, frame, parts.summary);
        frame.render_widget(summary::rule(self, app, parts.rule.width), parts.rule);
        let shape = row::Shape::of(area.width, self.index.shown.len());
        for (n, line) in (0..parts.head.height).zip(row::head(self, app, &shape)) {
            frame.render_widget(line, Rect { y: parts.head.y + n, height: 1, ..parts.head });
        }
        if self.list.ids.is_empty() {
            let all = app.mirror.fleet.offboardings.len();
            let told = [format!("{} clears the filter.", app.keys.key(crate::tui::action::Action::Back))];
            notice::words(app.theme, frame, parts.rows, &format!("none of {all} fits the filter"), &told);
        }
        for (y, id) in (parts.rows.y..).zip(self.list.visible(usize::from(parts.rows.height))) {
            let Some(person) = app.mirror.fleet.get(*id) else { continue };
            frame.render_widget(row::row(self, app, &shape, person), Rect { y, height: 1, ..parts.rows });
        }
        for (n, line) in (0..parts.legend.height).zip(row::legend(app.theme, parts.legend.width)) {
            frame.render_widget(line, Rect { y: parts.legend.y + n, height: 1, ..parts.legend });
        }
    }
}
