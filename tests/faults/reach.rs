//! Vendors that cannot be reached, or that are not who they say: nothing is sent to them, the others go on, and somebody
//! is told.

use std::net::UdpSocket;
use std::process::Command;

use nightlatch::model::{Event, Offboarding, StepState};

use crate::chaos::Chaos;
use crate::declared::{Vendor, section};
use crate::engine::Engine;
use crate::harness::{Ran, Scene, Setup, eventually, ord_of, steps_of};
use crate::tls::{self, Shown};

/// Two tries and no patience: what cannot be done is told soon.
pub(crate) const RUNBOOK: &str = r#"
name = "impatient"
[retry]
attempts = 2
base = "50ms"
max = "100ms"
[approval]
four_eyes = true
ttl = "1h"
"#;

const TRIES: usize = 2;

async fn scene(sections: &[String]) -> Scene {
    let scene = Scene::set(Setup { runbook: Some(RUNBOOK), ..Setup::default() }).await;
    scene.edit_config(|text| {
        let text = text.replace("[engine]\n", "[engine]\nalert_outage_after_s = [1]\n");
        format!("{text}{}", sections.concat())
    });
    scene
}

fn state<'a>(offboarding: &'a Offboarding, connector: &str) -> &'a StepState {
    &offboarding.steps[usize::from(ord_of(offboarding, &format!("{connector}.cut")))].state
}

/// Somebody leaves whose accounts in these systems are known, so that the act is the first that is tried there.
fn leaves_by_hand(scene: &Scene, unreachable: &[&str]) {
    let leaver = scene.employee(0);
    let mut command = scene.command();
    command.args(["leaver", "add", &leaver.email, "--no-lookup"]);
    for name in unreachable {
        command.args(["--account", &format!("{name}={}", leaver.email)]);
    }
    Ran::of(&mut command).said(0, &["ob-1"]);
}

/// What the systems that are not listed do is done; what these do is tried again and again, uses up no try, and is told.
async fn only_these_are_held_up(scene: &Scene, unreachable: &[&str]) -> Offboarding {
    let leaver = scene.employee(0);
    let held_up = |it: &Offboarding, name: &&str| {
        let step = &it.steps[usize::from(ord_of(it, &format!("{name}.cut")))];
        step.extra.held_up_since.is_some() && usize::from(step.attempt) > TRIES
    };
    let seen = scene
        .until(&leaver.email, "the hold-up", |it| {
            let others = it
                .plan
                .steps
                .iter()
                .zip(&it.steps)
                .filter(|(planned, _)| !unreachable.contains(&planned.action.connector.as_str()));
            unreachable.iter().all(|name| held_up(it, name)) && others.clone().all(|(_, step)| step.state.is_settled())
        })
        .await;
    assert!(scene.is_dead(&leaver.email), "{}", steps_of(&seen));
    let events = scene.timeline(seen.id).await;
    for name in unreachable {
        let step = seen.id.step(ord_of(&seen, &format!("{name}.cut")));
        let of = |wanted: fn(&Event) -> bool| {
            events.iter().filter(|it| it.event.step() == Some(step) && wanted(&it.event)).count()
        };
        // Certainly not sent: tried again, more often than the runbook says of tries that count, and never called ambiguous.
        assert_eq!(of(|event| matches!(event, Event::StepFailed { .. })), 0, "{name}");
        assert_eq!(of(|event| matches!(event, Event::StepAmbiguous { .. })), 0, "{name}");
        eventually("the alert", async || {
            scene.sandbox.alerts().pagerduty.iter().any(|it| it.dedup_key.ends_with(&format!("system/{name}")))
        })
        .await;
    }
    seen
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_host_without_a_name_a_closed_port_and_no_route_are_tried_again_and_told() {
    let unreachable = [
        ("nameless", "https://no-such-host.invalid"),
        ("closed", "http://127.0.0.1:9"),
        // The discard prefix of RFC 6666: no route leads there, or nobody answers.
        ("routeless", "https://[100::1]"),
    ];
    let sections: Vec<String> = unreachable.iter().map(|(name, base)| section(name, base, "")).collect();
    let scene = scene(&sections).await;
    scene.start_engine().await;
    leaves_by_hand(&scene, &unreachable.map(|(name, _)| name));
    only_these_are_held_up(&scene, &unreachable.map(|(name, _)| name)).await;
}

/// A name server on an address of this machine that no other test has. It says that there is no such name, and of
/// `silent.example` it says nothing.
fn name_server() -> std::io::Result<String> {
    let address = format!("127.53.{}.{}", std::process::id() % 250 + 1, std::process::id() / 250 % 250 + 1);
    let socket = UdpSocket::bind((address.as_str(), 53))?;
    std::thread::spawn(move || {
        let mut packet = [0; 512];
        while let Ok((length, from)) = socket.recv_from(&mut packet) {
            let question = &mut packet[..length];
            if length < 12 || question.windows(7).any(|part| part == b"\x06silent") {
                continue;
            }
            // A response, recursion available, NXDOMAIN (RFC 1035, 4.1.1).
            question[2] |= 0x80;
            question[3] = 0x83;
            let _ = socket.send_to(question, from);
        }
    });
    Ok(address)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_server_that_knows_nobody_or_says_nothing_counts_as_not_sent() {
    let alone = Command::new("unshare").args(["--mount", "true"]).output().is_ok_and(|ran| ran.status.success());
    let (true, Ok(server)) = (alone, name_server()) else {
        println!("skipped: needs root, to give the engine a name server of its own");
        return;
    };
    let hosts = ["unknown", "silent"];
    let sections = hosts.map(|name| section(name, &format!("https://{name}.example"), ""));
    let scene = scene(&sections).await;
    let resolver = scene.dir().join("resolv.conf");
    std::fs::write(&resolver, format!("nameserver {server}\noptions timeout:30 attempts:1\n")).unwrap();
    let engine = scene.command();
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", "mount --bind \"$1\" /etc/resolv.conf && shift && exec \"$@\"", "sh"]);
    command.arg(&resolver).arg(engine.get_program()).args(engine.get_args()).arg("engine");
    command.env("LC_ALL", "C.UTF-8").env("XDG_CONFIG_HOME", scene.dir()).env_remove("NIGHTLATCH_LOG");
    let _engine = Engine::start(&scene, &mut command).await;
    leaves_by_hand(&scene, &hosts);
    only_these_are_held_up(&scene, &hosts).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_that_is_expired_foreign_homemade_or_too_old_ends_the_talk_before_a_word() {
    let authority = tls::Authority::named("Corp");
    let well = tls::Server::new(Shown::Certificate(authority.good()), Vendor::default()).await;
    let bad = [
        ("expired", Shown::Certificate(authority.expired())),
        ("foreign", Shown::Certificate(authority.of_another_host())),
        ("homemade", Shown::Certificate(tls::homemade())),
        ("unknown", Shown::Certificate(tls::Authority::named("Nobody").good())),
        ("old", Shown::Version1(0x01)),
        ("older", Shown::Version1(0x02)),
        ("resetting", Shown::Reset),
    ];
    let mut servers = Vec::new();
    let mut sections = vec![section("well", &well.base, "")];
    for (name, shown) in bad.clone() {
        let server = tls::Server::new(shown, Vendor::default()).await;
        sections.push(section(name, &server.base, ""));
        servers.push(server);
    }
    let scene = scene(&sections).await;
    let trusted = scene.dir().join("authority.pem");
    std::fs::write(&trusted, authority.pem()).unwrap();
    let _engine = Engine::with_env(&scene, &[("SSL_CERT_FILE", trusted.to_str().unwrap())]).await;

    let probes = scene.run(&["check", "--json"]).json();
    let probe = |name: &str| probes.as_array().unwrap().iter().find(|it| it["connector"] == name).unwrap().clone();
    assert_eq!(probe("well")["health"], "up", "{}", probe("well"));
    for (name, _) in &bad {
        assert_eq!(probe(name)["health"], "down", "{}", probe(name));
    }
    for (name, word) in [("expired", "Expired"), ("foreign", "not valid for"), ("unknown", "UnknownIssuer")] {
        let said = probe(name)["message"].as_str().unwrap().to_owned();
        assert!(said.to_lowercase().contains(&word.to_lowercase()), "{name}: {said}");
    }
    leaves_by_hand(&scene, &bad.clone().map(|(name, _)| name));
    let seen = only_these_are_held_up(&scene, &bad.clone().map(|(name, _)| name)).await;
    assert!(matches!(state(&seen, "well"), StepState::Done { .. }), "{}", steps_of(&seen));
    assert!(well.seen().iter().any(|request| request.starts_with("POST /cut/")));
    // Not one word of HTTP, and so no token, was ever said to the others: there is no way round the check.
    assert!(servers.iter().all(|server| server.seen().is_empty()));
    assert!(servers.iter().all(|server| server.connections() > 1), "they were asked, and more than once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_vendor_that_hangs_up_on_everything_holds_up_nobody() {
    let vendor = Chaos::resetting().await;
    let scene = scene(&[section("resetting", &vendor.base, "")]).await;
    scene.start_engine().await;
    // It cannot even be asked who has an account there.
    scene.send(&scene.leaves(&scene.employee(0).email)).await;
    only_these_are_held_up(&scene, &["resetting"]).await;
}
