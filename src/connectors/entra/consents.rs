//! OAuth consents: what applications may do in the leaver's name.

use std::sync::Arc;

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Entra;
use super::entra_user::no_such_user;
use crate::connectors::Call;
use crate::connectors::http::{Failure, Request, What};
use crate::connectors::vendor::{Act, Given, gone};
use crate::model::{Account, ActionSpec, Before, Danger, Outcome, Stage, Verdict};

struct RemoveConsents {
    entra: Arc<Entra>,
}

/// An `oAuth2PermissionGrant`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Consent {
    id: String,
    #[serde(default)]
    client_id: String,
    #[serde(rename = "consentType")]
    kind: Option<String>,
    principal_id: Option<String>,
    #[serde(default)]
    scope: Option<String>,
}

pub(super) fn action(given: &Given, entra: &Arc<Entra>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        stage: Stage::Credentials,
        danger: Danger::HardToUndo,
        needs: vec![given.fact("account")],
        scopes: vec!["DelegatedPermissionGrant.ReadWrite.All".into()],
        ..given.spec("remove-consents", "Removes what the user has consented to for applications")
    };
    (spec, RemoveConsents { entra: Arc::clone(entra) })
}

impl RemoveConsents {
    /// The user's own ones. An admin's consent for everybody (`AllPrincipals`) is not theirs to lose.
    async fn consents(&self, account: &Account, call: &Call) -> Result<Vec<Consent>, Failure> {
        let url = self.entra.graph.user_url(&account.id, &["oauth2PermissionGrants"])?;
        let mut consents: Vec<Consent> = self.entra.graph.list(Request::get(url), call).await?;
        consents.retain(|consent| {
            consent.kind.as_deref() == Some("Principal") && consent.principal_id.as_deref() == Some(account.id.as_str())
        });
        Ok(consents)
    }
}

impl Act for RemoveConsents {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        if self.entra.to_change(account, call).await?.is_none() {
            return Ok(gone(account));
        }
        let consents = self.consents(account, call).await?;
        if consents.is_empty() {
            return Ok(Outcome::already("consents: none"));
        }
        let kept: Vec<Value> = consents
            .iter()
            .map(|consent| json!({ "id": consent.id, "clientId": consent.client_id, "scope": consent.scope }))
            .collect();
        let mut deletions = Vec::new();
        for consent in &consents {
            let url = self.entra.graph.v1(&["oauth2PermissionGrants", &consent.id])?;
            deletions.push(Request::act(Method::DELETE, url));
        }
        call.keep(Before::of(json!({ "consents": kept }))).await?;
        self.entra.graph.act_all(deletions, |failure| failure.what == What::Gone, call).await?;
        Ok(Outcome::Acknowledged)
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        match self.consents(account, call).await {
            Ok(consents) if consents.is_empty() => Ok(Verdict::Dead { evidence: "consents: none".into() }),
            Ok(consents) => Ok(Verdict::Alive { evidence: format!("consents: {}", consents.len()) }),
            Err(failure) if failure.what == What::Gone => Ok(no_such_user()),
            Err(failure) => Err(failure),
        }
    }
}
