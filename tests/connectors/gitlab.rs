use nightlatch::config::Section;
use nightlatch::connectors::{Located, registry};
use nightlatch::model::health::Health;
use nightlatch::model::{Account, Leaver, Outcome, StepClass, Verdict};
use nightlatch::sandbox::Fault;
use serde_json::{Value, json};

use super::bench::{Bench, Rig, folder, is_ambiguous, is_retry, locked, mapped, refused, secret};
use super::stub::{Stub, answer};

/// The sandbox's special people, by number; see its `gitlab::tenant`.
const ORDINARY: usize = 12;
const BLOCKED: usize = 1;
const BLOCKED_BY_LDAP: usize = 2;
const LAST_ADMIN: usize = 3;
const INVITED: usize = 4;
const OTHER_EMAIL: usize = 5;
const BELOW_ONLY: usize = 6;
const DEACTIVATED: usize = 7;
const BY_SAML: usize = 8;
const UNKNOWN: usize = 9;

pub(crate) fn instance(bench: &Bench) -> Rig {
    let token = bench.secret("gitlab", &bench.sandbox.credentials().gitlab_token);
    let base = bench.base();
    Rig::new(
        "gitlab",
        &format!("type='gitlab'\nflavor='self-managed'\nbase_url='{base}/gitlab/api/v4'\ntoken='{token}'"),
    )
}

pub(crate) fn group(bench: &Bench, more: &str) -> Rig {
    let token = bench.secret("gitlab", &bench.sandbox.credentials().gitlab_token);
    let base = bench.base();
    Rig::new(
        "gitlab",
        &format!(
            "type='gitlab'\nflavor='saas'\ngroup='corp-example'\nbase_url='{base}/gitlab/api/v4'\ntoken='{token}'\n{more}"
        ),
    )
}

fn email(bench: &Bench, who: usize) -> String {
    bench.sandbox.people()[who].email.clone()
}

fn state(bench: &Bench, who: usize) -> Value {
    bench.sandbox.state("gitlab", &email(bench, who)).unwrap()
}

/// The user's number, as an id map has it.
fn account(who: usize) -> Account {
    Account { id: (100 + who).to_string(), label: format!("number {who}"), matched_on: "id map".into() }
}

/// Memberships, of which concurrent calls need not end in order.
fn sorted(state: &Value) -> Vec<String> {
    let mut all: Vec<String> = state["memberships"].as_array().unwrap().iter().map(Value::to_string).collect();
    all.sort();
    all
}

const REVOKED: [(&str, &str, &str); 4] = [
    ("revoke-tokens", "gitlab.tokens.revoke", "tokens"),
    ("revoke-impersonation-tokens", "gitlab.impersonation_tokens.delete", "impersonation_tokens"),
    ("delete-ssh-keys", "gitlab.keys.delete", "ssh_keys"),
    ("delete-gpg-keys", "gitlab.gpg_keys.delete", "gpg_keys"),
];

#[tokio::test]
async fn a_block_is_read_back_frees_the_seat_and_is_undone() {
    let bench = Bench::new().await;
    let rig = instance(&bench);
    let found = rig.account(&email(&bench, ORDINARY)).await;
    assert_eq!((found.id.as_str(), found.matched_on.as_str()), ("112", "email"));
    rig.alive("block", &found).await;
    let before = rig.captured("block", &found).await;
    assert_eq!((before.image, before.seats), (json!({ "state": "active" }), vec!["billable user".to_owned()]));
    assert_eq!(rig.dead("block", &found).await, "state: blocked");
    assert_eq!(state(&bench, ORDINARY)["state"], "blocked");
    rig.already("block", &found).await;
    assert_eq!(rig.undo("block", &found, &json!({ "state": "active" })).await, Outcome::Acknowledged);
    rig.alive("block", &found).await;
    assert!(matches!(rig.undo("block", &found, &json!({ "state": "active" })).await, Outcome::AlreadySo { .. }));
    assert!(matches!(rig.undo("block", &found, &Value::Null).await, Outcome::AlreadySo { .. }));
    rig.kept_quiet(&[&bench.sandbox.credentials().gitlab_token]);
}

#[tokio::test]
async fn who_is_blocked_already_is_left_as_they_are() {
    let bench = Bench::new().await;
    let rig = instance(&bench);
    assert_eq!(rig.already("block", &account(BLOCKED)).await, ("state: blocked".into(), None));
    let (note, caveat) = rig.already("block", &account(BLOCKED_BY_LDAP)).await;
    assert!(note == "state: ldap_blocked" && caveat.unwrap().contains("LDAP"));
    rig.dead("block", &account(BLOCKED_BY_LDAP)).await;
    let why = refused(&rig.undo("block", &account(BLOCKED_BY_LDAP), &json!({ "state": "active" })).await);
    assert!(why.contains("ldap_blocked"), "{why}");
    assert!(matches!(rig.already("block", &account(9_000)).await, (note, None) if note.contains("does not exist")));
}

#[tokio::test]
async fn a_deactivated_user_is_not_locked_out_and_is_blocked() {
    let bench = Bench::new().await;
    let rig = instance(&bench);
    assert_eq!(rig.alive("block", &account(DEACTIVATED)).await, "state: deactivated");
    let before = rig.captured("block", &account(DEACTIVATED)).await;
    assert!(before.seats.is_empty(), "a deactivated user takes no seat");
    rig.dead("block", &account(DEACTIVATED)).await;
}

/// A stub on which the user reads so, and a block is answered so.
async fn blocks(states: &'static [&'static str], status: &'static str, body: &'static str) -> (Stub, Rig) {
    let reads = std::sync::atomic::AtomicUsize::new(0);
    let stub = Stub::new(move |request| match request {
        own if own.starts_with("GET /user ") => answer("200 OK", "", r#"{"id":1,"username":"n","is_admin":true}"#),
        read if read.starts_with("GET /users/112") => {
            let number = reads.fetch_add(1, std::sync::atomic::Ordering::Relaxed).min(states.len() - 1);
            let state = states[number];
            answer("200 OK", "", &format!(r#"{{"id":112,"username":"a","state":"{state}"}}"#))
        }
        _ => answer(status, "", body),
    })
    .await;
    let folder = folder();
    let token = secret(folder.path(), "token", "glpat-canary0123456789");
    let toml = format!("type='gitlab'\nflavor='self-managed'\nbase_url='{}'\ntoken='{token}'", stub.base);
    let rig = Rig { folder: Some(folder), ..Rig::new("gitlab", &toml) };
    (stub, rig)
}

#[tokio::test]
async fn a_201_with_null_means_blocked_already_and_is_read_back() {
    let (_stub, rig) = blocks(&["active", "blocked"], "201 Created", "null").await;
    assert_eq!(rig.already("block", &account(ORDINARY)).await.0, "state: blocked");
    let (_stub, rig) = blocks(&["active"], "201 Created", "null").await;
    is_ambiguous(&rig.execute("block", &account(ORDINARY)).await);
    let (_stub, rig) = blocks(&["active"], "201 Created", "false").await;
    is_ambiguous(&rig.execute("block", &account(ORDINARY)).await);
    let (_stub, rig) = blocks(&["active"], "200 OK", "<!DOCTYPE html><html>Sign in</html>").await;
    is_ambiguous(&rig.execute("block", &account(ORDINARY)).await);
    // LDAP was faster.
    let (_stub, rig) = blocks(&["active", "ldap_blocked"], "403 Forbidden", r#"{"message":"403 Forbidden"}"#).await;
    assert!(rig.already("block", &account(ORDINARY)).await.1.unwrap().contains("LDAP"));
}

#[tokio::test]
async fn admin_mode_says_403_and_the_cure_names_its_scope() {
    let (_stub, rig) = blocks(&["active"], "403 Forbidden", r#"{"message":"403 Forbidden"}"#).await;
    let why = refused(&rig.execute("block", &account(ORDINARY)).await);
    assert!(why.contains("403 Forbidden") && why.contains("admin_mode"), "{why}");
    rig.kept_quiet(&["glpat-canary0123456789"]);
}

#[tokio::test]
async fn the_last_administrator_and_itself_are_never_blocked() {
    let bench = Bench::new().await;
    let rig = instance(&bench);
    let last = rig.execute("block", &account(LAST_ADMIN)).await;
    assert!(matches!(&last, Outcome::NeedsHuman { reason } if reason.contains("last administrator")), "{last:?}");
    let own = rig.execute("block", &account(bench.sandbox.people().len())).await;
    assert!(matches!(&own, Outcome::NeedsHuman { reason } if reason.contains("acts as")), "{own:?}");
    assert_eq!(state(&bench, LAST_ADMIN)["state"], "active");
}

#[tokio::test]
async fn tokens_and_keys_go_and_revoked_rows_stay() {
    let bench = Bench::new().await;
    let rig = instance(&bench);
    let found = rig.account(&email(&bench, ORDINARY)).await;
    let others = state(&bench, ORDINARY + 1);
    for (name, _, key) in REVOKED {
        rig.alive(name, &found).await;
        let before = rig.done(name, &found).await;
        assert!(before["revoked"][0]["id"].is_u64() && !before.to_string().contains("ssh-ed25519"), "{before}");
        assert!(rig.dead(name, &found).await.ends_with(": none"));
        rig.already(name, &found).await;
        assert_eq!(state(&bench, ORDINARY)[key], 0, "{key}");
    }
    assert_eq!(state(&bench, ORDINARY + 1), others, "nobody else's were touched");
    rig.kept_quiet(&[&bench.sandbox.credentials().gitlab_token]);
}

#[tokio::test]
async fn a_token_that_nobody_can_revoke_twice_is_told_by_its_row() {
    for (revoked, done) in [("true", true), ("false", false)] {
        let stub = Stub::new(move |request| match request {
            own if own.starts_with("GET /user ") => answer("200 OK", "", r#"{"id":1,"username":"n","is_admin":true}"#),
            list if list.starts_with("GET /personal_access_tokens?") => answer(
                "200 OK",
                "",
                r#"[{"id":7,"user_id":112,"revoked":false},{"id":8,"user_id":113,"revoked":false}]"#,
            ),
            row if row.starts_with("GET /personal_access_tokens/7") => {
                answer("200 OK", "", &format!(r#"{{"id":7,"user_id":112,"revoked":{revoked}}}"#))
            }
            _ => answer("400 Bad Request", "", r#"{"message":"400 Bad request"}"#),
        })
        .await;
        let folder = folder();
        let token = secret(folder.path(), "token", "glpat-canary0123456789");
        let toml = format!("type='gitlab'\nflavor='self-managed'\nbase_url='{}'\ntoken='{token}'", stub.base);
        let rig = Rig::new("gitlab", &toml);
        if done {
            rig.done("revoke-tokens", &account(ORDINARY)).await;
        } else {
            refused(&rig.execute("revoke-tokens", &account(ORDINARY)).await);
        }
        let foreign = stub.seen().iter().any(|request| request.contains("personal_access_tokens/8"));
        assert!(!foreign, "a filter that is ignored costs nobody their token");
    }
}

#[tokio::test]
async fn whoever_is_no_administrator_sees_their_own_tokens_only_and_that_proves_nothing() {
    let bench = Bench::new().await;
    let token = bench.secret("member", &bench.sandbox.credentials().gitlab_member_token);
    let base = bench.base();
    let rig = Rig::new(
        "gitlab",
        &format!("type='gitlab'\nflavor='self-managed'\nbase_url='{base}/gitlab/api/v4'\ntoken='{token}'"),
    );
    for (name, ..) in REVOKED {
        let why = refused(&rig.execute(name, &account(ORDINARY)).await);
        assert!(why.contains("no administrator") && why.contains("admin_mode"), "{why}");
        assert!(matches!(rig.verify(name, &account(ORDINARY)).await, Verdict::CannotTell { .. }));
    }
    let probe = rig.connector.probe(&Rig::call()).await;
    assert_eq!((probe.health, probe.missing), (Health::Locked, vec!["administrator".to_owned()]));
    assert_eq!(instance(&bench).connector.probe(&Rig::call()).await.health, Health::Up);
    assert_eq!(group(&bench, "").connector.probe(&Rig::call()).await.health, Health::Up);
}

#[tokio::test]
async fn every_act_is_throttled_lost_and_refused_as_gitlab_says() {
    let bench = Bench::new().await;
    let (one, saas) = (instance(&bench), group(&bench, ""));
    let block = [("block", "gitlab.users.block", "")];
    let acts = block.iter().chain(&REVOKED).map(|(name, op, _)| (&one, *name, *op));
    let saas_acts =
        [(&saas, "remove-member", "gitlab.members.delete"), (&saas, "release-seat", "gitlab.billable_members.delete")];
    for (number, (rig, name, op)) in acts.chain(saas_acts).enumerate() {
        let person = Account { label: email(&bench, 20 + number), ..account(20 + number) };
        bench.turn_away(op, 429);
        assert_eq!(is_retry(&rig.execute(name, &person).await, true), 1_000, "{name}");
        bench.sandbox.clear_faults();
        bench.turn_away(op, 403);
        assert!(refused(&rig.execute(name, &person).await).contains("403 Forbidden"), "{name}");
        bench.sandbox.clear_faults();
        bench.turn_away(op, 502);
        is_ambiguous(&rig.execute(name, &person).await);
        bench.sandbox.clear_faults();
        bench.lose_answers(op);
        is_ambiguous(&rig.execute(name, &person).await);
        bench.sandbox.clear_faults();
        // The seat's job runs when the list is asked the second time.
        rig.verify(name, &person).await;
        rig.dead(name, &person).await;
    }
    bench.fault("gitlab.users.get", Fault { rate_per_s: Some(0.02), ..Fault::default() });
    one.verify("block", &account(ORDINARY)).await;
    assert!(is_retry(&one.execute("block", &account(ORDINARY)).await, true) > 1_000, "until the limit is over");
}

#[tokio::test]
async fn a_member_goes_with_all_below_and_comes_back_with_level_and_expiry() {
    let bench = Bench::new().await;
    let rig = group(&bench, "enterprise_users=true");
    let contractor =
        bench.sandbox.people().iter().skip(10).position(|person| person.kind == "contractor").unwrap() + 10;
    for who in [contractor, BELOW_ONLY] {
        let found = rig.account(&email(&bench, who)).await;
        let was = state(&bench, who);
        rig.alive("remove-member", &found).await;
        let before = rig.captured("remove-member", &found).await;
        assert_eq!(before.seats, ["billable user"]);
        assert!(before.image.to_string().contains("2030-01-31"), "the expiry is kept: {}", before.image);
        rig.dead("remove-member", &found).await;
        assert_eq!(state(&bench, who)["memberships"], json!([]));
        rig.already("remove-member", &found).await;
        rig.already("release-seat", &found).await;
        assert_eq!(rig.undo("remove-member", &found, &before.image).await, Outcome::Acknowledged);
        rig.alive("remove-member", &found).await;
        assert_eq!(sorted(&state(&bench, who)), sorted(&was));
        assert_eq!(rig.undo("remove-member", &found, &before.image).await, Outcome::Acknowledged, "harmless twice");
    }
    assert!(matches!(rig.undo("remove-member", &account(ORDINARY), &Value::Null).await, Outcome::AlreadySo { .. }));
}

#[tokio::test]
async fn an_inherited_membership_is_seen_and_nobody_can_remove_it_alone() {
    let bench = Bench::new().await;
    let rig = group(&bench, "enterprise_users=true");
    let found = rig.account(&email(&bench, INVITED)).await;
    for name in ["remove-member", "release-seat"] {
        let asked = rig.execute(name, &found).await;
        assert!(matches!(&asked, Outcome::NeedsHuman { reason } if reason.contains("invite")), "{asked:?}");
        rig.alive(name, &found).await;
    }
    assert!(rig.alive("remove-member", &found).await.contains("invited"));
}

#[tokio::test]
async fn a_seat_is_freed_by_a_job_and_taken_again() {
    let bench = Bench::new().await;
    let rig = group(&bench, "enterprise_users=true");
    let found = rig.account(&email(&bench, ORDINARY)).await;
    let was = state(&bench, ORDINARY);
    let before = rig.captured("release-seat", &found).await;
    assert_eq!(before.seats, ["billable user"]);
    assert_eq!(before.image["memberships"].as_array().unwrap().len(), 2, "none twice: {}", before.image);
    rig.alive("release-seat", &found).await;
    rig.dead("release-seat", &found).await;
    rig.already("release-seat", &found).await;
    rig.dead("remove-member", &found).await;
    assert_eq!(rig.undo("release-seat", &found, &before.image).await, Outcome::Acknowledged);
    rig.alive("release-seat", &found).await;
    assert_eq!(sorted(&state(&bench, ORDINARY)), sorted(&was));
}

#[tokio::test]
async fn a_list_without_end_is_no_list() {
    let stub = Stub::new(|request| match request {
        own if own.starts_with("GET /user ") => answer("200 OK", "", r#"{"id":1,"username":"n","is_admin":true}"#),
        _ => answer("200 OK", "x-next-page: 2\r\n", "[]"),
    })
    .await;
    let folder = folder();
    let token = secret(folder.path(), "token", "glpat-canary0123456789");
    let toml = format!("type='gitlab'\nflavor='self-managed'\nbase_url='{}'\ntoken='{token}'", stub.base);
    match Rig::new("gitlab", &toml).verify("delete-ssh-keys", &account(ORDINARY)).await {
        Verdict::CannotTell { reason, .. } => assert!(reason.contains("more than 50 pages"), "{reason}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_last_owner_stays() {
    let bench = Bench::new().await;
    let rig = group(&bench, "");
    let last = rig.execute("remove-member", &account(LAST_ADMIN)).await;
    assert!(matches!(&last, Outcome::NeedsHuman { reason } if reason.contains("last owner")), "{last:?}");
    assert_eq!(state(&bench, LAST_ADMIN)["memberships"][0]["level"], 50);
}

#[tokio::test]
async fn what_the_person_leaves_behind_is_listed_and_no_secret_of_it() {
    let bench = Bench::new().await;
    for (rig, who) in [(instance(&bench), ORDINARY), (group(&bench, ""), 0)] {
        let spec = rig.connector.action("list-left-behind").unwrap().spec();
        assert_eq!(spec.class, StepClass::Pure);
        let findings = rig.listed("list-left-behind", &account(who)).await;
        let whats: Vec<&str> = findings.iter().map(|finding| finding.what.as_str()).collect();
        for what in ["access token", "deploy token", "deploy key", "webhook", "runner"] {
            assert!(whats.contains(&what), "{what}: {findings:?}");
        }
        let text = format!("{findings:?}");
        assert!(
            text.contains("release bot") && text.contains("expires 2030-01-31") && !text.contains("old bot"),
            "{text}"
        );
        assert!(text.contains("ci.corp.example") && !text.contains("hook-canary"), "{text}");
        assert!(matches!(
            rig.verify("list-left-behind", &account(who)).await,
            Verdict::CannotTell { again: false, .. }
        ));
    }
    let findings = group(&bench, "").listed("list-left-behind", &account(ORDINARY)).await;
    let hidden = findings.iter().find(|finding| finding.what == "webhooks not shown").unwrap();
    assert!(hidden.detail.contains("403"), "what cannot be read is not taken for nothing: {hidden:?}");
}

#[tokio::test]
async fn only_the_leavers_account_is_theirs() {
    let bench = Bench::new().await;
    let (one, blind, sighted) = (instance(&bench), group(&bench, ""), group(&bench, "enterprise_users=true"));
    let leaver = |who: usize| Leaver::from_email(&email(&bench, who));
    let unsure = |located: Located, word: &str| {
        assert!(matches!(&located, Located::Unsure { reason } if reason.contains(word)), "{located:?}");
    };
    unsure(one.locate(&leaver(OTHER_EMAIL)).await.unwrap(), "is another");
    let nobody = Leaver::from_email("nobody@corp.example");
    assert!(matches!(one.locate(&nobody).await.unwrap(), Located::Nobody { .. }));
    assert!(matches!(sighted.locate(&nobody).await.unwrap(), Located::Nobody { .. }));
    unsure(blind.locate(&nobody).await.unwrap(), "proves nothing");
    let by_saml = blind.locate(&leaver(BY_SAML)).await.unwrap();
    assert!(matches!(&by_saml, Located::Found(account) if account.matched_on == "SAML identity"), "{by_saml:?}");
    unsure(sighted.locate(&leaver(UNKNOWN)).await.unwrap(), "is not shown");
    let by_id = one.locate(&mapped("gitlab", &email(&bench, UNKNOWN), "109")).await.unwrap();
    assert!(matches!(&by_id, Located::Found(account) if account.matched_on == "id map"), "{by_id:?}");
    unsure(one.locate(&mapped("gitlab", &email(&bench, ORDINARY), "9999")).await.unwrap(), "does not exist");
    unsure(one.locate(&mapped("gitlab", &email(&bench, ORDINARY), "alfa.doe")).await.unwrap(), "no user's number");
    let two = Stub::new(|request| {
        if request.starts_with("GET /user ") {
            return answer("200 OK", "", r#"{"id":1,"username":"n","is_admin":true}"#);
        }
        let one = |id: u64| format!(r#"{{"id":{id},"username":"u{id}","email":"alfa.doe@corp.example"}}"#);
        answer("200 OK", "", &format!("[{},{}]", one(5), one(6)))
    })
    .await;
    let folder = folder();
    let token = secret(folder.path(), "token", "glpat-canary0123456789");
    let rig =
        Rig::new("gitlab", &format!("type='gitlab'\nflavor='self-managed'\nbase_url='{}'\ntoken='{token}'", two.base));
    unsure(rig.locate(&Leaver::from_email("alfa.doe@corp.example")).await.unwrap(), "both u5 and u6");
}

#[tokio::test]
async fn a_token_that_is_refused_says_what_to_do() {
    let bench = Bench::new().await;
    let token = bench.secret("bad", "glpat-thisisnotit");
    let base = bench.base();
    let rig = Rig::new(
        "gitlab",
        &format!("type='gitlab'\nflavor='self-managed'\nbase_url='{base}/gitlab/api/v4'\ntoken='{token}'"),
    );
    let why = locked(&rig.locate(&Leaver::from_email("alfa.doe@corp.example")).await.unwrap_err());
    assert!(why.contains("401") && why.contains("new credentials"), "{why}");
    rig.kept_quiet(&["glpat-thisisnotit"]);
}

#[test]
fn a_section_that_cannot_be_right_is_refused() {
    let refusal = |text: &str| {
        let section = Section::from_toml("gitlab", &format!("type='gitlab'\ntoken='env:A'\n{text}")).unwrap();
        registry::build(&section).err().map(|error| error.to_string()).unwrap_or_default()
    };
    assert!(refusal("").contains("flavor"));
    assert!(refusal("flavor='self-managed'").contains("base_url"));
    assert!(refusal("flavor='saas'").contains("group"));
    assert!(refusal("flavor='self-managed'\nbase_url='https://g.corp.example/api/v4'\ngroup='x'").contains("saas"));
    assert_eq!(refusal("flavor='saas'\ngroup='corp-example'"), "");
}
