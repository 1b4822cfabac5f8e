//! One vendor that counts, one person who leaves, and engines one after the other in one state directory.

use std::fmt::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use nightlatch::daemon::offline;
use nightlatch::ipc::{Client, Op, Refusal, Reply};
use nightlatch::model::{Envelope, Offboarding, StepState};
use nightlatch::paths::Paths;
use nightlatch::store::Reader;

use super::rule::{Answer, Class};
use super::vendor::Vendor;
use crate::harness::{BINARY, PATIENCE, steps_of};

pub(crate) struct Stage {
    pub(crate) vendor: Vendor,
    pub(crate) paths: Paths,
    config: PathBuf,
    dir: tempfile::TempDir,
}

/// An engine that runs, and is not left behind.
pub(crate) struct Engine(Child);

impl Stage {
    /// Everything but the engine: a declared action for each class.
    pub(crate) async fn set(answer: Answer) -> Self {
        let vendor = Vendor::open(answer).await;
        let dir = tempfile::tempdir().unwrap();
        let mut text = format!(
            r#"
runbook = "runbook.toml"
[engine]
origin = "nightlatch/crash"
checkpoint_every_s = 3600
[intake]
listen = "127.0.0.1:0"
[connectors.desk]
type = "http"
base_url = "{}"
max_in_flight = 8
deadline = "1s"
quarantine = "200ms"
[connectors.desk.locate]
request = {{ url = "/agents?email={{{{ leaver.email }}}}" }}
list = "/agents"
id = "/id"
match = "/email"
"#,
            vendor.base
        );
        for class in Class::ALL {
            let name = class.name();
            let (more, headers) = match class {
                Class::Keyed => ("key_window = \"1h\"", ", headers = { Idempotency-Key = \"{{ idempotency_key }}\" }"),
                _ => ("", ""),
            };
            write!(
                text,
                r#"
[[connectors.desk.actions]]
name = "{name}"
title = "Does what may be {name}"
danger = "reversible"
class = "{name}"
{more}
request = {{ method = "POST", url = "/agents/{{{{ account.id }}}}/{name}"{headers} }}
done = [{{ status = 200, pointer = "/result", equals = "done" }}]
already = [{{ status = 409 }}]
retry = [{{ status = 429 }}]
verify = {{ request = {{ url = "/agents/{{{{ account.id }}}}/{name}" }}, dead = [{{ pointer = "/dead", equals = true }}] }}
"#
            )
            .unwrap();
        }
        let config = dir.path().join("config.toml");
        std::fs::write(&config, text).unwrap();
        // A repeat comes when the outcomes of all steps are on disk, and not before.
        std::fs::write(dir.path().join("runbook.toml"), "name = \"crash\"\n[retry]\nbase = \"2s\"\n").unwrap();
        let paths = Paths::new(Some(&dir.path().join("state"))).unwrap();
        Self { vendor, paths, config, dir }
    }

    /// Starts an engine with these failpoints.
    pub(crate) fn engine(&self, failpoints: &str) -> Engine {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.log_path()).unwrap();
        let mut command = Command::new(BINARY);
        command.arg("--state-dir").arg(self.paths.state_dir()).arg("--config").arg(&self.config).arg("engine");
        command.env("FAILPOINTS", failpoints).env_remove("NIGHTLATCH_LOG");
        Engine(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap())
    }

    fn log_path(&self) -> PathBuf {
        self.dir.path().join("engine.log")
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    /// Waits until the engine can be talked to, and has written down that it runs: a commit by itself.
    pub(crate) async fn answers(&self) {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Ok(mut client) = Client::connect(self.paths.socket(), false).await
                && client.request(Op::Ledger {}).await.is_ok()
            {
                return;
            }
            assert!(Instant::now() < until, "the engine does not answer:\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn ask(&self, op: Op) -> Result<Reply, Refusal> {
        Client::connect(self.paths.socket(), false).await.unwrap().request(op).await
    }

    /// One person leaves, always the same.
    pub(crate) async fn somebody_leaves(&self) -> Result<Reply, Refusal> {
        let text = "email\nalfa.doe@corp.example\n".to_owned();
        self.ask(Op::Import { name: "leavers.csv".to_owned(), text, dry_run: false, hold: false, plan_digest: None })
            .await
    }

    /// Waits until nothing happens by itself any more.
    pub(crate) async fn rests(&self) -> Offboarding {
        let until = Instant::now() + PATIENCE;
        loop {
            let Reply::Summaries(list) = self.ask(Op::List {}).await.unwrap() else { panic!("no list") };
            let Reply::Offboarding(seen) = self.ask(Op::Show { offboarding: list[0].id }).await.unwrap() else {
                panic!("no offboarding")
            };
            let rests = |state: &StepState| {
                matches!(state, StepState::Done { .. } | StepState::Failed { .. } | StepState::NeedsHuman { .. })
            };
            if seen.steps.iter().all(|step| rests(&step.state)) {
                return *seen;
            }
            assert!(Instant::now() < until, "no rest:\n{}", steps_of(&seen));
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// What the journal's file says of it.
    pub(crate) fn timeline(&self, of: &Offboarding) -> Vec<Envelope> {
        Reader::open(&self.paths.journal()).unwrap().timeline(of.id, None).unwrap()
    }

    /// The log holds, and everything else in the journal's file follows from it.
    pub(crate) fn proves_its_ledger(&self) {
        let found = offline::verify(&self.paths, None, &[], &[]).unwrap();
        assert!(found.report.is_sound(), "{}", found.report);
        let rebuilt = offline::rebuild(&self.paths, None).unwrap();
        assert!(rebuilt.differences.is_empty(), "{rebuilt}");
    }
}

impl Engine {
    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    /// Waits for its end, whatever that is.
    pub(crate) async fn ends(mut self) -> ExitStatus {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.0.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < until, "the engine does not end");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Waits until it has ended as by `kill -9`.
    pub(crate) async fn has_been_killed(self) {
        let status = self.ends().await;
        assert_eq!(status.signal(), Some(rustix::process::Signal::KILL.as_raw()), "{status}");
    }

    /// Ends it in order.
    pub(crate) async fn stops(self, stage: &Stage) {
        stage.ask(Op::Shutdown {}).await.unwrap();
        let status = self.ends().await;
        assert!(status.success(), "{status}\n{}", stage.log());
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
