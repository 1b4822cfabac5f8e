//! The connectors' screen: what its keys ask, and what it shows of each state.
