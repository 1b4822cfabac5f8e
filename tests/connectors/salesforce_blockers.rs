//! Whom Salesforce's setup names, looked up before a deactivation: each kind, and what cannot be seen.

use nightlatch::model::{Account, Finding, Outcome, Verdict};
use serde_json::json;

use super::bench::{Bench, Rig, is_retry, needs_human, refused};
use super::salesforce::{at, rig, rig_as, sent, state};
use super::stub::{Stub, answer};

/// The default owner of cases and of those that come by e-mail, and the user behind automated changes.
const JULIETT: &str = "juliett.doe@corp.example";
/// In rules of assignment, auto-response and escalation.
const KILO: &str = "kilo.doe@corp.example";
/// In an e-mail alert alone, a field update, a task and an outbound message.
const LIMA: &str = "lima.doe@corp.example";
/// An approver.
const MIKE: &str = "mike.doe@corp.example";
/// One of two recipients of an e-mail alert.
const NOVEMBER: &str = "november.doe@corp.example";
/// Takes part in accounts, by Compliant Data Sharing.
const OSCAR: &str = "oscar.doe@corp.example";
const ALFA: &str = "alfa.doe@corp.example";
/// An integration user without Modify Metadata Through Metadata API Functions.
const PLAIN: &str = "plain.integration@corp.example";

/// The findings without the last one, which is always there.
async fn found(rig: &Rig, account: &Account) -> Vec<(String, String, String)> {
    let mut findings = rig.listed("list-blockers", account).await;
    let last = findings.pop().unwrap();
    assert_eq!((last.what.as_str(), last.id.as_str()), ("settings that no API shows", "Setup"));
    for setting in ["default lead owner", "default lead creator", "default workflow user", "Big Deal Alert"] {
        assert!(last.detail.contains(setting), "{setting} in {}", last.detail);
    }
    findings.into_iter().map(|Finding { what, id, detail }| (what, id, detail)).collect()
}

/// Exactly these are found, with these words about where to change them; and the deactivation is not even sent.
async fn stand_in_the_way(email: &str, wanted: &[(&str, &str, &str)]) {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(email).await;
    let findings = found(&rig, &account).await;
    let told: Vec<(&str, &str)> = findings.iter().map(|(what, id, _)| (what.as_str(), id.as_str())).collect();
    let should: Vec<(&str, &str)> = wanted.iter().map(|(what, id, _)| (*what, *id)).collect();
    assert_eq!(told, should);
    let why = needs_human(&rig.execute("deactivate", &account).await);
    let alive = rig.alive("list-blockers", &account).await;
    for ((_, _, detail), (what, id, words)) in findings.iter().zip(wanted) {
        assert!(detail.contains(words), "{words} in {detail}");
        for text in [&why, &alive] {
            assert!(text.contains(&format!("{what} {id} (")), "{what} {id} in {text}");
        }
    }
    assert!(sent(&bench, "salesforce.deactivate").is_empty(), "nothing is sent while something is known");
    assert_eq!(state(&bench, email)["active"], true);
    rig.kept_quiet(&["00Dsandbox!", "PRIVATE KEY"]);
}

#[tokio::test]
async fn the_support_settings_are_looked_through() {
    let support = "Setup > Feature Settings > Service > Support Settings";
    stand_in_the_way(
        JULIETT,
        &[
            ("default case owner", "Case", support),
            ("automated case user", "Case", support),
            // Not the queue that happens to have the same name.
            ("owner of cases that come by e-mail", "Help desk", "Setup > Email-to-Case"),
        ],
    )
    .await;
}

#[tokio::test]
async fn rules_are_looked_through_inactive_ones_too() {
    stand_in_the_way(
        KILO,
        &[
            ("assignment rule", "Case.Standard", "entry 2: change it in Setup > Case assignment rules"),
            ("assignment rule", "Case.Old", "entry 1 (inactive)"),
            ("assignment rule", "Lead.Standard", "entry 2: change it in Setup > Lead assignment rules"),
            ("assignment rule", "Lead.Old", "entry 1 (inactive)"),
            ("auto-response rule", "Lead.Thanks", "entry 1: change it in Setup > Lead auto-response rules"),
            ("escalation rule", "Case.Late", "entry 1: change it in Setup > Case escalation rules"),
        ],
    )
    .await;
}

#[tokio::test]
async fn the_actions_of_workflows_are_looked_through() {
    let menu = "Setup > Process Automation > Workflow Actions";
    stand_in_the_way(
        LIMA,
        &[
            ("e-mail alert with this recipient alone", "Case.Big_case", menu),
            ("field update to this user", "Case.Hand_on", menu),
            ("task for this user", "Case.Call_back", menu),
            ("outbound message sent as this user", "Case.To_billing", menu),
        ],
    )
    .await;
}

#[tokio::test]
async fn approval_processes_are_looked_through() {
    let wanted = "approver of Finance (inactive): name another in Setup > Process Automation > Approval Processes";
    stand_in_the_way(MIKE, &[("approval process", "Opportunity.Discount", wanted)]).await;
}

#[tokio::test]
async fn what_is_only_worth_knowing_stops_nothing() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    for (email, what, id, detail) in [
        (NOVEMBER, "e-mail alert", "Case.Shared", "one of 2 recipients"),
        (OSCAR, "participant records", "AccountParticipant", "2: Salesforce refuses for these, unless"),
    ] {
        let account = rig.account(email).await;
        let findings = found(&rig, &account).await;
        let [(is, of, told)] = findings.as_slice() else { panic!("{findings:?}") };
        assert!(is == what && of == id && told.contains(detail), "{findings:?}");
        assert_eq!(rig.dead("list-blockers", &account).await, "no blocker that an API shows");
        assert_eq!(rig.execute("deactivate", &account).await, Outcome::Acknowledged);
    }
}

#[tokio::test]
async fn more_components_than_one_reading_takes_are_read_in_several() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(ALFA).await;
    assert_eq!(found(&rig, &account).await, []);
    // Support settings, three kinds of rules, twelve objects with workflows in two parts, an approval process; no portals.
    assert_eq!(sent(&bench, "salesforce.metadata.read").len(), 7);
    assert_eq!(sent(&bench, "salesforce.metadata.list").len(), 6);
    let paths = sent(&bench, "salesforce.metadata.read");
    assert!(paths.iter().all(|path| path == "/salesforce/services/Soap/m/66.0"), "{paths:?}");
}

#[tokio::test]
async fn without_the_permission_it_is_said_what_was_not_looked_at() {
    let bench = Bench::new().await;
    let rig = rig_as(&bench, PLAIN);
    let probe = rig.connector.probe(&Rig::call()).await;
    assert_eq!(probe.missing, ["ModifyMetadata"], "{probe:?}");
    let account = rig.account(JULIETT).await;
    let findings = found(&rig, &account).await;
    let [(what, id, detail)] = findings.as_slice() else { panic!("{findings:?}") };
    assert_eq!((what.as_str(), id.as_str()), ("not looked at", "Metadata API"));
    for word in [
        "support settings",
        "assignment rules",
        "auto-response rules",
        "escalation rules",
        "e-mail alerts",
        "approval processes",
        "portals",
        "INSUFFICIENT_ACCESS",
        "Modify Metadata Through Metadata API Functions (ModifyMetadata)",
    ] {
        assert!(detail.contains(word), "{word} in {detail}");
    }
    assert_eq!(sent(&bench, "salesforce.metadata.read").len(), 1, "one refusal is enough");
    let evidence = rig.dead("list-blockers", &account).await;
    assert!(evidence.contains("1 could not"), "{evidence}");
    let why = refused(&rig.execute("deactivate", &account).await);
    for word in ["default owner of cases", "one reason at a time", "not looked at Metadata API", "default lead owner"] {
        assert!(why.contains(word), "{word} in {why}");
    }
    assert_eq!(state(&bench, JULIETT)["active"], true);
    rig.kept_quiet(&["00Dsandbox!"]);
}

#[tokio::test]
async fn salesforce_itself_refuses_each_of_them_one_at_a_time() {
    let bench = Bench::new().await;
    let rig = rig_as(&bench, PLAIN);
    for (email, words) in [
        (JULIETT, "default owner of cases"),
        (KILO, "assignment rule"),
        (LIMA, "only recipient"),
        (MIKE, "approval process"),
    ] {
        let account = rig.account(email).await;
        let why = refused(&rig.execute("deactivate", &account).await);
        assert!(why.contains("DEPENDENCY_EXISTS") && why.contains(words), "{why}");
    }
}

#[tokio::test]
async fn a_throttled_or_lost_reading_is_tried_again_and_nothing_is_sent() {
    let bench = Bench::new().await;
    let rig = rig(&bench);
    let account = rig.account(KILO).await;
    for op in ["salesforce.metadata.list", "salesforce.metadata.read"] {
        for name in ["list-blockers", "deactivate"] {
            bench.turn_away(op, 403);
            is_retry(&rig.execute(name, &account).await, true);
            assert!(matches!(rig.verify("list-blockers", &account).await, Verdict::CannotTell { again: true, .. }));
            bench.sandbox.clear_faults();
            bench.lose_answers(op);
            is_retry(&rig.execute(name, &account).await, false);
            bench.sandbox.clear_faults();
        }
    }
    assert!(sent(&bench, "salesforce.deactivate").is_empty());
}

/// An org whose queries find nothing but the user, and whose Metadata API answers by this function of the request.
async fn org(soap: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Stub {
    org_with(|_| None, soap).await
}

/// The same, with other answers to some queries.
async fn org_with(
    rest: impl Fn(&str) -> Option<Vec<u8>> + Send + Sync + 'static,
    soap: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static,
) -> Stub {
    Stub::new(move |request| {
        if request.starts_with("POST /services/Soap/m/62.0 ") {
            return soap(request);
        }
        if let Some(answered) = rest(request) {
            return answered;
        }
        let body = match request {
            it if it.starts_with("POST /services/oauth2/token") => {
                json!({"access_token": "a-session-of-some-length", "id": "x/005000000000009AAA"})
            }
            it if it.starts_with("GET /services/data ") => json!([{"version": "62.0"}]),
            it if it.contains("/sobjects/User/describe") => json!({"fields": []}),
            it if it.contains("FROM+User+WHERE+Id+") => json!({"totalSize": 1, "done": true, "records": [
                {"Id": "005000000000001AAA", "Username": "alfa.doe@corp.example", "IsActive": true}
            ]}),
            _ => json!({"totalSize": 0, "done": true, "records": []}),
        };
        answer("200 OK", "", &body.to_string())
    })
    .await
}

fn leaver() -> Account {
    Account { id: "005000000000001AAA".into(), label: ALFA.into(), matched_on: "m".into() }
}

fn envelope(status: &str, body: &str) -> Vec<u8> {
    let envelope = format!(
        "<?xml version=\"1.0\"?><soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\">\
         <soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>"
    );
    answer(status, "content-type: text/xml\r\n", &envelope)
}

fn fault(code: &str) -> Vec<u8> {
    let fault = format!("<faultcode>sf:{code}</faultcode><faultstring>{code}: said</faultstring>");
    envelope("500 Internal Server Error", &format!("<soapenv:Fault>{fault}</soapenv:Fault>"))
}

fn records(records: &str) -> Vec<u8> {
    envelope("200 OK", &format!("<readMetadataResponse><result>{records}</result></readMetadataResponse>"))
}

fn names<'a>(names: impl Iterator<Item = &'a str>) -> Vec<u8> {
    let results: Vec<String> = names.map(|name| format!("<result><fullName>{name}</fullName></result>")).collect();
    envelope("200 OK", &format!("<listMetadataResponse>{}</listMetadataResponse>", results.concat()))
}

/// An org with components of one type only: their names, and what is read of them.
fn only(
    kind: &'static str,
    listed: Vec<String>,
    read: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static,
) -> impl Fn(&str) -> Vec<u8> + Send + Sync + 'static {
    move |request| match request {
        it if it.contains("<listMetadata>") && it.contains(&format!("<type>{kind}</type>")) => {
            names(listed.iter().map(String::as_str))
        }
        it if it.contains("<listMetadata>") => names(std::iter::empty()),
        it if it.contains("<type>CaseSettings</type>") => records("<records><fullName>Case</fullName></records>"),
        it => read(it),
    }
}

#[tokio::test]
async fn faults_mean_what_they_mean_in_rest() {
    let bench = Bench::new().await;
    let limited = org(|_| fault("REQUEST_LIMIT_EXCEEDED")).await;
    is_retry(&at(&limited, &bench).execute("list-blockers", &leaver()).await, true);
    for code in ["SERVER_UNAVAILABLE", "UNKNOWN_EXCEPTION"] {
        let down = org(move |_| fault(code)).await;
        is_retry(&at(&down, &bench).execute("deactivate", &leaver()).await, false);
        assert!(!down.seen().iter().any(|it| it.starts_with("PATCH")), "{code}");
    }
    let page = org(|_| answer("200 OK", "", "<html>sign in</html>")).await;
    is_retry(&at(&page, &bench).execute("deactivate", &leaver()).await, false);
    assert!(!page.seen().iter().any(|it| it.starts_with("PATCH")));
}

/// Tokens based on JWT are for REST alone (JWT-Based Access Tokens): the session is renewed once, not for each reading.
#[tokio::test]
async fn a_token_that_soap_does_not_take_is_said_with_the_cure() {
    let bench = Bench::new().await;
    let stub = org(|_| fault("INVALID_SESSION_ID")).await;
    let rig = at(&stub, &bench);
    let findings = found(&rig, &leaver()).await;
    assert!(findings[0].2.contains("INVALID_SESSION_ID") && findings[0].2.contains("opaque"), "{findings:?}");
    let minted = stub.seen().iter().filter(|it| it.starts_with("POST /services/oauth2/token")).count();
    assert_eq!(minted, 2);
    rig.kept_quiet(&["a-session-of-some-length"]);
}

#[tokio::test]
async fn a_component_that_is_not_given_is_no_component_without_names() {
    let bench = Bench::new().await;
    let listed = vec!["Opportunity.One".to_owned(), "Opportunity.R&amp;D".to_owned()];
    let stub = org(only("ApprovalProcess", listed, |request| {
        assert!(request.contains("<fullNames>Opportunity.R&amp;D</fullNames>"), "{request}");
        records(
            "<records><fullName>Opportunity.One</fullName><active>true</active></records><records xsi:nil=\"true\"/>",
        )
    }))
    .await;
    let findings = found(&at(&stub, &bench), &leaver()).await;
    let [(what, id, detail)] = findings.as_slice() else { panic!("{findings:?}") };
    assert_eq!((what.as_str(), id.as_str()), ("not looked at", "ApprovalProcess"));
    assert_eq!(detail, "1 of 2 approval processes: Salesforce did not give them, or they are too long to be read");
}

#[tokio::test]
async fn support_settings_that_are_not_given_are_said() {
    let bench = Bench::new().await;
    let stub = org(|request| match request {
        it if it.contains("<listMetadata>") => names(std::iter::empty()),
        _ => records("<records xsi:nil=\"true\"/>"),
    })
    .await;
    let findings = found(&at(&stub, &bench), &leaver()).await;
    let [(what, id, detail)] = findings.as_slice() else { panic!("{findings:?}") };
    assert_eq!((what.as_str(), id.as_str()), ("not looked at", "CaseSettings"));
    assert!(detail.starts_with("1 of 1 support settings"), "{detail}");
}

#[tokio::test]
async fn a_type_that_needs_more_permissions_hides_only_itself() {
    let bench = Bench::new().await;
    let stub = org(|request| match request {
        it if it.contains("<type>Workflow</type>") => fault("INSUFFICIENT_ACCESS"),
        it if it.contains("<type>CaseSettings</type>") => fault("INVALID_TYPE"),
        it if it.contains("<type>Portal</type>") && it.contains("<listMetadata>") => names(["Partners"].into_iter()),
        it if it.contains("<listMetadata>") => names(std::iter::empty()),
        _ => records("<records><fullName>Partners</fullName><admin>ALFA.doe@corp.example</admin></records>"),
    })
    .await;
    let rig = at(&stub, &bench);
    let findings = found(&rig, &leaver()).await;
    let told: Vec<(&str, &str)> = findings.iter().map(|(what, id, _)| (what.as_str(), id.as_str())).collect();
    let hidden = [("not looked at", "CaseSettings"), ("not looked at", "Workflow")];
    assert_eq!(told, [("administrator of a portal", "Partners"), hidden[0], hidden[1]]);
    needs_human(&rig.execute("deactivate", &leaver()).await);
}

#[tokio::test]
async fn an_org_with_thousands_of_alerts_is_read_to_a_bound() {
    let bench = Bench::new().await;
    let alert = "<alerts><fullName>A</fullName><recipients><recipient>alfa.doe@corp.example</recipient>\
                 <type>user</type></recipients></alerts>";
    let full = format!("<records><fullName>Case</fullName>{}</records>", alert.repeat(3_000));
    let stub = org(only("Workflow", vec!["Case".into()], move |_| records(&full))).await;
    let rig = at(&stub, &bench);
    assert_eq!(found(&rig, &leaver()).await.len(), 3_000);
    let why = needs_human(&rig.execute("deactivate", &leaver()).await);
    assert!(why.contains("and 2960 more, which list-blockers lists") && why.len() < 20_000, "{}", why.len());

    let many: Vec<String> = (0..3_000).map(|number| format!("Object_{number}__c")).collect();
    let stub = org(only("Workflow", many, |request| {
        let asked = request.split("<fullNames>").skip(1).filter_map(|rest| rest.split_once('<'));
        let read: Vec<String> =
            asked.map(|(name, _)| format!("<records><fullName>{name}</fullName></records>")).collect();
        records(&read.concat())
    }))
    .await;
    let findings = found(&at(&stub, &bench), &leaver()).await;
    let [(_, _, detail)] = findings.as_slice() else { panic!("{findings:?}") };
    assert!(detail.starts_with("2000 of 3000") && detail.ends_with("only the first 1000 are read"), "{detail}");
    // A hundred of ten, and the support settings.
    assert_eq!(stub.seen().iter().filter(|it| it.contains("<readMetadata>")).count(), 101);
}

#[tokio::test]
async fn components_that_are_too_long_together_are_read_one_by_one() {
    let bench = Bench::new().await;
    let stub = org(only("Workflow", vec!["Big__c".into(), "Case".into()], |request| {
        let update = "<fieldUpdates><fullName>F</fullName><lookupValue>alfa.doe@corp.example</lookupValue>\
                      <lookupValueType>User</lookupValueType></fieldUpdates>";
        let padding = if request.contains("<fullNames>Big__c<") { "x".repeat(9 << 20) } else { String::new() };
        records(&format!("<records><fullName>Case</fullName><description>{padding}</description>{update}</records>"))
    }))
    .await;
    let findings = found(&at(&stub, &bench), &leaver()).await;
    let told: Vec<(&str, &str)> = findings.iter().map(|(what, id, _)| (what.as_str(), id.as_str())).collect();
    assert_eq!(told, [("field update to this user", "Case.F"), ("not looked at", "Workflow")]);
    assert!(findings[1].2.starts_with("1 of 2"), "{findings:?}");
}

#[tokio::test]
async fn queues_on_a_second_page_are_found_too() {
    let bench = Bench::new().await;
    let queue = |id: &str, done: bool| {
        let body = json!({"totalSize": 2, "done": done, "nextRecordsUrl": "/services/data/v62.0/query/01gQ-2000",
            "records": [{"GroupId": id, "Group": {"Name": "Renewals"}}]});
        answer("200 OK", "", &body.to_string())
    };
    let rest = move |request: &str| match request {
        it if it.contains("/query/01gQ-2000 ") => Some(queue("00G2", true)),
        it if it.contains("GroupMember") => Some(queue("00G1", false)),
        _ => None,
    };
    let stub = org_with(rest, only("Workflow", Vec::new(), |_| records(""))).await;
    let findings = found(&at(&stub, &bench), &leaver()).await;
    assert_eq!(findings.iter().map(|(_, id, _)| id.as_str()).collect::<Vec<_>>(), ["00G1", "00G2"]);
}

#[tokio::test]
async fn a_hierarchy_field_that_is_hidden_is_said() {
    let bench = Bench::new().await;
    let rest = |request: &str| match request {
        it if it.contains("/sobjects/User/describe") => {
            let field = json!({"name": "Buddy__c", "custom": true, "referenceTo": ["User"]});
            Some(answer("200 OK", "", &json!({"fields": [field]}).to_string()))
        }
        it if it.contains("Buddy__c") => {
            let error = json!([{"errorCode": "INVALID_FIELD", "message": "No such column 'Buddy__c'"}]);
            Some(answer("400 Bad Request", "", &error.to_string()))
        }
        _ => None,
    };
    let stub = org_with(rest, only("Workflow", Vec::new(), |_| records(""))).await;
    let findings = found(&at(&stub, &bench), &leaver()).await;
    let [(what, id, detail)] = findings.as_slice() else { panic!("{findings:?}") };
    assert!(what == "not looked at" && id == "Buddy__c" && detail.contains("INVALID_FIELD"), "{findings:?}");
}
