//! Pure types: leaver, plan, step, offboarding, event, ids, and the state machines over them. No I/O, no clock, no async.
