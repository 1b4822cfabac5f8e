//! `export`: what `ledger export --for` writes, written by the engine into its own state: a console may be far away.

use std::fs;
use std::os::unix::fs::DirBuilderExt as _;

use super::{Answer, Context};
use crate::daemon::offline::{self, ExportError, Exported, Whom};
use crate::ipc::{ErrorCode, Evidence, Refusal, Reply};
use crate::model::OffboardingId;

impl Context {
    pub(super) async fn export(&self, offboarding: OffboardingId) -> Answer {
        self.find(offboarding).await?;
        let paths = self.paths.clone();
        let written = tokio::task::spawn_blocking(move || {
            let folder = paths.exports();
            let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder);
            made.map_err(|error| ExportError::Io { path: folder.clone(), error })?;
            let name = format!("{offboarding}-{}", jiff::Timestamp::now().strftime("%Y%m%dT%H%M%S%3fZ"));
            offline::export(&paths, None, &folder.join(name), Some(&Whom::Offboarding(offboarding)))
        });
        let unavailable = |message: String| Refusal::new(ErrorCode::Unavailable, message);
        let written = written.await.map_err(|error| unavailable(error.to_string()))?;
        let written = written.map_err(|error| unavailable(error.to_string()))?;
        Ok(Reply::Evidence(Box::new(evidence(written))))
    }
}

fn evidence(written: Exported) -> Evidence {
    let Exported { to, files, events, offboardings: _, origin, size, root, verifier_key, unsigned } = written;
    Evidence { to: to.display().to_string(), files, events, origin, size, root, verifier_key, unsigned }
}
