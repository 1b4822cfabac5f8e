//! A dry run lets every action of every system run up to the request that would change something, and no further.

use std::sync::Arc;
use std::time::Duration;

use nightlatch::connectors::Call;
use nightlatch::model::{Leaver, StepClass};
use nightlatch::sandbox::Kind;

use super::conformance::{SYSTEMS, Trial};

/// Many people have nothing that could be taken away.
const PEOPLE: usize = 40;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_action_that_only_looks_changes_nothing_anywhere() {
    for (_, system) in SYSTEMS {
        let mut trial = Trial::of(*system).await;
        let executed = trial.bench.sandbox.summary().executed;
        let mut accounts = Vec::new();
        while accounts.len() < PEOPLE
            && let Some(account) = trial.somebody().await
        {
            accounts.push(account);
        }
        for action in trial.rig.connector.actions() {
            let spec = action.spec();
            let mut came_to_an_act = false;
            for account in &accounts {
                let leaver = Arc::new(Leaver::from_email(&account.label));
                let call = Call::new("dry-run", Duration::from_secs(5)).about(leaver).only_looking();
                action.execute(account, &call).await;
                came_to_an_act |= call.held_back();
                if came_to_an_act {
                    break;
                }
            }
            assert_eq!(came_to_an_act, spec.class != StepClass::Pure, "{}: or the test shows nothing", spec.id);
        }
        let calls = trial.bench.sandbox.calls();
        let acts: Vec<_> = calls.iter().filter(|it| it.kind != Kind::Read || it.executed).collect();
        assert!(acts.is_empty(), "{acts:#?}");
        assert_eq!(trial.bench.sandbox.summary().executed, executed);
    }
}
