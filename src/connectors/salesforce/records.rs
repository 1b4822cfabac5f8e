//! What queries show of a person: records owned, queues, approvals that wait, users that name this one.

use futures_util::future::try_join_all;
use serde::Deserialize;
use serde_json::Value;

use super::blockers::Found;
use super::client::Client;
use super::soql::quoted;
use super::user::User;
use crate::connectors::Call;
use crate::connectors::http::{Failure, Request, What};

/// Records that must not be left with somebody who is gone: object, which of them, and what is said of those.
const OWNED: [(&str, &str, &str); 4] = [
    ("Lead", " AND IsConverted = false", "not converted"),
    ("Opportunity", " AND IsClosed = false", "not closed"),
    ("Case", " AND IsClosed = false", "not closed"),
    ("Account", "", "in all"),
];

/// `sobjects/User/describe`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Described {
    fields: Vec<Field>,
    /// Fields of other objects that point at a user.
    #[serde(default)]
    child_relationships: Vec<Child>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Field {
    name: String,
    custom: bool,
    #[serde(default)]
    reference_to: Vec<String>,
}

#[derive(Deserialize)]
struct Child {
    #[serde(rename = "childSObject")]
    object: String,
    field: String,
}

impl Child {
    /// `AccountParticipant` and its like: Compliant Data Sharing.
    fn is_participant(&self) -> bool {
        self.object.ends_with("Participant") && self.field == "ParticipantId" || self.object == "ParticipantGroupMember"
    }
}

impl Client {
    pub(super) async fn records(&self, user: &User, call: &Call) -> Result<Found, Failure> {
        let owned = try_join_all(OWNED.map(|(object, which, said)| self.owned(user, object, which, said, call)));
        let named = async {
            let mut found = self.queues(user, call).await?;
            found.join(self.approvals(user, call).await?);
            found.join(self.delegations(user, call).await?);
            found.join(self.references(user, call).await?);
            Ok(found)
        };
        let (owned, named) = tokio::try_join!(owned, named)?;
        let mut found = Found::default();
        owned.into_iter().chain([named]).for_each(|more| found.join(more));
        Ok(found)
    }

    async fn owned(&self, user: &User, object: &str, which: &str, said: &str, call: &Call) -> Result<Found, Failure> {
        let soql = format!("SELECT COUNT() FROM {object} WHERE OwnerId = {}{which}", quoted(&user.id));
        let count = match self.count(&soql, call).await {
            // Not every edition has every object.
            Err(failure) if failure.code == "INVALID_TYPE" => 0,
            other => other?,
        };
        let mut found = Found::default();
        if count > 0 {
            found.block("owned records", object, format!("{count} {said}: give them another owner"));
        }
        Ok(found)
    }

    async fn queues(&self, user: &User, call: &Call) -> Result<Found, Failure> {
        let soql = format!(
            "SELECT GroupId, Group.Name FROM GroupMember WHERE UserOrGroupId = {} AND Group.Type = 'Queue'",
            quoted(&user.id)
        );
        let cure = "take this user out in Setup > Users > Queues";
        Ok(listed("queue", "GroupId", "/Group/Name", cure, &self.query(&soql, call).await?))
    }

    async fn approvals(&self, user: &User, call: &Call) -> Result<Found, Failure> {
        let soql = format!(
            "SELECT Id, ProcessInstance.TargetObject.Name FROM ProcessInstanceWorkitem WHERE ActorId = {}",
            quoted(&user.id)
        );
        let rows = self.query(&soql, call).await?;
        let what = "approval that waits for this person";
        Ok(listed(what, "Id", "/ProcessInstance/TargetObject/Name", "reassign it in Approval Requests", &rows))
    }

    async fn delegations(&self, user: &User, call: &Call) -> Result<Found, Failure> {
        let soql = format!(
            "SELECT Id, Username FROM User WHERE DelegatedApproverId = {} AND IsActive = true",
            quoted(&user.id)
        );
        let what = "user whose delegated approver this is";
        Ok(listed(what, "Id", "/Username", "name another in Setup > Users", &self.query(&soql, call).await?))
    }

    /// Custom hierarchy fields, which are the only custom fields of `User` that point at a `User`; and participants.
    async fn references(&self, user: &User, call: &Call) -> Result<Found, Failure> {
        let url = self.url(&["sobjects", "User", "describe"], call).await?;
        let described: Described = self.read(Request::get(url), call).await?;
        let mut found = Found::default();
        for field in described.fields {
            if !field.custom || !field.reference_to.iter().any(|object| object == "User") {
                continue;
            }
            match self.counted("User", &field.name, user, call).await? {
                Ok(0) => {}
                Ok(count) => found.block(
                    "hierarchy field",
                    &field.name,
                    format!("{count} users name this person in it: name another in Setup > Users"),
                ),
                Err(why) => found.unseen(&field.name, format!("hierarchy field: {why}")),
            }
        }
        for child in described.child_relationships.iter().filter(|child| child.is_participant()) {
            match self.counted(&child.object, &child.field, user, call).await? {
                Ok(0) => {}
                // An org may allow it (Deactivate a User and Retain Inactive Participant Records), and does not tell.
                Ok(count) => found.note(
                    "participant records",
                    &child.object,
                    format!("{count}: Salesforce refuses for these, unless the org retains those of inactive users"),
                ),
                Err(why) => found.unseen(&child.object, format!("participant records: {why}")),
            }
        }
        Ok(found)
    }

    /// How many records name the person in this field; the inner error: it cannot be filtered by, or is hidden from us.
    async fn counted(
        &self,
        object: &str,
        field: &str,
        user: &User,
        call: &Call,
    ) -> Result<Result<u64, String>, Failure> {
        let soql = format!("SELECT COUNT() FROM {object} WHERE {field} = {}", quoted(&user.id));
        match self.count(&soql, call).await {
            Err(failure) if matches!(failure.what, What::Rejected | What::Denied) => Ok(Err(failure.reason)),
            other => Ok(Ok(other?)),
        }
    }
}

/// Each row as a blocker, told by what stands at this place of it.
fn listed(what: &str, id: &str, name: &str, cure: &str, rows: &[Value]) -> Found {
    let mut found = Found::default();
    for row in rows {
        let text = |pointer: &str| row.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        found.block(what, text(&format!("/{id}")), format!("{}: {cure}", text(name)));
    }
    found
}
