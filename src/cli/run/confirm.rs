//! Acts that cannot be taken back: shown first, then confirmed by typing the leaver's login.

use super::Session;
use crate::cli::args::{Abort, Approve, Undo};
use crate::cli::fault::{Exit, Fault};
use crate::cli::render;
use crate::ipc::{Op, Reply};
use crate::model::Offboarding;

impl Session<'_> {
    pub(super) async fn approve(&mut self, approve: Approve) -> Result<Exit, Fault> {
        let step = approve.step;
        let mut client = self.client().await?;
        let offboarding = self.offboarding(&mut client, step.offboarding).await?;
        let Some((_, state)) = offboarding.step(step.ord) else {
            let count = offboarding.steps.len();
            let what = format!("{} has {count} steps, from 0; there is no {step}", step.offboarding);
            return Err(Fault::new(Exit::Failure, what).cured_by(format!("nightlatch show {}", step.offboarding)));
        };
        let plan_digest = offboarding.plan.digest.clone();
        if approve.plan.as_ref().is_some_and(|seen| seen.len() < 8 || !plan_digest.starts_with(seen.as_str())) {
            let what = format!("the plan of {} has the digest {plan_digest}: nothing was approved", step.offboarding);
            return Err(Fault::new(Exit::Refused, what).cured_by(format!(
                "read it with `nightlatch show {}`, then name at least 8 digits",
                step.offboarding
            )));
        }
        let revision = Some(state.revision);
        let shown = render::approval(&offboarding, step.ord);
        let typed = self.typed(&offboarding, &shown, approve.confirm, "approved")?;
        let reply = client.request(Op::Approve { step, revision, plan_digest, typed }).await?;
        self.done(reply)
    }

    pub(super) async fn abort(&mut self, abort: Abort) -> Result<Exit, Fault> {
        let mut client = self.client().await?;
        let offboarding = self.offboarding(&mut client, abort.offboarding).await?;
        let shown = render::abort(&offboarding, &abort.reason);
        let typed = self.typed(&offboarding, &shown, abort.confirm, "aborted")?;
        let (revision, reason) = (Some(offboarding.revision), abort.reason);
        let reply = client.request(Op::Abort { offboarding: abort.offboarding, revision, typed, reason }).await?;
        self.done(reply)
    }

    pub(super) async fn undo(&mut self, undo: Undo) -> Result<Exit, Fault> {
        let Undo { offboarding, step: steps, dry_run, confirm, reason } = undo;
        let mut client = self.client().await?;
        let of = self.offboarding(&mut client, offboarding).await?;
        let asked = |dry_run: bool, typed: String| Op::Undo {
            offboarding,
            steps: steps.clone(),
            revision: Some(of.revision),
            typed,
            reason: reason.clone(),
            dry_run,
        };
        let restoration = match client.request(asked(true, String::new())).await? {
            Reply::Restoration(restoration) => restoration,
            other => return Err(super::unexpected(&other)),
        };
        let shown = render::undo(&of, &restoration, self.look());
        if dry_run {
            if self.context.json {
                self.terminal.json(&restoration)?;
            } else {
                self.terminal.lines(&shown)?;
            }
            return Ok(Exit::Ok);
        }
        let typed = self.typed(&of, &shown, confirm, "undone")?;
        let reply = client.request(asked(false, typed)).await?;
        self.done(reply)
    }

    /// What the operator typed, if it is the leaver's login. The engine compares again.
    fn typed(&mut self, of: &Offboarding, shown: &str, given: Option<String>, done: &str) -> Result<String, Fault> {
        // Programs that read JSON read one value; people see what they confirm.
        if !self.context.json {
            self.terminal.lines(shown)?;
        }
        let login = &of.leaver().login;
        let typed = match given {
            Some(given) => given,
            None if self.terminal.interactive && !self.context.json => {
                let answer = self.terminal.ask("Type the leaver's login to confirm:")?;
                answer.ok_or_else(|| Fault::new(Exit::Failure, format!("no answer: nothing was {done}")))?
            }
            None => {
                return Err(Fault::usage(
                    format!("nobody can be asked to confirm here: nothing was {done}"),
                    "add --confirm with the leaver's login, as `nightlatch show` shows it",
                ));
            }
        };
        if typed.trim() == login {
            return Ok(login.clone());
        }
        let what = format!("`{typed}` is not the login of {}, `{login}`: nothing was {done}", of.leaver().name);
        Err(Fault::new(Exit::Refused, what).cured_by(format!("check that {} is whom you mean", of.id)))
    }
}
