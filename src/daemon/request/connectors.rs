//! `connectors`: how every connector does, as the engine has met it.

use super::{Answer, Context, refusal};
use crate::ipc::Reply;

impl Context {
    pub(super) async fn connectors(&self) -> Answer {
        self.handle.connectors().await.map(Reply::Connectors).map_err(refusal)
    }
}
