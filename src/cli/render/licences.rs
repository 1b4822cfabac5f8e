//! Seats that became free.

use std::fmt::Write as _;

use super::Look;
use crate::cli::text::Table;
use crate::model::Reclaimed;

pub(in crate::cli) fn licences(reclaimed: &Reclaimed, look: Look) -> String {
    if reclaimed.people.is_empty() {
        return "No seat has become free yet.\n".to_owned();
    }
    let mut table = Table::new(&["OB", "NAME", "SYSTEM", "~SEAT", ">A MONTH"]);
    for person in &reclaimed.people {
        for seat in &person.seats {
            let price = seat.cents.map_or_else(|| "-".to_owned(), money);
            let id = person.offboarding.to_string();
            table.row([&id, &person.name, seat.connector.as_str(), &seat.name, &price]);
        }
    }
    let mut lines = look.table(&table);
    let (seats, unpriced) = reclaimed.seats();
    let currency = &reclaimed.currency;
    let _ = write!(lines, "\n{seats} seats of {} people", reclaimed.people.len());
    if !currency.is_empty() {
        let _ = write!(lines, ": {} {currency} a month", money(reclaimed.cents()));
    }
    lines.push('\n');
    if unpriced > 0 {
        let _ = writeln!(lines, "{unpriced} of them have no price: write it into [licences] of the configuration");
    }
    lines
}

/// Hundredths with their point.
fn money(cents: u64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}
