//! What a client of the sandbox signs in with, made afresh at each start.

use std::fmt;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};

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
    /// Classic GitHub personal access token of the enterprise's setup user: enterprise teams, and SCIM of managed users.
    pub github_enterprise_token: String,
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
    /// Atlassian organisation API key, created without scopes.
    pub atlassian_api_key: String,
    /// The same with scopes, which user management refuses.
    pub atlassian_scoped_key: String,
    /// Client secret of the Adobe OAuth server-to-server credential.
    pub adobe_client_secret: String,
    /// Secret of both Jamf Pro API clients, the full one and the one that only reads.
    pub jamf_client_secret: String,
    /// Password of the Jamf Pro user account.
    pub jamf_password: String,
    /// Token of every SCIM service.
    pub scim_token: String,
    /// Client secret of the wiki, for the client `nightlatch`.
    pub wiki_client_secret: String,
    /// Password of the VPN appliance's user `nightlatch`.
    pub vpn_password: String,
    /// API key of the licence server.
    pub licence_api_key: String,
    /// `PagerDuty` Events v2 routing key.
    pub pagerduty_routing_key: String,
    /// Consumer key of the Salesforce connected app.
    pub salesforce_client_id: String,
    /// Its consumer secret, for the client credentials flow.
    pub salesforce_client_secret: String,
    /// The integration user that it may act as.
    pub salesforce_username: String,
    /// The private key of its certificate, PKCS#8 PEM.
    pub salesforce_private_key_pem: String,
    /// Access token of a `HubSpot` private app.
    pub hubspot_token: String,
    /// Id of the Zoom account.
    pub zoom_account_id: String,
    /// Client id of its server-to-server app.
    pub zoom_client_id: String,
    /// The app's secret.
    pub zoom_client_secret: String,
    /// Id of the Entra tenant.
    pub entra_tenant: String,
    /// Client id of the Entra application, which has every permission that is needed.
    pub entra_client_id: String,
    /// Client id of an Entra application that may only read.
    pub entra_limited_client_id: String,
    /// Client secret of both.
    pub entra_client_secret: String,
    /// Certificate and private key of both, one PEM after the other.
    pub entra_certificate_pem: String,
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
    pub(super) salesforce_public: Vec<u8>,
    /// SHA-256 of the Entra certificate, base64url.
    pub(super) entra_thumbprint: String,
}

pub(super) struct GoogleAccount {
    pub(super) email: String,
    pub(super) key_id: String,
    pub(super) public: Vec<u8>,
}

/// Makes an RSA key for each of four vendors and all tokens: some tenths of a second of work, so call it off the async threads.
pub(super) fn issue(base: &str) -> std::io::Result<Issued> {
    let (google, okta, github, salesforce) = std::thread::scope(|scope| {
        let okta = scope.spawn(RsaKey::generate);
        let github = scope.spawn(RsaKey::generate);
        let salesforce = scope.spawn(RsaKey::generate);
        (RsaKey::generate(), okta.join(), github.join(), salesforce.join())
    });
    let lost = |_| std::io::Error::other("key generation panicked");
    let (google, okta, github) = (google?, okta.map_err(lost)??, github.map_err(lost)??);
    let salesforce = salesforce.map_err(lost)??;

    let account = GoogleAccount {
        email: "nightlatch@sandbox-project.iam.gserviceaccount.com".into(),
        key_id: random_hex(20)?,
        public: google.public,
    };
    // The stand-in compares thumbprints, so any bytes do for the certificate; and a key of its own would cost each start
    // some tenths of a second, so the Entra application's key is the Okta service app's.
    let certificate = b"the Entra application's certificate";
    let credentials = Credentials {
        entra_tenant: "5a9db0c5-0000-4000-8000-00000000c0de".into(),
        entra_client_id: "5a9db0c5-0000-4000-8000-0000000000a1".into(),
        entra_limited_client_id: "5a9db0c5-0000-4000-8000-0000000000a2".into(),
        entra_client_secret: format!("entra~{}", random_hex(16)?),
        entra_certificate_pem: format!("{}{}", armoured("CERTIFICATE", certificate), okta.pem),
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
        github_enterprise_token: format!("ghp_enterprise{}", random_hex(13)?),
        github_app_id: "424242".into(),
        github_private_key_pem: github.pem,
        gitlab_token: format!("glpat-sandbox{}", random_hex(14)?),
        gitlab_member_token: format!("glpat-member{}", random_hex(14)?),
        bamboohr_webhook_key: random_hex(20)?,
        bamboohr_api_key: random_hex(20)?,
        desk_token: format!("desk-{}", random_hex(16)?),
        adobe_client_secret: format!("p8e-{}", random_hex(16)?),
        jamf_client_secret: format!("jamf-{}", random_hex(16)?),
        jamf_password: format!("pw-{}", random_hex(12)?),
        atlassian_api_key: format!("ATCTT3xSandbox{}", random_hex(16)?),
        atlassian_scoped_key: format!("ATCTT3xScoped{}", random_hex(16)?),
        scim_token: format!("scim-{}", random_hex(16)?),
        wiki_client_secret: random_hex(16)?,
        vpn_password: random_hex(16)?,
        licence_api_key: random_hex(16)?,
        pagerduty_routing_key: random_hex(16)?,
        salesforce_client_id: "3MVGsandbox.consumer.key".into(),
        salesforce_client_secret: random_hex(32)?,
        salesforce_username: people::console_admin().email,
        salesforce_private_key_pem: salesforce.pem,
        hubspot_token: format!("pat-eu1-{}", random_hex(16)?),
        zoom_account_id: "sandbox-account".into(),
        zoom_client_id: "sandbox-client".into(),
        zoom_client_secret: random_hex(16)?,
    };
    Ok(Issued {
        credentials,
        google: account,
        okta_public: okta.public,
        github_public: github.public,
        salesforce_public: salesforce.public,
        entra_thumbprint: URL_SAFE_NO_PAD.encode(Sha256::digest(certificate)),
    })
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
        Ok(RsaKey { pem: armoured("PRIVATE KEY", private.as_ref()), public: pair.public_key().as_ref().to_vec() })
    }
}

/// RFC 7468: 64 characters a line.
fn armoured(what: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut pem = format!("-----BEGIN {what}-----\n");
    for (at, letter) in text.chars().enumerate() {
        if at > 0 && at % 64 == 0 {
            pem.push('\n');
        }
        pem.push(letter);
    }
    pem + &format!("\n-----END {what}-----\n")
}
