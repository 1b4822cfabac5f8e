//! What somebody owns: counted, for people to hand over. Nothing finds a new owner by itself when a user is removed.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::client::{Client, Page};
use crate::connectors::Call;
use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, Request, What};
use crate::connectors::vendor::{Act, Given};
use crate::model::{Account, ActionSpec, Finding, Outcome, Stage, StepClass, Verdict};

/// Whatever has an owner and can be searched for it.
const OBJECTS: [&str; 4] = ["contacts", "companies", "deals", "tickets"];

/// One for the owners, then one an object.
pub(super) const SCOPES: [&str; 5] = [
    "crm.objects.owners.read",
    "crm.objects.contacts.read",
    "crm.objects.companies.read",
    "crm.objects.deals.read",
    "tickets",
];

/// A search gives no more results than these, so a total of as many may be more.
const SEARCH_CAP: u64 = 10_000;

struct ListOwned {
    client: Arc<Client>,
}

/// Who records belong to. Its id is not the user's, and outlives the user.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Owner {
    pub(super) id: String,
    #[serde(default)]
    user_id: Value,
    /// Also of a user who is deactivated or removed.
    #[serde(default)]
    user_id_including_inactive: Value,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        stage: Stage::Handover,
        class: StepClass::Pure,
        scopes: SCOPES.map(str::to_owned).to_vec(),
        ..given.spec("list-owned", "Counts the contacts, companies, deals and tickets that the person owns")
    };
    (spec, ListOwned { client: Arc::clone(client) })
}

impl Owner {
    /// Ids are numbers here and texts there.
    fn is_of(&self, user: &str) -> bool {
        let is = |id: &Value| id.as_str() == Some(user) || id.as_u64().is_some_and(|id| id.to_string() == user);
        is(&self.user_id) || is(&self.user_id_including_inactive)
    }
}

impl Client {
    /// The user's owners: usually one. A deactivated user's is among the archived alone.
    pub(super) async fn owners(&self, account: &Account, call: &Call) -> Result<Vec<Owner>, Failure> {
        let mut all = Vec::new();
        for archived in ["false", "true"] {
            let query = [("email", account.label.as_str()), ("archived", archived), ("limit", "100")];
            let request = Request::get(self.url(&["crm", "v3", "owners"])?).query(&query);
            let mut page: Page<Owner> = self.read(request, call).await?;
            if page.goes_on() {
                return Err(Failure::new(Kind::Read, What::Unknown, "more than 100 owners have one person's address"));
            }
            all.append(&mut page.results);
        }
        all.retain(|owner| owner.is_of(&account.id));
        Ok(all)
    }
}

impl ListOwned {
    async fn findings(&self, account: &Account, call: &Call) -> Result<Vec<Finding>, Failure> {
        let mut findings = Vec::new();
        for owner in self.client.owners(account, call).await? {
            for object in OBJECTS {
                let detail = match self.client.owned(object, &owner.id, call).await {
                    Ok(0) => continue,
                    Ok(count) if count >= SEARCH_CAP => format!("{count} or more need another owner"),
                    Ok(count) => format!("{count} need another owner"),
                    // One scope that is missing hides one kind of record, and not the others.
                    Err(failure) if failure.what == What::Denied => format!("not counted: {}", failure.reason),
                    Err(failure) => return Err(failure),
                };
                findings.push(Finding { what: object.to_owned(), id: format!("owner {}", owner.id), detail });
            }
        }
        Ok(findings)
    }
}

impl Act for ListOwned {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        Ok(Outcome::Listed { findings: self.findings(account, call).await? })
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        let findings = self.findings(account, call).await?;
        let told: Vec<String> = findings.iter().map(|it| format!("{}: {}", it.what, it.detail)).collect();
        Ok(match told.as_slice() {
            [] => Verdict::Dead { evidence: "owns no record".into() },
            told => Verdict::Alive { evidence: told.join("; ") },
        })
    }
}
