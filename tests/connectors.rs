//! The connectors on real sockets: against the sandbox's stateful vendors, and against a stub for what no vendor should do.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that fails says where")]

#[path = "connectors/adobe.rs"]
mod adobe;
#[path = "connectors/atlassian.rs"]
mod atlassian;
#[path = "connectors/bench.rs"]
mod bench;
#[path = "connectors/conformance.rs"]
mod conformance;
#[path = "connectors/desk.rs"]
mod desk;
#[path = "connectors/github.rs"]
mod github;
#[path = "connectors/google.rs"]
mod google;
#[path = "connectors/jamf.rs"]
mod jamf;
#[path = "connectors/hubspot.rs"]
mod hubspot;
#[path = "connectors/okta.rs"]
mod okta;
#[path = "connectors/readme.rs"]
mod readme;
#[path = "connectors/salesforce.rs"]
mod salesforce;
#[path = "connectors/slack.rs"]
mod slack;
#[path = "connectors/stub.rs"]
mod stub;
#[path = "connectors/wire.rs"]
mod wire;
#[path = "connectors/zoom.rs"]
mod zoom;
