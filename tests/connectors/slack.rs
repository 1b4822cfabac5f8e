use nightlatch::connectors::Located;
use nightlatch::model::health::Health;
use nightlatch::model::{Account, Leaver, Outcome};
use nightlatch::sandbox::Person;

use super::bench::{Bench, Rig, is_ambiguous, is_retry, mapped};

pub(crate) fn rig(bench: &Bench, enterprise: bool) -> Rig {
    let token = bench.secret("slack", &bench.sandbox.credentials().slack_token);
    let base = bench.base();
    let toml = format!(
        "type='slack'\nweb_url='{base}/slack/api'\nscim_url='{base}/slack/scim/v2'\ntoken='{token}'\nenterprise={enterprise}"
    );
    Rig::new("slack", &toml)
}

fn member(bench: &Bench) -> Person {
    bench.person(|person| {
        bench.sandbox.truth(&person.email).unwrap().slack.is_some_and(|slack| slack.active && slack.sessions > 0)
    })
}

#[tokio::test]
async fn ends_sessions_deactivates_finds_them_still_and_takes_it_back() {
    let bench = Bench::new().await;
    let rig = rig(&bench, true);
    let email = member(&bench).email;
    let account = rig.account(&email).await;
    rig.alive("reset-sessions", &account).await;
    rig.done("reset-sessions", &account).await;
    assert_eq!(rig.dead("reset-sessions", &account).await, "active sessions: 0");
    rig.alive("deactivate", &account).await;
    let before = rig.done("deactivate", &account).await;
    assert_eq!(rig.dead("deactivate", &account).await, "active: false");
    rig.already("deactivate", &account).await;
    assert!(!bench.sandbox.truth(&email).unwrap().slack.unwrap().active);
    let again = rig.account(&email).await;
    assert_eq!((again.id, again.matched_on.as_str()), (account.id.clone(), "SCIM e-mail"));
    rig.undo("deactivate", &account, &before).await;
    assert!(bench.sandbox.truth(&email).unwrap().slack.unwrap().active);
    rig.kept_quiet(&[&bench.sandbox.credentials().slack_token]);
}

#[tokio::test]
async fn who_has_no_account_is_a_finding() {
    let bench = Bench::new().await;
    let rig = rig(&bench, false);
    let without = bench.person(|person| person.slack_id.is_none());
    let found = rig.locate(&Leaver::from_email(&without.email)).await.unwrap();
    assert!(matches!(found, Located::Nobody { .. }), "{found:?}");
    assert!(rig.connector.action("reset-sessions").is_none(), "admin methods are for Enterprise");
    let account = Account { id: "U404".into(), label: "l".into(), matched_on: "m".into() };
    rig.already("deactivate", &account).await;
}

#[tokio::test]
async fn the_tokens_own_person_is_never_touched() {
    let bench = Bench::new().await;
    let rig = rig(&bench, true);
    let found = rig.locate(&mapped("slack", "zulu.console@corp.example", "U0ZULUADMIN")).await.unwrap();
    assert!(matches!(found, Located::Unsure { .. }), "{found:?}");
    let own = Account { id: "U0ZULUADMIN".into(), label: "z".into(), matched_on: "m".into() };
    assert!(matches!(rig.execute("deactivate", &own).await, Outcome::NeedsHuman { .. }));
}

#[tokio::test]
async fn lost_throttled_and_broken() {
    let bench = Bench::new().await;
    let rig = rig(&bench, true);
    let account = rig.account(&member(&bench).email).await;
    bench.turn_away("slack.scim.deactivate", 429);
    assert_eq!(is_retry(&rig.execute("deactivate", &account).await, true), 1_000);
    bench.sandbox.clear_faults();
    bench.turn_away("slack.sessions.reset", 429);
    assert_eq!(is_retry(&rig.execute("reset-sessions", &account).await, true), 1_000);
    bench.sandbox.clear_faults();
    bench.turn_away("slack.sessions.reset", 500);
    is_ambiguous(&rig.execute("reset-sessions", &account).await);
    bench.lose_answers("slack.scim.deactivate");
    is_ambiguous(&rig.execute("deactivate", &account).await);
    bench.sandbox.clear_faults();
    rig.already("deactivate", &account).await;
}

#[tokio::test]
async fn a_bad_token_locks_whatever_status_slack_gives_it() {
    let bench = Bench::new().await;
    let token = bench.secret("bad", "xoxp-this-is-not-it");
    let base = bench.base();
    let rig = Rig::new(
        "slack",
        &format!("type='slack'\nweb_url='{base}/slack/api'\nscim_url='{base}/slack/scim/v2'\ntoken='{token}'"),
    );
    let probe = rig.connector.probe(&Rig::call()).await;
    assert!(probe.health == Health::Locked && probe.message.contains("new user token"), "{}", probe.message);
}
