//! What happened to a person last year: an operator's keys on the real console, in front of an engine with an old journal.

use std::path::Path;

use nightlatch::engine::Command;
use nightlatch::model::{Leaver, Timestamp};

use crate::firm::{self, Firm};
use crate::harness::{Scene, Setup};
use crate::terminal::Terminal;

const SECTIONS: [(&str, &str); 2] = [
    ("okta", "type = 'okta'\nbase_url = 'https://corp.okta.com'\napi_token = 'env:A'"),
    ("slack", "type = 'slack'\ntoken = 'env:A'\nenterprise = true"),
];
/// 2025-01-15T12:00Z.
const BEGIN: Timestamp = Timestamp(1_736_942_400_000);
const DAY_MS: u64 = 86_400_000;
const PEOPLE: u64 = 180;

fn leaver(name: &str, n: u64) -> Leaver {
    let email = format!("{}@corp.example", name.to_lowercase().replace(' ', "."));
    Leaver { name: name.to_owned(), employee_id: Some(format!("E{n:05}")), ..Leaver::from_email(&email) }
}

/// 180 people, two a day; Quebec Doe leaves in March, and again in April, when it is called off.
fn write_last_year(dir: &Path) {
    let mut firm = Firm::found(dir, BEGIN, firm::actions(&SECTIONS), 0, Box::new(|job| Some(firm::done(job))));
    for n in 0..PEOPLE {
        let name = if n == 120 { "Quebec Doe".to_owned() } else { format!("Person{n} Poe") };
        firm.leaves(leaver(&name, n), |_| {});
        firm.wait_ms(DAY_MS / 2);
    }
    firm.leaves(leaver("Quebec Doe", 120), |notice| notice.by_hand = true);
    let id = firm.core.fleet().offboardings.values().next_back().unwrap().id;
    let (typed, reason) = ("quebec.doe".to_owned(), "stays after all".to_owned());
    firm.command(Command::Abort { offboarding: id, revision: None, typed, reason });
    firm.sign();
    firm.end();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_finds_what_happened_to_a_person_last_year() {
    let scene = Scene::set(Setup::default()).await;
    scene.edit_config(|text| text.replace("nightlatch/demo", "corp.example/nightlatch"));
    scene.paths.prepare().unwrap();
    write_last_year(scene.paths.state_dir());
    scene.start_engine().await;
    let mut console = Terminal::open(&scene, 120, 40);
    console.sees(&["live", "nobody is being offboarded"]);

    // Nobody of last year is in memory; the history has them all.
    console.press("6");
    console.sees(&["181 offboardings ever", "ob-181", "■ aborted", "Person179 Poe"]);
    console.press("/quebec how:aborted\r");
    console.sees(&["1 found for quebec how:aborted", "Quebec Doe"]);
    console.press("/");
    console.press("\x15quebec 2025-03\r");
    console.sees(&["1 found for quebec 2025-03", "ob-121", "● closed"]);

    // What was done then, step by step.
    console.press("\r");
    console.sees(&["Quebec Doe", "archived", "kill switch proved in", "okta"]);
    console.press("r");
    console.sees(&["retry: it has ended"]);
    console.press("q");
    console.sees(&["1 found for quebec 2025-03"]);

    // Everything of the person, from both times.
    console.press("A");
    console.sees(&["everything of Quebec Doe  ob-121 ob-181", "leaves, told by bamboohr", "okta.suspend"]);
    console.press("G");
    console.sees(&["leaves again, told by bamboohr", "aborted: stays after all"]);
    console.press("q");

    // Whether all that can be believed.
    console.press("7");
    console.sees(&["each a leaf", "not yet by this engine"]);
    console.press("V");
    console.sees(&["whole: ", "events recomputed"]);
    console.press("q");
    console.press("q");
    console.press("q");
    console.press("\x03");
    assert_eq!(console.ends(), 0);

    scene.run(&["history", "quebec", "2025-03"]).said(0, &["ob-121", "Quebec Doe", "closed", "signed"]);
    scene.run(&["history", "quebec", "conn:okta", "!how:aborted"]).said(0, &["ob-121"]);
    scene.run(&["history", "colour:red"]).said(1, &["no field `colour:`", "after:"]);
    scene.run(&["history", "zulu"]).said(0, &["Nobody found."]);
    scene.run(&["timeline", "ob-181"]).said(0, &["ob-121, ob-181", "opened for Quebec Doe", "stays after all"]);
    scene.run(&["timeline", "ob-9999"]).said(1, &["there is no offboarding ob-9999"]);
    scene.run(&["ledger", "verify", "--by-engine"]).said(0, &["The log is whole."]);
    scene.run(&["ledger", "status"]).said(0, &["fingerprint   SHA256:", "verified", ": whole"]);
    let before = scene.run(&["ledger", "status", "--json"]).json()["verification"].clone();
    scene.stop_engine();
    scene.start_engine().await;
    let after = scene.run(&["ledger", "status", "--json"]).json()["verification"].clone();
    assert_eq!(before, after, "what the last verification gave outlives the engine");
}
