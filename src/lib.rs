//! Nightlatch closes the gap between "left the company" and "has no access": see `ARCHITECTURE.md` for the map.

pub mod alert;
pub mod cli;
pub mod config;
pub mod connectors;
pub mod daemon;
pub mod demo;
pub mod engine;
pub mod failpoint;
pub mod intake;
pub mod ipc;
pub mod ledger;
pub mod model;
pub mod paths;
pub mod plan;
pub mod sandbox;
pub mod store;
pub mod tui;
pub mod vault;
pub mod web;
