//! The last super admin stays: without one, nobody could ever appoint another.

use super::client::Client;
use super::config::Api;
use super::scope::Scope;
use super::user::User;
use crate::connectors::Call;
use crate::connectors::http::{Failure, Request};

/// An error if this user is the only super admin who can sign in. Google is asked only about super admins.
pub(super) async fn spare(client: &Client, user: &User, call: &Call) -> Result<(), Failure> {
    if !user.is_admin {
        return Ok(());
    }
    let request = Request::get(client.at(Api::Directory, &["users"])?).query(&[
        ("customer", "my_customer"),
        ("query", "isAdmin=true"),
        ("maxResults", "500"),
    ]);
    let admins = client.with(Scope::Users).pages(&request, "users", call).await?;
    // What does not read as a user counts as none.
    let others = admins.into_iter().filter_map(|it| serde_json::from_value::<User>(it).ok());
    if others.into_iter().any(|it| it.id != user.id && it.is_admin && it.suspension().is_none()) {
        return Ok(());
    }
    let reason = format!(
        "{} is the last super admin who can sign in: make somebody else one first, then retry the step",
        user.primary_email
    );
    Err(Failure::needs_human(reason))
}
