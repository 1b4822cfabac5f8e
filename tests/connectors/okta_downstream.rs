//! Okta: what it provisions ends with it, so that the steps of those systems go first.

use nightlatch::connectors::Connector;
use nightlatch::model::{ActionSpec, Leaver, Plan, Until};
use nightlatch::plan::{Planner, Runbook};

use super::bench::build;

fn okta(downstream: &str) -> Box<dyn Connector> {
    build("okta", &format!("type='okta'\nbase_url='https://corp.okta.com'\napi_token='env:A'\n{downstream}"))
}

fn google() -> Box<dyn Connector> {
    let keys = "service_account='env:A'\nadmin='a@corp.example'\nlicences=['Google-Apps/1010020028']";
    build("google", &format!("type='google'\n{keys}"))
}

/// With everything in it that may be in a plan.
fn plan(okta: &dyn Connector) -> Plan {
    let google = google();
    let actions = okta.actions().iter().chain(google.actions());
    let specs: Vec<ActionSpec> = actions.map(|action| action.spec().clone()).collect();
    let runbook =
        Runbook::parse("name = \"all\"\n[[rule]]\nactions = [\"*\"]\ninclude = true", "runbook.toml").unwrap();
    Planner::new(runbook, specs).plan(&Leaver::from_email("alfa.doe@corp.example")).unwrap()
}

/// What `waiter` waits for because it ends a fact of Google's.
fn waits_for_google(plan: &Plan, waiter: &str) -> Vec<(String, Until)> {
    let step = plan.steps.iter().find(|step| step.action.to_string() == waiter).unwrap();
    let by_fact = step.waits.iter().filter(|wait| wait.why.contains("google:"));
    let name = |ord: &u16| plan.steps[usize::from(*ord)].action.to_string();
    by_fact.flat_map(|wait| wait.steps.iter().map(move |ord| (name(ord), wait.until))).collect()
}

#[test]
fn deactivation_waits_for_the_steps_of_what_it_destroys_downstream() {
    let plan = plan(okta("downstream = ['google']").as_ref());
    let waits = waits_for_google(&plan, "okta.deactivate");
    for step in ["suspend", "stop-mail-leaks", "list-owned-data", "leave-groups", "remove-licences"] {
        let wait = (format!("google.{step}"), Until::Succeeded);
        assert!(waits.contains(&wait), "{step}: {waits:?}");
    }
    let place = |action: &str| plan.steps.iter().position(|step| step.action.to_string() == action).unwrap();
    assert!(place("google.leave-groups") < place("okta.deactivate"));
    assert!(waits_for_google(&plan, "okta.unassign-apps").iter().any(|(step, _)| step == "google.stop-mail-leaks"));
}

#[test]
fn without_the_key_nothing_downstream_is_waited_for() {
    assert!(waits_for_google(&plan(okta("").as_ref()), "okta.deactivate").is_empty());
}

#[test]
fn a_connector_is_not_downstream_of_itself_and_a_bad_name_is_told() {
    for (downstream, told) in [("['okta']", "names this connector itself"), ("['Not A Name']", "Not A Name")] {
        let toml = format!("type='okta'\nbase_url='https://corp.okta.com'\napi_token='env:A'\ndownstream={downstream}");
        let section = nightlatch::config::Section::from_toml("okta", &toml).unwrap();
        let error = nightlatch::connectors::registry::build(&section).err().unwrap().to_string();
        assert!(error.contains(told), "{error}");
    }
}
