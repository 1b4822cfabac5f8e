//! `import`: a CSV of leavers, all or none.

use std::fmt::Write as _;

use super::plan::as_seen;
use super::{Answer, Context, refusal};
use crate::engine::Taken;
use crate::intake::csv;
use crate::ipc::{ErrorCode, Refusal, Reply};
use crate::model::preview::digest_of_all;
use crate::model::{Actor, HrNotice};

impl Context {
    pub(super) fn parse_import(&self, name: &str, text: &str) -> Result<Vec<HrNotice>, Refusal> {
        csv::parse(name, text, &self.default_zone)
            .map_err(|errors| Refusal::new(ErrorCode::Invalid, errors.to_string()))
    }

    pub(super) fn check_import(&self, name: &str, text: &str) -> Answer {
        let people = self.parse_import(name, text)?.len();
        let message = format!("{name}: {}, no fault; nothing was imported (--dry-run)", counted(people, "leaver"));
        Ok(Reply::Done { message, offboardings: Vec::new() })
    }

    pub(super) async fn import(
        &self,
        name: &str,
        text: &str,
        hold: bool,
        plan_digest: Option<&str>,
        by: Actor,
    ) -> Answer {
        let mut notices = self.parse_import(name, text)?;
        if let Some(seen) = plan_digest {
            let digests = notices.iter().map(|it| self.planned(&it.leaver).map(|plan| plan.digest));
            let digests = digests.collect::<Result<Vec<_>, _>>()?;
            as_seen(seen, &digest_of_all(digests.iter().map(String::as_str)), "somebody in the file")?;
        }
        for notice in &mut notices {
            notice.by_hand |= hold;
        }
        let people = notices.len();
        let taken = self.handle.notices(notices, by).await.map_err(refusal)?;
        let mut opened = Vec::new();
        let (mut merged, mut known, mut aside) = (0_u32, 0_u32, Vec::new());
        for taken in taken {
            match taken {
                Taken::Opened(id) => opened.push(id),
                Taken::Merged(_) | Taken::Rescinded(_) => merged += 1,
                Taken::Replay => known += 1,
                Taken::SetAside(reason) => aside.push(reason),
            }
        }
        let (leavers, offboardings) = (counted(people, "leaver"), counted(opened.len(), "offboarding"));
        let mut message = format!("{name}: {leavers}, {offboardings} opened");
        for (count, what) in [(merged, "open already"), (known, "imported before")] {
            if count > 0 {
                let _ = write!(message, ", {count} {what}");
            }
        }
        for reason in aside {
            let _ = write!(message, "\nnot opened: {reason}");
        }
        Ok(Reply::Done { message, offboardings: opened })
    }
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
