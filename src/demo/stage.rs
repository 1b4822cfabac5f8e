//! The stage: a directory, a sandbox, an engine, and a plan of who leaves when and which vendor fails how.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

use super::config::{self, Settings};
use super::{DemoError, Options};
use crate::daemon::spawn;
use crate::ipc::{Client, Op};
use crate::paths::Paths;
use crate::sandbox::{self, Fault, Person, Sandbox};

/// A set stage.
pub struct Stage {
    dir: PathBuf,
    keep: bool,
    paths: Paths,
    config: PathBuf,
    intake: SocketAddr,
    sandbox: Sandbox,
    leavers: Vec<Person>,
}

impl std::fmt::Debug for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stage").field("dir", &self.dir).field("intake", &self.intake).finish_non_exhaustive()
    }
}

impl Stage {
    /// Sets the stage and starts the engine.
    pub async fn set(options: &Options) -> Result<Self, DemoError> {
        let dir = directory(options)?;
        let leavers = options.leavers as usize;
        let people = sandbox::Options {
            seed: options.seed,
            people: (leavers * 3 / 2).max(60),
            read_lag_ms: 150,
            record_calls: 400_000.max(leavers * 100),
            ..sandbox::Options::default()
        };
        let sandbox = Sandbox::start(people).await.map_err(|error| DemoError::new(format!("the sandbox: {error}")))?;
        let intake = free_port().map_err(DemoError::new)?;
        let settings = Settings { intake, quarantine: "3s", deadline: "5s", probe_every_s: 20 };
        let io = |error| DemoError::new(format!("{}: {error}", dir.display()));
        let config = config::write(&dir, &sandbox.base_url(), sandbox.credentials(), &settings).map_err(io)?;
        let paths = Paths::new(Some(&dir.join("state"))).map_err(DemoError::new)?;
        spawn::start_engine(&paths, Some(&config)).map_err(DemoError::new)?;
        let leavers = pick(&sandbox.people(), leavers);
        Ok(Self { dir, keep: options.keep.is_some(), paths, config, intake, sandbox, leavers })
    }

    /// Where the engine keeps its state.
    pub fn paths(&self) -> &Paths {
        &self.paths
    }

    /// The engine's configuration.
    pub fn config_file(&self) -> &Path {
        &self.config
    }

    /// The vendors' stand-ins.
    pub fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    /// Who leaves, in the order of their webhooks.
    pub fn leavers(&self) -> &[Person] {
        &self.leavers
    }

    /// Plays in the background, on this runtime.
    pub fn conduct(&self, runtime: &Runtime, options: &Options) -> JoinHandle<Vec<(String, i64)>> {
        runtime.spawn(self.play(options.over_s))
    }

    /// Sends the webhooks over `over_s` seconds while one vendor is slow, one limits the rate and one is down for half
    /// a minute (a quarter of the time, if that is less). Whose webhook was accepted, and when, in ms since the epoch.
    pub fn play(&self, over_s: u64) -> impl Future<Output = Vec<(String, i64)>> + Send + use<> {
        let outage_ms = (over_s * 1_000 / 4).min(30_000);
        for fault in [
            Fault { vendor: "github".into(), act_delay_ms: (150, 900), answer_delay_ms: (50, 300), ..Fault::default() },
            Fault { vendor: "okta".into(), rate_per_s: Some(20.0), ..Fault::default() },
            Fault {
                vendor: "slack".into(),
                down: true,
                after_ms: Some(over_s * 1_000 / 5),
                for_ms: Some(outage_ms),
                ..Fault::default()
            },
            Fault { vendor: "google".into(), lost_answers: 0.01, ..Fault::default() },
        ] {
            self.sandbox.set_fault(fault);
        }
        let today = jiff::Timestamp::now().strftime("%F").to_string();
        let webhooks: Vec<_> = self
            .leavers
            .iter()
            .map(|leaver| {
                self.sandbox.terminate(&leaver.email, Some(&today));
                leaver.email.clone()
            })
            .collect();
        let gap = Duration::from_millis(over_s * 1_000 / u64::from(u32::try_from(webhooks.len()).unwrap_or(1).max(1)));
        let url = format!("http://{}/hris/bamboohr", self.intake);
        let admin = self.sandbox.base_url();
        async move {
            let client = reqwest::Client::new();
            let mut accepted = Vec::with_capacity(webhooks.len());
            for (email, form) in webhooks.into_iter().zip(FORMS.iter().cycle()) {
                let signed = format!("{admin}/_sandbox/people/{email}/{form}");
                if let Some(at) = send(&client, &signed, &url).await {
                    accepted.push((email, at));
                }
                tokio::time::sleep(gap).await;
            }
            accepted
        }
    }

    /// Ends the engine and the sandbox, and removes what is not kept.
    pub async fn strike(self) {
        if let Ok(mut client) = Client::connect(self.paths.socket(), false).await {
            let _ = client.request(Op::Shutdown {}).await;
            // The engine closes the connection when it ends.
            let _ =
                tokio::time::timeout(Duration::from_secs(15), async { while let Ok(Some(_)) = client.next().await {} })
                    .await;
        }
        self.sandbox.stop().await;
        if !self.keep {
            let _ = std::fs::remove_dir_all(&self.dir);
        }
    }
}

/// Three of four webhooks carry the person's fields; the fourth names an employee and no more, who has to be read.
const FORMS: [&str; 4] = ["webhook-with-fields", "webhook-with-fields", "webhook-with-fields", "webhook"];

/// Posts one signed webhook until it is accepted, as HR systems do. When it was sent, in ms since the epoch.
async fn send(client: &reqwest::Client, signed: &str, url: &str) -> Option<i64> {
    for wait_ms in [0, 100, 300, 1_000, 3_000, 5_000] {
        tokio::time::sleep(Duration::from_millis(wait_ms)).await;
        // Signed at the moment of sending: the timestamp is part of what is signed.
        let Ok(signed) = client.post(signed).send().await else { continue };
        let Ok(signed) = signed.json::<sandbox::SignedWebhook>().await else { continue };
        let sent_at = jiff::Timestamp::now().as_millisecond();
        let answer = client
            .post(url)
            .header("X-BambooHR-Timestamp", &signed.timestamp)
            .header("X-BambooHR-Signature", &signed.signature)
            .header("Content-Type", "application/json")
            .body(signed.body)
            .send()
            .await;
        if answer.is_ok_and(|answer| answer.status().is_success()) {
            return Some(sent_at);
        }
    }
    None
}

/// Everybody who leaves, one executive and one contractor among them, and nobody's manager's manager twice.
fn pick(people: &[Person], count: usize) -> Vec<Person> {
    let mut leavers: Vec<Person> = Vec::with_capacity(count);
    let executive =
        people.iter().find(|it| it.executive && !it.privileged).or_else(|| people.iter().find(|it| it.executive));
    for person in executive.into_iter().chain(people.iter().filter(|it| !it.executive)) {
        if leavers.len() < count && !leavers.iter().any(|it| it.email == person.email) {
            leavers.push(person.clone());
        }
    }
    // The executive does not come first: the approval arrives in the middle of things.
    let middle = leavers.len() / 3;
    if leavers.len() > 1 {
        leavers.swap(0, middle);
    }
    leavers
}

fn directory(options: &Options) -> Result<PathBuf, DemoError> {
    let dir = match &options.keep {
        Some(dir) => std::path::absolute(dir).map_err(DemoError::new)?,
        None => std::env::temp_dir().join(format!("nightlatch-demo-{}", uuid::Uuid::new_v4().simple())),
    };
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&dir);
    made.map_err(|error| DemoError::new(format!("{}: {error}", dir.display())))?;
    Ok(dir)
}

/// A port that was free a moment ago: the engine's configuration has to name it before the engine runs.
pub fn free_port() -> std::io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}
