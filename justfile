# `just` lists the recipes. `just check test` is what CI runs, with a demo after it: see .ci/run.

_default:
    @just --list --unsorted

# What CI looks at before the tests, line by line
check:
    cargo fmt --all --check
    cargo clippy --all-targets --locked -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --document-private-items --locked

# All tests: with nextest where it is installed
test *args:
    @if cargo nextest --version >/dev/null 2>&1; then cargo nextest run --locked {{args}}; else cargo test --locked {{args}}; fi

# An engine, a sandbox and people who leave, on the screen
demo *args:
    cargo run --release --locked -- demo {{args}}

# A million schedules through the core's simulator, on all processors
torture-simulator schedules="1000000":
    NIGHTLATCH_SIM_SCHEDULES={{schedules}} cargo test --release --locked --test simulator every_invariant -- --nocapture

# The benchmarks of benches/; one of them, or a part: `cargo bench --bench killswitch -- single crowd`
bench *args:
    cargo bench --locked --bench killswitch --bench journal {{args}}

# What the console costs: paint, keys, bytes, memory, a storm of events, a slow line (NIGHTLATCH_CONSOLE_MINUTES)
bench-console *args:
    cargo bench --locked --bench console {{args}}

# Half an hour of terminations, approvals, faults and restarts: does anything grow? (NIGHTLATCH_SOAK_MINUTES)
soak:
    cargo bench --locked --bench soak

# The crash tests at length: SIGKILLs in rounds of 60 with a seed each (NIGHTLATCH_TORTURE_SEED is the first), power cuts
torture kills="1020" images="1500": torture-simulator
    NIGHTLATCH_TORTURE_KILLS={{kills}} cargo test --locked --test e2e kill:: -- --nocapture --test-threads=1
    NIGHTLATCH_POWERLOSS_IMAGES={{images}} cargo test --locked --test powerloss -- --nocapture --test-threads=1

# Draw the README's pictures afresh, from a running demo
screens:
    NIGHTLATCH_SCREENS={{justfile_directory()}}/assets cargo test --locked --test screens -- --nocapture

# Write README.md's tables of actions, keys and subcommands afresh, from the code
tables:
    NIGHTLATCH_TABLES=write cargo test --locked --test docs the_readme_lists -- --test-threads=1
