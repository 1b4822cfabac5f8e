//! The connectors against real servers, on loopback. A test whose server this machine does not have says `skipped: needs
//! …` and passes; `.ci/run` installs what they need.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that fails says where")]
#![expect(clippy::print_stdout, reason = "why a test was skipped is for who reads the run")]

#[path = "servers/active_directory.rs"]
mod active_directory;
#[path = "servers/aws.rs"]
mod aws;
#[allow(dead_code, reason = "the connectors' own tests use the rest of it")]
#[path = "connectors/bench.rs"]
mod bench;
#[path = "servers/host.rs"]
mod host;
#[path = "servers/samba.rs"]
mod samba;
#[path = "servers/scim.rs"]
mod scim;
