//! Secrets that cannot be had: the connector that needs one waits or fails with a reason, and the others go on.

use nightlatch::model::{Event, Offboarding, StepState};

use crate::chaos::Chaos;
use crate::declared::{Vendor, section};
use crate::harness::{Scene, Setup, eventually, ord_of, steps_of};
use crate::reach::RUNBOOK;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_that_hangs_floods_fails_or_prints_two_lines_stops_its_own_connector_alone() {
    let vendor = Vendor::default();
    let server = Chaos::new(move |request| vendor.answer(request)).await;
    let programs = [
        ("hangs", r#"["sleep", "60"]"#, "before the job's time was over"),
        ("floods", r#"["yes", "canary-of-a-flood"]"#, "more than 64 KiB"),
        ("fails", r#"["sh", "-c", "echo canary-of-a-failure >&2; exit 7"]"#, "exit code 7"),
        ("missing", r#"["no-such-program-4711"]"#, "no-such-program-4711"),
        ("wraps", r#"["printf", "canary-of\\nlines"]"#, "line break"),
    ];
    let scene = Scene::set(Setup { runbook: Some(RUNBOOK), ..Setup::default() }).await;
    scene.edit_config(|text| {
        let needs = |program: &str| {
            format!(
                "secrets = {{ token = 'cmd:{program}' }}\nheaders = {{ authorization = \"Bearer {{{{ secrets.token }}}}\" }}\n"
            )
        };
        let sections = programs.map(|(name, program, _)| section(name, &server.base, &needs(program)));
        format!("{text}{}", sections.concat())
    });
    scene.start_engine().await;
    let leaver = scene.employee(0);
    scene.send(&scene.leaves(&leaver.email)).await;
    // Everything else is done while one of them still hangs.
    eventually("the others", async || scene.is_dead(&leaver.email)).await;
    let held_up = |it: &Offboarding, name: &str| {
        let step = &it.steps[usize::from(ord_of(it, &format!("{name}.cut")))];
        match &step.state {
            StepState::RetryAt { reason, .. } if step.extra.held_up_since.is_some() => Some(reason.clone()),
            // One that can be had, and not be sent, is the connector's own fault.
            StepState::Failed { reason, cure, .. } => Some(format!("{reason}; {cure}")),
            _ => None,
        }
    };
    let seen = scene
        .until(&leaver.email, "the hold-up", |it| {
            programs.iter().all(|(name, _, words)| held_up(it, name).is_some_and(|told| told.contains(words)))
        })
        .await;
    // Nothing was sent to anybody, so that nothing is ambiguous; and what the programs printed is nowhere.
    assert_eq!(server.seen(), Vec::<String>::new());
    let events = scene.timeline(seen.id).await;
    assert!(!events.iter().any(|it| matches!(it.event, Event::StepAmbiguous { .. })), "{}", steps_of(&seen));
    for text in [scene.log(), scene.run(&["show", &seen.id.to_string(), "--timeline"]).to_string()] {
        assert!(!text.contains("canary-of"), "{text}");
    }
}
