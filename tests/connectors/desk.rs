//! The declared connector, against the sandbox's ticket desk.

use nightlatch::config::Section;
use nightlatch::connectors::{Located, registry};
use nightlatch::model::{Leaver, Outcome, StepClass};

use super::bench::{Bench, Rig, is_ambiguous, is_retry, mapped};

const DESK: &str = r#"
type = "http"
base_url = "BASE/desk"
secrets = { token = "TOKEN" }
headers = { Authorization = "Bearer {{ secrets.token }}" }

[locate]
request = { url = "/agents?email={{ leaver.email }}" }
by_id = { url = "/agents/{{ account.id }}" }
list = "/agents"
id = "/id"
label = "/email"
match = "/email"

[[actions]]
name = "disable"
title = "Disables the desk agent"
danger = "reversible"
class = "idempotent"
destroys = ["active-account"]
request = { method = "POST", url = "/agents/{{ account.id }}/disable", headers = { Idempotency-Key = "{{ idempotency_key }}" } }
done = [{ status = 200, pointer = "/result", equals = "disabled" }]
already = [{ status = 409, pointer = "/error", equals = "already_disabled" }]
retry = [{ status = 200, pointer = "/result", equals = "busy" }]
retry_after = "/retry_in"
verify = { request = { url = "/agents/{{ account.id }}" }, dead = [{ status = "2xx", pointer = "/state", in = ["disabled", "inactive"] }] }
undo = { title = "enables the agent", request = { method = "POST", url = "/agents/{{ account.id }}/enable" }, done = [{ status = "2xx" }], already = [{ status = 409 }] }
"#;

fn toml(bench: &Bench) -> String {
    let token = bench.secret("desk", &bench.sandbox.credentials().desk_token);
    DESK.replace("BASE", &bench.base()).replace("TOKEN", &token)
}

#[tokio::test]
async fn a_declared_action_runs_verifies_and_is_undone() {
    let bench = Bench::new().await;
    let rig = Rig::new("desk", &toml(&bench));
    let account = rig.account("alfa.doe@corp.example").await;
    rig.alive("disable", &account).await;
    rig.done("disable", &account).await;
    let evidence = rig.dead("disable", &account).await;
    assert!(evidence.starts_with("/state:"), "{evidence}");
    rig.already("disable", &account).await;
    assert!(!bench.sandbox.truth("alfa.doe@corp.example").unwrap().desk.active);
    rig.undo("disable", &account, &serde_json::Value::Null).await;
    assert!(bench.sandbox.truth("alfa.doe@corp.example").unwrap().desk.active);
    rig.kept_quiet(&[&bench.sandbox.credentials().desk_token]);
    let spec = rig.connector.action("disable").unwrap().spec();
    assert_eq!((spec.class, spec.destroys[0].0.as_str()), (StepClass::Idempotent, "desk:active-account"));
}

#[tokio::test]
async fn busy_on_200_is_throttled_and_a_lost_answer_ambiguous() {
    let bench = Bench::new().await;
    let rig = Rig::new("desk", &toml(&bench));
    let account = rig.account("alfa.doe@corp.example").await;
    bench.turn_away("desk.agents.disable", 429);
    assert_eq!(is_retry(&rig.execute("disable", &account).await, true), 2_000);
    bench.sandbox.clear_faults();
    bench.lose_answers("desk.agents.disable");
    is_ambiguous(&rig.execute("disable", &account).await);
    bench.sandbox.clear_faults();
    bench.turn_away("desk.agents.disable", 500);
    is_ambiguous(&rig.execute("disable", &account).await);
}

#[tokio::test]
async fn only_the_account_with_the_leavers_address_is_theirs() {
    let bench = Bench::new().await;
    let rig = Rig::new("desk", &toml(&bench));
    let nobody = rig.locate(&Leaver::from_email("nobody@corp.example")).await.unwrap();
    assert!(matches!(nobody, Located::Nobody { .. }), "{nobody:?}");
    let by_id = rig.locate(&mapped("desk", "alfa.doe@corp.example", "1")).await.unwrap();
    assert!(matches!(by_id, Located::Found(account) if account.matched_on == "id map"));
    let other = toml(&bench).replace("/agents?email={{ leaver.email }}", "/agents?email=bravo.doe@corp.example");
    let found = Rig::new("desk", &other).locate(&Leaver::from_email("alfa.doe@corp.example")).await.unwrap();
    assert!(matches!(&found, Located::Nobody { searched } if searched.contains("1 results")), "{found:?}");
}

#[tokio::test]
async fn an_account_that_follows_from_what_hr_says_is_not_searched_for() {
    let bench = Bench::new().await;
    let search = &DESK[DESK.find("[locate]").unwrap()..DESK.find("[[actions]]").unwrap()];
    let text = toml(&bench).replace(&search.replace("BASE", ""), "[locate]\naccount = \"{{ leaver.email }}\"\n\n");
    let rig = Rig::new("desk", &text);
    let before = bench.sandbox.calls().len();
    match rig.locate(&Leaver::from_email("alfa.doe@corp.example")).await.unwrap() {
        Located::Found(account) => assert_eq!(account.id, "alfa.doe@corp.example"),
        other => panic!("{other:?}"),
    }
    match rig.locate(&mapped("desk", "alfa.doe@corp.example", "17")).await.unwrap() {
        Located::Found(account) => assert_eq!((account.id.as_str(), account.matched_on.as_str()), ("17", "id map")),
        other => panic!("{other:?}"),
    }
    assert_eq!(bench.sandbox.calls().len(), before, "nothing is asked");
    let nothing = Rig::new("desk", &text.replace("leaver.email", "leaver.department or ''"));
    nothing.locate(&Leaver::from_email("alfa.doe@corp.example")).await.unwrap_err();
}

#[tokio::test]
async fn what_no_rule_names_is_ambiguous() {
    let bench = Bench::new().await;
    let text = toml(&bench).replace("equals = \"disabled\"", "equals = \"gone\"");
    let rig = Rig::new("desk", &text);
    let account = rig.account("alfa.doe@corp.example").await;
    is_ambiguous(&rig.execute("disable", &account).await);
    match rig.execute("disable", &account).await {
        Outcome::AlreadySo { note, .. } => assert_eq!(note, "/error: \"already_disabled\""),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_declaration_that_cannot_be_right_is_refused_with_its_reason() {
    let good = DESK.replace("BASE", "https://desk.corp.example").replace("TOKEN", "env:DESK_TOKEN");
    let refusal = |text: String| match registry::build(&Section::from_toml("desk", &text).unwrap()) {
        Ok(_) => panic!("accepted: {text}"),
        Err(error) => error.to_string(),
    };
    assert!(registry::build(&Section::from_toml("desk", &good).unwrap()).is_ok());
    let cases = [
        ("[locate]", "[locate]\naccount = '{{ leaver.email }}'", "either `account` alone, or a search"),
        ("match = \"/email\"", "", "locate.match is missing"),
        ("danger = \"reversible\"\nclass = \"idempotent\"", "danger = \"irreversible\"", "must say its `class`"),
        ("{{ account.id }}/disable", "{{ acount.id }}/disable", "acount.id"),
        ("{{ leaver.email }}", "{{ leaver.mail }}", "leaver.mail"),
        ("secrets.token", "secrets.tokn", "secrets.tokn"),
        ("list = \"/agents\"", "list = \"agents\"", "no JSON pointer"),
        ("{ status = 409 }", "{ }", "empty rule"),
        ("\"2xx\"", "\"9xx\"", "no status"),
        ("https://desk", "http://desk", "not https"),
        ("match = ", "mach = ", "mach"),
        ("env:DESK_TOKEN", "hunter2", "secret"),
    ];
    for (from, to, why) in cases {
        let told = refusal(good.replace(from, to));
        assert!(told.contains(why), "{why}: {told}");
        assert!(!told.contains("hunter2"));
    }
    let unknown = refusal("type = \"desk\"".to_owned());
    assert!(unknown.contains(&registry::KINDS.join(", ")), "{unknown}");
}

#[test]
fn a_class_that_nobody_chose_is_a_careful_one() {
    let text = DESK.replace("BASE", "https://desk.corp.example").replace("TOKEN", "env:DESK_TOKEN");
    let class = |text: &str| {
        let connector = registry::build(&Section::from_toml("desk", text).unwrap()).unwrap();
        connector.action("disable").unwrap().spec().class
    };
    let unsaid = text.replace("class = \"idempotent\"\n", "");
    assert_eq!(class(&unsaid), StepClass::Reconcile);
    let blind: String = unsaid.lines().filter(|line| !line.starts_with("verify")).collect::<Vec<_>>().join("\n");
    assert_eq!(class(&blind), StepClass::Operator);
    let keyed = text.replace("class = \"idempotent\"", "class = \"keyed\"\nkey_window = \"24h\"");
    assert_eq!(class(&keyed), StepClass::Keyed { window_ms: 86_400_000 });
}

#[test]
fn the_example_configuration_makes_all_its_connectors() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("config.example.toml");
    let config = nightlatch::config::Config::load(&path).unwrap();
    let connectors = registry::build_all(&config.connectors).unwrap();
    let mut kinds: Vec<_> = connectors.iter().map(|connector| connector.kind()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let mut known = registry::KINDS.to_vec();
    known.sort_unstable();
    assert_eq!(kinds, known, "the example shows every kind");
    for action in connectors.iter().flat_map(|connector| connector.actions()) {
        let spec = action.spec();
        assert!(
            spec.danger != nightlatch::model::Danger::Irreversible || spec.class == StepClass::Reconcile,
            "{}",
            spec.id
        );
        assert!((1_000..=60_000).contains(&spec.deadline_ms) && spec.quarantine_ms >= spec.deadline_ms, "{}", spec.id);
    }
}
