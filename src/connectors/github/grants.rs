//! Fine-grained personal tokens with access to the organisation. GitHub lets only Apps list and revoke their grants.

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};

use super::client::Client;
use crate::connectors::Call;
use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, Request, What};
use crate::connectors::vendor::{Act, Given};
use crate::model::{Account, ActionSpec, Before, Danger, Outcome, Stage, Verdict};

/// Grants that one request may name.
const A_REQUEST: usize = 100;

struct RevokeGrants {
    client: Arc<Client>,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        stage: Stage::Credentials,
        danger: Danger::HardToUndo,
        scopes: vec!["organization_personal_access_tokens=write".into()],
        ..given
            .spec("revoke-token-grants", "Revokes the access of the person's fine-grained tokens to the organisation")
    };
    (spec, RevokeGrants { client: Arc::clone(client) })
}

impl RevokeGrants {
    async fn grants(&self, account: &Account, call: &Call) -> Result<Vec<Value>, Failure> {
        let url = self.client.url(&["personal-access-tokens"])?;
        let mut all = self.client.list(&url, &[("owner[]", &account.id)], call).await?;
        // Should the filter ever be ignored, the others' tokens must stay.
        all.retain(|one| {
            let owner = one.pointer("/owner/login").and_then(Value::as_str);
            owner.is_some_and(|login| login.eq_ignore_ascii_case(&account.id))
        });
        Ok(all)
    }
}

impl Act for RevokeGrants {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let all = self.grants(account, call).await?;
        if all.is_empty() {
            return Ok(Outcome::already("fine-grained tokens: none"));
        }
        // The grant's id: `token_id` beside it is the token's, and would revoke somebody else's grant or none.
        let ids: Option<Vec<u64>> = all.iter().map(|one| one.get("id").and_then(Value::as_u64)).collect();
        let ids = ids.ok_or_else(|| Failure::new(Kind::Read, What::Unknown, "a grant without an id"))?;
        let told = |one: &Value| json!({ "id": one.get("id"), "token_name": one.get("token_name") });
        call.keep(Before::of(json!({ "revoked": all.iter().map(told).collect::<Vec<_>>() }))).await?;
        for some in ids.chunks(A_REQUEST) {
            let url = self.client.url(&["personal-access-tokens"])?;
            let request = Request::act(Method::POST, url).json(json!({ "action": "revoke", "pat_ids": some }));
            self.client.act(request, call).await?;
        }
        Ok(Outcome::Acknowledged)
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        Ok(match self.grants(account, call).await?.len() {
            0 => Verdict::Dead { evidence: "fine-grained tokens: none".into() },
            left => Verdict::Alive { evidence: format!("fine-grained tokens: {left}") },
        })
    }
}
