//! Microsoft Entra ID, Microsoft 365 and Teams, over Microsoft Graph v1.0.
//!
//! Users that Active Directory is the master of are disabled there. What a user holds by a group is given back with the
//! group, never by itself. A group's member is removed by its reference (`/$ref`): without it, Graph deletes the user.

mod admins;
mod app_roles;
mod consents;
mod delete;
mod disable;
mod entra_user;
mod groups;
mod leftovers;
mod licences;
mod methods;
mod password;
mod sessions;
mod teams;

use std::sync::Arc;

pub use super::msgraph::Config;

use super::failure::Failure;
use super::http::Request;
use super::msgraph::Graph;
use super::vendor::{Connected, Given, Vendor};
use super::{BuildError, Call, Connector, Limits, Located, Probe};
use crate::model::Leaver;

/// The name of this kind in a section's `type`.
pub const KIND: &str = "entra";

/// The application permissions that the actions need: one of each row, the least first. What a deletion needs is not
/// among them, for it runs only if a rule says so.
const NEEDED: [&[&str]; 13] = [
    &["User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"],
    &["User.EnableDisableAccount.All", "User.ReadWrite.All", "Directory.ReadWrite.All"],
    &["User.RevokeSessions.All", "User.ReadWrite.All", "Directory.ReadWrite.All"],
    &["User-PasswordProfile.ReadWrite.All", "User.ReadWrite.All", "Directory.ReadWrite.All"],
    &[
        "RoleManagement.Read.Directory",
        "RoleManagement.ReadWrite.Directory",
        "Directory.Read.All",
        "Directory.ReadWrite.All",
    ],
    &["UserAuthenticationMethod.ReadWrite.All"],
    &["DelegatedPermissionGrant.ReadWrite.All", "Directory.ReadWrite.All"],
    &["AppRoleAssignment.ReadWrite.All"],
    &["LicenseAssignment.ReadWrite.All", "User.ReadWrite.All", "Directory.ReadWrite.All"],
    &["GroupMember.ReadWrite.All", "Group.ReadWrite.All", "Directory.ReadWrite.All"],
    &["Team.ReadBasic.All", "TeamSettings.Read.All", "TeamSettings.ReadWrite.All", "Directory.ReadWrite.All"],
    &["TeamMember.ReadWrite.All"],
    &["MailboxSettings.Read", "MailboxSettings.ReadWrite"],
];

/// What all actions share.
struct Entra {
    graph: Graph,
}

/// Makes the connector. Fetches no secret and sends nothing.
pub fn build(given: &Given, config: Config) -> Result<Box<dyn Connector>, BuildError> {
    // Writes: 3,000 in 150 s for each application and tenant (concepts/throttling-limits); half is left to others.
    let limits = Limits { max_in_flight: 16, per_second: Some(10.0) };
    let entra = Arc::new(Entra { graph: Graph::new(given, config)? });
    Ok(Connected::new(given, KIND, limits, Arc::clone(&entra))?
        .with(disable::action(given, &entra))
        .with(sessions::action(given, &entra))
        .with(password::action(given, &entra))
        .with(methods::action(given, &entra))
        .with(consents::action(given, &entra))
        .with(app_roles::action(given, &entra))
        .with(leftovers::inherited(given, &entra))
        .with(leftovers::owned(given, &entra))
        .with(leftovers::forwarding(given, &entra))
        .with(teams::action(given, &entra))
        .with(groups::action(given, &entra))
        .with(licences::action(given, &entra))
        .with(delete::action(given, &entra))
        .boxed())
}

impl Vendor for Entra {
    async fn locate(&self, leaver: &Leaver, known: Option<&str>, call: &Call) -> Result<Located, Failure> {
        self.graph.search(leaver, known, call).await
    }

    async fn probe(&self, call: &Call) -> Result<Probe, Failure> {
        let users = Request::get(self.graph.v1(&["users"])?).query(&[("$select", "id"), ("$top", "1")]);
        self.graph.probe(users, &NEEDED, call).await
    }

    // It acts as an application's service principal, which is no user: nobody to be spared.
}
