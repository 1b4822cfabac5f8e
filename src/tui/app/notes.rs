//! Notes: written in the editor, kept in the journal.

use super::App;
use super::acts::name;
use crate::ipc::Op;
use crate::model::Offboarding;
use crate::tui::dialog::editor::Next;
use crate::tui::dialog::{Dialog, Editor};
use crate::tui::order::Order;

impl App {
    pub(super) fn ask_note(&mut self, person: &Offboarding) {
        let order = Order::one("note", name(person), Op::Note { offboarding: person.id, text: String::new() });
        let title = format!("Note on {} of {}", person.id, name(person));
        let ask = "It stays in the journal as you write it, with your name.";
        self.dialogs.push(Dialog::Editor(Box::new(Editor::new(title, ask, Next::Send(order)))));
    }
}
