//! `ledger status`: where the log stands, who has seen how much of it, and what verifying it gave.

use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, Engine as _};
use sha2::{Digest as _, Sha256};

use super::{Answer, Context, file_size, refusal};
use crate::daemon::readers;
use crate::engine::clock::wall_now;
use crate::ipc::ledger::{AnchorStatus, Subscriber};
use crate::ipc::{ErrorCode, LedgerStatus, Refusal, Reply};
use crate::ledger::{Anchor, checkpoint};
use crate::store::Stamp;

impl Context {
    pub(super) async fn ledger(&self) -> Answer {
        let stamp = self.stamp()?;
        let (checkpoint, checkpoint_at) = stamp.checkpoint.unzip();
        let looked = self.handle.look(|fleet, _| {
            let rollback = fleet.alerts.get("rollback").map(|alert| alert.summary.clone());
            (fleet.paused.clone(), rollback)
        });
        let (paused, rollback) = looked.await.map_err(refusal)?;
        Ok(Reply::Ledger(Box::new(LedgerStatus {
            origin: self.origin.clone(),
            verifier_key: self.verifier_key.clone(),
            key_fingerprint: fingerprint(&self.verifier_key),
            size: stamp.size,
            root: BASE64_STANDARD.encode(stamp.root),
            checkpoint_size: checkpoint.as_deref().and_then(checkpoint::size_of),
            checkpoint,
            checkpoint_at,
            bytes: self.journal_bytes(),
            paused,
            rollback,
            anchor: self.anchor_status(),
            subscribers: self.subscribers().await?,
            verification: self.verification.status(),
        })))
    }

    fn stamp(&self) -> Result<Stamp, Refusal> {
        let early = || Refusal::new(ErrorCode::Unavailable, "nothing is journalled yet: ask again in a moment");
        self.handle.stamps().borrow().clone().ok_or_else(early)
    }

    /// Recomputes the log in the background; what came of it is for [`Context::ledger`] to say.
    pub(super) fn verify_ledger(&self) -> Answer {
        let begun = self.verification.begin(wall_now(), self.stamp()?.size);
        begun.map_err(|told| Refusal::new(ErrorCode::Unavailable, told))?;
        let message = "the log is being verified; `nightlatch ledger status` says how far it is".to_owned();
        Ok(Reply::Done { message, offboardings: Vec::new() })
    }

    /// So many events are under the last checkpoint.
    pub(super) fn signed(&self) -> u64 {
        let note = self.stamp().ok().and_then(|it| it.checkpoint).map(|(note, _)| note);
        note.as_deref().and_then(checkpoint::size_of).unwrap_or(0)
    }

    fn journal_bytes(&self) -> u64 {
        file_size(&self.paths.journal()) + file_size(&self.paths.wal())
    }

    fn anchor_status(&self) -> Option<AnchorStatus> {
        let path = self.paths.anchor();
        path.exists().then(|| {
            let size = Anchor::at(&path).ok().and_then(|it| it.checkpoint().map(|it| it.size));
            AnchorStatus { path: path.display().to_string(), size }
        })
    }

    /// The channels that are configured, and those that once were.
    async fn subscribers(&self) -> Result<Vec<Subscriber>, Refusal> {
        let states = self.channels.borrow().clone();
        let named: Vec<String> = states.keys().cloned().collect();
        let cursors = self.readers.ask(move |reader| reader.cursors(&named)).await;
        let cursors = cursors.map_err(|error| readers::refusal(&error))?;
        let of = |it: crate::store::Cursor| {
            let trouble = states.get(&it.name).and_then(|state| state.trouble.clone());
            Subscriber { name: it.name, next: it.next, behind: it.behind, trouble }
        };
        Ok(cursors.into_iter().map(of).collect())
    }
}

/// A verifier key (name+hash+key) in short: the hash of the key, as `ssh-keygen -l` shows one.
fn fingerprint(verifier_key: &str) -> String {
    // Base64 has a plus, too; names have none.
    let key = verifier_key.splitn(3, '+').nth(2).and_then(|key| BASE64_STANDARD.decode(key).ok());
    key.map_or_else(String::new, |key| format!("SHA256:{}", BASE64_STANDARD_NO_PAD.encode(Sha256::digest(key))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_with_a_plus_in_it_has_a_fingerprint() {
        let key = "nightlatch/demo+bb96b1e9+AU40WX0vEhmydH4Fj5JcgiWynJPkqQzwtQ6W+S7VGFp0";
        let shown = fingerprint(key);
        assert!(shown.starts_with("SHA256:") && shown.len() == 7 + 43, "{shown}");
        assert_ne!(shown, fingerprint(&key.replace("S7VG", "S7VH")));
        assert_eq!(fingerprint("no key"), "");
    }
}
