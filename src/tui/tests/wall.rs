//! The wall: what its keys do, and what it costs.
