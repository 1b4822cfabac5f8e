//! The demo: sandbox, engine and leavers, conducted from one process.
