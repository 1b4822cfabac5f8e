//! Sessions of roles that the leaver assumed: they live on whatever happens to the user.
//!
//! A role belongs to many, so only the leaver's sessions are denied: those whose name is the user's, and that began
//! before now. A session is named by whoever begins it, unless the role's trust policy enforces
//! `sts:RoleSessionName = ${aws:username}`: that is why the roles are named in the configuration and not guessed.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{Iam, Query, ROLE_SESSION, UserName, document};
use crate::connectors::Call;
use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, What};
use crate::connectors::vendor::{Act, Given, kept};
use crate::model::{Account, ActionSpec, Before, Outcome, Residual, Verdict};

/// So long IAM may take to spread a policy: sessions that begin meanwhile are denied as well.
const SPREADS: SignedDuration = SignedDuration::from_mins(5);

struct RevokeSessions {
    iam: Arc<Iam>,
}

pub(super) fn action(given: &Given, iam: &Arc<Iam>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        residual: Some(Residual {
            what: "sessions of other roles, or begun under another name than the user's".into(),
            ms: ROLE_SESSION,
        }),
        undo: Some("deletes the policies; sessions that were denied work again until they end".into()),
        scopes: ["GetRole", "GetRolePolicy", "PutRolePolicy", "DeleteRolePolicy"].map(|it| format!("iam:{it}")).into(),
        ..given.spec("revoke-role-sessions", "Denies the leaver's sessions in the configured roles, and nobody else's")
    };
    (spec, RevokeSessions { iam: Arc::clone(iam) })
}

/// The policy's name on a role: one a person. Names of users and of policies are made of the same characters.
fn policy_name(user: &UserName) -> String {
    format!("OffboardRevokeSessions-{}", user.as_str())
}

fn policy(user: &UserName, before: Timestamp) -> Value {
    let before = before.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": {
            "StringLike": { "aws:userId": format!("*:{}", user.as_str()) },
            "DateLessThan": { "aws:TokenIssueTime": before },
        },
    }]})
}

/// Before when sessions of this user's name are denied, if the document says so.
fn denied_before(document: &str, user: &UserName) -> Option<String> {
    let document: Value = serde_json::from_str(document).ok()?;
    let time = document.pointer("/Statement/0/Condition/DateLessThan/aws:TokenIssueTime")?.as_str()?;
    (document == policy(user, time.parse().ok()?)).then(|| time.to_owned())
}

impl RevokeSessions {
    /// The policy on this role; `None`: there is none.
    async fn put(&self, role: &str, user: &UserName, call: &Call) -> Result<Option<String>, Failure> {
        let query = Query::of_none("GetRolePolicy", Kind::Read, "RoleName", role).with("PolicyName", policy_name(user));
        self.iam.found(&query, call).await?.map(|policy| document(&policy)).transpose()
    }

    /// AWS's own roles cannot be changed by anybody else.
    async fn changeable(&self, role: &str, call: &Call) -> Result<(), Failure> {
        let wrong = |why: &str| {
            Failure::new(Kind::Read, What::Rejected, format!("role `{role}`: {why}")).cure("correct session_roles")
        };
        let query = Query::of_none("GetRole", Kind::Read, "RoleName", role);
        let found = self.iam.found(&query, call).await?.ok_or_else(|| wrong("there is no such role"))?;
        match found.child("Role").and_then(|role| role.of("Path")) {
            Some(path) if path.starts_with("/aws-service-role/") => Err(wrong("a service-linked role takes no policy")),
            Some(path) if path.starts_with("/aws-reserved/") => Err(wrong("Identity Center's roles take no policy")),
            _ => Ok(()),
        }
    }
}

impl Act for RevokeSessions {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let user = UserName::of(account)?;
        let roles = &self.iam.config.session_roles;
        for role in roles {
            self.changeable(role, call).await?;
        }
        let put: Vec<Value> = roles.iter().map(|role| json!({ "role": role, "policy": policy_name(&user) })).collect();
        call.keep(Before::of(json!({ "put": put }))).await?;
        // Also where one is there: it may be of the last time that the person left.
        let document = policy(&user, Timestamp::now() + SPREADS).to_string();
        for role in roles {
            let query = Query::of_none("PutRolePolicy", Kind::Act, "RoleName", role)
                .with("PolicyName", policy_name(&user))
                .with("PolicyDocument", document.as_str());
            self.iam.ask(&query, call).await?;
        }
        Ok(Outcome::Acknowledged)
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        let user = UserName::of(account)?;
        let mut told = Vec::new();
        for role in &self.iam.config.session_roles {
            let put = self.put(role, &user, call).await?;
            let Some(before) = put.as_deref().and_then(|document| denied_before(document, &user)) else {
                return Ok(Verdict::Alive { evidence: format!("no deny of {}'s sessions on {role}", user.as_str()) });
            };
            told.push(format!("{role}: sessions before {before} denied"));
        }
        Ok(Verdict::Dead { evidence: told.join("; ") })
    }

    async fn undo(&self, account: &Account, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        let user = UserName::of(account)?;
        for put in kept(before, "put") {
            let role = put.get("role").and_then(Value::as_str).unwrap_or_default();
            let query =
                Query::of_none("DeleteRolePolicy", Kind::Act, "RoleName", role).with("PolicyName", policy_name(&user));
            self.iam.ask_or_gone(&query, call).await?;
        }
        Ok(Outcome::Acknowledged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deny_on_a_role_hits_the_leaver_and_nobody_else() {
        let user = UserName::new("alfa.doe").unwrap();
        let policy = policy(&user, "2026-01-31T12:00:00Z".parse().unwrap());
        let condition = &policy["Statement"][0]["Condition"];
        assert_eq!(condition["StringLike"]["aws:userId"], "*:alfa.doe");
        assert_eq!(condition["DateLessThan"]["aws:TokenIssueTime"], "2026-01-31T12:00:00Z");
        let text = policy.to_string();
        assert_eq!(denied_before(&text, &user).as_deref(), Some("2026-01-31T12:00:00Z"));
        assert_eq!(denied_before(&text, &UserName::new("bravo.roe").unwrap()), None);
        assert_eq!(denied_before(&text.replace("Deny", "Allow"), &user), None);
    }
}
