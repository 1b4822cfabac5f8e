//! `list`: the offboardings in memory.

use super::{Answer, Context, refusal};
use crate::ipc::{Reply, Summary};

impl Context {
    pub(super) async fn list(&self) -> Answer {
        let look = self.handle.look(|fleet, now| fleet.offboardings.values().map(|it| Summary::of(it, now)).collect());
        Ok(Reply::Summaries(look.await.map_err(refusal)?))
    }
}
