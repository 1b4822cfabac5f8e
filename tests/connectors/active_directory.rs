//! What is made of a controller's codes, of lost answers and of certificates. What its acts really do is tested against
//! Samba's controller, in `tests/servers`.

use std::time::{Duration, Instant};

use nightlatch::config::Section;
use nightlatch::connectors::gate::Latch;
use nightlatch::connectors::{Call, registry};
use nightlatch::model::health::Health;
use nightlatch::model::{Account, Verdict};

use super::bench::{Rig, folder, is_ambiguous, is_retry, locked, refused, secret};
use super::controller::{ALFA, Controller, GUID, Said, Shown};

const PASSWORD: &str = "canary-0123456789";
const ACTIONS: [&str; 6] = ["disable", "reset-password", "expire", "leave-groups", "stamp", "move-to-leavers"];

fn rig_trusting(controller: &Controller, pem: &str) -> Rig {
    let folder = folder();
    let password = secret(folder.path(), "password", PASSWORD);
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, pem).unwrap();
    let toml = format!(
        "type='active-directory'\nurls=['{}']\nca='file:{}'\nbind_as='CORP\\nightlatch'\npassword='{password}'\n\
         base_dn='DC=corp,DC=example'\nleavers_ou='OU=Leavers,DC=corp,DC=example'",
        controller.url,
        ca.display()
    );
    let rig = Rig::new("ad", &toml);
    Rig { folder: Some(folder), ..rig }
}

fn rig(controller: &Controller) -> Rig {
    rig_trusting(controller, &controller.ca)
}

fn account() -> Account {
    Account { id: GUID.into(), label: "alfa.doe@corp.example".into(), matched_on: "mail".into() }
}

async fn that_says(code: u8, words: &'static str) -> (Controller, Rig) {
    let controller = Controller::new(Shown::Good, Said::Code(code, words)).await;
    let rig = rig(&controller);
    (controller, rig)
}

#[tokio::test]
async fn each_code_ends_a_step_as_it_should() {
    let (_busy, rig) = that_says(51, "0000200E: SvcErr: DSID-0C020F0C, problem 5001 (BUSY), data 0").await;
    for action in ACTIONS {
        is_retry(&rig.execute(action, &account()).await, true);
    }
    let (_denied, rig) =
        that_says(50, "00000005: SecErr: DSID-031A11CE, problem 4003 (INSUFF_ACCESS_RIGHTS), data 0").await;
    for action in ACTIONS {
        let why = refused(&rig.execute(action, &account()).await);
        assert!(why.contains("50 insufficientAccessRights: 00000005"), "{action}: {why}");
    }
    for code in [52, 16] {
        let (_controller, rig) = that_says(code, "").await;
        for action in ["disable", "expire", "stamp"] {
            is_retry(&rig.execute(action, &account()).await, false);
        }
    }
    for (code, words, shown) in [
        (19, "0000052D: AtrErr: DSID-03191083, #1:", "the domain's password rules"),
        (10, "0000202B: RefErr: DSID-0310084A, data 0, 1 access points", "referrals are never followed"),
        (32, "00000525: NameErr: DSID-031A11BA, problem 2001 (NO_OBJECT)", "32 noSuchObject"),
        (53, "0000001F: SvcErr: DSID-031A12D2, problem 5003 (WILL_NOT_PERFORM)", "53 unwillingToPerform: 0000001F"),
    ] {
        let (_controller, rig) = that_says(code, words).await;
        let why = refused(&rig.execute("reset-password", &account()).await);
        assert!(why.contains(shown), "{why}");
    }
    let (_taken, rig) = that_says(68, "00002071: UpdErr: DSID-0305038D, problem 6005 (ENTRY_EXISTS), data 0").await;
    assert!(refused(&rig.execute("move-to-leavers", &account()).await).contains("68 entryAlreadyExists"));
    rig.kept_quiet(&[PASSWORD]);
}

#[tokio::test]
async fn who_was_no_member_has_left_already() {
    for (code, words) in [(53, "00000561: SysErr: DSID-031A1202, problem 22 (Invalid argument), data 0"), (16, "")] {
        let (controller, rig) = that_says(code, words).await;
        rig.done("leave-groups", &account()).await;
        assert!(controller.changes()[0].contains("CN=Sales,DC=corp,DC=example"));
    }
}

#[tokio::test]
async fn a_lost_answer_is_ambiguous_and_nothing_is_sent_twice() {
    for said in [Said::HangsUp, Said::Nonsense] {
        for action in ACTIONS {
            let controller = Controller::new(Shown::Good, said.clone()).await;
            is_ambiguous(&rig(&controller).execute(action, &account()).await);
            assert_eq!(controller.changes().len(), 1, "{action}");
        }
    }
    let silent = Controller::new(Shown::Good, Said::Silence).await;
    let rig = rig(&silent);
    let call = Call::new("k", Duration::from_millis(700));
    let started = Instant::now();
    is_ambiguous(&rig.connector.action("disable").unwrap().execute(&account(), &call).await);
    assert!(started.elapsed() < Duration::from_secs(2));
    let (exchanges, _) = call.into_record();
    let lost = exchanges.last().unwrap();
    assert_eq!((lost.request.clone(), lost.status), (format!("LDAP modify {ALFA}: userAccountControl"), None));
}

#[tokio::test]
async fn no_act_leaves_before_its_gate_opens_or_after_its_time() {
    let (controller, rig) = that_says(0, "").await;
    let (latch, shut) = Latch::new();
    let call = Call::new("k", Duration::from_millis(500)).behind(shut);
    is_retry(&rig.connector.action("disable").unwrap().execute(&account(), &call).await, false);
    drop(latch);
    let over = Call::new("k", Duration::ZERO);
    is_retry(&rig.connector.action("disable").unwrap().execute(&account(), &over).await, false);
    assert!(controller.changes().is_empty());
}

#[tokio::test]
async fn a_certificate_that_may_not_be_believed_is_told_with_its_cure() {
    let other = Controller::new(Shown::Good, Said::Code(0, "")).await;
    for (shown, trusts, cure) in [
        (Shown::Good, Some(&other.ca), "give the PEM of the authority"),
        (Shown::OfAnotherHost, Some(&other.ca), "give the PEM of the authority"),
        (Shown::OfAnotherHost, None, "as it stands in its certificate"),
        (Shown::Expired, None, "renew the controller's certificate"),
    ] {
        let controller = Controller::new(shown, Said::Code(0, "")).await;
        let rig = rig_trusting(&controller, trusts.unwrap_or(&controller.ca));
        let probe = rig.connector.probe(&Rig::call()).await;
        assert!(probe.health == Health::Down && probe.message.contains(cure), "{}", probe.message);
        is_retry(&rig.execute("disable", &account()).await, false);
        let verdict = rig.verify("disable", &account()).await;
        assert!(
            matches!(&verdict, Verdict::CannotTell { reason, .. } if reason.contains(&controller.url)),
            "{verdict:?}"
        );
        assert!(controller.changes().is_empty());
    }
}

#[tokio::test]
async fn a_ca_file_that_is_none_is_named() {
    let (controller, _) = that_says(0, "").await;
    let rig = rig_trusting(&controller, "no certificate");
    let why = locked(&rig.execute("disable", &account()).await);
    assert!(why.contains("ca.pem holds no certificate in PEM"), "{why}");
    std::fs::remove_file(rig.folder.as_ref().unwrap().path().join("ca.pem")).unwrap();
    assert!(locked(&rig.execute("disable", &account()).await).contains("ca.pem cannot be read"));
}

#[test]
fn a_section_that_would_send_a_password_in_clear_is_no_section() {
    let told = |change: (&str, &str)| {
        let toml = "type='active-directory'\nurls=['ldaps://dc1.corp.example']\nbind_as='x'\npassword='env:A'\nbase_dn='DC=corp'";
        let section = Section::from_toml("ad", &toml.replace(change.0, change.1)).unwrap();
        registry::build(&section).err().map(|error| error.to_string()).unwrap_or_default()
    };
    assert_eq!(told(("", "")), "");
    assert_eq!(told(("'ldaps://dc1.corp.example']", "'ldap://dc1.corp.example']\nstart_tls=true")), "");
    for (change, wanted) in [
        (("ldaps://", "ldap://"), "would send passwords in clear"),
        (("ldaps://", "https://"), "no domain controller"),
        (("dc1.corp.example'", "dc1.corp.example/DC=x'"), "no domain controller"),
        (("urls=['ldaps://dc1.corp.example']", "urls=[]"), "names no domain controller"),
        (("base_dn='DC=corp'", "base_dn='corp'"), "base_dn is no distinguished name"),
        (("base_dn='DC=corp'", "base_dn='DC=corp'\nca='corp.pem'"), "file:/path"),
        (("base_dn='DC=corp'", "base_dn='DC=corp'\nstamp=' '"), "stamp is empty"),
        (("base_dn='DC=corp'", "base_dn='DC=corp'\nstart_tls=true"), "start_tls goes with ldap://"),
    ] {
        let told = told(change);
        assert!(told.contains(wanted), "{told}");
    }
}
