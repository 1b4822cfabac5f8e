//! Decides and runs: the pure core, the scheduler, the worker, recovery.
