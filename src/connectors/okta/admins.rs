//! Admin roles as Okta lists them, and the last super admin, who stays: nobody could ever appoint another.

use serde_json::Value;

use super::client::Client;
use super::scope::Scope;
use crate::connectors::Call;
use crate::connectors::http::{Failure, Request};
use crate::connectors::vendor::text;
use crate::model::Account;

/// All roles of a user, those by a group too.
pub(super) async fn roles(client: &Client, id: &str, call: &Call) -> Result<Vec<Value>, Failure> {
    client.list(Scope::Roles, &Request::get(client.url(id, &["roles"])?), call).await
}

pub(super) fn is_super(roles: &[Value]) -> bool {
    roles.iter().any(|role| text(role, "type") == "SUPER_ADMIN")
}

/// An error if this user, who has these roles, is the only super admin who can sign in.
pub(super) async fn spare(client: &Client, account: &Account, own: &[Value], call: &Call) -> Result<(), Failure> {
    if !is_super(own) {
        return Ok(());
    }
    let request = Request::get(client.api(&["iam", "assignees", "users"])?).query(&[("limit", "100")]);
    for admin in client.list(Scope::Roles, &request, call).await? {
        let id = text(&admin, "id");
        if id == account.id || !is_super(&roles(client, id, call).await?) {
            continue;
        }
        if client.found(id, call).await?.is_some_and(|user| !user.shut()) {
            return Ok(());
        }
    }
    let reason = format!(
        "{} is the last super admin who can sign in: make somebody else one first, then retry the step",
        account.label
    );
    Err(Failure::needs_human(reason))
}
