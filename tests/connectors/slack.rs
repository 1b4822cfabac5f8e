use nightlatch::connectors::Located;
use nightlatch::model::health::Health;
use nightlatch::model::{Account, Leaver, Outcome};
use nightlatch::sandbox::Person;
use serde_json::{Value, json};

use super::bench::{Bench, Rig, folder, is_ambiguous, is_retry, mapped, needs_human, refused, secret};
use super::stub::{Stub, answer};

fn rig(bench: &Bench, enterprise: bool) -> Rig {
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

pub(crate) fn rig_with(bench: &Bench, more: &str) -> Rig {
    let token = bench.secret("slack", &bench.sandbox.credentials().slack_token);
    let base = bench.base();
    let urls = format!("web_url='{base}/slack/api'\nscim_url='{base}/slack/scim/v2'");
    Rig::new("slack", &format!("type='slack'\n{urls}\ntoken='{token}'\n{more}"))
}

/// One who is in this many private channels and user groups.
fn in_channels(bench: &Bench, channels: usize, groups: usize) -> Person {
    let many = |state: &Value, key: &str| state[key].as_array().unwrap().len();
    bench.person(|person| {
        let state = bench.sandbox.state("slack", &person.email).unwrap();
        person.slack_id.is_some()
            && many(&state, "private_channels") == channels
            && many(&state, "user_groups") == groups
    })
}

fn state(bench: &Bench, person: &Person, key: &str) -> Vec<String> {
    serde_json::from_value(bench.sandbox.state("slack", &person.email).unwrap()[key].clone()).unwrap()
}

async fn left_behind(rig: &Rig, account: &Account) -> Vec<(String, String, String)> {
    let findings = rig.listed("list-left-behind", account).await;
    findings.into_iter().map(|it| (it.what, it.id, it.detail)).collect()
}

#[tokio::test]
async fn a_deactivation_frees_the_seat_and_names_its_kind() {
    let bench = Bench::new().await;
    let rig = rig(&bench, false);
    let employee = bench.person(|person| person.slack_id.is_some() && person.kind == "employee");
    let account = rig.account(&employee.email).await;
    assert_eq!(rig.captured("deactivate", &account).await.seats, ["member"]);
    let guest = bench.person(|person| person.slack_id.is_some() && person.kind == "contractor");
    let account = rig.account(&guest.email).await;
    assert_eq!(rig.captured("deactivate", &account).await.seats, ["guest"]);
}

/// A Slack of which each method, by the end of its path, answers with this body; any other with `ok: false`.
async fn says(bodies: Vec<(&'static str, Value)>) -> (Stub, Rig) {
    let stub = Stub::new(move |request| {
        let path = request.split(' ').nth(1).unwrap_or_default();
        let path = path.split('?').next().unwrap_or_default();
        let body = bodies.iter().find(|(end, _)| path.ends_with(end)).map(|(_, body)| body.clone());
        answer("200 OK", "", &body.unwrap_or(json!({"ok": false, "error": "unknown_method"})).to_string())
    })
    .await;
    let folder = folder();
    let token = secret(folder.path(), "token", "xoxp-canary");
    let urls = format!("web_url='{}/api'\nscim_url='{}/scim'", stub.base, stub.base);
    let rig = Rig::new("slack", &format!("type='slack'\n{urls}\ntoken='{token}'"));
    (stub, Rig { folder: Some(folder), ..rig })
}

fn somebody(id: &str) -> Account {
    Account { id: id.into(), label: "alfa.doe@corp.example".into(), matched_on: "m".into() }
}

const OWN: &str = "U9";

fn own() -> (&'static str, Value) {
    ("/auth.test", json!({"ok": true, "user_id": OWN, "team_id": "T1"}))
}

#[tokio::test]
async fn the_primary_owner_is_refused_with_the_reason() {
    let owner = json!({"ok": true, "user": {"is_primary_owner": true, "is_owner": true}});
    let user = json!({"id": "U1", "active": true});
    let (stub, rig) = says(vec![own(), ("/users.info", owner), ("/Users/U1", user)]).await;
    let reason = needs_human(&rig.execute("deactivate", &somebody("U1")).await);
    assert!(reason.contains("alfa.doe@corp.example is the primary owner"), "{reason}");
    assert!(!stub.seen().iter().any(|request| request.starts_with("PATCH")), "nothing was tried");
}

#[tokio::test]
async fn leaves_private_channels_and_comes_back() {
    let bench = Bench::new().await;
    let rig = rig(&bench, true);
    let person = in_channels(&bench, 2, 1);
    let account = rig.account(&person.email).await;
    let names = state(&bench, &person, "private_channels");
    rig.alive("leave-private-channels", &account).await;
    let before = rig.done("leave-private-channels", &account).await;
    rig.dead("leave-private-channels", &account).await;
    rig.already("leave-private-channels", &account).await;
    assert!(state(&bench, &person, "private_channels").is_empty());
    let alone: Vec<bool> =
        before["channels"].as_array().unwrap().iter().map(|it| it["last_member"] == json!(true)).collect();
    assert!(alone.contains(&true) && alone.contains(&false), "{before}");
    rig.undo("leave-private-channels", &account, &before).await;
    rig.alive("leave-private-channels", &account).await;
    assert_eq!(state(&bench, &person, "private_channels"), names);
    assert_eq!(rig.undo("leave-private-channels", &account, &before).await, Outcome::Acknowledged, "harmless");
}

#[tokio::test]
async fn only_an_empty_cursor_is_the_end_of_a_list() {
    let bench = Bench::new().await;
    let rig = rig(&bench, false);
    let account = rig.account(&in_channels(&bench, 2, 1).email).await;
    let told = rig.alive("leave-private-channels", &account).await;
    assert_eq!(told.split(", ").count(), 2, "{told}: a page holds one");
    assert_eq!(bench.sandbox.calls().iter().filter(|call| call.op == "slack.channels.list").count(), 2);
    let endless = json!({"ok": true, "channels": [], "response_metadata": {"next_cursor": "again"}});
    let (_stub, rig) = says(vec![own(), ("/users.conversations", endless)]).await;
    is_retry(&rig.execute("leave-private-channels", &somebody("U1")).await, false);
}

#[tokio::test]
async fn a_200_with_ok_false_is_a_refusal_and_not_in_channel_is_none() {
    let channels = json!({"ok": true, "channels": [{"id": "G1", "name": "one"}]});
    let members = json!({"ok": true, "members": ["U1", OWN]});
    let kick = |error: &str| ("/conversations.kick", json!({"ok": false, "error": error}));
    let listed = |kick| {
        vec![own(), ("/users.conversations", channels.clone()), ("/conversations.members", members.clone()), kick]
    };
    let (_stub, rig) = says(listed(kick("restricted_action"))).await;
    let told = refused(&rig.execute("leave-private-channels", &somebody("U1")).await);
    assert!(told.contains("restricted_action, channel G1") && told.contains("setting"), "{told}");
    let (_stub, rig) = says(listed(kick("not_in_channel"))).await;
    assert_eq!(rig.execute("leave-private-channels", &somebody("U1")).await, Outcome::Acknowledged);
    let (_stub, rig) =
        says(vec![own(), ("/users.conversations", json!({"ok": false, "error": "user_not_found"}))]).await;
    rig.already("leave-private-channels", &somebody("U1")).await;
    rig.kept_quiet(&["xoxp-canary"]);
}

#[tokio::test]
async fn leaves_user_groups_and_one_left_empty_is_disabled() {
    let bench = Bench::new().await;
    let rig = rig(&bench, true);
    let person = in_channels(&bench, 1, 2);
    let account = rig.account(&person.email).await;
    let handles = state(&bench, &person, "user_groups");
    rig.alive("leave-user-groups", &account).await;
    let before = rig.done("leave-user-groups", &account).await;
    rig.dead("leave-user-groups", &account).await;
    rig.already("leave-user-groups", &account).await;
    let done = |op: &str| bench.sandbox.calls().iter().filter(|call| call.op == op && call.executed).count();
    assert_eq!((done("slack.groups.disable"), done("slack.groups.update")), (1, 1));
    rig.undo("leave-user-groups", &account, &before).await;
    rig.alive("leave-user-groups", &account).await;
    assert_eq!(state(&bench, &person, "user_groups"), handles);
    assert_eq!((done("slack.groups.enable"), done("slack.groups.update")), (1, 2));
}

#[tokio::test]
async fn a_user_group_is_written_whole_so_it_is_read_right_before() {
    let bench = Bench::new().await;
    let rig = rig(&bench, true);
    let account = rig.account(&in_channels(&bench, 1, 1).email).await;
    rig.done("leave-user-groups", &account).await;
    let ops: Vec<String> = bench.sandbox.calls().into_iter().map(|call| call.op).collect();
    let write = ops.iter().position(|op| op == "slack.groups.update").unwrap();
    assert_eq!(ops[write - 1], "slack.groups.members");
}

#[tokio::test]
async fn archives_only_where_a_policy_says_which_and_opens_again() {
    let bench = Bench::new().await;
    assert!(rig(&bench, true).connector.action("archive-private-channels").is_none(), "no policy, no action");
    let person = in_channels(&bench, 2, 1);
    for policy in ["last-member", "created"] {
        let rig = rig_with(&bench, &format!("archive_private='{policy}'"));
        let account = rig.account(&person.email).await;
        rig.alive("archive-private-channels", &account).await;
        let before = rig.done("archive-private-channels", &account).await;
        rig.dead("archive-private-channels", &account).await;
        rig.already("archive-private-channels", &account).await;
        assert!(state(&bench, &person, "archived").contains(&format!("notes-{}", person.login)), "{policy}");
        rig.undo("archive-private-channels", &account, &before).await;
        rig.alive("archive-private-channels", &account).await;
        assert!(state(&bench, &person, "archived").is_empty(), "{policy}");
        bench.lose_answers("slack.channels.archive");
        is_ambiguous(&rig.execute("archive-private-channels", &account).await);
        bench.sandbox.clear_faults();
        rig.dead("archive-private-channels", &account).await;
        rig.undo("archive-private-channels", &account, &before).await;
    }
}

#[tokio::test]
async fn a_channel_that_another_organisation_shares_is_named_and_never_archived() {
    let shared = json!({"ok": true, "channels": [{"id": "G1", "name": "one", "creator": "U1", "is_ext_shared": true}]});
    let members = json!({"ok": true, "members": ["U1", "U2", OWN]});
    let logs = json!({"ok": true, "logs": [], "paging": {"pages": 1}});
    let bodies = vec![
        own(),
        ("/users.conversations", shared),
        ("/conversations.members", members),
        ("/team.integrationLogs", logs),
    ];
    let (stub, rig) = says(bodies).await;
    let told = left_behind(&rig, &somebody("U1")).await;
    assert!(told.len() == 1 && told[0].2.contains("shared with another organisation"), "{told:?}");
    let folder = folder();
    let token = secret(folder.path(), "token", "xoxp-canary");
    let urls = format!("web_url='{}/api'\nscim_url='{}/scim'", stub.base, stub.base);
    let rig = Rig::new("slack", &format!("type='slack'\n{urls}\ntoken='{token}'\narchive_private='created'"));
    rig.already("archive-private-channels", &somebody("U1")).await;
}

#[tokio::test]
async fn bots_webhooks_approvals_and_lonely_channels_are_findings() {
    let bench = Bench::new().await;
    let rig = rig(&bench, true);
    let all = bench.sandbox.people();
    let fits = |index: usize| index.is_multiple_of(6) && all[index].slack_id.is_some();
    let index = (0..all.len()).find(|index| fits(*index)).unwrap();
    let account = rig.account(&all[index].email).await;
    let told = left_behind(&rig, &account).await;
    let of = |what: &str| told.iter().filter(|it| it.0 == what).map(|it| it.1.clone()).collect::<Vec<_>>();
    assert_eq!(of("bot"), [format!("A0BOT{index:05}")]);
    assert_eq!(of("incoming webhook"), [(70_000 + index).to_string()], "the disabled one works no more");
    assert_eq!(of("approved app"), [format!("A0YES{index:05}")]);
    assert!(of("private channel").contains(&format!("G0OWN{index:06}")), "{told:?}");
    assert!(of("app").is_empty(), "what was removed is no finding: {told:?}");
    let spec = rig.connector.action("list-left-behind").unwrap().spec();
    assert_eq!((spec.class.name(), spec.undo.as_deref()), ("pure", None));
    bench.turn_away("slack.apps.logs", 429);
    assert_eq!(is_retry(&rig.execute("list-left-behind", &account).await, true), 1_000);
}

#[tokio::test]
async fn a_workspace_that_the_owner_is_not_in_is_no_bad_token() {
    let bench = Bench::new().await;
    let rig = rig_with(&bench, "enterprise=true\nteam_id='T0SANDBOX02'");
    let person = bench.person(|person| person.slack_id.is_some());
    let account = rig.account(&person.email).await;
    let told = refused(&rig.execute("list-left-behind", &account).await);
    assert!(told.contains("invalid_auth") && told.contains("team_id"), "{told}");
}

#[tokio::test]
async fn the_new_acts_are_throttled_refused_and_lost_like_all_others() {
    let bench = Bench::new().await;
    let rig = rig(&bench, true);
    let account = rig.account(&in_channels(&bench, 2, 1).email).await;
    for (action, op) in
        [("leave-private-channels", "slack.channels.kick"), ("leave-user-groups", "slack.groups.update")]
    {
        bench.turn_away(op, 429);
        assert_eq!(is_retry(&rig.execute(action, &account).await, true), 1_000, "{action}");
        bench.sandbox.clear_faults();
        bench.turn_away(op, 403);
        let told = refused(&rig.execute(action, &account).await);
        assert!(told.contains("missing_scope (groups:write)") && told.contains("add the scope"), "{told}");
        bench.sandbox.clear_faults();
        bench.lose_answers(op);
        is_ambiguous(&rig.execute(action, &account).await);
        bench.sandbox.clear_faults();
        rig.dead(action, &account).await;
        rig.already(action, &account).await;
    }
    bench.turn_away("slack.channels.archive", 429);
    let archive = rig_with(&bench, "archive_private='last-member'");
    let other =
        bench.person(|person| state(&bench, person, "private_channels").len() == 2 && person.slack_id.is_some());
    let other = archive.account(&other.email).await;
    assert_eq!(is_retry(&archive.execute("archive-private-channels", &other).await, true), 1_000);
    bench.sandbox.clear_faults();
    bench.turn_away("slack.channels.archive", 403);
    refused(&archive.execute("archive-private-channels", &other).await);
}

#[tokio::test]
async fn check_names_the_scopes_that_the_token_lacks() {
    let bench = Bench::new().await;
    let probe = rig(&bench, true).connector.probe(&Rig::call()).await;
    assert_eq!((probe.health, probe.missing), (Health::Up, Vec::new()));
    let stub = Stub::new(|request| {
        let scopes = "x-oauth-scopes: admin,users:read,users:read.email\r\n";
        let body = if request.contains("/auth.test") { own().1 } else { json!({"Resources": []}) };
        answer("200 OK", scopes, &body.to_string())
    })
    .await;
    let token = bench.secret("few", "xoxp-canary");
    let urls = format!("web_url='{}/api'\nscim_url='{}/scim'", stub.base, stub.base);
    let probe =
        Rig::new("slack", &format!("type='slack'\n{urls}\ntoken='{token}'")).connector.probe(&Rig::call()).await;
    assert_eq!(probe.missing, ["groups:read", "groups:write", "usergroups:read", "usergroups:write"]);
}
