//! Figures, and the table that they are printed in.

use std::time::Duration;

/// The value below which `percent` of them lie.
pub(crate) fn percentile(values: &[Duration], percent: usize) -> Duration {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    sorted[(sorted.len() * percent).div_ceil(100).clamp(1, sorted.len()) - 1]
}

pub(crate) fn heading(title: &str) {
    println!("\n| {title:<58} | nightlatch | the limit |  ratio |   goal |");
    println!("|{:-<60}|------------|-----------|--------|--------|", "");
}

/// Two measured numbers and their ratio; the goal is the ratio's.
pub(crate) fn ratio(figure: &str, ours: f64, limit: f64, goal: &str) {
    println!("| {figure:<58} | {ours:>10.2} | {limit:>9.2} | {:>6.2} | {goal:>6} |", ours / limit);
}

/// One measured number; the goal is its own.
pub(crate) fn alone(figure: &str, ours: f64, goal: &str) {
    println!("| {figure:<58} | {ours:>10.2} | {:>9} | {:>6} | {goal:>6} |", "", "");
}

pub(crate) fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}
