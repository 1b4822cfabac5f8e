//! Pure types: leaver, plan, step, offboarding, event, ids, and the state machines over them.
//!
//! No I/O, no clock, no randomness, no async. The engine and the console fold the same [`Event`]s with the same
//! [`Fleet::apply`], so that what the operator sees is what the engine decided on.

pub mod action;
pub mod actor;
pub mod before;
pub mod consent;
pub mod doubt;
pub mod dry_run;
pub mod event;
pub mod fleet;
pub mod health;
pub mod hold_up;
pub mod ids;
pub mod instant;
pub mod leaver;
pub mod legal_hold;
pub mod missing;
pub mod note;
pub mod offboarding;
pub mod outcome;
pub mod plan;
pub mod preview;
pub mod reclaimed;
pub mod restoration;
pub mod revocation;
pub mod role;
#[cfg(test)]
pub(crate) mod sample;
pub mod search;
pub mod shared;
pub mod step;
pub mod time;

pub use action::{ActionSpec, Danger, Fact, Residual, Stage, StepClass};
pub use actor::Actor;
pub use before::Before;
pub use consent::{Consent, Inquiry};
pub use doubt::Doubts;
pub use dry_run::{DryRun, Foreseen, Would};
pub use event::{AlertKind, Envelope, Event};
pub use fleet::Fleet;
pub use hold_up::HoldUp;
pub use ids::{ActionId, ConnectorId, OffboardingId, StepRef};
pub use leaver::{EmploymentKind, HrNotice, Leaver, NoticeKey, NoticeKind, Parked};
pub use legal_hold::{HoldChange, LegalHold};
pub use missing::{Earlier, Missing, MissingPerson};
pub use note::Note;
pub use offboarding::{Counts, Offboarding, Phase};
pub use outcome::{Account, Exchange, Finding, Outcome, Verdict};
pub use plan::{ApprovalPolicy, GivesBack, LeftOut, Plan, PlannedStep, RetryPolicy, Until, Wait};
pub use preview::{Change, Departure, Draft, Preview, Previewed, Underway, Whom};
pub use reclaimed::Reclaimed;
pub use restoration::{Lost, Restoration};
pub use revocation::Revocation;
pub use role::Role;
pub use search::Search;
pub use step::{Approval, Proof, Step, StepState};
pub use time::Timestamp;
