//! Where Nightlatch keeps its state, its socket and its configuration.
