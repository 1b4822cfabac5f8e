//! The tamper-evident log: C2SP tlog-tiles tree, signed checkpoints, proofs and verification.
