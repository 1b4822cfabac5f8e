//! A configuration for an engine that meets the sandbox: what a real tenant's looks like, with other addresses.

use std::io::Write;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::sandbox::Credentials;

/// How the written configuration differs from the defaults.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where webhooks are taken.
    pub intake: SocketAddr,
    /// How long a lost request may still take effect.
    pub quarantine: &'static str,
    /// One call's deadline.
    pub deadline: &'static str,
    /// How often each system is asked whether it can be used, in s; 0: never.
    pub probe_every_s: u64,
}

/// Writes `config.toml` and the secrets that it refers to into `dir`; the configuration's path.
pub fn write(dir: &Path, base: &str, credentials: &Credentials, settings: &Settings) -> std::io::Result<PathBuf> {
    let secrets = dir.join("secrets");
    std::fs::create_dir_all(&secrets)?;
    let secret = |name: &str, value: &str| -> std::io::Result<String> {
        let path = secrets.join(name);
        private_file(&path, value)?;
        Ok(format!("\"file:{}\"", path.display()))
    };
    let google = secret("google-service-account.json", &credentials.google_service_account_json)?;
    let okta = secret("okta-private-key.pem", &credentials.okta_private_key_pem)?;
    let slack = secret("slack-token", &credentials.slack_token)?;
    let github = secret("github-private-key.pem", &credentials.github_private_key_pem)?;
    let desk = secret("desk-token", &credentials.desk_token)?;
    let webhook = secret("bamboohr-webhook-key", &credentials.bamboohr_webhook_key)?;
    let api_key = secret("bamboohr-api-key", &credentials.bamboohr_api_key)?;
    let routing = secret("pagerduty-routing-key", &credentials.pagerduty_routing_key)?;
    let hook = secret("slack-webhook", &format!("{base}/hooks/slack/T000/B000/demo"))?;
    let Settings { intake, quarantine, deadline, probe_every_s } = settings;
    let pace = format!("quarantine = \"{quarantine}\"\ndeadline = \"{deadline}\"");
    let text = format!(
        r#"# Written for the sandbox at {base}.

[engine]
origin = "nightlatch/demo"
flood_limit_per_hour = 0
probe_every_s = {probe_every_s}

[intake]
listen = "{intake}"
max_connections = 1024

[alerts]
installation = "demo"
slack_webhook = {hook}
[alerts.pagerduty]
routing_key = {routing}
base_url = "{base}/pagerduty"

[hris.bamboohr]
type = "bamboohr"
webhook_keys = [{webhook}]
company = "corp"
base_url = "{base}/bamboohr/api/v1"
api_key = {api_key}

[connectors.google]
type = "google"
service_account = {google}
admin = "{admin}"
base_url = "{base}/google/admin/directory/v1"
token_url = "{base}/google/token"
per_second = 1000
{pace}

[connectors.okta]
type = "okta"
base_url = "{base}/okta"
client_id = "{okta_client}"
key_id = "{okta_key}"
private_key = {okta}
access_token_lifetime = "2s"
per_second = 1000
{pace}

[connectors.slack]
type = "slack"
token = {slack}
enterprise = true
web_url = "{base}/slack/api"
scim_url = "{base}/slack/scim/v2"
per_second = 1000
{pace}

[connectors.github]
type = "github"
org = "corp-example"
app_id = "{github_app}"
private_key = {github}
saml = true
base_url = "{base}/github"
{pace}

# A firm's own tool, declared here and nowhere else.
[connectors.desk]
type = "http"
base_url = "{base}/desk"
secrets = {{ token = {desk} }}
headers = {{ Authorization = "Bearer {{{{ secrets.token }}}}" }}
{pace}

[connectors.desk.locate]
request = {{ url = "/agents?email={{{{ leaver.email }}}}" }}
list = "/agents"
id = "/id"
label = "/email"
match = "/email"

[[connectors.desk.actions]]
name = "disable"
title = "Disables the helpdesk agent"
stage = "kill-switch"
danger = "reversible"
class = "idempotent"
request = {{ method = "POST", url = "/agents/{{{{ account.id }}}}/disable" }}
done = [{{ status = 200, pointer = "/result", equals = "disabled" }}]
already = [{{ status = 409, pointer = "/error", equals = "already_disabled" }}]
retry = [{{ status = 200, pointer = "/result", equals = "busy" }}]
retry_after = "/retry_in"
verify = {{ request = {{ url = "/agents/{{{{ account.id }}}}" }}, dead = [{{ pointer = "/state", equals = "disabled" }}] }}
undo = {{ title = "enables the agent again", request = {{ method = "POST", url = "/agents/{{{{ account.id }}}}/enable" }}, done = [{{ status = 200 }}], already = [{{ status = 409, pointer = "/error", equals = "already_enabled" }}] }}
"#,
        admin = credentials.google_admin,
        okta_client = credentials.okta_client_id,
        okta_key = credentials.okta_key_id,
        github_app = credentials.github_app_id,
    );
    let path = dir.join("config.toml");
    private_file(&path, &text)?;
    Ok(path)
}

fn private_file(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())
}
