//! Keys: to the dialog on top, else into the filter, else to the action that they are bound to.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::App;
use crate::tui::action::{Action, TABLE, entry};
use crate::tui::clipboard;
use crate::tui::dialog::{Answer, Dialog, Help, Palette};
use crate::tui::enabled::enabled;
use crate::tui::keymap::Key;
use crate::tui::list::travelled;
use crate::tui::msg::Cmd;
use crate::tui::pane::Pane;
use crate::tui::screen::Place;
use crate::tui::screen::launch::Launch;
use crate::tui::screen::offboarding::Focus;
use crate::tui::text;
use crate::tui::theme::Tone;

/// So many places back.
const HISTORY: usize = 50;

impl App {
    pub(super) fn key(&mut self, event: KeyEvent) -> Vec<Cmd> {
        let key = Key::of(event);
        // These work over every dialog and in every editor.
        for action in [Action::Detach, Action::Redraw, Action::Suspend] {
            if key.is_some_and(|key| (key.ctrl || self.is_free()) && self.keys.is(key, action)) {
                return self.run(action);
            }
        }
        // Nothing is shown: nobody can mean what a key would do.
        if !self.fits() {
            return Vec::new();
        }
        if let Some(dialog) = self.dialogs.last_mut() {
            let answer = dialog.key(event, self.steady);
            return self.answer(answer);
        }
        if self.filtering {
            self.filter_key(event);
            return Vec::new();
        }
        if self.types_in_launch() {
            return self.launch_key(event);
        }
        let context = self.context();
        match key.and_then(|key| self.keys.action(key, context)) {
            Some(action) => self.run(action),
            // It does nothing here: where it would is worth saying.
            None => key.and_then(|key| self.elsewhere(key)).map_or_else(Vec::new, |action| self.run(action)),
        }
    }

    /// What the key does on other screens; if several things, what it does on the most of them.
    fn elsewhere(&self, key: Key) -> Option<Action> {
        let bound = TABLE.iter().filter(|it| self.keys.is(key, it.action));
        bound.max_by_key(|it| it.contexts.len()).map(|it| it.action)
    }

    /// No dialog and no editor takes the keys.
    fn is_free(&self) -> bool {
        self.dialogs.is_empty() && !self.filtering && !self.types_in_launch()
    }

    /// The launch flow takes the keys as letters.
    pub(crate) fn types_in_launch(&self) -> bool {
        self.runbook.is_none() && self.launch.as_ref().is_some_and(Launch::is_typing)
    }

    fn answer(&mut self, answer: Answer) -> Vec<Cmd> {
        match answer {
            Answer::Stay => return Vec::new(),
            Answer::Preview => return self.preview_undo(),
            _ => {}
        }
        self.dialogs.pop();
        match answer {
            Answer::Stay | Answer::Preview | Answer::Close => Vec::new(),
            Answer::Send(order) => self.send(order),
            Answer::Then(dialog) => {
                self.dialogs.push(*dialog);
                Vec::new()
            }
            Answer::Run(action) => self.run(action),
            Answer::Copy { what, text } => {
                if text.len() > clipboard::LONGEST {
                    let said =
                        format!("not copied: the {what} is longer than terminals take ({} kB)", text.len() / 1_000);
                    self.toasts.say(Tone::Warn, said, self.steady);
                    return Vec::new();
                }
                let said = format!("copied the {what} (OSC 52; your terminal has to allow it)");
                self.toasts.say(Tone::Good, said, self.steady);
                vec![Cmd::Copy(text)]
            }
        }
    }

    pub(super) fn paste(&mut self, pasted: &str) {
        if !self.fits() {
            return;
        }
        if let Some(dialog) = self.dialogs.last_mut() {
            dialog.paste(pasted);
        } else if self.filtering {
            let text = format!("{}{}", self.filter().text(), text::clean(pasted));
            self.set_filter(&text);
        } else if self.types_in_launch() {
            self.launch_paste(pasted);
        }
        // Elsewhere a paste is no key press: `X` in a pasted text aborts nobody.
    }

    fn filter_key(&mut self, event: KeyEvent) {
        let ctrl = event.modifiers.contains(KeyModifiers::CONTROL);
        let mut text = self.filter().text().to_owned();
        match event.code {
            KeyCode::Enter => {
                self.filtering = false;
                return;
            }
            KeyCode::Esc => {
                self.filtering = false;
                text.clear();
            }
            KeyCode::Backspace if text.pop().is_none() => {
                self.filtering = false;
            }
            KeyCode::Char('u') if ctrl => text.clear(),
            KeyCode::Char(c) if !ctrl && text.chars().count() < 200 => text.push(c),
            KeyCode::Down => return self.with_list(|list| list.down(1)),
            KeyCode::Up => return self.with_list(|list| list.up(1)),
            _ => {}
        }
        self.set_filter(&text);
    }

    /// Does it, or says why not.
    pub(crate) fn run(&mut self, action: Action) -> Vec<Cmd> {
        let row = entry(action);
        if let Err(why) = enabled(self, action) {
            self.toasts.say(Tone::Warn, format!("{}: {why}", row.id), self.steady);
            return Vec::new();
        }
        if row.is_act() {
            return self.act(action);
        }
        self.look(action)
    }

    fn look(&mut self, action: Action) -> Vec<Cmd> {
        if let Some(cmds) = self.look_in_runbook(action) {
            return cmds;
        }
        if let Some(cmds) = self.look_in_launch(action) {
            return cmds;
        }
        match action {
            Action::Detach => return vec![Cmd::Detach],
            Action::Leave if self.place == Place::Dashboard && self.pane.is_none() => return vec![Cmd::Detach],
            Action::Redraw => return vec![Cmd::Redraw],
            Action::Suspend => return vec![Cmd::Suspend],
            Action::Up | Action::Down | Action::Top | Action::Bottom | Action::PageUp | Action::PageDown => {
                self.travel(action);
            }
            Action::Right if self.place == Place::Wall => self.wall.right(),
            Action::Open | Action::Right => self.open(),
            Action::Back => self.step_back(),
            Action::Leave => self.leave(),
            Action::Help => self.dialogs.push(Dialog::Help(Help::new(self.context()))),
            Action::Palette => self.dialogs.push(Dialog::Palette(Palette::default())),
            Action::Filter => self.filtering = true,
            Action::Mark => self.with_list(|list| {
                list.toggle_mark();
                list.down(1);
            }),
            Action::MarkRange => self.with_list(super::Rows::range),
            Action::MarkAll => self.with_list(super::Rows::mark_all),
            Action::Sort => {
                match self.place {
                    Place::Wall => self.wall.rows.sort_next(),
                    _ => self.board.rows.sort_next(),
                }
                self.stale_rows = true;
            }
            Action::SortReverse => {
                match self.place {
                    Place::Wall => self.wall.rows.sort_back(),
                    _ => self.board.rows.sort_back(),
                }
                self.stale_rows = true;
            }
            Action::Left => self.wall.left(),
            Action::Probe => return self.probe(false),
            Action::ProbeAll => return self.probe(true),
            Action::New => self.open_launch(),
            Action::Runbook => return self.open_runbook(),
            Action::Details => self.details(),
            Action::Timeline => self.timeline(),
            Action::Verify => return self.verify_log(),
            Action::Payloads => return self.payloads(),
            Action::StepLog => return self.step_log(),
            Action::Copy => self.copy_menu(),
            Action::Alerts => self.pane = Some(Pane::alerts()),
            Action::Dashboard => self.go(Place::Dashboard),
            Action::Offboarding => {
                let of = self.pointed_at().or(self.case.of);
                self.go(Place::Offboarding(of));
            }
            Action::Wall => self.go(Place::Wall),
            Action::Connectors => self.go(Place::Connectors),
            Action::Approvals => self.go(Place::Approvals),
            Action::History => {
                self.archive.visit();
                self.go(Place::History);
            }
            Action::Ledger => {
                self.log.visit();
                self.go(Place::Ledger);
            }
            Action::NextPane if self.place == Place::Connectors => self.systems.next_pane(),
            Action::Zoom if self.place == Place::Connectors => self.systems.zoom(),
            Action::NextPane => self.case.focus = self.case.focus.next(),
            Action::Zoom => self.case.zoom = !self.case.zoom,
            Action::HistoryBack => {
                if let Some(place) = self.back.pop_back() {
                    self.forward.push(self.place);
                    self.enter(place);
                }
            }
            Action::HistoryForward => {
                if let Some(place) = self.forward.pop() {
                    self.back.push_back(self.place);
                    self.enter(place);
                }
            }
            Action::Follow | Action::Wrap | Action::Timestamps => {
                if let Some(pane) = &mut self.pane {
                    pane.toggle(action);
                }
            }
            // Acts went to `act`.
            _ => {}
        }
        Vec::new()
    }

    fn travel(&mut self, action: Action) {
        let page = self.page();
        if let Some(pane) = &mut self.pane {
            return pane.travel(action, page);
        }
        if matches!(self.place, Place::Offboarding(_)) && self.case.focus == Focus::Details {
            let end = self.case_details_end();
            self.case.scroll = travelled(action, self.case.scroll.min(end), end + 1, page);
            return;
        }
        if self.place == Place::Connectors && self.systems.scrolls() {
            let end = self.systems.details_end(self);
            return self.systems.scroll(action, page, end);
        }
        self.with_list(|list| match action {
            Action::Up => list.up(1),
            Action::Down => list.down(1),
            Action::PageUp => list.up(page),
            Action::PageDown => list.down(page),
            Action::Top => list.go(0),
            _ => list.go(usize::MAX),
        });
    }

    fn open(&mut self) {
        match self.place {
            Place::Dashboard => {
                if let Some(id) = self.board.rows.list.selected {
                    self.go(Place::Offboarding(Some(id)));
                }
            }
            Place::Approvals => {
                if let Some(step) = self.inbox.list.selected {
                    self.go(Place::Offboarding(Some(step.offboarding)));
                    self.refresh();
                    self.case.list.select(step.ord);
                }
            }
            Place::Wall => self.open_cell(),
            Place::Connectors => self.systems.zoom(),
            Place::History => {
                if let Some(id) = self.pointed_at() {
                    self.go(Place::Offboarding(Some(id)));
                }
            }
            Place::Offboarding(_) => {
                self.case.focus = Focus::Details;
                self.case.zoom = !self.case.zoom;
            }
            // It has no rows.
            Place::Ledger => {}
        }
    }

    /// The person, or what is worst at the column that is pointed at.
    fn open_cell(&mut self) {
        let Some(person) = self.person() else { return };
        let (id, step) = (person.id, self.wall.step_of(person));
        if let Some(connector) = self.wall.connector().filter(|_| step.is_none()) {
            let said = format!("{} has no step at {connector}", super::name(person));
            return self.toasts.say(Tone::Warn, said, self.steady);
        }
        self.go(Place::Offboarding(Some(id)));
        self.refresh();
        if let Some(ord) = step {
            self.case.list.select(ord);
        }
    }

    fn details(&mut self) {
        if self.place == Place::Connectors {
            return self.systems.zoom();
        }
        if matches!(self.place, Place::Offboarding(_)) {
            self.case.focus = Focus::Details;
            self.case.zoom = !self.case.zoom;
        } else if self.place == Place::Ledger {
            self.pane = Some(Pane::checkpoint());
        } else if let Some(id) = self.pointed_at() {
            self.pane = Some(Pane::details(id));
        }
    }

    /// Esc: marks, then the filter, then back. Never ends the console.
    fn step_back(&mut self) {
        if self.pane.take().is_some() || self.with_list(super::Rows::clear_marks) {
            return;
        }
        if !self.filter().is_empty() {
            return self.set_filter("");
        }
        // There is nothing behind it.
        if self.place != Place::Dashboard {
            self.leave();
        }
    }

    fn leave(&mut self) {
        if self.pane.take().is_some() {
            return;
        }
        if self.place == Place::Connectors && self.systems.unzoom() {
            return;
        }
        if self.case.zoom && matches!(self.place, Place::Offboarding(_)) {
            self.case.zoom = false;
            self.case.focus = Focus::Plan;
        } else if let Some(place) = self.back.pop_back() {
            self.forward.push(self.place);
            self.enter(place);
        } else if self.place != Place::Dashboard {
            self.enter(Place::Dashboard);
        }
    }

    /// To a screen, remembering this one.
    pub(crate) fn go(&mut self, place: Place) {
        self.pane = None;
        self.launch = None;
        self.runbook = None;
        if place == self.place {
            return;
        }
        self.back.push_back(self.place);
        if self.back.len() > HISTORY {
            self.back.pop_front();
        }
        self.forward.clear();
        self.enter(place);
    }

    fn enter(&mut self, place: Place) {
        if let Place::Offboarding(Some(id)) = place {
            self.case.show(id);
            self.board.rows.list.select(id);
        }
        self.place = place;
        self.filtering = false;
        self.stale_rows = true;
    }
}
