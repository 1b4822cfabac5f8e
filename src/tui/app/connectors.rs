//! What is done about connectors: asked, tried now, copied.

use super::answers::other_answer;
use super::{App, Awaited};
use crate::ipc::{Op, ProbeReport, Refusal, Reply};
use crate::model::ConnectorId;
use crate::tui::action::Action;
use crate::tui::dialog::copy::Item;
use crate::tui::msg::Cmd;
use crate::tui::order::Order;
use crate::tui::text::clean;
use crate::tui::theme::Tone;

impl App {
    /// Has the engine ask the selected connector, or all, whether it can be used.
    pub(super) fn probe(&mut self, all: bool) -> Vec<Cmd> {
        let selected = self.systems.selected(self).map(|it| it.id.clone());
        let of: Vec<ConnectorId> = if all {
            self.mirror.connectors.iter().map(|it| it.id.clone()).collect()
        } else {
            selected.iter().cloned().collect()
        };
        self.systems.asks(&of);
        let connector = selected.filter(|_| !all);
        vec![self.ask(Awaited::Probes(of), Op::Check { connector, leaver: None, lookup: false })]
    }

    /// What they said. Each one's words come with its status; here it is said that they have come.
    pub(super) fn probed(&mut self, of: &[ConnectorId], result: Result<Reply, Refusal>) {
        self.systems.answered(of);
        let (said, tone) = match result {
            Ok(Reply::Probes(reports)) => summed_up(&reports),
            other => {
                let again = if of.len() == 1 { Action::Probe } else { Action::ProbeAll };
                let told = clean(&other_answer(other));
                (format!("not asked, {} tries again: {told}", self.keys.press(again)), Tone::Warn)
            }
        };
        self.toasts.say(tone, said, self.steady);
    }

    /// Tier 1: lets one job of a dead connector go at once.
    pub(super) fn try_connector_now(&mut self) -> Vec<Cmd> {
        let Some(connector) = self.systems.selected(self).map(|it| it.id.clone()) else { return Vec::new() };
        let about = connector.to_string();
        self.send(Order::one("try now", about, Op::TryNow { connector }))
    }

    /// What of a connector can be copied.
    pub(super) fn connector_items(&self) -> Vec<Item> {
        let Some(it) = self.systems.selected(self) else { return Vec::new() };
        let mut items = vec![Item { key: 'i', what: "id", text: it.id.to_string() }];
        let said = it.probe.as_ref().map(|probe| probe.message.clone());
        items.extend(said.map(|text| Item { key: 'p', what: "probe", text }));
        items.extend(it.last_error.clone().map(|text| Item { key: 'r', what: "error", text }));
        items.extend(Item::json(it));
        items
    }
}

fn summed_up(reports: &[ProbeReport]) -> (String, Tone) {
    if let [it] = reports {
        let tone = if it.health.is_dead() { Tone::Bad } else { Tone::Good };
        return (format!("{} is {}: {}", it.connector, it.health.word(), clean(&it.message)), tone);
    }
    let bad: Vec<String> = (reports.iter().filter(|it| it.health.is_dead()))
        .map(|it| format!("{} {}", it.connector, it.health.word()))
        .collect();
    if bad.is_empty() {
        return (format!("all {} can be used", reports.len()), Tone::Good);
    }
    (format!("{} of {} cannot be used: {}", bad.len(), reports.len(), bad.join(", ")), Tone::Bad)
}
