//! The command line. Sees `ipc` and `model` only.
