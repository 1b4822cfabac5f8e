//! The only module that knows SQL: one writer thread with group commit, read-only readers, numbered migrations.
