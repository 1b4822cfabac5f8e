//! Asks the engine, prints what it says.

mod confirm;
mod connect;
mod hold;
mod inbox;
mod launch;
mod watch;

use std::io::Read as _;
use std::path::Path;

use serde::Serialize;

use super::args::{self, Command};
use super::fault::{Exit, Fault};
use super::render::{self, Look};
use super::terminal::Terminal;
use super::{Context, completions};
use crate::ipc::protocol::MAX_LINE;
use crate::ipc::{Client, Lookup, Op, ProbeReport, Reply, Summary};
use crate::model::{HrNotice, Leaver, NoticeKind, Offboarding, OffboardingId, Timestamp, instant};
use connect::{connect, other_configuration};

/// Runs a subcommand for which [`Command::is_remote`] holds.
pub async fn perform(command: Command, context: &Context, terminal: &mut Terminal) -> Exit {
    let mut session = Session { context, terminal };
    match session.command(command).await {
        Ok(exit) => exit,
        Err(fault) => session.terminal.fail(&fault, context.json),
    }
}

struct Session<'a> {
    context: &'a Context,
    terminal: &'a mut Terminal,
}

impl Session<'_> {
    async fn command(&mut self, command: Command) -> Result<Exit, Fault> {
        match command {
            Command::Leaver(args::Leaver::Add(add)) => self.leaver_add(*add).await,
            Command::Leaver(args::Leaver::Missing { since }) => self.missing(since.as_deref()).await,
            Command::Import(import) => self.import(import).await,
            Command::Plan(plan) if plan.dry_run => self.dry_run(&plan.person, !plan.no_lookup).await,
            Command::Plan(plan) => self.plan(&plan.person, !plan.no_lookup).await,
            Command::Runbook => self.runbook().await,
            Command::Launch { offboarding } => self.act(Op::Launch { offboarding, revision: None }).await,
            Command::List(list) => self.list(&list).await,
            Command::Show(show) => self.show(&show).await,
            Command::Watch { offboarding } => self.watch(offboarding).await,
            Command::Retry(args::Retry { step: Some(step), .. }) => self.act(Op::Retry { step, revision: None }).await,
            Command::Retry(args::Retry { all_failed, .. }) => {
                self.act(Op::RetryFailed { offboarding: all_failed.flatten() }).await
            }
            Command::Approvals => self.approvals().await,
            Command::Alerts => self.alerts().await,
            Command::Approve(approve) => self.approve(approve).await,
            Command::Reject { step, reason } => self.act(Op::Reject { step, revision: None, reason }).await,
            Command::Pause(args::Pause { which, reason }) => {
                self.act(Op::Pause { offboarding: which.offboarding, revision: None, reason }).await
            }
            Command::Resume(which) => self.act(Op::Resume { offboarding: which.offboarding, revision: None }).await,
            Command::Abort(abort) => self.abort(abort).await,
            Command::Undo(undo) => self.undo(undo).await,
            Command::Hold(hold) => self.hold(hold).await,
            Command::Note { offboarding, text } => self.note(offboarding, text).await,
            Command::History(history) => self.history(history).await,
            Command::Timeline { offboarding } => self.timeline(offboarding).await,
            Command::Ledger(args::Ledger::Status) => self.ledger_status().await,
            Command::Ledger(args::Ledger::Verify(args::Verify { by_engine: true, .. })) => self.ledger_verify().await,
            Command::Status => self.status().await,
            Command::Check(check) => self.check(check).await,
            Command::Connectors(connectors) => self.connectors(connectors).await,
            Command::Licences { since } => self.licences(since.as_deref()).await,
            Command::Stop => self.act(Op::Shutdown {}).await,
            Command::Docs { document } => self.terminal.raw(document.text().as_bytes()).map(|()| Exit::Ok),
            Command::Completions { shell } => self.terminal.raw(&completions(shell)).map(|()| Exit::Ok),
            Command::Engine(_)
            | Command::Sandbox(_)
            | Command::Demo(_)
            | Command::Ledger(_)
            | Command::Store(_)
            | Command::Keys
            | Command::Actions { .. } => {
                Err(Fault::new(Exit::Failure, "this subcommand does not go through the engine's socket"))
            }
        }
    }

    fn look(&self) -> Look {
        Look { width: self.terminal.width, ascii: self.context.ascii }
    }

    async fn client(&self) -> Result<Client, Fault> {
        connect(self.context, false).await
    }

    /// What is asked here depends on the configuration: an engine that has read another one is told of.
    async fn client_of_a_started_engine(&mut self) -> Result<Client, Fault> {
        let client = connect(self.context, true).await?;
        if let Some(fault) = other_configuration(self.context, client.welcome()) {
            self.terminal.warn(&fault, self.context.json);
        }
        Ok(client)
    }

    async fn ask(&self, op: Op) -> Result<Reply, Fault> {
        Ok(self.client().await?.request(op).await?)
    }

    /// Asks for something that is answered with what was done.
    async fn act(&mut self, op: Op) -> Result<Exit, Fault> {
        let reply = self.ask(op).await?;
        self.done(reply)
    }

    fn done(&mut self, reply: Reply) -> Result<Exit, Fault> {
        match reply {
            Reply::Done { message, offboardings } if self.context.json => {
                #[derive(Serialize)]
                struct Done {
                    message: String,
                    offboardings: Vec<OffboardingId>,
                }
                self.terminal.json(&Done { message, offboardings })?;
            }
            Reply::Done { message, .. } => self.terminal.lines(&super::text::clean_lines(&message))?,
            Reply::Summaries(summaries) => return self.summaries(&summaries),
            other => return Err(unexpected(&other)),
        }
        Ok(Exit::Ok)
    }

    fn summaries(&mut self, summaries: &[Summary]) -> Result<Exit, Fault> {
        if self.context.json {
            self.terminal.json(&summaries)?;
        } else {
            let now = Timestamp::from(jiff::Timestamp::now());
            self.terminal.lines(&render::list(summaries, now, self.look()))?;
        }
        Ok(Exit::Ok)
    }

    async fn leaver_add(&mut self, add: args::LeaverAdd) -> Result<Exit, Fault> {
        let effective_at = add.effective_at().map_err(|told| Fault::new(Exit::Usage, told))?;
        if add.dry_run {
            return self.plan(&add.person, !add.no_lookup).await;
        }
        let notice = HrNotice {
            source: "console".to_owned(),
            event_id: uuid::Uuid::new_v4().to_string(),
            kind: NoticeKind::Terminated,
            leaver: add.person.leaver(),
            effective_at,
            by_hand: add.hold,
            reason: None,
        };
        let op = Op::LeaverAdd { notice: Box::new(notice), lookup: !add.no_lookup, plan_digest: None };
        let reply = self.client_of_a_started_engine().await?.request(op).await?;
        self.done(reply)
    }

    async fn import(&mut self, import: args::Import) -> Result<Exit, Fault> {
        let text = read_csv(&import.file, &mut *self.terminal)?;
        let name = import.file.display().to_string();
        let op = Op::Import { name, text, dry_run: import.dry_run, hold: import.hold, plan_digest: None };
        let reply = self.client_of_a_started_engine().await?.request(op).await?;
        self.done(reply)
    }

    async fn plan(&mut self, person: &args::Person, lookup: bool) -> Result<Exit, Fault> {
        let op = Op::Plan { leaver: Box::new(person.leaver()), lookup };
        match self.client_of_a_started_engine().await?.request(op).await? {
            Reply::Plan { leaver, plan, departures } if self.context.json => {
                let told = serde_json::json!({ "leaver": leaver, "plan": plan, "departures": departures });
                self.terminal.json(&told)?;
            }
            Reply::Plan { leaver, plan, departures } => {
                self.terminal.lines(&render::plan(&leaver, &plan, &departures, self.look()))?;
            }
            other => return Err(unexpected(&other)),
        }
        Ok(Exit::Ok)
    }

    async fn list(&mut self, list: &args::List) -> Result<Exit, Fault> {
        let mut client = self.client().await?;
        match client.request(Op::List {}).await? {
            Reply::Summaries(mut summaries) => {
                // Why nobody gets on stands above everybody.
                if !self.context.json
                    && let Ok(Reply::Status(status)) = client.request(Op::Status { since: None }).await
                    && let Some(reason) = &status.paused
                {
                    self.terminal.lines(&render::paused(reason))?;
                }
                let named = |it: &Summary| list.state.contains(&it.phase);
                let wanted = |it: &Summary| {
                    if list.state.is_empty() { list.all || it.ended_at.is_none() } else { named(it) }
                };
                summaries.retain(wanted);
                self.summaries(&summaries)
            }
            other => Err(unexpected(&other)),
        }
    }

    async fn history(&mut self, history: args::History) -> Result<Exit, Fault> {
        let args::History { query, zone, limit, before } = history;
        match self.ask(Op::History { query: query.join(" "), before, limit, zone }).await? {
            Reply::History(page) if self.context.json => self.terminal.json(&page.rows)?,
            Reply::History(page) => self.terminal.lines(&render::history(&page, self.look()))?,
            other => return Err(unexpected(&other)),
        }
        Ok(Exit::Ok)
    }

    /// Page by page, so that a long life fills no memory.
    async fn timeline(&mut self, offboarding: OffboardingId) -> Result<Exit, Fault> {
        const PAGE: u32 = 500;
        let mut client = self.client().await?;
        let mut person = render::PersonLines::default();
        let mut after = None;
        loop {
            let page = match client.request(Op::Person { offboarding, after, limit: PAGE }).await? {
                Reply::Person(page) => *page,
                other => return Err(unexpected(&other)),
            };
            if self.context.json {
                page.events.iter().try_for_each(|it| self.terminal.json(it))?;
            } else {
                self.terminal.lines(&person.page(&page))?;
            }
            after = page.events.last().map(|it| it.seq);
            if !page.more {
                return Ok(Exit::Ok);
            }
        }
    }

    async fn offboarding(&self, client: &mut Client, id: OffboardingId) -> Result<Offboarding, Fault> {
        match client.request(Op::Show { offboarding: id }).await? {
            Reply::Offboarding(offboarding) => Ok(*offboarding),
            other => Err(unexpected(&other)),
        }
    }

    async fn show(&mut self, show: &args::Show) -> Result<Exit, Fault> {
        let mut client = self.client().await?;
        let offboarding = self.offboarding(&mut client, show.offboarding).await?;
        if !show.timeline {
            if self.context.json {
                self.terminal.json(&offboarding)?;
            } else {
                let now = Timestamp::from(jiff::Timestamp::now());
                self.terminal.lines(&render::show(&offboarding, now, self.look()))?;
            }
            return Ok(Exit::Ok);
        }
        match client.request(Op::Timeline { offboarding: show.offboarding, step: None }).await? {
            Reply::Timeline(events) if self.context.json => self.terminal.json(&events)?,
            Reply::Timeline(events) => {
                let lines: String = events.iter().map(|it| render::event(it, Some(&offboarding)) + "\n").collect();
                self.terminal.lines(&lines)?;
            }
            other => return Err(unexpected(&other)),
        }
        Ok(Exit::Ok)
    }

    async fn ledger_status(&mut self) -> Result<Exit, Fault> {
        match self.ask(Op::Ledger {}).await? {
            Reply::Ledger(status) if self.context.json => self.terminal.json(&*status)?,
            Reply::Ledger(status) => self.terminal.lines(&render::ledger_status(&status))?,
            other => return Err(unexpected(&other)),
        }
        Ok(Exit::Ok)
    }

    /// Asks the engine to verify the log, and waits for what comes of it.
    async fn ledger_verify(&mut self) -> Result<Exit, Fault> {
        const LOOK_EVERY: std::time::Duration = std::time::Duration::from_millis(200);
        let mut client = self.client().await?;
        client.request(Op::LedgerVerify {}).await?;
        let last = loop {
            match client.request(Op::Ledger {}).await? {
                Reply::Ledger(status) if status.verification.running.is_none() => break status.verification.last,
                Reply::Ledger(_) => tokio::time::sleep(LOOK_EVERY).await,
                other => return Err(unexpected(&other)),
            }
        };
        let Some(last) = last else { return Err(Fault::new(Exit::Failure, "the verification ended without a result")) };
        if self.context.json {
            self.terminal.json(&last)?;
        } else {
            self.terminal.lines(&render::verified(&last))?;
        }
        Ok(if last.is_sound() { Exit::Ok } else { Exit::NotVerified })
    }

    async fn status(&mut self) -> Result<Exit, Fault> {
        // "Today" is the day of whoever asks.
        let now = jiff::Zoned::now();
        let since = now.start_of_day().ok().map(|it| it.timestamp().into());
        match self.ask(Op::Status { since }).await? {
            Reply::Status(status) if self.context.json => self.terminal.json(&*status)?,
            Reply::Status(status) => self.terminal.lines(&render::status(&status, now.timestamp().into()))?,
            other => return Err(unexpected(&other)),
        }
        Ok(Exit::Ok)
    }

    async fn licences(&mut self, since: Option<&str>) -> Result<Exit, Fault> {
        let since = since.map(instant::since).transpose().map_err(|told| Fault::new(Exit::Usage, told))?;
        match self.ask(Op::Licences { since }).await? {
            Reply::Licences(reclaimed) if self.context.json => self.terminal.json(&reclaimed)?,
            Reply::Licences(reclaimed) => self.terminal.lines(&render::licences(&reclaimed, self.look()))?,
            other => return Err(unexpected(&other)),
        }
        Ok(Exit::Ok)
    }

    async fn connectors(&mut self, asked: args::Connectors) -> Result<Exit, Fault> {
        if let (true, Some(connector)) = (asked.try_now, &asked.connector) {
            return self.act(Op::TryNow { connector: connector.clone() }).await;
        }
        let mut all = match self.ask(Op::Connectors {}).await? {
            Reply::Connectors(all) => all,
            other => return Err(unexpected(&other)),
        };
        if let Some(id) = &asked.connector {
            all.retain(|it| it.id == *id);
            if all.is_empty() {
                return Err(Fault::new(Exit::Failure, format!("no connector named `{id}` is configured"))
                    .cured_by("`nightlatch connectors` lists them"));
            }
        }
        let now = Timestamp::from(jiff::Timestamp::now());
        match (all.as_slice(), &asked.connector) {
            (all, _) if self.context.json => self.terminal.json(&all)?,
            ([one], Some(_)) => self.terminal.lines(&render::connector(one, now))?,
            (all, _) => self.terminal.lines(&render::connectors(all, now, self.look()))?,
        }
        Ok(Exit::Ok)
    }

    async fn check(&mut self, check: args::Check) -> Result<Exit, Fault> {
        let mut client = connect(self.context, true).await?;
        // A check of what nobody runs would say nothing.
        if let Some(fault) = other_configuration(self.context, client.welcome()) {
            return Err(fault);
        }
        let args::Check { connector, person, no_lookup } = check;
        let leaver = person.map(|email| Box::new(Leaver::from_email(&email)));
        let op = Op::Check { connector, lookup: leaver.is_some() && !no_lookup, leaver };
        match client.request(op).await? {
            Reply::Probes(probes) => {
                if self.context.json {
                    self.terminal.json(&probes)?;
                } else {
                    self.terminal.lines(&render::probes(&probes, self.look()))?;
                }
                let in_doubt =
                    |it: &ProbeReport| matches!(it.person, Some(Lookup::Unsure { .. } | Lookup::Failed { .. }));
                let unusable = probes.iter().any(|it| it.health.is_dead() || in_doubt(it));
                Ok(if unusable { Exit::Failure } else { Exit::Ok })
            }
            other => Err(unexpected(&other)),
        }
    }
}

fn unexpected(reply: &Reply) -> Fault {
    let kind = match reply {
        Reply::Done { .. } => "an acknowledgement",
        Reply::Pong {} => "that it answers",
        Reply::Summaries(_) => "a list",
        Reply::History(_) => "a page of the history",
        Reply::Person(_) => "a person's journal",
        Reply::Offboarding(_) => "an offboarding",
        Reply::Timeline(_) => "a journal",
        Reply::Plan { .. } => "a plan",
        Reply::Preview(_) => "a preview",
        Reply::DryRun(_) => "a dry run",
        Reply::Missing(_) => "a list of who is missing",
        Reply::Runbook(_) => "the runbook",
        Reply::Restoration(_) => "an undo's plan",
        Reply::Probes(_) => "a check",
        Reply::Connectors(_) => "a list of connectors",
        Reply::Licences(_) => "a list of licences",
        Reply::Status(_) => "its own status",
        Reply::Ledger(_) => "the log's status",
        Reply::Evidence(_) => "written evidence",
    };
    Fault::new(Exit::Failure, format!("the engine answered with {kind}, which was not asked for"))
        .cured_by("restart the engine with this version: `nightlatch stop`, then `nightlatch engine`")
}

/// The rows of a CSV file. Half a protocol line at most: JSON may double what it escapes.
fn read_csv(file: &Path, terminal: &mut Terminal) -> Result<String, Fault> {
    let limit = u64::try_from(MAX_LINE / 2).unwrap_or(u64::MAX);
    let failed = |error: std::io::Error| Fault::new(Exit::Failure, format!("{}: {error}", file.display()));
    let mut bytes = Vec::new();
    let read = if file == Path::new("-") {
        (&mut terminal.input).take(limit + 1).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(file).and_then(|opened| opened.take(limit + 1).read_to_end(&mut bytes))
    };
    let read = read.map_err(failed)?;
    if u64::try_from(read).is_ok_and(|read| read > limit) {
        let what = format!("{} has more than {} MiB", file.display(), limit / (1024 * 1024));
        return Err(Fault::new(Exit::Failure, what).cured_by("split it"));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..at].split(|byte| *byte == b'\n').count();
        Fault::new(Exit::Failure, format!("{}, line {line}: not UTF-8", file.display()))
            .cured_by("export it as \"CSV UTF-8\"")
    })
}
