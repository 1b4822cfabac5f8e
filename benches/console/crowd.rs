//! People who leave, each with fifteen steps of the real planner, in whatever state is asked for.

use nightlatch::config::Section;
use nightlatch::connectors::registry;
use nightlatch::model::{
    Account, Actor, Envelope, Event, Fleet, HrNotice, Leaver, NoticeKind, OffboardingId, Phase, Proof, Timestamp,
};
use nightlatch::plan::{Planner, Runbook};

/// What the people are doing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    /// In the midst of it: clocks run.
    Busy,
    /// Closed: nothing moves.
    Still,
}

/// Three systems of five actions each, declared over HTTP.
fn systems() -> Vec<Section> {
    let action = |n: usize| {
        let stage = if n < 4 { "kill-switch" } else { "credentials" };
        format!(
            r#"[[actions]]
name = "act-{n}"
title = "Ends access number {n}"
stage = "{stage}"
danger = "reversible"
class = "idempotent"
request = {{ method = "POST", url = "/a{n}/{{{{ account.id }}}}" }}
done = [{{ status = 200 }}]
verify = {{ request = {{ url = "/a{n}/{{{{ account.id }}}}" }}, dead = [{{ status = 404 }}] }}
"#
        )
    };
    let actions: String = (0..5).map(action).collect();
    let section = |id: &&str| {
        let toml = format!(
            r#"type = "http"
base_url = "http://127.0.0.1:9"
probe = {{ url = "/probe" }}
locate = {{ account = "{{{{ leaver.email }}}}" }}
{actions}"#
        );
        Section::from_toml(id, &toml).unwrap()
    };
    ["wiki", "vpn", "badge"].iter().map(section).collect()
}

/// So many people.
pub(crate) fn people(count: u64, mood: Mood) -> Fleet {
    let connectors = registry::build_all(&systems()).unwrap();
    let actions = connectors.iter().flat_map(|it| it.actions().iter().map(|action| action.spec().clone())).collect();
    let planner = Planner::new(Runbook::builtin(), actions);
    let now = Timestamp::from(jiff::Timestamp::now());
    let ago = |ms: u64| Timestamp(now.0 - i64::try_from(ms).unwrap());
    let mut fleet = Fleet { next_offboarding: count + 1, ..Fleet::default() };
    for nth in 1..=count {
        let offboarding = OffboardingId(nth);
        let (email, login) = (format!("person{nth}.doe@corp.example"), format!("person{nth}.doe"));
        let leaver = Leaver { name: format!("Person{nth} Doe"), login: login.clone(), ..Leaver::from_email(&email) };
        let plan = planner.plan(&leaver).unwrap();
        assert_eq!(plan.steps.len(), 15);
        let notice = HrNotice {
            source: "bamboohr".to_owned(),
            event_id: nth.to_string(),
            kind: NoticeKind::Terminated,
            leaver,
            effective_at: None,
            by_hand: false,
            reason: None,
        };
        let opened =
            Event::Opened { offboarding, notice: Box::new(notice), plan: Box::new(plan), phase: Phase::Running };
        let mut events = vec![opened];
        let done = if mood == Mood::Still { 15 } else { 4 + nth % 9 };
        for ord in 0..u16::try_from(done).unwrap() {
            let step = offboarding.step(ord);
            let account = Account { id: format!("u-{nth}"), label: login.clone(), matched_on: "/mail".to_owned() };
            events.push(Event::StepStarted { step, attempt: 1, deadline_at: now });
            events.push(Event::StepAcknowledged {
                step,
                account: Some(account),
                before: None,
                already: None,
                caveat: None,
                exchanges: Vec::new(),
            });
            let proof = Proof::Verified { evidence: "status 404: there is none".into() };
            events.push(Event::StepVerified { step, proof, exchanges: Vec::new() });
        }
        if mood == Mood::Still {
            events.push(Event::Closed { offboarding });
        }
        for event in events {
            let at = ago(20_000);
            fleet.apply(&Envelope { seq: fleet.next_seq, at, actor: Actor::Engine, event });
        }
    }
    fleet
}

/// The `nth` event of a storm among these people: a step of somebody starts, is taken, is proved, and so on.
pub(crate) fn event(fleet: &Fleet, nth: u64) -> Event {
    let people = u64::try_from(fleet.offboardings.len()).unwrap();
    let step = OffboardingId(1 + nth / 3 % people).step(u16::try_from(13 + nth / 3 / people % 2).unwrap());
    match nth % 3 {
        0 => {
            let deadline_at = Timestamp::from(jiff::Timestamp::now()).plus_ms(10_000);
            Event::StepStarted { step, attempt: 1, deadline_at }
        }
        1 => Event::StepAcknowledged {
            step,
            account: None,
            before: None,
            already: None,
            caveat: None,
            exchanges: Vec::new(),
        },
        _ => Event::StepRetryAt {
            step,
            at: Timestamp::from(jiff::Timestamp::now()),
            reason: "429 Too Many Requests".to_owned(),
            free: true,
            unclear: false,
            exchanges: Vec::new(),
        },
    }
}
