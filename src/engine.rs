//! Decides and runs: the pure core, the scheduler, the worker, recovery.
//!
//! [`core`] is a state machine without I/O, clock or randomness; everything else here is the thin shell that performs
//! its effects. Intents are on disk before their calls go out: see [`shell`].

pub mod clock;
pub mod command;
pub mod core;
pub mod handle;
mod lookout;
pub mod scheduler;
pub mod shell;
pub mod worker;

pub use command::{Command, Target};
pub use handle::{EngineError, Handle, Parked, Snapshot, Taken};
pub use shell::{Parts, Planner, Running, start};
