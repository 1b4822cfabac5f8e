//! `leaver add`: an offboarding opened by hand.

use uuid::Uuid;

use super::plan::as_seen;
use super::{Answer, Context, refusal};
use crate::engine::Taken;
use crate::ipc::{ErrorCode, Refusal, Reply};
use crate::model::{Actor, HrNotice, OffboardingId};

impl Context {
    pub(super) async fn add_leaver(
        &self,
        id: Uuid,
        notice: HrNotice,
        lookup: bool,
        plan_digest: Option<&str>,
        by: Actor,
    ) -> Answer {
        let leaver = self.known_to_hr(notice.leaver, lookup).await?;
        if let Some(seen) = plan_digest {
            as_seen(seen, &self.planned(&leaver)?.digest, &leaver.email)?;
        }
        let email = leaver.email.clone();
        // The request's id makes a resend after a crash of the engine a replay, too.
        let notice = HrNotice { source: "console".to_owned(), event_id: id.to_string(), leaver, ..notice };
        let taken = self.handle.notices(vec![notice], by).await.map_err(refusal)?;
        match taken.first() {
            Some(Taken::Opened(id)) => Ok(done(format!("{id}: the offboarding of {email} is opened"), *id)),
            Some(Taken::Merged(id)) => Ok(done(format!("{id}: the offboarding of {email} was open already"), *id)),
            Some(Taken::Rescinded(id)) => Ok(done(format!("{id}: the offboarding of {email} is stopped"), *id)),
            Some(Taken::SetAside(reason)) => Err(Refusal::new(ErrorCode::Conflict, reason.clone())),
            Some(Taken::Replay) | None => Err(Refusal::new(
                ErrorCode::Conflict,
                "this very request was taken before: look with `nightlatch list`",
            )),
        }
    }
}

fn done(message: String, id: OffboardingId) -> Reply {
    Reply::Done { message, offboardings: vec![id] }
}
