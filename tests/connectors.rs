//! The connectors on real sockets: against the sandbox's stateful vendors, and against a stub for what no vendor should do.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that fails says where")]

#[path = "connectors/active_directory.rs"]
mod active_directory;
#[path = "connectors/adobe.rs"]
mod adobe;
#[path = "connectors/atlassian.rs"]
mod atlassian;
#[path = "connectors/aws.rs"]
mod aws;
#[path = "connectors/bad_input.rs"]
mod bad_input;
#[path = "connectors/bench.rs"]
mod bench;
#[path = "connectors/conformance.rs"]
mod conformance;
#[path = "connectors/controller.rs"]
mod controller;
#[path = "connectors/desk.rs"]
mod desk;
#[path = "connectors/entra.rs"]
mod entra;
#[path = "connectors/github.rs"]
mod github;
#[path = "connectors/gitlab.rs"]
mod gitlab;
#[path = "connectors/google.rs"]
mod google;
#[path = "connectors/google_admin.rs"]
mod google_admin;
#[path = "connectors/google_devices.rs"]
mod google_devices;
#[path = "connectors/google_leaver.rs"]
mod google_leaver;
#[path = "connectors/google_scopes.rs"]
mod google_scopes;
#[path = "connectors/hubspot.rs"]
mod hubspot;
#[path = "connectors/intune.rs"]
mod intune;
#[path = "connectors/jamf.rs"]
mod jamf;
#[path = "connectors/okta.rs"]
mod okta;
#[path = "connectors/okta_access.rs"]
mod okta_access;
#[path = "connectors/okta_downstream.rs"]
mod okta_downstream;
#[path = "connectors/okta_scopes.rs"]
mod okta_scopes;
#[path = "connectors/readme.rs"]
mod readme;
#[path = "connectors/salesforce.rs"]
mod salesforce;
#[path = "connectors/salesforce_blockers.rs"]
mod salesforce_blockers;
#[path = "connectors/scim.rs"]
mod scim;
#[path = "connectors/slack.rs"]
mod slack;
#[path = "connectors/stub.rs"]
mod stub;
#[path = "connectors/tls.rs"]
mod tls;
#[path = "connectors/tools.rs"]
mod tools;
#[path = "connectors/wire.rs"]
mod wire;
#[path = "connectors/zoom.rs"]
mod zoom;
