//! A running intake, and the HR system's side of it.

use std::net::SocketAddr;
use std::sync::Arc;

use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;

use super::engine::FakeEngine;
use crate::config::Section;
use crate::engine::{Handle, Parked};
use crate::intake::bamboohr::BambooConfig;
use crate::intake::{Counts, Feed, Feeds, IntakeConfig, Server};
use crate::vault::Secret;

pub(super) const KEY: &str = "synthetic-webhook-key";

pub(super) struct Running {
    pub(super) addr: SocketAddr,
    pub(super) engine: FakeEngine,
    pub(super) counts: Arc<Counts>,
    pub(super) http: reqwest::Client,
    _stop: oneshot::Sender<()>,
}

pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Value,
    pub(super) retry_after: Option<String>,
}

impl Answer {
    #[track_caller]
    pub(super) fn results(&self) -> Vec<String> {
        assert_eq!(self.status, 200, "{}", self.body);
        let results = self.body["results"].as_array().unwrap();
        results.iter().map(|result| result["result"].as_str().unwrap().to_owned()).collect()
    }
}

pub(super) fn config() -> IntakeConfig {
    IntakeConfig { listen: SocketAddr::from(([127, 0, 0, 1], 0)), ..IntakeConfig::default() }
}

pub(super) fn feeds(config: &IntakeConfig, keys: &[&str], more: &str, api_key: Option<&str>) -> Feeds {
    let text =
        format!("webhook_keys = ['env:K']\nconfirm_after_ms = 100\nzones = {{ Berlin = 'Europe/Berlin' }}\n{more}");
    let bamboo = Section::from_toml("hr", &text).unwrap().parse::<BambooConfig>().unwrap();
    let keys = keys.iter().map(|key| Secret::new(*key)).collect();
    Feeds::new([Feed::bamboohr("hr", bamboo, keys, api_key.map(Secret::new), config).unwrap()])
}

impl Running {
    /// An intake that hears webhooks and can read nobody.
    pub(super) async fn deaf_to_hr() -> Self {
        let config = config();
        let feeds = feeds(&config, &[KEY], "company = 'corp'", None);
        Self::start(&config, feeds).await
    }

    pub(super) async fn start(config: &IntakeConfig, feeds: Feeds) -> Self {
        let (engine, handle) = FakeEngine::start();
        Self::before(config, feeds, engine, handle, Vec::new()).await
    }

    pub(super) async fn before(
        config: &IntakeConfig,
        feeds: Feeds,
        engine: FakeEngine,
        handle: Handle,
        parked: Vec<Parked>,
    ) -> Self {
        let server = Server::bind(config, feeds, handle).await.unwrap();
        server.resume(parked);
        let (addr, counts) = (server.local_addr(), server.counts());
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(server.run(async move {
            let _either = stopped.await;
        }));
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { addr, engine, counts, http, _stop: stop }
    }

    /// Sends a body as the HR system would now.
    pub(super) async fn send(&self, body: &Value) -> Answer {
        let (body, now) = (body.to_string(), now_s().to_string());
        self.post(body.as_bytes(), Some(&signature(KEY, body.as_bytes(), &now)), Some(&now)).await
    }

    pub(super) async fn post(&self, body: &[u8], signature: Option<&str>, timestamp: Option<&str>) -> Answer {
        let mut request = self.http.post(format!("http://{}/hris/hr", self.addr)).body(body.to_vec());
        if let Some(signature) = signature {
            request = request.header("X-BambooHR-Signature", signature);
        }
        if let Some(timestamp) = timestamp {
            request = request.header("X-BambooHR-Timestamp", timestamp);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let retry_after = answer.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned());
        let text = answer.text().await.unwrap();
        Answer { status, body: serde_json::from_str(&text).unwrap_or(Value::String(text)), retry_after }
    }

    /// Writes raw bytes, and reads until the server closes.
    pub(super) async fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.addr).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        let mut answer = Vec::new();
        let _reset = stream.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    }
}

pub(super) fn now_s() -> i64 {
    jiff::Timestamp::now().as_second()
}

pub(super) fn signature(key: &str, body: &[u8], timestamp: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(body);
    mac.update(timestamp.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

/// A legacy webhook's employee.
pub(super) fn employee(id: u32, email: &str, more: &Value) -> Value {
    let mut fields = json!({"workEmail": {"value": email}, "displayName": {"value": "Alfa Doe"}});
    for (name, value) in more.as_object().unwrap() {
        fields[name] = json!({"value": value});
    }
    let time = jiff::Timestamp::now().to_string();
    json!({"id": id.to_string(), "action": "Updated", "timestamp": time, "changedFields": ["status"], "fields": fields})
}

pub(super) fn legacy(employees: &[Value]) -> Value {
    json!({"employees": employees})
}

pub(super) fn left(id: u32) -> Value {
    legacy(&[employee(
        id,
        "alfa.doe@corp.example",
        &json!({"status": "Inactive", "supervisorEmail": "bravo.doe@corp.example"}),
    )])
}

pub(super) fn thin(id: &str, changed: &[&str]) -> Value {
    let time = jiff::Timestamp::now().to_string();
    let data = json!({"companyId": "1", "employeeId": id, "changedFields": changed});
    json!({"type": "employee.updated", "timestamp": time, "data": data})
}
