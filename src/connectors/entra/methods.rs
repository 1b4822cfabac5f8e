//! Authentication methods: what would let the leaver set a new password, or sign in without one.

use std::sync::Arc;

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Entra;
use super::entra_user::no_such_user;
use crate::connectors::Call;
use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, Request, What};
use crate::connectors::msgraph::type_name;
use crate::connectors::vendor::{Act, Given, gone};
use crate::model::{Account, ActionSpec, Before, Danger, Outcome, Stage, Verdict};

/// Graph's types of methods, and the collections that they are deleted from.
const COLLECTIONS: [(&str, &str); 9] = [
    ("emailAuthenticationMethod", "emailMethods"),
    ("externalAuthenticationMethod", "externalAuthenticationMethods"),
    ("fido2AuthenticationMethod", "fido2Methods"),
    ("microsoftAuthenticatorAuthenticationMethod", "microsoftAuthenticatorMethods"),
    ("phoneAuthenticationMethod", "phoneMethods"),
    ("platformCredentialAuthenticationMethod", "platformCredentialMethods"),
    ("softwareOathAuthenticationMethod", "softwareOathMethods"),
    ("temporaryAccessPassAuthenticationMethod", "temporaryAccessPassMethods"),
    ("windowsHelloForBusinessAuthenticationMethod", "windowsHelloForBusinessMethods"),
];

/// The id of every mobile phone method. It stays as long as there is an alternate number (phone method, delete).
const MOBILE: &str = "3179e48a-750b-4051-897c-87b9720928f7";

struct DeleteMethods {
    entra: Arc<Entra>,
}

#[derive(Deserialize)]
struct Registered {
    id: String,
    #[serde(default, rename = "@odata.type")]
    kind: String,
}

pub(super) fn action(given: &Given, entra: &Arc<Entra>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        stage: Stage::Credentials,
        danger: Danger::HardToUndo,
        needs: vec![given.fact("account")],
        scopes: vec!["UserAuthenticationMethod.ReadWrite.All".into()],
        ..given.spec("delete-auth-methods", "Deletes every authentication method but the password")
    };
    (spec, DeleteMethods { entra: Arc::clone(entra) })
}

impl Registered {
    fn name(&self) -> &str {
        type_name(&self.kind)
    }

    fn collection(&self) -> Option<&'static str> {
        COLLECTIONS.iter().find(|(name, _)| *name == self.name()).map(|(_, collection)| *collection)
    }
}

impl DeleteMethods {
    /// All but the password, which cannot be deleted.
    async fn methods(&self, account: &Account, call: &Call) -> Result<Vec<Registered>, Failure> {
        let url = self.entra.graph.user_url(&account.id, &["authentication", "methods"])?;
        let mut methods: Vec<Registered> = self.entra.graph.list(Request::get(url), call).await?;
        methods.retain(|method| method.name() != "passwordAuthenticationMethod");
        methods.sort_by_key(|method| method.id == MOBILE);
        Ok(methods)
    }

    async fn delete(&self, account: &Account, method: &Registered, call: &Call) -> Result<(), Failure> {
        let Some(collection) = method.collection() else {
            let reason = format!("a method of the unknown type {} is left", method.name());
            return Err(Failure::new(Kind::Act, What::Rejected, reason).cure("delete it in the Entra admin center"));
        };
        let url = self.entra.graph.user_url(&account.id, &["authentication", collection, &method.id])?;
        match self.entra.graph.act(Request::act(Method::DELETE, url), call).await {
            Err(failure) if failure.what != What::Gone => Err(failure),
            _ => Ok(()),
        }
    }
}

impl Act for DeleteMethods {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        if self.entra.to_change(account, call).await?.is_none() {
            return Ok(gone(account));
        }
        let methods = self.methods(account, call).await?;
        if methods.is_empty() {
            return Ok(Outcome::already("methods: the password alone"));
        }
        let kept: Vec<Value> = methods.iter().map(|method| json!({ "id": method.id, "type": method.name() })).collect();
        call.keep(Before::of(json!({ "methods": kept }))).await?;
        // The default method is refused while there are others, so what was refused is tried again when they are gone.
        let mut refused = Vec::new();
        for method in &methods {
            match self.delete(account, method, call).await {
                Err(failure) if failure.what == What::Rejected => refused.push(method),
                other => other?,
            }
        }
        for method in refused {
            self.delete(account, method, call).await?;
        }
        Ok(Outcome::Acknowledged)
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        let methods = match self.methods(account, call).await {
            Err(failure) if failure.what == What::Gone => return Ok(no_such_user()),
            other => other?,
        };
        if methods.is_empty() {
            return Ok(Verdict::Dead { evidence: "methods: the password alone".into() });
        }
        let names: Vec<&str> = methods.iter().map(Registered::name).collect();
        Ok(Verdict::Alive { evidence: format!("methods: {}", names.join(", ")) })
    }
}
