//! What a client of the sandbox signs in with, made afresh at each start.

use std::fmt;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::people;

/// All secrets of the sandbox. Worthless outside it, and still never printed: code that handles these handles real ones.
#[derive(Clone)]
pub struct Credentials {
    /// The key file of a service account with domain-wide delegation, as JSON; its `token_uri` is the sandbox's.
    pub google_service_account_json: String,
    /// Address of the admin that the service account may act as.
    pub google_admin: String,
    /// Okta API token, for `Authorization: SSWS`.
    pub okta_api_token: String,
    /// Client id of the Okta service app.
    pub okta_client_id: String,
    /// `kid` of the service app's key.
    pub okta_key_id: String,
    /// The service app's private key, PKCS#8 PEM.
    pub okta_private_key_pem: String,
    /// Slack user token with `admin` scope; good for the web API and SCIM.
    pub slack_token: String,
    /// GitHub personal access token of an organisation owner.
    pub github_token: String,
    /// Numeric id of the GitHub App.
    pub github_app_id: String,
    /// The GitHub App's private key, PKCS#8 PEM.
    pub github_private_key_pem: String,
    /// Token of an administrator of the GitLab instance, who owns the group.
    pub gitlab_token: String,
    /// Token of a GitLab user who administers nothing.
    pub gitlab_member_token: String,
    /// Key that `BambooHR` signs its webhooks with.
    pub bamboohr_webhook_key: String,
    /// `BambooHR` API key, the user name of its Basic authentication.
    pub bamboohr_api_key: String,
    /// Bearer token of the ticket desk.
    pub desk_token: String,
    /// `PagerDuty` Events v2 routing key.
    pub pagerduty_routing_key: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(***)")
    }
}

/// The credentials and the halves of their keys that the sandbox checks signatures with.
pub(super) struct Issued {
    pub(super) credentials: Credentials,
    pub(super) google: GoogleAccount,
    pub(super) okta_public: Vec<u8>,
    pub(super) github_public: Vec<u8>,
}

pub(super) struct GoogleAccount {
    pub(super) email: String,
    pub(super) key_id: String,
    pub(super) public: Vec<u8>,
}

/// Makes three RSA keys and all tokens: some tenths of a second of work, so call it off the async threads.
pub(super) fn issue(base: &str) -> std::io::Result<Issued> {
    let (google, okta, github) = std::thread::scope(|scope| {
        let okta = scope.spawn(RsaKey::generate);
        let github = scope.spawn(RsaKey::generate);
        (RsaKey::generate(), okta.join(), github.join())
    });
    let lost = |_| std::io::Error::other("key generation panicked");
    let (google, okta, github) = (google?, okta.map_err(lost)??, github.map_err(lost)??);

    let account = GoogleAccount {
        email: "nightlatch@sandbox-project.iam.gserviceaccount.com".into(),
        key_id: random_hex(20)?,
        public: google.public,
    };
    let credentials = Credentials {
        google_service_account_json: serde_json::json!({
            "type": "service_account",
            "project_id": "sandbox-project",
            "private_key_id": account.key_id,
            "private_key": google.pem,
            "client_email": account.email,
            "client_id": "100000000000000000042",
            "auth_uri": "https://accounts.google.com/o/oauth2/auth",
            "token_uri": format!("{base}/google/token"),
            "universe_domain": "googleapis.com",
        })
        .to_string(),
        google_admin: people::console_admin().email,
        okta_api_token: format!("00{}", random_hex(20)?),
        okta_client_id: "0oaSandboxService001".into(),
        okta_key_id: random_hex(8)?,
        okta_private_key_pem: okta.pem,
        slack_token: format!("xoxp-sandbox-{}", random_hex(16)?),
        github_token: format!("ghp_sandbox{}", random_hex(14)?),
        github_app_id: "424242".into(),
        github_private_key_pem: github.pem,
        gitlab_token: format!("glpat-sandbox{}", random_hex(14)?),
        gitlab_member_token: format!("glpat-member{}", random_hex(14)?),
        bamboohr_webhook_key: random_hex(20)?,
        bamboohr_api_key: random_hex(20)?,
        desk_token: format!("desk-{}", random_hex(16)?),
        pagerduty_routing_key: random_hex(16)?,
    };
    Ok(Issued { credentials, google: account, okta_public: okta.public, github_public: github.public })
}

/// `bytes` random bytes, as lower-case hex.
pub(super) fn random_hex(bytes: usize) -> std::io::Result<String> {
    let mut buffer = vec![0_u8; bytes];
    getrandom::fill(&mut buffer).map_err(|error| std::io::Error::other(error.to_string()))?;
    Ok(hex::encode(buffer))
}

struct RsaKey {
    pem: String,
    public: Vec<u8>,
}

impl RsaKey {
    fn generate() -> std::io::Result<RsaKey> {
        let failed = |_| std::io::Error::other("cannot make an RSA-2048 key");
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(failed)?;
        let private: Pkcs8V1Der<'_> = pair.as_der().map_err(failed)?;
        Ok(RsaKey { pem: pem(private.as_ref()), public: pair.public_key().as_ref().to_vec() })
    }
}

/// RFC 7468: 64 characters a line.
fn pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut pem = String::from("-----BEGIN PRIVATE KEY-----\n");
    for (at, letter) in text.chars().enumerate() {
        if at > 0 && at % 64 == 0 {
            pem.push('\n');
        }
        pem.push(letter);
    }
    pem.push_str("\n-----END PRIVATE KEY-----\n");
    pem
}
