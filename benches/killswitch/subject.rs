//! What is measured: the engine's process, or the durable limit's, each in a fresh directory.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nightlatch::demo::free_port;

use super::{FOLLOW_UPS, KILL_SWITCH, hris};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    Nightlatch,
    Limit,
}

/// How the engine is told to deal with the counting server.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setting {
    pub(crate) max_in_flight: u32,
    pub(crate) per_second: Option<u32>,
    /// Deadline and quarantine, in seconds.
    pub(crate) quarantine_s: u32,
}

impl Default for Setting {
    fn default() -> Self {
        Self {
            max_in_flight: std::env::var("INFLIGHT").ok().and_then(|it| it.parse().ok()).unwrap_or(256),
            per_second: None,
            quarantine_s: 30,
        }
    }
}

/// A running process.
#[derive(Debug)]
pub(crate) struct Subject {
    pub(crate) which: Which,
    pub(crate) url: String,
    pub(crate) dir: tempfile::TempDir,
    intake: SocketAddr,
    base: String,
    child: Child,
    wrapper: Vec<String>,
}

impl Drop for Subject {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Subject {
    pub(crate) async fn start(which: Which, counter: SocketAddr, setting: Setting) -> Self {
        Self::start_under(which, counter, setting, &[]).await
    }

    /// Starts it under another program, such as a tracer.
    pub(crate) async fn start_under(which: Which, counter: SocketAddr, setting: Setting, wrapper: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let intake = free_port().unwrap();
        let base = format!("http://{counter}");
        std::fs::write(dir.path().join("config.toml"), config(intake, &base, setting)).unwrap();
        let secret = dir.path().join("webhook.key");
        std::fs::write(&secret, hris::KEY).unwrap();
        std::fs::set_permissions(&secret, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        let wrapper: Vec<String> = wrapper.iter().map(|it| (*it).to_owned()).collect();
        let child = spawn(which, dir.path(), intake, &base, &wrapper);
        let subject = Self { which, url: format!("http://{intake}/hris/bamboohr"), dir, intake, base, child, wrapper };
        subject.wait_until_up().await;
        subject
    }

    async fn wait_until_up(&self) {
        let began = Instant::now();
        while tokio::net::TcpStream::connect(self.intake).await.is_err() {
            assert!(began.elapsed() < Duration::from_secs(60), "{:?} does not listen", self.which);
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Ends what runs under the wrapper, and the wrapper with it.
    pub(crate) fn stop_wrapped(&mut self) {
        let children = std::fs::read_to_string(format!("/proc/{0}/task/{0}/children", self.pid())).unwrap();
        for child in children.split_whitespace() {
            let _ = Command::new("kill").args(["-9", child]).status();
        }
        let _ = self.child.wait();
    }

    /// Arms an offboarding of this person for the instant, in ms since the epoch.
    pub(crate) fn arm(&self, person: u32, at_ms: i64) {
        let at = jiff::Timestamp::from_millisecond(at_ms).unwrap().to_string();
        let added = Command::new(env!("CARGO_BIN_EXE_nightlatch"))
            .args(["--state-dir", &self.dir.path().join("state").display().to_string()])
            .args(["leaver", "add", &super::email(person), "--at", &at, "--no-lookup"])
            .output()
            .unwrap();
        assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
    }

    /// Kills it and starts it again on what it left.
    pub(crate) fn restart(&mut self) {
        self.kill();
        self.child = spawn(self.which, self.dir.path(), self.intake, &self.base, &self.wrapper);
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// CPU time so far.
    pub(crate) fn cpu(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid())).unwrap();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
        Duration::from_millis(ticks * 10)
    }

    /// `VmRSS`, `VmHWM`: in KiB.
    pub(crate) fn memory_kib(&self, field: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status.lines().find(|line| line.starts_with(field)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }
}

fn spawn(which: Which, dir: &Path, intake: SocketAddr, base: &str, wrapper: &[String]) -> Child {
    let mut line: Vec<String> = wrapper.to_vec();
    let path = |path: &Path| path.display().to_string();
    match which {
        Which::Nightlatch => {
            line.push(env!("CARGO_BIN_EXE_nightlatch").to_owned());
            line.extend(["--state-dir".to_owned(), path(&dir.join("state"))]);
            line.extend(["--config".to_owned(), path(&dir.join("config.toml")), "engine".to_owned()]);
        }
        Which::Limit => {
            line.push(path(&std::env::current_exe().unwrap()));
            line.extend([super::LIMIT.to_owned(), intake.to_string(), base.to_owned(), path(dir)]);
        }
    }
    let log = std::fs::File::create(dir.join("log")).unwrap();
    Command::new(&line[0]).args(&line[1..]).stdout(Stdio::null()).stderr(log).spawn().unwrap()
}

fn config(intake: SocketAddr, base: &str, setting: Setting) -> String {
    let Setting { max_in_flight, per_second, quarantine_s } = setting;
    let rate = per_second.map(|rate| format!("per_second = {rate}\n")).unwrap_or_default();
    let mut text = format!(
        r#"[engine]
origin = "nightlatch/bench"
flood_limit_per_hour = 0
[intake]
listen = "{intake}"
max_connections = 1024
connection_timeout_ms = 600000
[hris.bamboohr]
type = "bamboohr"
company = "corp"
webhook_keys = ["file:webhook.key"]
[connectors.tool]
type = "http"
base_url = "{base}"
max_in_flight = {max_in_flight}
{rate}deadline = "10s"
quarantine = "{quarantine_s}s"
probe = {{ url = "/probe" }}
locate = {{ account = "{{{{ leaver.email }}}}" }}
"#
    );
    for action in 0..KILL_SWITCH + FOLLOW_UPS {
        let stage = if action < KILL_SWITCH { "kill-switch" } else { "credentials" };
        write!(
            text,
            r#"[[connectors.tool.actions]]
name = "a{action}"
title = "Cuts access {action}"
stage = "{stage}"
danger = "reversible"
class = "idempotent"
request = {{ method = "POST", url = "/a{action}/{{{{ account.id }}}}", body = {{ key = "{{{{ idempotency_key }}}}" }} }}
done = [{{ status = 200 }}]
verify = {{ request = {{ url = "/a{action}/{{{{ account.id }}}}" }}, dead = [{{ status = 200, pointer = "/state", equals = "disabled" }}] }}
"#
        )
        .unwrap();
    }
    text
}
