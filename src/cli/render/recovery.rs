//! What an engine that was stopped, or a system that was out, has left open: what nobody knows, until when, and why;
//! and what was concluded.

use std::fmt::Write as _;

use super::second;
use crate::cli::text::{clean, span};
use crate::ipc::Summary;
use crate::model::{Doubts, HoldUp, Offboarding, Timestamp};

/// Of everybody on a list, in a line each; nothing if all is known and nothing waits.
pub(super) fn of_all(summaries: &[Summary], now: Timestamp) -> String {
    let doubts = summaries.iter().fold(Doubts::default(), |all, it| all.and(it.doubts));
    let mut held_up: Vec<HoldUp> = Vec::new();
    for one in summaries.iter().flat_map(|it| &it.held_up) {
        match held_up.iter_mut().find(|it| it.connector == one.connector) {
            Some(it) => {
                it.steps += one.steps;
                it.since = it.since.min(one.since);
            }
            None => held_up.push(one.clone()),
        }
    }
    lines(doubts, &held_up, now)
}

/// Of one offboarding.
pub(super) fn of_one(it: &Offboarding, now: Timestamp) -> String {
    lines(Doubts::of(it, now), &HoldUp::of(it), now)
}

fn lines(doubts: Doubts, held_up: &[HoldUp], now: Timestamp) -> String {
    let mut lines = String::new();
    if let Some(until) = doubts.until {
        let waiting = if doubts.waiting == 1 {
            "1 step waits out its quarantine".to_owned()
        } else {
            format!("{} steps wait out their quarantine", doubts.waiting)
        };
        let left = span(until.ms_since(now));
        let _ = writeln!(lines, "{waiting} until {} ({left} more)", second(until));
    }
    if doubts.reading > 0 {
        let reading =
            if doubts.reading == 1 { "1 step is".to_owned() } else { format!("{} steps are", doubts.reading) };
        let _ = writeln!(lines, "{reading} past quarantine, and being read back");
    }
    for it in held_up {
        let waiting = if it.steps == 1 { "1 step is".to_owned() } else { format!("{} steps are", it.steps) };
        let (since, reason) = (second(it.since), clean(&it.reason));
        let _ = writeln!(lines, "{waiting} held up by {} since {since}, until it answers: {reason}", it.connector);
    }
    lines
}

/// Every step's last doubt, lasting or ended.
pub(super) fn doubts(it: &Offboarding, now: Timestamp) -> String {
    let mut lines = String::new();
    for (ord, step) in (0_u16..).zip(&it.steps) {
        let Some(doubt) = &step.extra.doubt else { continue };
        let _ =
            writeln!(lines, "\n{} in doubt from {}: {}", it.id.step(ord), second(doubt.since), clean(&doubt.reason));
        let told = match &doubt.ended {
            Some(end) => format!("{}: {}", second(end.at), end.conclusion.words()),
            None if doubt.until > now => {
                let left = span(doubt.until.ms_since(now));
                format!("waits until {} ({left} more): the lost call may act until then", second(doubt.until))
            }
            None => "its quarantine is over: it is being read back".to_owned(),
        };
        let _ = writeln!(lines, "  {}", clean(&told));
    }
    lines
}
