//! The intake on real sockets, before an engine that remembers what it took.

mod engine;
mod hr;
mod limits;
mod reading;
mod sender;
mod taking;
