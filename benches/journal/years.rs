//! A journal of years: everybody who ever left, the last of them stuck in the middle.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nightlatch::engine::core::{Job, JobResult};
use nightlatch::engine::scheduler::JobKind;
use nightlatch::engine::{Command, Target};
use nightlatch::model::{Leaver, Outcome, Timestamp};

use crate::firm::{self, Firm};

/// Two tenants of each vendor: 30 steps for everybody.
pub(crate) const SECTIONS: [(&str, &str); 8] = [
    ("google", "type = 'google'\nservice_account = 'env:A'\nadmin = 'nightlatch@corp.example'"),
    ("google-eu", "type = 'google'\nservice_account = 'env:A'\nadmin = 'nightlatch@eu.corp.example'"),
    ("okta", "type = 'okta'\nbase_url = 'https://corp.okta.com'\napi_token = 'env:A'"),
    ("okta-eu", "type = 'okta'\nbase_url = 'https://corp-eu.okta.com'\napi_token = 'env:A'"),
    ("slack", "type = 'slack'\ntoken = 'env:A'\nenterprise = true"),
    ("slack-eu", "type = 'slack'\ntoken = 'env:A'\nenterprise = true"),
    ("github", "type = 'github'\norg = 'corp-example'\ntoken = 'env:A'\nsaml = true"),
    ("github-eu", "type = 'github'\norg = 'corp-example-eu'\ntoken = 'env:A'\nsaml = true"),
];

/// People whose offboarding is not over when the engine dies, and open steps of each.
const STUCK: u64 = 500;
const OPEN_STEPS: u16 = 10;

/// So many leave between two hours of rest.
const AT_ONCE: u64 = 50;

/// A journal, and how it came to be.
pub(crate) struct Years {
    pub(crate) dir: PathBuf,
    pub(crate) people: u64,
    pub(crate) events: u64,
    pub(crate) open_steps: u64,
    pub(crate) took: Duration,
}

/// Number `n` of the firm.
pub(crate) fn leaver(n: u64) -> Leaver {
    const FIRST: [&str; 12] =
        ["Alfa", "Bravo", "Delta", "Echo", "Golf", "India", "Kilo", "Lima", "Oscar", "Papa", "Sierra", "Tango"];
    const LAST: [&str; 8] = ["Doe", "Poe", "Roe", "Moe", "Noe", "Loe", "Zoe", "Coe"];
    let pick = |list: &[&'static str], salt: &str| {
        list[usize::try_from(firm::hash(&format!("{salt}{n}")) % list.len() as u64).unwrap()]
    };
    let (first, last) = (pick(&FIRST, "first"), pick(&LAST, "last"));
    let email = format!("{}.{}.{n}@corp.example", first.to_lowercase(), last.to_lowercase());
    Leaver {
        name: format!("{first} {last} {n}"),
        employee_id: Some(format!("E{:07}", 1_000_000 + n)),
        department: Some("Finance".to_owned()),
        title: Some("Accountant".to_owned()),
        country: Some("CA".to_owned()),
        zone: Some("America/Toronto".to_owned()),
        manager: Some("hotel.poe@corp.example".to_owned()),
        ..Leaver::from_email(&email)
    }
}

/// The vendors' answers: one act in twenty is throttled first, and the last people's are never answered.
fn answers(stuck: &str) -> impl FnMut(&Job) -> Option<JobResult> + use<> {
    let stuck = stuck.to_owned();
    move |job| {
        if job.leaver.department.as_deref() == Some(&stuck) && job.step.ord < OPEN_STEPS {
            return None;
        }
        let unlucky = job.kind == JobKind::Act && job.attempt == 1;
        if unlucky && firm::hash(&job.idempotency_key).is_multiple_of(20) {
            let reason = "429 too many requests: the client is over its limit".to_owned();
            return Some(JobResult::Acted(Outcome::Retry { reason, after_ms: Some(100), throttled: false }));
        }
        Some(firm::done(job))
    }
}

impl Years {
    /// Writes a journal of about `events` events into `dir`, up to today.
    pub(crate) fn written(dir: &Path, events: u64) -> Self {
        let begun = Instant::now();
        let span_ms = i64::try_from(events / 95 / AT_ONCE * 7_300_000).unwrap();
        let now = Timestamp(Timestamp::from(jiff::Timestamp::now()).0 - span_ms);
        let stuck = "Lost and Found";
        let mut firm = Firm::found(dir, now, firm::actions(&SECTIONS), 0, Box::new(answers(stuck)));
        let mut people = 0;
        while firm.core.fleet().next_seq + STUCK * 65 < events {
            firm.leaves(leaver(people), |_| {});
            people += 1;
            if people.is_multiple_of(AT_ONCE) {
                firm.wait_ms(7_200_000);
                firm.sign();
            }
        }
        firm.wait_ms(7_200_000);
        for _ in 0..STUCK {
            firm.leaves(Leaver { department: Some(stuck.to_owned()), ..leaver(people) }, |_| {});
            people += 1;
        }
        // Nothing starts when the engine does: the bench has no vendors.
        firm.command(Command::Pause { target: Target::All, revision: None, reason: "a measurement".to_owned() });
        let events = firm.sign().size;
        let core = firm.end();
        let all = core.fleet().offboardings.values().flat_map(|it| &it.steps);
        let open_steps = all.filter(|step| !step.state.is_settled()).count() as u64;
        Self { dir: dir.to_owned(), people, events, open_steps, took: begun.elapsed() }
    }

    pub(crate) fn journal(&self) -> PathBuf {
        self.dir.join("journal.db")
    }
}

/// Rows of so many people, closed long ago, without their events.
pub(crate) fn people(journal: &Path, count: u64) {
    let mut connection = rusqlite::Connection::open(journal).unwrap();
    let transaction = connection.transaction().unwrap();
    let header = r#"{"requester":{"hris":{"source":"bamboohr"}},"phase":"closed","opened_at":1700000000000,"launched_at":1700000000000,"cut_at":1700000004000,"ended_at":1700003600000,"revision":1}"#;
    for n in 0..count {
        let Leaver { name, email, login, employee_id, .. } = leaver(n);
        let id = employee_id.unwrap();
        let names = [&name, &email, &login, &id].map(|it| it.to_lowercase()).join("\n");
        let insert = "INSERT INTO offboarding (id, opened_seq, live, email, names, ended_at, header) VALUES (?1, ?1, 0, ?2, ?3, 1, ?4)";
        transaction.execute(insert, rusqlite::params![n + 1, email, names, header]).unwrap();
        let insert = "INSERT INTO subject (offboarding, digest, person, salt) VALUES (?1, x'00', ?2, x'00')";
        transaction.execute(insert, rusqlite::params![n + 1, id]).unwrap();
    }
    let event = "INSERT INTO event (seq, at, name, digest) VALUES (0, 0, 'engine_started', x'00')";
    transaction.execute(event, []).unwrap();
    transaction.commit().unwrap();
}
