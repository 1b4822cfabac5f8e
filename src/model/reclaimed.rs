//! Licences and seats that offboardings have made free, and what that saves.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::ids::{ConnectorId, OffboardingId, StepRef};
use super::offboarding::Offboarding;
use super::step::StepState;

/// What seats cost a month, in hundredths of the currency.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Prices {
    /// The currency's code, as in `EUR`.
    pub currency: String,
    /// By system, then by the vendor's name of the seat; `*` stands for every seat there that is not named.
    pub of: BTreeMap<ConnectorId, BTreeMap<String, u64>>,
}

/// A seat that became free.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    /// In which system.
    pub connector: ConnectorId,
    /// The vendor's name of it.
    pub name: String,
    /// What it cost a month, in hundredths of the currency; `None`: no price is configured.
    pub cents: Option<u64>,
}

/// One offboarding's seats.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfPerson {
    /// Which.
    pub offboarding: OffboardingId,
    /// Whose.
    pub name: String,
    /// Their e-mail.
    pub email: String,
    /// What became free.
    pub seats: Vec<Seat>,
}

/// All that became free.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Reclaimed {
    /// The currency's code; empty where no prices are configured.
    pub currency: String,
    /// Person by person, in the order of their offboardings; those without a seat are left out.
    pub people: Vec<OfPerson>,
}

impl Prices {
    fn of(&self, connector: &ConnectorId, seat: &str) -> Option<u64> {
        let seats = self.of.get(connector)?;
        seats.get(seat).or_else(|| seats.get("*")).copied()
    }
}

impl OfPerson {
    /// A month's price of those seats that have one, in hundredths.
    pub fn cents(&self) -> u64 {
        self.seats.iter().filter_map(|seat| seat.cents).sum()
    }
}

impl Reclaimed {
    /// A seat is free when the step that took it is verified, and no more when an undo has given it back.
    pub fn of<'a>(all: impl IntoIterator<Item = &'a Offboarding> + Clone, prices: &Prices) -> Self {
        let given_back: BTreeSet<StepRef> = all.clone().into_iter().flat_map(given_back).collect();
        let of_person = |it: &Offboarding| {
            let steps = (0_u16..).zip(it.plan.steps.iter().zip(&it.steps));
            let free = steps.filter(|(ord, (planned, step))| {
                let done = matches!(step.state, StepState::Done { .. }) && planned.gives_back.is_none();
                done && !given_back.contains(&it.id.step(*ord))
            });
            let seats = free.flat_map(|(_, (planned, step))| {
                let connector = &planned.action.connector;
                step.extra.seats.iter().map(move |name| Seat {
                    connector: connector.clone(),
                    name: name.clone(),
                    cents: prices.of(connector, name),
                })
            });
            let leaver = it.leaver();
            OfPerson {
                offboarding: it.id,
                name: leaver.name.clone(),
                email: leaver.email.clone(),
                seats: seats.collect(),
            }
        };
        let people = all.into_iter().map(of_person).filter(|it| !it.seats.is_empty()).collect();
        Self { currency: prices.currency.clone(), people }
    }

    /// A month's price of all seats that have one, in hundredths.
    pub fn cents(&self) -> u64 {
        self.people.iter().map(OfPerson::cents).sum()
    }

    /// How many seats, and how many of them without a price.
    pub fn seats(&self) -> (usize, usize) {
        let all = || self.people.iter().flat_map(|it| &it.seats);
        (all().count(), all().filter(|seat| seat.cents.is_none()).count())
    }
}

fn given_back(undo: &Offboarding) -> impl Iterator<Item = StepRef> {
    let steps = undo.plan.steps.iter().zip(&undo.steps);
    let done = steps.filter(|(_, step)| matches!(step.state, StepState::Done { .. }));
    done.filter_map(|(planned, _)| planned.gives_back.as_ref().map(|it| it.step))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sample::{offboarding, planned};
    use crate::model::step::{Extras, Proof, Step};
    use crate::model::{Account, GivesBack, PlannedStep, Timestamp};

    fn with(state: StepState, seats: &[&str]) -> Step {
        let seats = seats.iter().map(|&seat| seat.to_owned()).collect();
        Step { state, extra: Extras { seats, ..Extras::default() }.into(), ..Step::default() }
    }

    fn done(seats: &[&str]) -> Step {
        let proof = Proof::Verified { evidence: "none".into() };
        with(StepState::Done { at: Timestamp(1), proof }, seats)
    }

    #[test]
    fn a_seat_counts_when_it_is_verified_and_no_more_when_it_was_given_back() {
        let mut first = offboarding(1, vec![planned("zoom.free-licence"), planned("slack.deactivate"), planned("a.b")]);
        first.steps = vec![done(&["Pro", "Webinar"]), done(&["member"]), done(&[])];
        let mut waiting = offboarding(2, vec![planned("zoom.free-licence")]);
        waiting.steps = vec![with(StepState::Waiting, &["Pro"])];
        let zoom: BTreeMap<String, u64> = [("Pro".to_owned(), 1_333), ("*".to_owned(), 500)].into();
        let prices = Prices { currency: "EUR".to_owned(), of: [(ConnectorId::new("zoom").unwrap(), zoom)].into() };
        let reclaimed = Reclaimed::of(&[first.clone(), waiting.clone()], &prices);
        assert_eq!((reclaimed.people.len(), reclaimed.cents(), reclaimed.seats()), (1, 1_833, (3, 1)));

        let account = Account { id: "7".to_owned(), label: "alfa".to_owned(), matched_on: "id".to_owned() };
        let step = OffboardingId(1).step(0);
        let gives_back = GivesBack { step, account, before: serde_json::Value::Null, until: None };
        let back = PlannedStep { gives_back: Some(Box::new(gives_back)), ..planned("zoom.free-licence") };
        let mut undo = offboarding(3, vec![back]);
        let before = Reclaimed::of(&[first.clone(), undo.clone()], &prices);
        assert_eq!(before.seats(), (3, 1), "not given back yet");
        undo.steps = vec![done(&[])];
        assert_eq!(Reclaimed::of(&[first, undo], &prices).seats(), (1, 1));
    }
}
