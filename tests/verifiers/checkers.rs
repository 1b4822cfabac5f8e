//! The verifiers that there are on this machine.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::journal::Scene;

const GOPATH: &str = "/usr/share/gocode";

/// What a verifier said.
pub(crate) struct Judgement {
    pub(crate) accepts: bool,
    pub(crate) words: String,
}

/// A verifier, and how it is called in a directory of evidence.
pub(crate) struct Checker {
    pub(crate) name: &'static str,
    line: Vec<String>,
}

impl Checker {
    pub(crate) fn judge(&self, evidence: &Path) -> Judgement {
        self.run(evidence, &[])
    }

    /// Holds the log against a checkpoint that the auditor has kept, too; `None`: this verifier knows no checkpoints.
    pub(crate) fn judge_against(&self, evidence: &Path, kept: &Path) -> Option<Judgement> {
        let kept = kept.to_str().unwrap();
        match self.name {
            "go" => Some(self.run(evidence, &["-prev", kept])),
            "aics-tlog" => Some(self.run(evidence, &[kept])),
            _ => None,
        }
    }

    fn run(&self, evidence: &Path, more: &[&str]) -> Judgement {
        let mut command = Command::new(&self.line[0]);
        let ran = command.args(&self.line[1..]).args(more).current_dir(evidence).output().unwrap();
        let words = String::from_utf8_lossy(&[ran.stdout, ran.stderr].concat()).into_owned();
        // A verifier that falls over has refused nothing.
        let crashed =
            words.contains("Traceback") || words.contains("panic:") || !matches!(ran.status.code(), Some(0 | 1));
        assert!(!crashed, "{}: {words}", self.name);
        Judgement { accepts: ran.status.success(), words }
    }
}

/// All of them.
pub(crate) struct Checkers {
    found: Vec<Checker>,
    go: bool,
    python: Option<String>,
}

impl Checkers {
    /// Looks for them. They are started with the log's key, as noted elsewhere, and from the sources in `evidence`, as
    /// an auditor reads them: not from those in a copy that may be forged.
    pub(crate) fn find(scene: &Scene, evidence: &Path) -> Self {
        let key = scene.signer().verifier_key();
        let words = |line: &[&str]| line.iter().map(|&word| word.to_owned()).collect();
        let manifest = words(&["sha256sum", "-c", "--strict", "--quiet", "MANIFEST.sha256"]);
        let mut found = vec![Checker { name: "sha256sum", line: manifest }];
        let built = go(evidence, &scene.dir().join("verify_tlog"));
        match &built {
            Some(built) => found.push(Checker { name: "go", line: words(&[built.to_str().unwrap(), "-key", &key]) }),
            None => println!("skipped: needs golang-go and golang-golang-x-mod-dev"),
        }
        let python = python();
        match &python {
            Some(python) => {
                let script = evidence.join("verify_tlog.py");
                found.push(Checker { name: "aics-tlog", line: words(&[python, script.to_str().unwrap(), &key]) });
            }
            None => println!("skipped: needs Python 3.12 or later with aics-tlog"),
        }
        Self { found, go: built.is_some(), python }
    }

    pub(crate) fn all(&self) -> &[Checker] {
        &self.found
    }

    /// Whether this command of `VERIFY.md` can run here.
    pub(crate) fn knows(&self, line: &str) -> bool {
        match line.split(' ').next() {
            Some("python3") => self.python.is_some(),
            _ => self.go || !line.contains("go run"),
        }
    }

    /// Where a shell finds programs, with a `python3` that has aics-tlog first.
    pub(crate) fn path(&self, scene: &Scene) -> OsString {
        let folder = scene.dir().join("bin");
        fs::create_dir_all(&folder).unwrap();
        if let Some(python) = &self.python {
            let wrapper = folder.join("python3");
            fs::write(&wrapper, format!("#!/bin/sh\nexec '{python}' \"$@\"\n")).unwrap();
            fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o755)).unwrap();
        }
        let usual = std::env::var_os("PATH").unwrap_or_default();
        std::env::join_paths(std::iter::once(folder).chain(std::env::split_paths(&usual))).unwrap()
    }
}

/// Builds the Go verifier, if there are Go and its package.
fn go(evidence: &Path, to: &Path) -> Option<PathBuf> {
    if !Path::new(GOPATH).join("src/golang.org/x/mod/sumdb/tlog").exists() {
        return None;
    }
    let mut command = Command::new("go");
    command.env("GO111MODULE", "off").env("GOPATH", GOPATH).env_remove("GOFLAGS").current_dir(evidence);
    let ran = command.args(["build", "-o"]).arg(to).arg("verify_tlog.go").output().ok()?;
    assert!(ran.status.success(), "{ran:?}");
    Some(to.to_owned())
}

fn python() -> Option<String> {
    let has_it = |python: &String| {
        let ran = Command::new(python).args(["-c", "import aics_tlog"]).output();
        ran.is_ok_and(|ran| ran.status.success())
    };
    if let Ok(named) = std::env::var("NIGHTLATCH_PYTHON") {
        assert!(has_it(&named), "NIGHTLATCH_PYTHON names {named}, which has no aics-tlog");
        return Some(named);
    }
    ["python3", "python3.12", "python3.13", "python3.14"].map(str::to_owned).into_iter().find(has_it)
}
