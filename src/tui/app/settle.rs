//! Between a batch of messages and a frame: rows, figures and windows are brought up to date.

use super::{App, Awaited};
use crate::ipc::Op;
use crate::tui::figures::Figures;
use crate::tui::msg::Cmd;
use crate::tui::screen::Place;
use crate::tui::screen::approvals::Inbox;
use crate::tui::screen::connectors::Systems;
use crate::tui::screen::dashboard::Board;
use crate::tui::screen::history::Archive;
use crate::tui::screen::ledger::Log;
use crate::tui::screen::runbook::Runbook;
use crate::tui::screen::wall::Wall;
use crate::tui::view;

impl App {
    /// Recounts what is older than the fleet. Cheap when nothing is.
    pub(super) fn refresh(&mut self) {
        if !self.figures.are_of(self.now) {
            self.figures = Figures::of(&self.mirror.fleet, self.now, &self.zone);
        }
        if !self.stale_fleet && !self.stale_rows {
            return;
        }
        if self.stale_fleet {
            self.inbox.forget_marks(&self.mirror.fleet);
        }
        // Each for its own screen: to come to one makes its rows stale.
        match self.place {
            Place::Dashboard => self.board.rows.list_up(&self.roll, &self.mirror.fleet),
            Place::Offboarding(id) => {
                self.case.list_up(id.and_then(|id| self.mirror.fleet.get(id).or_else(|| self.shelf.get(id))));
            }
            Place::Wall => self.wall.rows.list_up(&self.roll, &self.mirror.fleet),
            Place::Connectors => self.systems.list_up(&self.mirror.connectors, self.now),
            Place::Approvals => self.inbox.list_up(&self.mirror.fleet, &self.figures),
            Place::History | Place::Ledger => {}
        }
        self.stale_fleet = false;
        self.stale_rows = false;
    }

    /// Puts every window over its selection, and asks for what the screen shows and does not have.
    pub(crate) fn settle(&mut self) -> Vec<Cmd> {
        self.refresh();
        if !self.fits() {
            return Vec::new();
        }
        let board = Board::rows_high(self);
        self.board.rows.list.settle(board);
        let inbox = Inbox::rows_high(self);
        self.inbox.list.settle(inbox);
        let case = self.case.rows_high(self);
        self.case.settle(case);
        let page = self.page() + 1;
        match self.place {
            Place::Wall => self.wall.settle(page, self.size.width),
            Place::Connectors => self.systems.settle(page, &self.mirror.connectors),
            Place::History => self.archive.list.settle(page),
            Place::Ledger => {
                let area = view::areas(self).body;
                let lines = self.log.lines(self, area);
                self.log.settle(lines, area.height.into());
            }
            _ => {}
        }
        let area = view::areas(self).body;
        if let Some(mut pane) = self.pane.take() {
            pane.settle(self, area);
            self.pane = Some(pane);
        }
        if let Some(mut launch) = self.launch.take() {
            launch.settle(self, area);
            self.launch = Some(launch);
        }
        if let Some(runbook) = &mut self.runbook {
            runbook.settle(area);
        }
        let mut cmds: Vec<_> = self.fetch_step().into_iter().collect();
        cmds.extend(self.fetch_archive());
        cmds.extend(self.fetch_log());
        cmds
    }

    /// The journal of the step pointed at, once for each of its revisions.
    fn fetch_step(&mut self) -> Option<Cmd> {
        let Place::Offboarding(Some(id)) = self.place else { return None };
        if !self.is_live() || !self.dialogs.is_empty() {
            return None;
        }
        let at = id.step(self.case.list.selected?);
        let revision = self.at(at)?.1.1.revision;
        if !self.case.wants(at, revision) {
            return None;
        }
        Some(self.ask(Awaited::Step { step: at, revision }, Op::Timeline { offboarding: id, step: Some(at.ord) }))
    }

    /// Rows of a page on this screen.
    pub(super) fn page(&self) -> usize {
        if self.runbook.is_some() {
            return Runbook::page(view::areas(self).body);
        }
        if self.launch.is_some() {
            return usize::from(view::areas(self).body.height).saturating_sub(6).max(1);
        }
        if self.pane.is_some() {
            return usize::from(view::areas(self).body.height).saturating_sub(3).max(1);
        }
        match self.place {
            Place::Dashboard => Board::rows_high(self),
            Place::Offboarding(_) => self.case.rows_high(self),
            Place::Wall => Wall::rows_high(self),
            Place::Connectors => Systems::rows_high(self),
            Place::Approvals => Inbox::rows_high(self),
            Place::History => Archive::rows_high(self),
            Place::Ledger => Log::rows_high(self),
        }
        .saturating_sub(1)
        .max(1)
    }

    /// The last line of the details at which a screenful can begin.
    pub(super) fn case_details_end(&self) -> usize {
        self.case.details_end(self)
    }
}
