//! The `nightlatch` binary: parses, sets up, hands over.

fn main() {}
