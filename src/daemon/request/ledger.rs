//! `ledger status`: where the log stands.

use base64::prelude::{BASE64_STANDARD, Engine as _};

use super::{Answer, Context, refusal};
use crate::ipc::{ErrorCode, LedgerStatus, Refusal, Reply};

impl Context {
    pub(super) async fn ledger(&self) -> Answer {
        let stamp = self.handle.stamps().borrow().clone();
        let early = || Refusal::new(ErrorCode::Unavailable, "nothing is journalled yet: ask again in a moment");
        let stamp = stamp.ok_or_else(early)?;
        let (checkpoint, checkpoint_at) = stamp.checkpoint.unzip();
        let paused = self.handle.look(|fleet, _| fleet.paused.clone()).await.map_err(refusal)?;
        Ok(Reply::Ledger(LedgerStatus {
            origin: self.origin.clone(),
            verifier_key: self.verifier_key.clone(),
            size: stamp.size,
            root: BASE64_STANDARD.encode(stamp.root),
            checkpoint,
            checkpoint_at,
            paused,
        }))
    }
}
