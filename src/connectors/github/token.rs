//! The token: a personal one, or an installation's of a GitHub App.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use super::said;
use crate::connectors::Call;
use crate::connectors::call::Kind;
use crate::connectors::http::address::Base;
use crate::connectors::http::{Answer, Failure, Http, Minted, Request, What, jwt, token};
use crate::vault::{Secret, SecretRef};

pub(super) enum Auth {
    Personal(SecretRef),
    App { app_id: String, private_key: SecretRef },
}

#[derive(Deserialize)]
struct Installation {
    id: u64,
    #[serde(default)]
    permissions: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Granted {
    token: String,
}

/// An installation's token ends after an hour.
const AN_HOUR: Duration = Duration::from_secs(3_600);

impl Auth {
    pub(super) async fn mint(&self, http: &Http, base: &Base, org: &str, call: &Call) -> Result<Minted, Failure> {
        let (app_id, private_key) = match self {
            Self::Personal(secret) => return token::stored(secret).await,
            Self::App { app_id, private_key } => (app_id, private_key),
        };
        let assertion = signed(app_id, private_key).await?;
        let found = installation(http, base, org, &assertion, call).await?;
        let id = found.id.to_string();
        let request = Request::ask(base.at(&["app", "installations", &id, "access_tokens"])?);
        let granted: Granted = ask(http, request, &assertion, call).await?;
        Ok(Minted { token: Secret::new(granted.token), holds: Some(AN_HOUR) })
    }

    /// What the organisation has granted to the App, by permission; empty for a personal token.
    pub(super) async fn permissions(
        &self,
        http: &Http,
        base: &Base,
        org: &str,
        call: &Call,
    ) -> Result<BTreeMap<String, String>, Failure> {
        let Self::App { app_id, private_key } = self else { return Ok(BTreeMap::new()) };
        let assertion = signed(app_id, private_key).await?;
        Ok(installation(http, base, org, &assertion, call).await?.permissions)
    }
}

/// What the App signs on with.
async fn signed(app_id: &str, private_key: &SecretRef) -> Result<Secret, Failure> {
    let pem = token::fetch(private_key).await?;
    let now = jwt::now_s();
    // A minute in the past against clocks that differ, ten minutes of life at most.
    let claims = json!({ "iat": now.saturating_sub(60), "exp": now + 540, "iss": app_id });
    jwt::sign(pem.expose(), None, &claims).ok_or_else(|| {
        Failure::new(Kind::Read, What::Denied, "the private key is no RSA key in PEM")
            .cure("store the GitHub App's private key (.pem) as this secret")
    })
}

async fn installation(
    http: &Http,
    base: &Base,
    org: &str,
    assertion: &Secret,
    call: &Call,
) -> Result<Installation, Failure> {
    ask(http, Request::get(base.at(&["orgs", org, "installation"])?), assertion, call).await
}

async fn ask<T: serde::de::DeserializeOwned>(
    http: &Http,
    request: Request,
    assertion: &Secret,
    call: &Call,
) -> Result<T, Failure> {
    let answer = http.send(dressed(request).authorised("Bearer", assertion), call).await?;
    if answer.ok() { answer.json() } else { Err(refusal(&answer)) }
}

fn refusal(answer: &Answer) -> Failure {
    let failure = said::failure(answer);
    match failure.what {
        What::Gone => Failure { what: What::Denied, ..failure }.cure("install the GitHub App in this organisation"),
        What::Locked | What::Denied => {
            failure.cure("check app_id and private_key, and that this machine's clock is right")
        }
        _ => failure,
    }
}

/// The headers that GitHub asks for.
pub(super) fn dressed(request: Request) -> Request {
    let scim = request.url.path().contains("/scim/v2/");
    let accept = if scim { "application/scim+json" } else { "application/vnd.github+json" };
    request.header("accept", accept).header("x-github-api-version", "2022-11-28")
}
