//! What stands in the way of a deactivation. Salesforce names one reason at a time; here all are looked up at once.

use std::sync::Arc;

use futures_util::future::try_join_all;
use serde::Deserialize;
use serde_json::Value;

use super::client::Client;
use super::soql::quoted;
use crate::connectors::Call;
use crate::connectors::http::{Failure, Request, What};
use crate::connectors::vendor::{Act, Given};
use crate::model::{Account, ActionSpec, Finding, Outcome, Stage, StepClass, Verdict};

/// Records that must not be left with somebody who is gone: object, which of them, and what is said of those.
const OWNED: [(&str, &str, &str); 4] = [
    ("Lead", " AND IsConverted = false", "not converted"),
    ("Opportunity", " AND IsClosed = false", "not closed"),
    ("Case", " AND IsClosed = false", "not closed"),
    ("Account", "", "in all"),
];

/// Settings that block as well and that no query shows; those for cases stand in the Metadata API alone, in SOAP.
pub(super) const UNREADABLE: &str = "default lead owner (Lead Settings), default lead creator (Web-to-Lead), default case \
     owner and automated case user (Support Settings), default workflow user (Process Automation Settings), assignment, \
     escalation and auto-response rules, also inactive ones, approvers of approval processes, and recipients of e-mail \
     alerts";

struct ListBlockers {
    client: Arc<Client>,
}

#[derive(Deserialize)]
struct Described {
    fields: Vec<Field>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Field {
    name: String,
    custom: bool,
    #[serde(default)]
    reference_to: Vec<String>,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        stage: Stage::Handover,
        class: StepClass::Pure,
        scopes: vec!["ViewSetup".into()],
        ..given.spec("list-blockers", "Lists what has to be handed over before the user can be deactivated")
    };
    (spec, ListBlockers { client: Arc::clone(client) })
}

impl Client {
    /// All that queries show.
    pub(super) async fn blockers(&self, account: &Account, call: &Call) -> Result<Vec<Finding>, Failure> {
        let owned = try_join_all(OWNED.map(|(object, which, said)| self.owned(account, object, which, said, call)));
        let named = async {
            let mut found = self.queues(account, call).await?;
            found.extend(self.approvals(account, call).await?);
            found.extend(self.delegations(account, call).await?);
            found.extend(self.hierarchies(account, call).await?);
            Ok(found)
        };
        let (owned, named): (Vec<Vec<Finding>>, Vec<Finding>) = tokio::try_join!(owned, named)?;
        Ok(owned.into_iter().flatten().chain(named).collect())
    }

    async fn owned(
        &self,
        account: &Account,
        object: &str,
        which: &str,
        said: &str,
        call: &Call,
    ) -> Result<Vec<Finding>, Failure> {
        let soql = format!("SELECT COUNT() FROM {object} WHERE OwnerId = {}{which}", quoted(&account.id));
        let count = match self.count(&soql, call).await {
            // Not every edition has every object.
            Err(failure) if failure.code == "INVALID_TYPE" => 0,
            other => other?,
        };
        let finding = Finding {
            what: "owned records".into(),
            id: object.into(),
            detail: format!("{count} {said}: give them another owner"),
        };
        Ok((count > 0).then_some(finding).into_iter().collect())
    }

    async fn queues(&self, account: &Account, call: &Call) -> Result<Vec<Finding>, Failure> {
        let soql = format!(
            "SELECT GroupId, Group.Name FROM GroupMember WHERE UserOrGroupId = {} AND Group.Type = 'Queue'",
            quoted(&account.id)
        );
        Ok(listed("queue", "GroupId", "/Group/Name", &self.query(&soql, call).await?))
    }

    async fn approvals(&self, account: &Account, call: &Call) -> Result<Vec<Finding>, Failure> {
        let soql = format!(
            "SELECT Id, ProcessInstance.TargetObject.Name FROM ProcessInstanceWorkitem WHERE ActorId = {}",
            quoted(&account.id)
        );
        let rows = self.query(&soql, call).await?;
        Ok(listed("approval that waits for this person", "Id", "/ProcessInstance/TargetObject/Name", &rows))
    }

    async fn delegations(&self, account: &Account, call: &Call) -> Result<Vec<Finding>, Failure> {
        let soql = format!(
            "SELECT Id, Username FROM User WHERE DelegatedApproverId = {} AND IsActive = true",
            quoted(&account.id)
        );
        Ok(listed("user whose delegated approver this is", "Id", "/Username", &self.query(&soql, call).await?))
    }

    /// Custom hierarchy fields: the only custom fields of `User` that point at a `User`.
    async fn hierarchies(&self, account: &Account, call: &Call) -> Result<Vec<Finding>, Failure> {
        let url = self.url(&["sobjects", "User", "describe"], call).await?;
        let described: Described = self.read(Request::get(url), call).await?;
        let mut found = Vec::new();
        for field in described.fields {
            if !field.custom || !field.reference_to.iter().any(|object| object == "User") {
                continue;
            }
            let name = field.name;
            let soql = format!("SELECT COUNT() FROM User WHERE {name} = {}", quoted(&account.id));
            let count = match self.count(&soql, call).await {
                // A field that cannot be filtered by, or is hidden from us.
                Err(failure) if matches!(failure.what, What::Rejected | What::Denied) => continue,
                other => other?,
            };
            if count > 0 {
                let detail = format!("{count} users name this person in it");
                found.push(Finding { what: "hierarchy field".into(), id: name, detail });
            }
        }
        Ok(found)
    }
}

fn listed(what: &str, id: &str, name: &str, rows: &[Value]) -> Vec<Finding> {
    let text = |row: &Value, pointer: &str| row.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    rows.iter()
        .map(|row| Finding { what: what.into(), id: text(row, &format!("/{id}")), detail: text(row, name) })
        .collect()
}

/// All of them in words.
pub(super) fn told(blockers: &[Finding]) -> String {
    let one = |it: &Finding| format!("{} {} ({})", it.what, it.id, it.detail);
    blockers.iter().map(one).collect::<Vec<_>>().join("; ")
}

impl Act for ListBlockers {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let mut findings = self.client.blockers(account, call).await?;
        findings.push(Finding {
            what: "settings that no query shows".into(),
            id: "Setup".into(),
            detail: UNREADABLE.into(),
        });
        Ok(Outcome::Listed { findings })
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        Ok(match self.client.blockers(account, call).await?.as_slice() {
            [] => Verdict::Dead { evidence: "no blocker that a query shows".into() },
            blockers => Verdict::Alive { evidence: told(blockers) },
        })
    }
}
