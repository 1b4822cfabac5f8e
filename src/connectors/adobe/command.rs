//! Commands: who, and the steps to take for them, in their order.

use reqwest::Method;
use serde_json::{Value, json};

use super::client::Client;
use super::said;
use crate::connectors::Call;
use crate::connectors::http::{Failure, Request};
use crate::connectors::vendor::kept;

/// Groups in one command, and commands in one request, at most.
const AT_ONCE: usize = 10;

/// One command: `named` says who (`user`, and `domain` or `useAdobeID` if need be).
pub(super) fn command(named: &Value, steps: &[Value], call: &Call) -> Value {
    let mut command = named.clone();
    command["requestID"] = json!(call.idempotency_key);
    command["do"] = json!(steps);
    command
}

/// Takes all groups, product profiles and admin roles away.
pub(super) fn remove_all() -> Value {
    json!({ "remove": "all" })
}

/// Removes the person: the last step, always. Whether the account goes too is said, never defaulted.
pub(super) fn remove_from_org(delete_account: bool) -> Value {
    json!({ "removeFromOrg": { "deleteAccount": delete_account } })
}

impl Client {
    /// Sends commands that may be repeated.
    pub(super) async fn act(&self, commands: &[Value], call: &Call) -> Result<(), Failure> {
        self.command(Request::act(Method::POST, self.action()?), commands, false, call).await
    }

    /// Sends one command that must not happen twice.
    pub(super) async fn act_once(&self, command: Value, call: &Call) -> Result<(), Failure> {
        self.command(Request::act(Method::POST, self.action()?).fresh(), &[command], false, call).await
    }

    /// A removal in test mode, of an address that nobody has (RFC 2606): the one read that shows that acts would pass.
    pub(super) async fn rehearse(&self, call: &Call) -> Result<(), Failure> {
        let nobody = json!({ "user": "probe@nightlatch.invalid" });
        let request = Request::ask(self.action()?).query(&[("testOnly", "true")]);
        let rehearsal = command(&nobody, &[remove_from_org(false)], call);
        match self.command(request, &[rehearsal], true, call).await {
            // That the domain is not ours shows as well that the command was understood and we may send it.
            Err(failure) if failure.code.starts_with("error.user.") || failure.code.starts_with("error.domain.") => {
                Ok(())
            }
            other => other,
        }
    }

    /// Gives these groups back, after `first`, a step that must come before.
    pub(super) async fn add(
        &self,
        named: &Value,
        first: Option<Value>,
        groups: &[&str],
        call: &Call,
    ) -> Result<(), Failure> {
        let (head, rest) = groups.split_at(groups.len().min(AT_ONCE));
        let steps: Vec<Value> = first.into_iter().chain(added(head)).collect();
        if !steps.is_empty() {
            self.act(&[command(named, &steps, call)], call).await?;
        }
        // The order of commands in one request is not promised, so what has to come after goes after.
        let rest: Vec<Value> = rest
            .chunks(AT_ONCE)
            .map(|groups| command(named, &added(groups).into_iter().collect::<Vec<_>>(), call))
            .collect();
        for commands in rest.chunks(AT_ONCE) {
            self.act(commands, call).await?;
        }
        Ok(())
    }

    fn action(&self) -> Result<reqwest::Url, Failure> {
        self.config.base_url.at(&["action", &self.config.org_id])
    }

    async fn command(&self, request: Request, commands: &[Value], test_mode: bool, call: &Call) -> Result<(), Failure> {
        let answer = self.send(request.json(json!(commands)), call).await?;
        said::commands(&answer, commands.len(), test_mode)
    }
}

fn added(groups: &[&str]) -> Option<Value> {
    (!groups.is_empty()).then(|| json!({ "add": { "group": groups } }))
}

/// The groups of a before-image that may be given back: admin roles are not among them.
pub(super) fn groups(before: &Value) -> Vec<&str> {
    let listed = kept(before, "groups").iter();
    listed.filter_map(Value::as_str).filter(|group| !group.starts_with('_')).collect()
}
