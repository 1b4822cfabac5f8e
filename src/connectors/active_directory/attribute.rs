//! An action that changes one attribute and can give it back.

use std::sync::Arc;

use serde_json::{Value, json};

use super::admins;
use super::client::Client;
use super::session::Swap;
use crate::connectors::Call;
use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, What};
use crate::connectors::vendor::{Act, gone};
use crate::model::{Account, Before, Outcome, Verdict};

/// What is to become of an attribute's value; `None` is an attribute that is not there.
pub(super) trait Change: Send + Sync + 'static {
    const ATTRIBUTE: &'static str;

    /// It shuts people out: not the last admin.
    const SHUTS_OUT: bool;

    /// The value in place of this one; `None`: it is as it should be.
    fn wanted(&self, now: Option<&str>) -> Option<String>;

    /// What undo makes of the value `now`, with what was there before.
    fn given_back(&self, now: Option<&str>, before: Option<&str>) -> Back;
}

/// What undo does to an attribute.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Back {
    /// Somebody else has given it back or changed it, or nothing was taken.
    Nothing,
    /// It gets this value, or is removed.
    To(Option<String>),
}

pub(super) struct Attribute<C> {
    pub(super) change: C,
    pub(super) client: Arc<Client>,
}

fn shown(attribute: &str, value: Option<&str>) -> String {
    format!("{attribute}: {}", value.unwrap_or("none"))
}

/// Nothing can be given back to an account that is gone.
pub(super) fn lost(account: &Account) -> Failure {
    Failure::new(Kind::Read, What::Gone, format!("the account {} does not exist any more", account.id))
        .cure("restore the account from the recycle bin of Active Directory, then retry the step")
}

impl<C: Change> Act for Attribute<C> {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let session = self.client.open(call).await?;
        let attributes = [&[C::ATTRIBUTE][..], &admins::NEEDED].concat();
        let Some(user) = session.account(&account.id, &attributes).await? else { return Ok(gone(account)) };
        let now = user.text(C::ATTRIBUTE);
        let Some(wanted) = self.change.wanted(now) else {
            return Ok(Outcome::already(shown(C::ATTRIBUTE, now)));
        };
        if C::SHUTS_OUT {
            admins::not_the_last(&session, &user).await?;
        }
        call.keep(Before::of(json!({ C::ATTRIBUTE: now, "dn": user.dn }))).await?;
        session.swap(&user, Swap { attribute: C::ATTRIBUTE, from: now, to: Some(&wanted) }).await?;
        Ok(Outcome::Acknowledged)
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        let session = self.client.open(call).await?;
        let Some(user) = session.account(&account.id, &[C::ATTRIBUTE]).await? else {
            return Ok(Verdict::Dead { evidence: "no such account".into() });
        };
        let now = user.text(C::ATTRIBUTE);
        let evidence = shown(C::ATTRIBUTE, now);
        Ok(match self.change.wanted(now) {
            None => Verdict::Dead { evidence },
            Some(_) => Verdict::Alive { evidence },
        })
    }

    async fn undo(&self, account: &Account, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        let session = self.client.open(call).await?;
        let Some(user) = session.account(&account.id, &[C::ATTRIBUTE]).await? else { return Err(lost(account)) };
        let now = user.text(C::ATTRIBUTE);
        let Back::To(back) = self.change.given_back(now, before.get(C::ATTRIBUTE).and_then(Value::as_str)) else {
            return Ok(Outcome::already(format!(
                "{}, and nothing of it is to be given back",
                shown(C::ATTRIBUTE, now)
            )));
        };
        session.swap(&user, Swap { attribute: C::ATTRIBUTE, from: now, to: back.as_deref() }).await?;
        Ok(Outcome::Acknowledged)
    }
}
