//! References to secrets, resolved late and never printed.
