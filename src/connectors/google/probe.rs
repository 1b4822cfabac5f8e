//! Whether the service account can do what the actions need: which scopes nobody has delegated to it.

use super::client::Client;
use super::scope::{Scope, full};
use crate::connectors::http::Failure;
use crate::connectors::{Call, Probe};

impl Client {
    /// Asks for all scopes at once; where that is refused, for one after the other: Google does not say which it was.
    pub(super) async fn probed(&self, call: &Call) -> Result<Probe, Failure> {
        self.user(self.admin(), call).await?;
        let acts = Probe::up(format!("acts as {}", self.admin()));
        if self.has_all_scopes(call).await? {
            return Ok(acts);
        }
        let mut missing = Vec::new();
        for scope in Scope::ALL.iter().flat_map(|scope| scope.names()) {
            if !self.has_scope(scope, call).await? {
                missing.push(*scope);
            }
        }
        let message = format!(
            "{}; add to the service account's domain-wide delegation in the Admin console: {}",
            acts.message,
            full(&missing).join(",")
        );
        Ok(Probe { message, ..acts }.missing(missing))
    }
}
