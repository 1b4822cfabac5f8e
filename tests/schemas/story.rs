//! Ten people in every state that an offboarding can be in, and an engine that dies among them.

use std::path::Path;

use nightlatch::engine::core::{Core, Job, JobResult};
use nightlatch::engine::scheduler::JobKind;
use nightlatch::engine::{Command, Target};
use nightlatch::model::{Leaver, OffboardingId, Outcome, Parked, Phase, StepState, Timestamp, Verdict};

use crate::firm::{self, Firm};

/// A Tuesday in November.
const BEGIN: Timestamp = Timestamp(1_795_395_723_004);

const SECTIONS: [(&str, &str); 2] = [
    ("okta", "type = 'okta'\nbase_url = 'https://corp.okta.com'\napi_token = 'env:A'"),
    ("github", "type = 'github'\norg = 'corp-example'\ntoken = 'env:A'\nsaml = true"),
];

fn leaver(login: &str, executive: bool) -> Leaver {
    let employee_id = Some(format!("{}", 1_000 + firm::hash(login) % 1_000));
    let name = format!("{}{} Döe", login[..1].to_uppercase(), &login[1..login.len() - 4]);
    Leaver { name, employee_id, executive, ..Leaver::from_email(&format!("{login}@corp.example")) }
}

/// What the vendors answer: each person meets another fate.
fn fate(job: &Job) -> Option<JobResult> {
    let acts = job.kind == JobKind::Act;
    let refused = || Outcome::Refused { reason: "403: you need admin rights".into(), cure: "grant them".into() };
    Some(match (job.leaver.login.as_str(), &*job.action.name) {
        ("bravo.doe", "remove-member") if acts => JobResult::Acted(refused()),
        ("delta.doe", "deactivate") if acts => {
            JobResult::Acted(Outcome::Ambiguous { reason: "the answer was lost".into() })
        }
        ("foxtrot.doe", "suspend") => return None,
        ("golf.doe", "remove-member") if acts => {
            JobResult::Acted(Outcome::NeedsHuman { reason: "two accounts match".into() })
        }
        ("juliett.doe", "suspend") if acts => JobResult::Acted(Outcome::Retry {
            reason: "503: down for maintenance".into(),
            after_ms: Some(3_600_000),
            throttled: false,
        }),
        ("kilo.doe", _) if acts => JobResult::Acted(Outcome::NoAccount { searched: "login kilo.doe".into() }),
        ("lima.doe", "suspend") if !acts => JobResult::Read(Verdict::Alive { evidence: "status: ACTIVE".into() }),
        _ => firm::done(job),
    })
}

/// Writes the journal into `dir`; the core as it stood when the engine died.
pub(crate) fn told(dir: &Path) -> Core {
    let mut firm = Firm::found(dir, BEGIN, firm::actions(&SECTIONS), 25, Box::new(fate));
    for login in ["alfa.doe", "kilo.doe"] {
        firm.leaves(leaver(login, false), |_| {});
    }
    firm.wait_ms(7_200_000);
    for login in ["bravo.doe", "foxtrot.doe", "golf.doe", "juliett.doe", "lima.doe"] {
        firm.leaves(leaver(login, false), |_| {});
    }
    for login in ["charlie.doe", "delta.doe", "echo.doe"] {
        firm.leaves(leaver(login, true), |_| {});
    }
    firm.leaves(leaver("bravo.doe", false), |notice| "said-again".clone_into(&mut notice.event_id));
    firm.leaves(leaver("nobody.doe", false), |notice| notice.kind = nightlatch::model::NoticeKind::Rescinded);
    let tomorrow = firm.now.plus_ms(86_400_000);
    firm.leaves(leaver("hotel.doe", false), |notice| notice.effective_at = Some(tomorrow));
    firm.leaves(leaver("india.doe", false), |notice| notice.by_hand = true);
    approve_first(&mut firm, "delta.doe");
    approve_first(&mut firm, "charlie.doe");
    let of = |firm: &Firm, login: &str| of(firm, login).0;
    firm.command(Command::Pause {
        target: Target::One(of(&firm, "foxtrot.doe")),
        revision: None,
        reason: "HR asks to wait".to_owned(),
    });
    firm.command(Command::Abort {
        offboarding: of(&firm, "golf.doe"),
        revision: None,
        typed: "golf.doe".to_owned(),
        reason: "stays after all".to_owned(),
    });
    firm.keep(
        Parked {
            source: "bamboohr".to_owned(),
            event_id: "to-be-read".to_owned(),
            received_at: firm.now,
            body: serde_json::json!({"employee": "1234"}),
        },
        ("slack", 7),
    );
    firm.sign();
    firm.leaves(leaver("mike.doe", false), |_| {});
    let core = firm.end();
    let phases =
        [Phase::Closed, Phase::Running].map(|phase| core.fleet().offboardings.values().any(|it| it.phase == phase));
    assert_eq!(phases, [true, true], "the story went another way");
    core
}

fn of(firm: &Firm, login: &str) -> (OffboardingId, Option<(u16, u32)>, String) {
    let mut all = firm.core.fleet().offboardings.values();
    let it = all.find(|it| it.leaver().login == login).unwrap();
    let waits = (0..).zip(&it.steps).find(|(_, step)| matches!(step.state, StepState::AwaitingApproval { .. }));
    (it.id, waits.map(|(ord, step)| (ord, step.revision)), it.plan.digest.clone())
}

fn approve_first(firm: &mut Firm, login: &str) {
    let (id, waits, plan_digest) = of(firm, login);
    let (ord, revision) = waits.unwrap();
    firm.command(Command::Approve {
        step: id.step(ord),
        revision: Some(revision),
        plan_digest,
        typed: login.to_owned(),
    });
}
