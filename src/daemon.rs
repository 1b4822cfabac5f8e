//! The engine's process: socket server, lifecycle, signals, wiring.
