//! Export: the engine writes the evidence, and says where.

use super::App;
use super::acts::name;
use crate::ipc::Op;
use crate::model::Offboarding;
use crate::tui::msg::Cmd;
use crate::tui::order::Order;
use crate::tui::theme::Tone;

impl App {
    /// Tier 1.
    pub(super) fn export(&mut self, person: &Offboarding) -> Vec<Cmd> {
        self.toasts.say(Tone::Plain, format!("writing the evidence of {}...", name(person)), self.steady);
        self.send(Order::one("export", name(person), Op::Export { offboarding: person.id }))
    }
}
