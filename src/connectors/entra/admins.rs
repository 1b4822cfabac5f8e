//! Who else could repair the tenant.

use serde::Deserialize;

use super::Entra;
use crate::connectors::Call;
use crate::connectors::http::{Failure, Request, What};
use crate::connectors::msgraph::{User, type_name};

/// The template of the role Global Administrator, the same in every tenant.
const GLOBAL_ADMINISTRATOR: &str = "62e90394-69f5-4237-9190-012177145e10";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Member {
    id: String,
    #[serde(default, rename = "@odata.type")]
    kind: String,
    account_enabled: Option<bool>,
}

impl Entra {
    /// Whether this user is a Global Administrator and no other enabled user is one, directly or by a group.
    pub(super) async fn is_last_admin(&self, user: &User, call: &Call) -> Result<bool, Failure> {
        let role = format!("roleTemplateId={GLOBAL_ADMINISTRATOR}");
        let members = self.members(&["directoryRoles", &role, "members"], call).await?;
        let mut admins = Vec::new();
        for member in members {
            if type_name(&member.kind) == "group" {
                admins.append(&mut self.members(&["groups", &member.id, "transitiveMembers"], call).await?);
            } else {
                admins.push(member);
            }
        }
        let is_admin = admins.iter().any(|admin| admin.id == user.id);
        let other = |admin: &Member| {
            admin.id != user.id && type_name(&admin.kind) == "user" && admin.account_enabled == Some(true)
        };
        Ok(is_admin && !admins.iter().any(other))
    }

    /// A role that nobody ever had is not there.
    async fn members(&self, path: &[&str], call: &Call) -> Result<Vec<Member>, Failure> {
        let request = Request::get(self.graph.v1(path)?).query(&[("$select", "id,accountEnabled")]);
        match self.graph.list(request, call).await {
            Err(failure) if failure.what == What::Gone => Ok(Vec::new()),
            other => other,
        }
    }
}
