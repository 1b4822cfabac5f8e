//! Points that a test may end the process at, as a power cut does.
//!
//! `FAILPOINTS=after-call=2*off->return` in the environment ends it when it comes to that point for the third time. Only
//! builds of tests and benchmarks have these points: they alone turn on the feature `failpoints` of the crate `fail`.

use rustix::process::{Signal, getpid, kill_process};

/// The process has come to `point`, or to so many of them at once.
#[allow(unused_variables, reason = "without its feature, fail's macro is nothing")]
pub fn reached(point: &str, times: usize) {
    for _ in 0..times {
        fail::fail_point!(point, |_| end());
    }
}

/// SIGKILL: nothing is flushed, nothing is closed, nobody gets a last word.
pub fn end() -> ! {
    let _ = kill_process(getpid(), Signal::KILL);
    loop {
        std::thread::park();
    }
}
