//! Whether the credentials can do what the actions need.

use std::sync::PoisonError;
use std::time::Duration;

use super::client::Client;
use super::scope::Scope;
use crate::connectors::call::boot_now;
use crate::connectors::http::{Failure, Request, What};
use crate::connectors::{Call, Probe};

/// That everything is granted is believed for so long: connections are warmed by probes, many at once.
const BELIEVED: Duration = Duration::from_secs(60);

impl Client {
    /// Reads a little of each thing. Refused is what the token's scopes, or its owner's admin role, do not reach.
    pub(super) async fn probed(&self, call: &Call) -> Result<Probe, Failure> {
        self.reads_users(call).await?;
        let reads = Probe::up("reads users");
        let seen = *self.complete.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.is_some_and(|seen| boot_now() < seen + BELIEVED) {
            return Ok(reads);
        }
        let mut missing: Vec<&str> = Vec::new();
        for scope in Scope::ALL {
            match self.reads(scope, call).await {
                Err(failure) if failure.what == What::Denied => missing.extend(scope.names()),
                other => other?,
            }
        }
        if missing.is_empty() {
            *self.complete.lock().unwrap_or_else(PoisonError::into_inner) = Some(boot_now());
            return Ok(reads);
        }
        let message = format!(
            "{}; grant the service application {}, or give the API token's owner an admin role that has them",
            reads.message,
            missing.join(", ")
        );
        Ok(Probe { message, ..reads }.missing(missing))
    }

    async fn reads(&self, scope: Scope, call: &Call) -> Result<(), Failure> {
        let path: &[&str] = match scope {
            Scope::Users => return self.reads_users(call).await,
            Scope::Groups => &["groups"],
            Scope::Apps => &["apps"],
            Scope::Roles => &["iam", "assignees", "users"],
            Scope::ApiTokens => &["api-tokens"],
        };
        let request = Request::get(self.api(path)?).query(&[("limit", "1")]);
        self.read::<serde_json::Value>(scope, request, call).await.map(drop)
    }
}
