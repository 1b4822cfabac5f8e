//! The examples of declared tools in `assets/`, end to end against stand-ins that answer as the examples say.

use std::fmt::Write as _;
use std::path::Path;

use nightlatch::config::Config;
use nightlatch::connectors::{Located, registry};
use nightlatch::model::health::Health;
use nightlatch::model::{Account, Danger, Leaver, Outcome, StepClass};
use nightlatch::sandbox::{Fault, Person};
use serde_json::{Value, json};

use super::bench::{Bench, Rig, is_ambiguous, is_retry, locked, refused};

/// An example as it stands in `assets/`, but for where the tool is and where its secret is kept.
fn example(file: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("assets").join(file)).unwrap()
}

pub(crate) fn wiki(bench: &Bench) -> String {
    let secret = bench.secret("wiki", &bench.sandbox.credentials().wiki_client_secret);
    example("http-internal-wiki.toml")
        .replace("https://wiki.corp.example", &format!("{}/tools/wiki", bench.base()))
        .replace("env:WIKI_CLIENT_SECRET", &secret)
}

pub(crate) fn vpn(bench: &Bench) -> String {
    let secret = bench.secret("vpn", &bench.sandbox.credentials().vpn_password);
    example("http-vpn-appliance.toml")
        .replace("https://vpn.corp.example/v1", &format!("{}/tools/vpn", bench.base()))
        .replace("file:vpn-password", &secret)
}

pub(crate) fn licences(bench: &Bench) -> String {
    let secret = bench.secret("licences", &bench.sandbox.credentials().licence_api_key);
    example("http-license-server.toml")
        .replace("https://licences.corp.example/v2", &format!("{}/tools/licences", bench.base()))
        .replace("env:LICENCE_SERVER_KEY", &secret)
}

/// The connector of a whole configuration, read from its file as the engine reads it.
pub(crate) fn rig(bench: &Bench, text: &str) -> Rig {
    let path = bench.folder.path().join("config.toml");
    std::fs::write(&path, text).unwrap();
    let config = Config::load(&path).unwrap();
    let connector = registry::build_all(&config.connectors).unwrap().remove(0);
    Rig { connector, said: std::sync::Mutex::default(), exchanges: std::sync::Mutex::default(), folder: None }
}

fn leaver(person: &Person) -> Leaver {
    Leaver { employee_id: Some(person.employee_id.clone()), ..Leaver::from_email(&person.email) }
}

async fn found(rig: &Rig, leaver: &Leaver) -> Account {
    match rig.locate(leaver).await {
        Ok(Located::Found(account)) => account,
        other => panic!("{other:?}"),
    }
}

fn unsure(located: Result<Located, Outcome>) -> String {
    match located {
        Ok(Located::Unsure { reason }) => reason,
        other => panic!("{other:?}"),
    }
}

/// What is really so of this person in this tool.
fn state(bench: &Bench, person: &Person, tool: &str) -> Value {
    bench.sandbox.state("tools", &person.email).unwrap()[tool].clone()
}

fn calls(bench: &Bench, op: &str) -> usize {
    bench.sandbox.calls().iter().filter(|call| call.op == op).count()
}

#[tokio::test]
async fn the_wiki_takes_the_role_and_undo_gives_it_back() {
    let bench = Bench::new().await;
    let rig = rig(&bench, &wiki(&bench));
    assert_eq!(rig.connector.probe(&Rig::call()).await.health, Health::Up);
    let person = bench.person(|person| person.privileged);
    let account = found(&rig, &leaver(&person)).await;
    assert_eq!(account.matched_on, "e-mail at `/email`");
    rig.alive("deactivate", &account).await;
    let before = rig.done("deactivate", &account).await;
    assert_eq!(before, json!({ "role": "admin" }));
    rig.dead("deactivate", &account).await;
    assert_eq!(state(&bench, &person, "wiki")["role"], "reader");
    assert_eq!(rig.already("deactivate", &account).await.0, "/active: false", "nothing is read into a second image");
    assert_eq!(rig.undo("deactivate", &account, &before).await, Outcome::Acknowledged);
    assert_eq!(state(&bench, &person, "wiki")["role"], "admin");
    rig.alive("deactivate", &account).await;
    assert_eq!(calls(&bench, "tools.wiki.token"), 1, "one token for all");
    let secret = &bench.sandbox.credentials().wiki_client_secret;
    rig.kept_quiet(&[secret, "wiki-0", "Bearer wiki"]);
}

#[tokio::test]
async fn every_page_of_a_list_is_walked_and_each_entry_is_a_request() {
    let bench = Bench::new().await;
    let rig = rig(&bench, &wiki(&bench));
    let account = found(&rig, &leaver(&bench.alfa())).await;
    let all = state(&bench, &bench.alfa(), "wiki")["spaces"].clone();
    let before = rig.done("leave-spaces", &account).await;
    assert_eq!(before["spaces"].as_array().unwrap().len(), 5, "three pages");
    assert_eq!(calls(&bench, "tools.wiki.members.remove"), 5);
    rig.dead("leave-spaces", &account).await;
    rig.already("leave-spaces", &account).await;
    assert_eq!(rig.undo("leave-spaces", &account, &before).await, Outcome::Acknowledged);
    assert_eq!(state(&bench, &bench.alfa(), "wiki")["spaces"], all, "with the roles they had");
    rig.alive("leave-spaces", &account).await;
    let why = refused(&rig.undo("leave-spaces", &account, &Value::Null).await);
    assert!(why.contains("nothing was kept"), "{why}");
}

#[tokio::test]
async fn a_listing_changes_nothing_and_says_what_a_person_has_to_deal_with() {
    let bench = Bench::new().await;
    let rig = rig(&bench, &wiki(&bench));
    let account = found(&rig, &leaver(&bench.alfa())).await;
    let spec = rig.connector.action("list-pages").unwrap().spec();
    assert_eq!(spec.class, StepClass::Pure);
    let findings = rig.listed("list-pages", &account).await;
    let told: Vec<_> = findings.iter().map(|it| (it.what.as_str(), it.detail.as_str())).collect();
    assert_eq!(told.len(), 5);
    assert_eq!(told[2], ("page", "Passwords, which only they can read"));
    assert!(bench.sandbox.calls().iter().all(|call| !call.executed));
}

#[tokio::test]
async fn an_alias_needs_a_second_field_and_a_number_of_another_person_forbids() {
    let bench = Bench::new().await;
    let rig = rig(&bench, &wiki(&bench));
    let people = bench.sandbox.people();
    let account = found(&rig, &leaver(&people[1])).await;
    assert_eq!(account.matched_on, "alias at `/aliases` and employee id at `/employeeNumber`");
    let without_number = Leaver::from_email(&people[1].email);
    assert!(unsure(rig.locate(&without_number).await).contains("alias alone"));
    assert!(unsure(rig.locate(&leaver(&people[2])).await).contains("alias alone"));
    let other = unsure(rig.locate(&leaver(&people[3])).await);
    assert!(other.contains("employee id") && other.contains("9999"), "{other}");
    let nobody = rig.locate(&Leaver::from_email("nobody@corp.example")).await;
    assert!(matches!(nobody, Ok(Located::Nobody { searched }) if searched.contains("e-mail")));
}

#[tokio::test]
async fn the_wikis_throttling_refusal_and_lost_answer_are_told_apart() {
    let bench = Bench::new().await;
    let rig = rig(&bench, &wiki(&bench));
    let account = found(&rig, &leaver(&bench.alfa())).await;
    bench.turn_away("tools.wiki.members.remove", 429);
    is_retry(&rig.execute("leave-spaces", &account).await, true);
    bench.sandbox.clear_faults();
    bench.lose_answers("tools.wiki.members.remove");
    is_ambiguous(&rig.execute("leave-spaces", &account).await);
    bench.sandbox.clear_faults();
    rig.done("leave-spaces", &account).await;
    assert_eq!(state(&bench, &bench.alfa(), "wiki")["spaces"], json!([]), "a repeat began anew");
    bench.turn_away("tools.wiki.users.update", 422);
    let why = refused(&rig.execute("deactivate", &account).await);
    assert!(why.contains("not itself today"), "{why}");
    bench.sandbox.clear_faults();
    bench.turn_away("tools.wiki.users.update", 500);
    is_ambiguous(&rig.execute("deactivate", &account).await);
}

#[tokio::test]
async fn a_token_that_is_refused_is_fetched_anew_and_a_wrong_secret_is_said() {
    let bench = Bench::new().await;
    let text = wiki(&bench);
    let told = rig(&bench, &text);
    let account = found(&told, &leaver(&bench.alfa())).await;
    let ended = reqwest::Client::new().delete(format!("{}/_sandbox/tokens", bench.base())).send().await.unwrap();
    assert!(ended.status().is_success());
    told.alive("deactivate", &account).await;
    assert_eq!(calls(&bench, "tools.wiki.token"), 2);

    let wrong = bench.secret("wrong", "not-the-secret-at-all");
    let secret = bench.secret("wiki", &bench.sandbox.credentials().wiki_client_secret);
    let bad = rig(&bench, &text.replace(&secret, &wrong));
    let why = locked(&bad.execute("deactivate", &account).await);
    assert!(why.contains("Client authentication failed") && why.contains("client_secret"), "{why}");
    bad.kept_quiet(&["not-the-secret-at-all"]);
    let narrow = rig(&bench, &text.replace("scope = \"users.write\"", "scope = \"users.read\""));
    let why = refused(&narrow.execute("deactivate", &account).await);
    assert!(why.contains("lacks the scope users.write"), "{why}");
}

#[tokio::test]
async fn the_vpn_changes_commits_and_is_given_back() {
    let bench = Bench::new().await;
    let rig = rig(&bench, &vpn(&bench));
    assert_eq!(rig.connector.probe(&Rig::call()).await.health, Health::Up);
    let person = &bench.sandbox.people()[1];
    let account = found(&rig, &leaver(person)).await;
    assert_eq!(account.id, person.login);
    rig.alive("disable", &account).await;
    let before = rig.done("disable", &account).await;
    assert_eq!(before, json!({ "profile": "full-tunnel" }));
    rig.dead("disable", &account).await;
    assert_eq!(state(&bench, person, "vpn")["profile"], "quarantine");
    assert_eq!(rig.already("disable", &account).await.0, "/result: \"unchanged\"; /result: \"nothing to commit\"");
    assert_eq!(rig.undo("disable", &account, &before).await, Outcome::Acknowledged);
    assert_eq!(
        (state(&bench, person, "vpn")["enabled"].clone(), state(&bench, person, "vpn")["profile"].clone()),
        (json!(true), json!("full-tunnel"))
    );
    let nobody = Account { id: "nobody".into(), label: "nobody".into(), matched_on: "id map".into() };
    rig.already("disable", &nobody).await;
    rig.kept_quiet(&[&bench.sandbox.credentials().vpn_password, "Basic bmln"]);
}

#[tokio::test]
async fn a_lost_answer_in_the_middle_is_ambiguous_and_a_repeat_begins_anew() {
    let bench = Bench::new().await;
    let rig = rig(&bench, &vpn(&bench));
    let account = found(&rig, &leaver(&bench.alfa())).await;
    bench.lose_answers("tools.vpn.commit");
    match rig.execute("disable", &account).await {
        Outcome::Ambiguous { reason } => assert!(reason.starts_with("request 2 of 2: "), "{reason}"),
        other => panic!("{other:?}"),
    }
    bench.sandbox.clear_faults();
    rig.already("disable", &account).await;
    assert_eq!(calls(&bench, "tools.vpn.users.set"), 2);
    rig.dead("disable", &account).await;
}

#[tokio::test]
async fn throttling_after_a_first_request_is_certain_only_where_a_repeat_does_no_harm() {
    let bench = Bench::new().await;
    let text = vpn(&bench);
    let person = bench.alfa();
    let harmless = rig(&bench, &text);
    let account = found(&harmless, &leaver(&person)).await;
    bench.turn_away("tools.vpn.commit", 429);
    is_retry(&harmless.execute("disable", &account).await, true);
    let other = bench.sandbox.people()[4].clone();
    let operator = rig(&bench, &text.replacen("class = \"idempotent\"", "class = \"operator\"", 1));
    let account = found(&operator, &leaver(&other)).await;
    is_ambiguous(&operator.execute("disable", &account).await);
}

#[tokio::test]
async fn busy_with_a_200_waits_for_this_account_alone() {
    let bench = Bench::new().await;
    let stub = super::stub::Stub::new(|request| match request {
        read if read.starts_with("GET") => {
            super::stub::answer("200 OK", "", r#"{"running":{"enabled":true,"profile":"staff"}}"#)
        }
        _ => super::stub::answer("200 OK", "", r#"{"result":"busy","retry_after":3}"#),
    })
    .await;
    let rig = rig(&bench, &vpn(&bench).replace(&format!("{}/tools/vpn", bench.base()), &stub.base));
    let account = found(&rig, &leaver(&bench.alfa())).await;
    assert_eq!(is_retry(&rig.execute("disable", &account).await, false), 3_000);
}

#[tokio::test]
async fn sessions_on_numbered_pages_all_end_and_certificates_are_revoked_once() {
    let bench = Bench::new().await;
    let rig = rig(&bench, &vpn(&bench));
    let account = found(&rig, &leaver(&bench.alfa())).await;
    rig.alive("end-sessions", &account).await;
    rig.done("end-sessions", &account).await;
    rig.dead("end-sessions", &account).await;
    assert_eq!(calls(&bench, "tools.vpn.sessions.end"), 3);
    assert_eq!(rig.already("end-sessions", &account).await.0, "there is nothing on the list");
    rig.alive("revoke-certificates", &account).await;
    rig.done("revoke-certificates", &account).await;
    rig.dead("revoke-certificates", &account).await;
    assert_eq!(state(&bench, &bench.alfa(), "vpn")["certificates"], json!([]));
    rig.already("revoke-certificates", &account).await;
    let spec = rig.connector.action("revoke-certificates").unwrap().spec();
    assert_eq!((spec.danger, spec.class), (Danger::Irreversible, StepClass::Reconcile));
}

#[tokio::test]
async fn one_entry_that_is_refused_does_not_keep_the_others() {
    let bench = Bench::new().await;
    let text = vpn(&bench);
    let lists = Stubborn::serve().await;
    let rig = rig(&bench, &text.replace(&format!("{}/tools/vpn", bench.base()), &lists.base));
    let account = found(&rig, &leaver(&bench.alfa())).await;
    let why = refused(&rig.execute("end-sessions", &account).await);
    assert!(why.contains("pinned by an auditor"), "{why}");
    let ended: Vec<String> = lists.seen().into_iter().filter(|request| request.starts_with("DELETE")).collect();
    assert_eq!(ended.len(), 3);
}

/// Three sessions, the first of which cannot be ended.
struct Stubborn;

impl Stubborn {
    async fn serve() -> super::stub::Stub {
        use super::stub::{Stub, answer};
        Stub::new(|request| match request {
            list if list.starts_with("GET") && list.contains("page=2") => answer("200 OK", "", r#"{"sessions":[]}"#),
            list if list.starts_with("GET") => {
                answer("200 OK", "", r#"{"sessions":[{"id":"1"},{"id":"2"},{"id":"3"}]}"#)
            }
            first if first.starts_with("DELETE /sessions/1 ") => {
                answer("403 Forbidden", "", r#"{"message":"pinned by an auditor"}"#)
            }
            _ => answer("204 No Content", "", ""),
        })
        .await
    }
}

#[tokio::test]
async fn seats_are_counted_released_and_given_back_as_they_were() {
    let bench = Bench::new().await;
    let rig = rig(&bench, &licences(&bench));
    assert_eq!(rig.connector.probe(&Rig::call()).await.health, Health::Up);
    let alfa = bench.alfa();
    let account = found(&rig, &leaver(&alfa)).await;
    assert_eq!(account.matched_on, "employee id at `/employee`");
    let by_login = found(&rig, &Leaver::from_email(&alfa.email)).await;
    assert_eq!((by_login.id.as_str(), by_login.matched_on.as_str()), (account.id.as_str(), "e-mail at `/mail`"));
    let held = state(&bench, &alfa, "licences")["leases"].clone();
    rig.alive("release-seats", &account).await;
    let before = rig.captured("release-seats", &account).await;
    assert_eq!(before.seats, ["cad-pro", "simulator", "renderer"]);
    rig.dead("release-seats", &account).await;
    rig.already("release-seats", &account).await;
    assert_eq!(rig.undo("release-seats", &account, &before.image).await, Outcome::Acknowledged);
    assert_eq!(state(&bench, &alfa, "licences")["leases"], held, "the features are objects again");
    assert!(matches!(rig.undo("release-seats", &account, &before.image).await, Outcome::AlreadySo { .. }));
    rig.kept_quiet(&[&bench.sandbox.credentials().licence_api_key]);
}

#[tokio::test]
async fn a_holder_is_deleted_once_and_read_back() {
    let bench = Bench::new().await;
    let rig = rig(&bench, &licences(&bench));
    let account = found(&rig, &leaver(&bench.alfa())).await;
    rig.alive("remove-holder", &account).await;
    bench.lose_answers("tools.licences.holders.remove");
    is_ambiguous(&rig.execute("remove-holder", &account).await);
    bench.sandbox.clear_faults();
    rig.dead("remove-holder", &account).await;
    rig.already("remove-holder", &account).await;
    rig.already("release-seats", &account).await;
    let other = found(&rig, &leaver(&bench.sandbox.people()[4])).await;
    bench.fault("tools.licences.holders.remove", Fault { status: Some(429), ..Fault::default() });
    is_retry(&rig.execute("remove-holder", &other).await, true);
}

#[tokio::test]
async fn what_is_undefined_for_somebody_hr_says_little_of_is_told_by_check() {
    let bench = Bench::new().await;
    let text = vpn(&bench).replace("{{ leaver.login }}", "{{ leaver.employee_id }}");
    let probe = rig(&bench, &text).connector.probe(&Rig::call()).await;
    assert_eq!(probe.health, Health::Up, "it works for all others");
    let told = "[connectors.vpn] locate.account: `leaver.employee_id` is undefined";
    assert!(probe.message.contains(told), "{}", probe.message);
    let wrong = bench.secret("wrong", "not-the-password");
    let secret = bench.secret("vpn", &bench.sandbox.credentials().vpn_password);
    let locked = rig(&bench, &text.replace(&secret, &wrong)).connector.probe(&Rig::call()).await;
    assert!(locked.health == Health::Locked && locked.message.contains(told), "{}", locked.message);
    let whole = rig(&bench, &licences(&bench)).connector.probe(&Rig::call()).await;
    assert!(!whole.message.contains("undefined"), "where HR gave no number, it is not asked for: {}", whole.message);
}

/// The README's example: as short as a tool can be.
fn smallest() -> String {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let (_, section) = readme.split_once("### Add your own tool\n").unwrap();
    let (_, example) = section.split_once("```toml\n").unwrap();
    example.split_once("```").unwrap().0.to_owned()
}

#[tokio::test]
async fn eighteen_lines_make_a_tool() {
    use super::stub::{Stub, answer};
    let smallest = smallest();
    assert_eq!(smallest.lines().filter(|line| !line.is_empty()).count(), 18);
    let bench = Bench::new().await;
    let gone = std::sync::atomic::AtomicBool::new(false);
    let stub = Stub::new(move |request| {
        use std::sync::atomic::Ordering::Relaxed;
        if !request.contains("authorization: Bearer desk-token") {
            return answer("401 Unauthorized", "", "{}");
        }
        if request.starts_with("PATCH /agents/alfa.doe%40corp.example ") && request.contains(r#"{"active":false}"#) {
            gone.store(true, Relaxed);
        }
        if request.starts_with("PATCH /agents/alfa.doe%40corp.example ") && request.contains(r#"{"active":true}"#) {
            gone.store(false, Relaxed);
        }
        answer("200 OK", "", &json!({ "active": !gone.load(Relaxed) }).to_string())
    })
    .await;
    let text = smallest
        .replace("https://desk.corp.example/api", &stub.base)
        .replace("env:DESK_TOKEN", &bench.secret("desk", "desk-token"));
    let rig = rig(&bench, &text);
    let account = found(&rig, &leaver(&bench.alfa())).await;
    rig.alive("deactivate", &account).await;
    rig.done("deactivate", &account).await;
    assert_eq!(rig.dead("deactivate", &account).await, "/active: false");
    assert_eq!(rig.undo("deactivate", &account, &Value::Null).await, Outcome::Acknowledged);
    assert_eq!(rig.alive("deactivate", &account).await, "/active: true");
    rig.kept_quiet(&["desk-token"]);
}

#[tokio::test]
async fn a_server_that_wants_the_client_secret_in_the_body_gets_it_there() {
    use super::stub::{Stub, answer};
    let bench = Bench::new().await;
    let stub = Stub::new(|request| match request {
        token if token.starts_with("POST /oauth/token") => {
            let right = token.contains("client_id=nightlatch") && token.contains("client_secret=a%26b%3Dc%21");
            let plain = !token.to_lowercase().contains("authorization:") && !token.contains("audience=");
            let granted = r#"{"access_token":"minted-for-a-while","expires_in":"3600"}"#;
            if right && plain { answer("200 OK", "", granted) } else { answer("400 Bad Request", "", "{}") }
        }
        me if me.contains("authorization: Bearer minted-for-a-while") => answer("200 OK", "", "{}"),
        _ => answer("401 Unauthorized", "", "{}"),
    })
    .await;
    let secret = bench.secret("client", "a&b=c!");
    let text = example("http-internal-wiki.toml")
        .replace("https://wiki.corp.example/api", &stub.base)
        .replace("https://wiki.corp.example", &stub.base)
        .replace("env:WIKI_CLIENT_SECRET", &secret)
        .replace("audience = \"wiki-api\"", "secret_in = \"body\"");
    let rig = rig(&bench, &text);
    for _ in 0..2 {
        let probe = rig.connector.probe(&Rig::call()).await;
        assert_eq!(probe.health, Health::Up, "{}", probe.message);
    }
    let minted = stub.seen().iter().filter(|request| request.starts_with("POST")).count();
    assert_eq!(minted, 1, "a token is good for as long as it was given for");
}

#[test]
fn everything_that_is_undefined_is_said_at_once_with_section_and_key() {
    let mut text = example("http-internal-wiki.toml");
    for (from, to) in [
        ("query={{ leaver.email }}", "query={{ leaver.mail }}"),
        (
            "\"/spaces/{{ item.key }}/members/{{ account.id }}\", body",
            "\"/spaces/{{ itm.key }}/members/{{ account.id }}\", body",
        ),
        ("{{ before.role }}", "{{ before.rol }}"),
        ("{{ item.title }}", "{{ title }}"),
    ] {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    write!(text, "\n[connectors.wiki.headers]\nX-Trace = \"{{{{ trace }}}}\"\n").unwrap();
    let folder = super::bench::folder();
    let path = folder.path().join("config.toml");
    std::fs::write(&path, text).unwrap();
    let told = match registry::build_all(&Config::load(&path).unwrap().connectors) {
        Ok(_) => panic!("accepted"),
        Err(error) => error.to_string(),
    };
    for place in [
        "connectors.wiki",
        "locate.request.url: `leaver.mail` is undefined",
        "actions.leave-spaces.undo.request.url: `itm.key` is undefined",
        "actions.deactivate.undo.request.body.role: `before.rol` is undefined",
        "actions.list-pages.list.detail: `title` is undefined",
        "headers.X-Trace: `trace` is undefined",
    ] {
        assert!(told.contains(place), "{place}: {told}");
    }
    assert_eq!(told.matches("X-Trace").count(), 1, "{told}");
}

#[test]
fn a_declaration_of_several_requests_that_cannot_be_right_is_refused() {
    let refusal = |file: &str, from: &str, to: &str| {
        let text = example(file);
        assert!(text.contains(from), "{from}");
        let folder = super::bench::folder();
        let path = folder.path().join("config.toml");
        std::fs::write(&path, text.replacen(from, to, 1)).unwrap();
        match Config::load(&path).map(|config| registry::build_all(&config.connectors)) {
            Ok(Ok(_)) => panic!("accepted: {to}"),
            Ok(Err(error)) => error.to_string(),
            Err(error) => error.to_string(),
        }
    };
    let (wiki, vpn, licences) = ("http-internal-wiki.toml", "http-vpn-appliance.toml", "http-license-server.toml");
    let cases = [
        (
            wiki,
            "title = \"Lists the pages that need another owner\"",
            "title = \"t\"\nclass = \"idempotent\"",
            "has the class `pure`",
        ),
        (wiki, "danger = \"reversible\"\n", "", "`danger` is missing"),
        (wiki, "danger = \"reversible\"\n", "danger = \"reversible\"\nstage = \"restore\"\n", "the stage of undos"),
        (wiki, "for_each = \"/spaces\"", "for_each = \"/rooms\"", "`/rooms` is not among what `before` keeps"),
        (wiki, "field = \"email\"", "field = \"mail\"", "unknown variant `mail`"),
        (wiki, "by = \"link\"", "by = \"luck\"", "before.paging.by"),
        (wiki, "client_secret = \"env:WIKI_CLIENT_SECRET\"", "client_secret = \"hunter2\"", "secret in clear"),
        (wiki, "keep = { role = \"/role\" }", "keep = { role = \"role\" }", "no JSON pointer"),
        (vpn, "class = \"idempotent\"", "class = \"keyed\"\nkey_window = \"1h\"", "a key cannot cover several"),
        (vpn, "[[connectors.vpn.actions.steps]]\nrequest", "[[connectors.vpn.actions.step]]\nrequest", "step"),
        (vpn, "already = [{ status = 409 }]", "already = []\nrequests = 1", "requests"),
        (
            licences,
            "{ \"$value\" = \"/item/features\" }",
            "{ \"$value\" = \"/itm/features\" }",
            "`/itm/features` is undefined",
        ),
        (licences, "seats = \"/leases\"\n", "", "which is missing"),
        (
            licences,
            "pointer = \"/login\", field = \"login\"",
            "pointer = \"login\", field = \"login\"",
            "no JSON pointer",
        ),
    ];
    let told: Vec<(&str, String)> =
        cases.into_iter().map(|(file, from, to, why)| (why, refusal(file, from, to))).collect();
    let other: Vec<_> = told.iter().filter(|(why, told)| !told.contains(why) || told.contains("hunter2")).collect();
    assert!(other.is_empty(), "{other:#?}");
}
