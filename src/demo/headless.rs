//! The demo without a screen: it approves by itself, waits until everybody is closed, and counts at the sandbox.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::Value;

use super::report::{LedgerReport, Quantiles, Report};
use super::stage::Stage;
use super::{DemoError, Options};
use crate::daemon::offline;
use crate::ipc::{Client, Op, Reply};
use crate::model::{Event, Offboarding, Phase, PlannedStep, Step, StepClass, StepState};
use crate::sandbox::{Call, Kind, Sandbox, Truth};

/// Beyond the time of the webhooks, everybody has to be closed within this.
const PATIENCE: Duration = Duration::from_secs(180);

/// Lines of what has gone wrong, at most.
const UNMET_SHOWN: usize = 20;

/// Plays and counts.
pub async fn headless(options: Options) -> Result<Report, DemoError> {
    let stage = Stage::set(&options).await?;
    let playing = tokio::spawn(stage.play(options.over_s));
    let deadline = Instant::now() + Duration::from_secs(options.over_s) + PATIENCE;
    let mut client = Client::connect(stage.paths().socket(), false).await.map_err(DemoError::new)?;
    let mut approvals = 0;
    while Instant::now() < deadline {
        let open = approve_what_waits(&mut client, &mut approvals).await?;
        if playing.is_finished() && open == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let accepted = playing.await.map_err(DemoError::new)?;
    let ended = everybody(&mut client).await?;
    let retries = retries(&mut client, &ended).await?;
    drop(client);
    let calls = stage.sandbox().calls();
    let sandbox = stage.sandbox();
    let truths: BTreeMap<String, Known> = (ended.iter())
        .filter_map(|it| Some((it.leaver().email.clone(), Known::of(sandbox, &it.leaver().email)?)))
        .collect();
    let executed_twice = stage.sandbox().summary().executed_twice.len() as u64;
    let paths = stage.paths().clone();
    stop_engine(&stage).await;
    let ledger = ledger(&paths)?;
    let known = |email: &String| ended.iter().any(|it| it.leaver().email == *email);
    let report = Report {
        offboardings: accepted.len() as u64,
        closed: ended.iter().filter(|it| it.phase == Phase::Closed).count() as u64,
        steps: ended.iter().map(|it| acts(it).count() as u64).sum(),
        findings: ended.iter().flat_map(|it| &it.steps).map(|step| step.findings().len() as u64).sum(),
        verified_dead: ended.iter().map(|it| verified_dead(it, truths.get(&it.leaver().email))).sum(),
        executed_twice,
        lost: accepted.iter().filter(|(email, _)| !known(email)).count() as u64,
        retries,
        approvals,
        first_call_ms: Quantiles::of(since_webhook(&accepted, &calls, first_call)),
        last_kill_call_ms: Quantiles::of(since_webhook(&accepted, &calls, last_kill_call)),
        ledger,
        unmet: ended.iter().flat_map(|it| unmet(it, truths.get(&it.leaver().email))).take(UNMET_SHOWN).collect(),
    };
    stage.strike().await;
    Ok(report)
}

/// Approves every step that waits for it; how many offboardings are still open.
async fn approve_what_waits(client: &mut Client, approvals: &mut u64) -> Result<usize, DemoError> {
    let Reply::Summaries(summaries) = client.request(Op::List {}).await.map_err(DemoError::new)? else {
        return Err(DemoError::new("the engine gave no list"));
    };
    for waiting in summaries.iter().filter(|it| it.counts.approval > 0) {
        let shown = client.request(Op::Show { offboarding: waiting.id }).await.map_err(DemoError::new)?;
        let Reply::Offboarding(offboarding) = shown else { continue };
        for (ord, step) in (0u16..).zip(&offboarding.steps) {
            if !matches!(step.state, StepState::AwaitingApproval { .. }) {
                continue;
            }
            let op = Op::Approve {
                step: offboarding.id.step(ord),
                revision: Some(step.revision),
                plan_digest: offboarding.plan.digest.clone(),
                typed: offboarding.leaver().login.clone(),
            };
            // One that changed in between is asked for again at the next look.
            *approvals += u64::from(client.request(op).await.is_ok());
        }
    }
    Ok(summaries.iter().filter(|it| it.ended_at.is_none()).count())
}

async fn everybody(client: &mut Client) -> Result<Vec<Offboarding>, DemoError> {
    let Reply::Summaries(summaries) = client.request(Op::List {}).await.map_err(DemoError::new)? else {
        return Err(DemoError::new("the engine gave no list"));
    };
    let mut found = Vec::with_capacity(summaries.len());
    for summary in summaries {
        if let Reply::Offboarding(it) =
            client.request(Op::Show { offboarding: summary.id }).await.map_err(DemoError::new)?
        {
            found.push(*it);
        }
    }
    Ok(found)
}

/// Executions beyond the first.
async fn retries(client: &mut Client, ended: &[Offboarding]) -> Result<u64, DemoError> {
    let mut retries = 0;
    for offboarding in ended {
        let op = Op::Timeline { offboarding: offboarding.id, step: None };
        let Reply::Timeline(events) = client.request(op).await.map_err(DemoError::new)? else { continue };
        let again = |event: &Event| matches!(event, Event::StepStarted { attempt, .. } if *attempt > 1);
        retries += events.iter().filter(|it| again(&it.event)).count() as u64;
    }
    Ok(retries)
}

/// What the sandbox itself says of one person.
struct Known {
    truth: Truth,
    /// By vendor: what [`Truth`] does not tell.
    more: BTreeMap<&'static str, Value>,
}

impl Known {
    fn of(sandbox: &Sandbox, email: &str) -> Option<Self> {
        let more = ["google", "okta", "slack", "github"].into_iter();
        let more = more.filter_map(|vendor| Some((vendor, sandbox.state(vendor, email)?))).collect();
        Some(Self { truth: sandbox.truth(email)?, more })
    }

    fn says(&self, vendor: &str, what: &str, text: &str) -> bool {
        self.more.get(vendor).and_then(|state| state.get(what)).and_then(Value::as_str) == Some(text)
    }

    /// Nothing is left of this: an empty list or object, nothing, none, or null.
    fn is_gone(&self, vendor: &str, what: &str) -> bool {
        match self.more.get(vendor).and_then(|state| state.get(what)) {
            None | Some(Value::Null | Value::Bool(false)) => true,
            Some(Value::Array(items)) => items.is_empty(),
            Some(Value::Object(fields)) => fields.is_empty(),
            Some(Value::Number(number)) => number.as_u64() == Some(0),
            Some(_) => false,
        }
    }
}

/// The steps that take something away; the others only look.
fn acts(offboarding: &Offboarding) -> impl Iterator<Item = (&PlannedStep, &Step)> {
    let steps = offboarding.plan.steps.iter().zip(&offboarding.steps);
    steps.filter(|(planned, _)| planned.class != StepClass::Pure)
}

/// Steps that are done, and whose system says itself that this person's access is dead.
fn verified_dead(offboarding: &Offboarding, known: Option<&Known>) -> u64 {
    let Some(known) = known else { return 0 };
    let dead = acts(offboarding).filter(|(planned, step)| {
        matches!(step.state, StepState::Done { .. })
            && dead_at(known, planned.action.connector.as_str(), &planned.action.name)
    });
    dead.count() as u64
}

/// What has not come to a good end, in words.
fn unmet(offboarding: &Offboarding, known: Option<&Known>) -> Vec<String> {
    let named = |what: &str, planned: &PlannedStep| {
        format!("{} {} of {}: {what}", offboarding.id, planned.action, offboarding.leaver().email)
    };
    let open = offboarding.plan.steps.iter().zip(&offboarding.steps);
    let open = open.filter(|(_, step)| !step.state.is_settled());
    let mut lines: Vec<String> = open.map(|(planned, step)| named(step.state.word(), planned)).collect();
    let alive = acts(offboarding).filter(|(planned, step)| {
        let dead = known.is_some_and(|it| dead_at(it, planned.action.connector.as_str(), &planned.action.name));
        step.state.is_settled() && !dead
    });
    lines.extend(alive.map(|(planned, _)| named("settled, and the sandbox says that it is alive", planned)));
    lines
}

/// What the sandbox itself says of one action's end.
fn dead_at(known: &Known, connector: &str, action: &str) -> bool {
    let truth = &known.truth;
    let gone = |what: &str| known.is_gone(connector, what);
    let (google, okta) = (&truth.google, &truth.okta);
    let google_shut = google.suspended || google.deleted || !google.exists;
    match (connector, action) {
        ("google", "delete-user") => google.deleted || !google.exists,
        ("google", "reset-password") => google_shut && google.password_resets > 0 || google.deleted,
        ("google", "sign-out") => google_shut && google.web_sessions == 0,
        ("google", "revoke-admin-roles") => google.deleted || gone("roles") && gone("superAdmin"),
        ("google", "lock-devices") => google.deleted || gone("openAccountOnDevices"),
        ("google", "disable-chromeos-devices") => google.deleted || gone("activeChromebooks"),
        ("google", "leave-groups") => google.deleted || gone("groups"),
        ("google", _) => google_shut,
        ("okta", "suspend") => okta.status == "SUSPENDED" || okta.status == "DEPROVISIONED",
        ("okta", "deactivate") => okta.status == "DEPROVISIONED",
        ("okta", "clear-sessions") => okta.sessions == 0 && okta.oauth_tokens == 0,
        ("okta", "reset-factors") => okta.factors == 0,
        ("okta", "revoke-api-tokens") => gone("apiTokens"),
        ("okta", "revoke-grants") | ("github", "revoke-token-grants") => gone("grants"),
        ("okta", "revoke-admin-roles") => gone("ownRoles"),
        ("okta", "leave-groups") => gone("ownGroups"),
        ("okta", "unassign-apps") => gone("ownApps"),
        ("slack", "deactivate") => truth.slack.as_ref().is_none_or(|it| !it.active),
        ("slack", "reset-sessions") => truth.slack.as_ref().is_none_or(|it| it.sessions == 0),
        ("github", "revoke-credentials") => truth.github.as_ref().is_none_or(|it| it.credentials == 0),
        ("github", "remove-member") => truth.github.as_ref().is_none_or(|it| !it.member),
        ("github", "remove-outside-collaborator") => truth.github.as_ref().is_none_or(|it| !it.outside_collaborator),
        ("slack", "leave-user-groups") => gone("user_groups"),
        ("github", "cancel-invitations") => gone("invitations"),
        ("github", "leave-teams") => gone("teams"),
        // It goes with the membership, whoever assigned it.
        ("github", "remove-copilot-seat") => {
            let out = truth.github.as_ref().is_none_or(|it| !it.member);
            !known.says("github", "copilot", "assigned") || out
        }
        ("desk", "disable") => !truth.desk.active,
        _ => false,
    }
}

fn since_webhook(accepted: &[(String, i64)], calls: &[Call], pick: impl Fn(&[&Call]) -> Option<u64>) -> Vec<u64> {
    let mut by_person: BTreeMap<&str, Vec<&Call>> = BTreeMap::new();
    for call in calls {
        if let Some(subject) = &call.subject {
            by_person.entry(subject).or_default().push(call);
        }
    }
    let since = |(email, sent_at): &(String, i64)| {
        let sent_at = u64::try_from(*sent_at).ok()?;
        let of_person = by_person.get(email.as_str())?;
        let after: Vec<&Call> =
            of_person.iter().filter(|it| it.at_ms >= sent_at && it.vendor != "bamboohr").copied().collect();
        Some(pick(&after)?.saturating_sub(sent_at))
    };
    accepted.iter().filter_map(since).collect()
}

fn first_call(calls: &[&Call]) -> Option<u64> {
    calls.iter().map(|it| it.at_ms).min()
}

/// The kill switch's acts, by the sandbox's names for them.
const KILL_SWITCH: [&str; 13] = [
    "google.tokens.delete",
    "google.asps.delete",
    "google.backup_codes.invalidate",
    "google.users.sign_out",
    "google.users.password",
    "google.users.suspend",
    "okta.sessions.clear",
    "okta.users.suspend",
    "slack.scim.deactivate",
    "slack.sessions.reset",
    "github.memberships.delete",
    "github.collaborators.delete",
    "desk.agents.disable",
];

fn last_kill_call(calls: &[&Call]) -> Option<u64> {
    let mut first: BTreeMap<&str, u64> = BTreeMap::new();
    for call in calls.iter().filter(|it| it.kind != Kind::Read && KILL_SWITCH.contains(&it.op.as_str())) {
        let at = first.entry(call.op.as_str()).or_insert(call.at_ms);
        *at = (*at).min(call.at_ms);
    }
    first.into_values().max()
}

async fn stop_engine(stage: &Stage) {
    if let Ok(mut client) = Client::connect(stage.paths().socket(), false).await {
        let _ = client.request(Op::Shutdown {}).await;
    }
    for _ in 0..150 {
        if !stage.paths().socket().exists() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn ledger(paths: &crate::paths::Paths) -> Result<LedgerReport, DemoError> {
    let verified = offline::verify(paths, None, &[], &[]).map_err(DemoError::new)?;
    let rebuilt = offline::rebuild(paths, None).map_err(DemoError::new)?;
    for problem in &verified.report.problems {
        tracing::error!("the ledger: {problem:?}");
    }
    for difference in &rebuilt.differences {
        tracing::error!("the projections: {difference}");
    }
    Ok(LedgerReport {
        size: verified.report.size,
        root: verified.report.root.map(|root| BASE64_STANDARD.encode(root)).unwrap_or_default(),
        verified: verified.report.is_sound() && rebuilt.differences.is_empty(),
    })
}
