//! The console. Sees `ipc` and `model` only.
