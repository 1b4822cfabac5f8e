//! Legal holds and notes: of one offboarding, or of everything that is known of a person.

use super::{Session, unexpected};
use crate::cli::args::{Hold, Whom};
use crate::cli::fault::{Exit, Fault};
use crate::cli::render;
use crate::ipc::{Client, Op, Reply};
use crate::model::{HoldChange, LegalHold, OffboardingId};

/// More offboardings than one person ever has.
const OF_ONE_PERSON: u32 = 1_000;

impl Session<'_> {
    pub(super) async fn hold(&mut self, hold: Hold) -> Result<Exit, Fault> {
        let change = match (hold.off, hold.keep, hold.reason.trim().is_empty()) {
            (true, _, true) => HoldChange::Lift,
            (true, _, false) => HoldChange::AskLift,
            (false, true, _) => HoldChange::Keep,
            (false, false, _) => HoldChange::Place,
        };
        let mut client = self.client().await?;
        let (mut messages, mut held) = (Vec::new(), Vec::new());
        for offboarding in self.meant(&mut client, &hold.whom, change).await? {
            let of = self.offboarding(&mut client, offboarding).await?;
            // A second person sees what they agree to.
            if let Some(standing) = of.legal_hold.as_ref().filter(|_| !self.context.json) {
                self.terminal.lines(&render::legal_hold(&of, standing))?;
            }
            let (revision, reason) = (Some(of.revision), hold.reason.clone());
            match client.request(Op::Hold { offboarding, revision, change, reason }).await? {
                Reply::Done { message, .. } if self.context.json => messages.push(message),
                reply @ Reply::Done { .. } => drop(self.done(reply)?),
                other => return Err(unexpected(&other)),
            }
            held.push(offboarding);
        }
        if self.context.json {
            return self.done(Reply::Done { message: messages.join("\n"), offboardings: held });
        }
        Ok(Exit::Ok)
    }

    /// The offboardings that are meant: of a person, those to which it can be done.
    async fn meant(&self, client: &mut Client, whom: &Whom, change: HoldChange) -> Result<Vec<OffboardingId>, Fault> {
        let email = match whom {
            Whom::Offboarding(id) => return Ok(vec![*id]),
            Whom::Email(email) => email,
        };
        let op = Op::History { query: email.clone(), before: None, limit: OF_ONE_PERSON, zone: None };
        let found = match client.request(op).await? {
            Reply::History(found) => found,
            other => return Err(unexpected(&other)),
        };
        let theirs: Vec<_> = found.rows.into_iter().map(|row| row.summary).filter(|it| it.email == *email).collect();
        if theirs.is_empty() {
            return Err(Fault::new(Exit::Failure, format!("nobody with the address {email} was ever offboarded"))
                .cured_by("look with `nightlatch history`"));
        }
        let fits = |hold: Option<&LegalHold>| match change {
            HoldChange::Place => hold.is_none(),
            HoldChange::AskLift => hold.is_some_and(|it| it.lift.is_none()),
            HoldChange::Lift | HoldChange::Keep => hold.is_some_and(|it| it.lift.is_some()),
        };
        let meant: Vec<_> = theirs.iter().filter(|it| fits(it.legal_hold.as_ref())).map(|it| it.id).collect();
        if meant.is_empty() {
            let why = match change {
                HoldChange::Place => "is under legal hold already",
                HoldChange::AskLift => "is under no legal hold, or somebody has asked to lift it already",
                HoldChange::Lift | HoldChange::Keep => "is under no legal hold that somebody has asked to lift",
            };
            return Err(Fault::new(Exit::Refused, format!("{email} {why}: nothing was done")));
        }
        Ok(meant)
    }

    pub(super) async fn note(&mut self, offboarding: OffboardingId, text: String) -> Result<Exit, Fault> {
        self.act(Op::Note { offboarding, text }).await
    }
}
