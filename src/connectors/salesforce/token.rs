//! An access token: by a signed assertion as the integration user (RFC 7523), or by client credentials (RFC 6749 4.4).
//! Neither comes with a life span or a refresh token: it holds until it is refused.

use serde::Deserialize;
use serde_json::{Value, json};

use super::config::Config;
use super::said;
use crate::connectors::call::{Call, Kind};
use crate::connectors::http::{Answer, Failure, Http, Minted, Request, What, jwt, token};
use crate::connectors::{BuildError, Given};
use crate::vault::{Secret, SecretRef};

/// Salesforce takes no assertion that lives for more than three minutes.
const ASSERTION_S: u64 = 120;

/// How the app shows who it is.
pub(super) enum Auth {
    Jwt { username: String, private_key: SecretRef },
    ClientCredentials(SecretRef),
}

/// The parts of an answer that matter. `instance_url` is not among them: no token goes where an answer points.
#[derive(Deserialize)]
struct Granted {
    access_token: String,
    /// The identity's address, which ends with the user's id.
    #[serde(default)]
    id: String,
}

impl Auth {
    pub(super) fn new(given: &Given, config: &Config) -> Result<Self, BuildError> {
        match (&config.username, &config.private_key, &config.client_secret) {
            (Some(username), Some(private_key), None) => {
                Ok(Self::Jwt { username: username.clone(), private_key: private_key.clone() })
            }
            (None, None, Some(secret)) => Ok(Self::ClientCredentials(secret.clone())),
            _ => Err(given.wrong("give either username and private_key, or client_secret")),
        }
    }

    /// Mints a token; gives with it the id of the user that it acts as.
    pub(super) async fn mint(&self, http: &Http, config: &Config, call: &Call) -> Result<(Minted, String), Failure> {
        const PATH: [&str; 3] = ["services", "oauth2", "token"];
        let request = match self {
            Self::Jwt { username, private_key } => {
                let assertion = sign(config, username, &token::fetch(private_key).await?)?;
                Request::ask(config.login_url.at(&PATH)?)
                    .form([
                        ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
                        ("assertion", assertion.expose()),
                    ])
                    .hide(assertion.clone())
            }
            Self::ClientCredentials(secret) => {
                let secret = token::fetch(secret).await?;
                // Not at login.salesforce.com: this flow is at home on the org's own host.
                Request::ask(config.base_url.at(&PATH)?)
                    .form([
                        ("grant_type", "client_credentials"),
                        ("client_id", &config.client_id),
                        ("client_secret", secret.expose()),
                    ])
                    .hide(secret.clone())
            }
        };
        let answer = http.send(request, call).await?;
        if !answer.ok() {
            return Err(refusal(&answer));
        }
        let granted: Granted = answer.json()?;
        let own = granted.id.rsplit('/').next().unwrap_or_default().to_owned();
        Ok((Minted { token: Secret::new(granted.access_token), holds: None }, own))
    }
}

fn sign(config: &Config, username: &str, pem: &Secret) -> Result<Secret, Failure> {
    let audience = config.login_url.url();
    let claims = json!({
        "iss": config.client_id,
        "sub": username,
        "aud": audience.as_str().trim_end_matches('/'),
        "exp": jwt::now_s() + ASSERTION_S,
    });
    jwt::sign(pem.expose(), None, &claims).ok_or_else(|| {
        Failure::new(Kind::Read, What::Denied, "the private key is no RSA key in PEM")
            .cure("store the private key whose certificate was uploaded to the connected app, in PEM (PKCS#8)")
    })
}

/// What a refused token request means, and its cure.
fn refusal(answer: &Answer) -> Failure {
    let body = answer.try_json().unwrap_or(Value::Null);
    let code = body.get("error").and_then(Value::as_str).unwrap_or_default();
    let cure = match code {
        "invalid_grant" => {
            "pre-authorise the integration user for the connected app, and check that it is active, that login_url is \
             the org's (test.salesforce.com for a sandbox) and that this machine's clock is right"
        }
        "invalid_client" | "invalid_client_id" | "invalid_client_credentials" | "invalid_app_access" => {
            "check the consumer key, and its secret or certificate, in the connected app"
        }
        "unsupported_grant_type" | "invalid_request" => "allow this flow in the connected app's OAuth settings",
        _ => return said::failure(answer),
    };
    answer.failure(What::Denied, format!("Salesforce gives no token: {}", answer.told())).code(code).cure(cure)
}
