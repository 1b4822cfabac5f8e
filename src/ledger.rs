//! The tamper-evident log: a C2SP tlog-tiles log (RFC 6962 tree, signed-note Ed25519 checkpoints) whose leaves are the
//! journal's events. Knows [`crate::model`] alone: no SQL, no async, no network. Files: the signing key and the anchor.
//!
//! A leaf holds no name, e-mail or login: the person and the payload are in it as hashes keyed with a salt that is kept
//! beside the payload. Erasing salt and payload leaves a leaf that says nothing about anybody, and a tree that verifies.

pub mod anchor;
pub mod audit;
pub mod checkpoint;
pub mod leaf;
pub mod proof;
pub mod signer;
pub mod tiles;
pub mod tree;

pub use anchor::{Anchor, AnchorError, Rollback};
pub use audit::{Auditor, Problem, Report, Row};
pub use checkpoint::{Checkpoint, CheckpointError, Verifier};
pub use leaf::{Head, Keyed, Salt, leaf};
pub use signer::{KeyError, Signer};
pub use tiles::{Tiles, TooLong};
pub use tree::{Hash, Tree};
