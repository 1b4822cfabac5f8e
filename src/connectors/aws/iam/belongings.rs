//! What an IAM user has several of: one table for keys, groups and policies, for AWS treats them alike.

use std::sync::Arc;

use serde_json::json;

use super::{Iam, Query, UserName, no_user};
use crate::connectors::http::{Failure, each};
use crate::connectors::vendor::{Act, Given, gone};
use crate::connectors::{BoxFuture, Call};
use crate::model::{Account, ActionSpec, Before, Danger, Outcome, Stage, StepClass, Verdict};

/// How one kind of thing is listed, named and taken away.
#[derive(Debug, Clone, Copy)]
pub(super) struct Belongings {
    pub(super) noun: &'static str,
    pub(super) list: &'static str,
    /// The list's name in the answer.
    pub(super) members: &'static str,
    /// A thing's id, in the list and in calls.
    pub(super) id: &'static str,
    pub(super) remove: &'static str,
}

/// One of them.
pub(super) struct Belonging {
    pub(super) id: String,
    /// Whether it works; what has no status always does.
    pub(super) active: bool,
}

pub(super) const ACCESS_KEYS: Belongings = Belongings {
    noun: "access keys",
    list: "ListAccessKeys",
    members: "AccessKeyMetadata",
    id: "AccessKeyId",
    remove: "DeleteAccessKey",
};

pub(super) const SSH_KEYS: Belongings = Belongings {
    noun: "SSH keys",
    list: "ListSSHPublicKeys",
    members: "SSHPublicKeys",
    id: "SSHPublicKeyId",
    remove: "DeleteSSHPublicKey",
};

pub(super) const CERTIFICATES: Belongings = Belongings {
    noun: "signing certificates",
    list: "ListSigningCertificates",
    members: "Certificates",
    id: "CertificateId",
    remove: "DeleteSigningCertificate",
};

pub(super) const SERVICE_CREDENTIALS: Belongings = Belongings {
    noun: "service-specific credentials",
    list: "ListServiceSpecificCredentials",
    members: "ServiceSpecificCredentials",
    id: "ServiceSpecificCredentialId",
    remove: "DeleteServiceSpecificCredential",
};

pub(super) const MFA_DEVICES: Belongings = Belongings {
    noun: "MFA devices",
    list: "ListMFADevices",
    members: "MFADevices",
    id: "SerialNumber",
    remove: "DeactivateMFADevice",
};

pub(super) const GROUPS: Belongings = Belongings {
    noun: "groups",
    list: "ListGroupsForUser",
    members: "Groups",
    id: "GroupName",
    remove: "RemoveUserFromGroup",
};

pub(super) const ATTACHED_POLICIES: Belongings = Belongings {
    noun: "attached policies",
    list: "ListAttachedUserPolicies",
    members: "AttachedPolicies",
    id: "PolicyArn",
    remove: "DetachUserPolicy",
};

/// Listed as bare names.
pub(super) const INLINE_POLICIES: Belongings = Belongings {
    noun: "inline policies",
    list: "ListUserPolicies",
    members: "PolicyNames",
    id: "PolicyName",
    remove: "DeleteUserPolicy",
};

impl Iam {
    /// What of this kind the user has; `None`: there is no such user.
    pub(super) async fn all(
        &self,
        of: &Belongings,
        user: &UserName,
        call: &Call,
    ) -> Result<Option<Vec<Belonging>>, Failure> {
        let Some(members) = self.list(of.list, of.members, user, call).await? else { return Ok(None) };
        let read = members.iter().map(|member| Belonging {
            id: member.of(of.id).unwrap_or(&member.text).to_owned(),
            active: member.of("Status").is_none_or(|status| status == "Active"),
        });
        Ok(Some(read.collect()))
    }

    /// Does one thing to each of these; what is gone already is no failure.
    pub(super) async fn each(
        &self,
        action: &'static str,
        key: &'static str,
        ids: &[String],
        more: &[(&'static str, &str)],
        user: &UserName,
        call: &Call,
    ) -> Result<(), Failure> {
        let mut acts: Vec<BoxFuture<'_, Result<(), Failure>>> = Vec::new();
        for id in ids {
            let query =
                more.iter().fold(Query::act(action, user).with(key, id), |query, (key, value)| query.with(key, *value));
            acts.push(Box::pin(async move { self.ask_or_gone(&query, call).await }));
        }
        each::all(acts).await
    }
}

struct DeleteAccessKeys {
    iam: Arc<Iam>,
}

/// Deletion of the access keys that were deactivated in the kill switch: late, when nobody has missed them.
pub(super) fn delete_keys(given: &Given, iam: &Arc<Iam>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        stage: Stage::Purge,
        danger: Danger::Irreversible,
        class: StepClass::Reconcile,
        needs: vec![given.fact("account")],
        scopes: vec!["iam:ListAccessKeys".into(), "iam:DeleteAccessKey".into()],
        ..given.spec("delete-access-keys", "Deletes the IAM user's access keys, those first that are inactive")
    };
    (spec, DeleteAccessKeys { iam: Arc::clone(iam) })
}

impl Act for DeleteAccessKeys {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let user = UserName::of(account)?;
        let Some(mut keys) = self.iam.all(&ACCESS_KEYS, &user, call).await? else { return Ok(gone(account)) };
        if keys.is_empty() {
            return Ok(Outcome::already("access keys: none"));
        }
        keys.sort_by_key(|key| key.active);
        let deleted: Vec<_> = keys.iter().map(|key| json!({ "id": key.id, "active": key.active })).collect();
        call.keep(Before::of(json!({ "deleted": deleted }))).await?;
        for key in keys {
            let query = Query::act(ACCESS_KEYS.remove, &user).with(ACCESS_KEYS.id, key.id).fresh();
            self.iam.ask_or_gone(&query, call).await?;
        }
        Ok(Outcome::Acknowledged)
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        let user = UserName::of(account)?;
        Ok(match self.iam.all(&ACCESS_KEYS, &user, call).await?.map(|keys| keys.len()) {
            None => no_user(),
            Some(0) => Verdict::Dead { evidence: "access keys: none".into() },
            Some(left) => Verdict::Alive { evidence: format!("access keys: {left}") },
        })
    }
}
