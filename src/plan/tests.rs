use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::model::{ActionSpec, Danger, Fact, Leaver, Plan, PlannedStep, Residual, Stage, StepClass, Until};

fn spec(id: &str, stage: Stage) -> ActionSpec {
    ActionSpec {
        id: id.parse().unwrap(),
        title: format!("Does {id}"),
        stage,
        danger: Danger::Reversible,
        class: StepClass::Idempotent,
        needs: vec![],
        destroys: vec![],
        precedes: vec![],
        residual: None,
        proved_by: None,
        undo: None,
        undo_within_ms: None,
        only_by_rule: false,
        scopes: vec![],
        deadline_ms: 10_000,
        quarantine_ms: 60_000,
    }
}

trait Says {
    fn needs(self, fact: &str) -> Self;
    fn destroys(self, fact: &str) -> Self;
    fn precedes(self, id: &str) -> Self;
    fn irreversible(self) -> Self;
}

impl Says for ActionSpec {
    fn needs(mut self, fact: &str) -> Self {
        self.needs.push(Fact(fact.into()));
        self
    }

    fn destroys(mut self, fact: &str) -> Self {
        self.destroys.push(Fact(fact.into()));
        self
    }

    fn precedes(mut self, id: &str) -> Self {
        self.precedes.push(id.parse().unwrap());
        self
    }

    fn irreversible(mut self) -> Self {
        self.danger = Danger::Irreversible;
        self
    }
}

fn leaver() -> Leaver {
    Leaver::from_email("alfa.doe@corp.example")
}

fn executive() -> Leaver {
    Leaver { executive: true, ..leaver() }
}

/// What a company with three systems has.
fn systems() -> Vec<ActionSpec> {
    vec![
        spec("google.suspend", Stage::KillSwitch).destroys("google:active-account"),
        spec("google.backup-codes", Stage::KillSwitch).needs("google:active-account"),
        spec("google.sign-out", Stage::KillSwitch).needs("google:active-account"),
        spec("okta.suspend", Stage::KillSwitch),
        spec("okta.reset-factors", Stage::Credentials),
        spec("google.transfer-drive", Stage::Handover).needs("google:account").needs("leaver:manager"),
        spec("slack.remove-seat", Stage::Licences),
        spec("google.delete-user", Stage::Purge).destroys("google:account").irreversible(),
    ]
}

fn rules(text: &str) -> Runbook {
    Runbook::parse(&format!("name = \"test\"\n{text}"), "runbook.toml").unwrap()
}

fn plan(runbook: &Runbook, leaver: &Leaver, actions: &[ActionSpec]) -> Result<Plan, PlanError> {
    Planner::new(runbook.clone(), actions.to_vec()).plan(leaver)
}

fn step<'a>(plan: &'a Plan, id: &str) -> &'a PlannedStep {
    plan.steps.iter().find(|step| step.action.to_string() == id).unwrap_or_else(|| panic!("{id} is not in the plan"))
}

fn ord(plan: &Plan, id: &str) -> u16 {
    u16::try_from(plan.steps.iter().position(|step| step.action.to_string() == id).unwrap()).unwrap()
}

fn reason_left_out<'a>(plan: &'a Plan, id: &str) -> &'a str {
    &plan.left_out.iter().find(|left| left.action.to_string() == id).unwrap().reason
}

#[test]
fn by_default_all_is_in_but_what_deletes() {
    let plan = plan(&Runbook::builtin(), &Leaver { manager: Some("b@c".into()), ..leaver() }, &systems()).unwrap();
    let order: Vec<String> = plan.steps.iter().map(|step| step.action.to_string()).collect();
    let expected = [
        "google.backup-codes",
        "google.sign-out",
        "google.suspend",
        "okta.suspend",
        "okta.reset-factors",
        "google.transfer-drive",
        "slack.remove-seat",
    ];
    assert_eq!(order, expected);
    assert_eq!(reason_left_out(&plan, "google.delete-user"), "the runbook does not ask for it");
    assert_eq!(step(&plan, "okta.suspend").reason, "kill switch of okta (default)");
    assert_eq!(
        (plan.runbook.as_str(), plan.sla_ms, plan.person.as_str()),
        ("standard", 900_000, "alfa.doe@corp.example")
    );
}

#[test]
fn the_suspension_waits_a_moment_for_what_it_would_spoil() {
    let plan = plan(&Runbook::builtin(), &leaver(), &systems()).unwrap();
    let waits = &step(&plan, "google.suspend").waits;
    assert_eq!(waits.len(), 1);
    assert_eq!(waits[0].steps, [ord(&plan, "google.backup-codes"), ord(&plan, "google.sign-out")]);
    assert_eq!(waits[0].until, Until::Tried { patience_ms: 3_000 });
    assert_eq!(waits[0].why, "they need google:active-account, which this step ends");
    assert!(step(&plan, "okta.suspend").waits.is_empty());
}

#[test]
fn later_stages_wait_with_patience() {
    let plan = plan(&rules("stage_patience = \"90s\""), &leaver(), &systems()).unwrap();
    let waits = &step(&plan, "slack.remove-seat").waits;
    assert_eq!(waits.len(), 1);
    assert_eq!(waits[0].steps, [0, 1, 2, 3, 4]);
    assert_eq!(waits[0].until, Until::Tried { patience_ms: 90_000 });
}

#[test]
fn a_deletion_waits_for_approval_and_for_everything_else_to_succeed() {
    let manager = Some("bravo.doe@corp.example".into());
    let plan = plan(&Runbook::builtin(), &Leaver { manager, ..executive() }, &systems()).unwrap();
    let delete = step(&plan, "google.delete-user");
    assert!(delete.approval.unwrap().four_eyes);
    assert_eq!(delete.reason, "runbook rule 1: contractors and executives keep no dormant account");
    assert!(delete.waits.iter().all(|wait| wait.until == Until::Succeeded));
    let gate = delete.waits.iter().find(|wait| wait.why.starts_with("nothing is deleted")).unwrap();
    assert_eq!(gate.steps, [0, 1, 2, 3, 4, 5, 6]);
    let fact = delete.waits.iter().find(|wait| wait.why.contains("google:account")).unwrap();
    assert_eq!(fact.steps, [ord(&plan, "google.transfer-drive")]);
}

#[test]
fn plans_that_are_made_from_a_kept_one_are_the_same_but_for_the_person() {
    let planner = Planner::new(Runbook::builtin(), systems());
    let manager = Some("bravo.doe@corp.example".to_owned());
    for (employee_id, executive) in [("1", false), ("2", false), ("1\"2,\\", true), ("", true), ("1", false)] {
        let leaver =
            Leaver { employee_id: Some(employee_id.to_owned()), executive, manager: manager.clone(), ..leaver() };
        let made = planner.plan(&leaver).unwrap();
        assert_eq!(made, plan(&Runbook::builtin(), &leaver, &systems()).unwrap());
        assert_eq!((made.person.as_str(), &made.digest), (employee_id, &digest(&made).unwrap()));
    }
}

#[test]
fn a_handover_without_a_manager_is_left_out_with_the_cure() {
    for manager in [None, Some(" ".to_owned())] {
        let plan = plan(&Runbook::builtin(), &Leaver { manager, ..leaver() }, &systems()).unwrap();
        assert_eq!(reason_left_out(&plan, "google.transfer-drive"), "no manager is known: name one with --manager");
    }
}

#[test]
fn what_a_connector_wants_first_goes_first() {
    let actions = [
        spec("a.second", Stage::Licences),
        spec("a.first", Stage::Licences).precedes("a.second").precedes("a.absent"),
        spec("b.one", Stage::KillSwitch).precedes("b.all"),
        spec("b.all", Stage::KillSwitch),
    ];
    let plan = plan(&rules(""), &leaver(), &actions).unwrap();
    assert!(ord(&plan, "a.first") < ord(&plan, "a.second"));
    let wait = step(&plan, "a.second").waits.iter().find(|wait| wait.why == "a requires that it goes first").unwrap();
    assert_eq!(wait.until, Until::Succeeded);
    assert_eq!(step(&plan, "b.all").waits[0].until, Until::Tried { patience_ms: 3_000 });
}

#[test]
fn a_deletion_may_go_before_what_it_unlocks() {
    let actions = [
        spec("a.free-seat", Stage::Purge),
        spec("a.delete-user", Stage::Purge).irreversible().precedes("a.free-seat"),
        spec("a.other", Stage::Purge),
    ];
    let plan = plan(&rules("[[rule]]\nactions = [\"*\"]\ninclude = true"), &leaver(), &actions).unwrap();
    let order: Vec<_> = plan.steps.iter().map(|step| &*step.action.name).collect();
    assert_eq!(order, ["other", "delete-user", "free-seat"]);
}

#[test]
fn contradicting_declarations_show_the_round() {
    let actions = [
        spec("a.one", Stage::KillSwitch).needs("x").destroys("y"),
        spec("a.two", Stage::KillSwitch).needs("y").destroys("x"),
        spec("b.bystander", Stage::Handover),
    ];
    let error = plan(&rules(""), &leaver(), &actions).unwrap_err();
    let told = error.to_string();
    assert!(told.starts_with("these actions wait for each other: a.one -> a.two -> a.one. "), "{told}");
    assert!(told.contains("a.one waits for a.two: they need y, which this step ends"), "{told}");
    assert!(told.contains("a.two waits for a.one: they need x, which this step ends"), "{told}");
    assert_eq!(rules("").check(&actions), Err(error));
}

#[test]
fn the_kill_switch_never_waits_for_a_later_stage() {
    let actions = [
        spec("a.export", Stage::Handover).needs("a:account"),
        spec("a.remove", Stage::KillSwitch).destroys("a:account"),
    ];
    let error = plan(&rules(""), &leaver(), &actions).unwrap_err().to_string();
    assert!(error.contains("a.export -> a.remove -> a.export"), "{error}");
    assert!(error.contains("the kill switch and earlier stages go first"), "{error}");
}

#[test]
fn leaving_out_is_explicit_and_shown() {
    let runbook = rules("[[rule]]\nactions = [\"okta.suspend\"]\ninclude = false\nreason = \"cut by the directory\"");
    let plan = plan(&runbook, &leaver(), &systems()).unwrap();
    assert_eq!(reason_left_out(&plan, "okta.suspend"), "runbook rule 1: cut by the directory");
}

#[test]
fn the_later_rule_wins_and_says_so() {
    let runbook = rules(
        "[retry]\nattempts = 5\n\
         [[rule]]\nactions = [\"slack.*\"]\ninclude = false\nreason = \"not ours\"\n\
         [[rule]]\nactions = [\"stage:licences\"]\ninclude = true\nwhen = \"login == 'alfa.doe'\"\nstage = \"credentials\"\n\
         approval = \"required\"\nretry = { base = \"2s\" }\ndeadline = \"20s\"\n\
         [[rule]]\nactions = [\"*\"]\ninclude = false\nreason = \"others\"\nwhen = \"login == 'bravo.doe'\"",
    );
    let plan = plan(&runbook, &leaver(), &systems()).unwrap();
    let seat = step(&plan, "slack.remove-seat");
    assert_eq!((seat.stage, seat.deadline_ms), (Stage::Credentials, 20_000));
    assert_eq!((seat.retry.attempts, seat.retry.base_ms, seat.retry.max_ms), (5, 2_000, 300_000));
    assert!(seat.approval.is_some());
    assert_eq!(
        seat.reason,
        "runbook rule 2: login == 'alfa.doe'; moved to credentials by runbook rule 2: login == 'alfa.doe'; approval by \
         runbook rule 2: login == 'alfa.doe'"
    );
}

#[test]
fn an_approval_of_what_is_irreversible_cannot_be_waived() {
    let runbook = rules("[[rule]]\nactions = [\"google.*\"]\ninclude = true\napproval = \"none\"\n");
    for error in [plan(&runbook, &leaver(), &systems()).unwrap_err(), runbook.check(&systems()).unwrap_err()] {
        let told = error.to_string();
        assert!(told.starts_with("runbook.toml: rule 1 says"), "{told}");
        assert!(told.contains("google.delete-user is irreversible"), "{told}");
    }
}

#[test]
fn an_irreversible_kill_switch_action_is_in_and_waits_for_approval() {
    let actions = [spec("a.remove", Stage::KillSwitch).irreversible(), spec("a.suspend", Stage::KillSwitch)];
    let plan = plan(&rules(""), &leaver(), &actions).unwrap();
    assert!(step(&plan, "a.remove").approval.is_some());
    assert_eq!(step(&plan, "a.remove").waits[0].until, Until::Succeeded);
    assert!(step(&plan, "a.suspend").waits.is_empty());
}

#[test]
fn a_step_that_cannot_be_read_back_names_its_proof_if_that_runs() {
    let mut codes = spec("google.backup-codes", Stage::KillSwitch);
    codes.proved_by = Some("google.suspend".parse().unwrap());
    let both = [codes.clone(), spec("google.suspend", Stage::KillSwitch)];
    let plan_of = |actions: &[ActionSpec]| plan(&rules(""), &leaver(), actions).unwrap();
    assert_eq!(step(&plan_of(&both), "google.backup-codes").proved_by, Some(1));
    assert_eq!(step(&plan_of(&[codes]), "google.backup-codes").proved_by, None);
}

#[test]
fn two_actions_of_one_name_are_an_error() {
    let actions = [spec("a.x", Stage::KillSwitch), spec("a.x", Stage::Handover)];
    assert_eq!(plan(&rules(""), &leaver(), &actions).unwrap_err().to_string(), "a.x is declared twice");
}

#[test]
fn faults_of_a_runbook_name_line_column_and_cure() {
    for (text, expected) in [
        ("name = \"x\"\nslaa = \"15m\"", "2:1: unknown field `slaa`"),
        ("name = \"x\"\nsla = \"15 m\"", "2:7: invalid value: string \"15 m\", expected a duration in quotes"),
        ("name = \"x\"\nsla = 15", "2:7: invalid type: integer `15`, expected a duration in quotes"),
        ("name = \"\"", "1:8: a runbook needs a name"),
        ("sla = \"15m\"", "missing field `name`"),
        ("name = \"x\"\n[retry]\nattempts = 0", "3:12: attempts count the first try"),
        ("name = \"x\"\n[[rule]]\nactions = [\"google\"]\ninclude = true", "3:12: `google` names no actions"),
        ("name = \"x\"\n[[rule]]\nactions = []\ninclude = true", "3:11: a rule needs at least one action"),
        ("name = \"x\"\n[[rule]]\nactions = [\"a.*\"]\ninclude = false", "4:11: what is left out needs a `reason`"),
        ("name = \"x\"\n[[rule]]\nactions = [\"a.*\"]\nwhen = \"typ == 1\"", "4:8: `typ` is nothing that is known"),
        ("name = \"x\"\n[[rule]]\nactions = [\"a.*\"]", "2:1: this rule changes nothing"),
        ("name = \"x\"\n[[rule]]\nactions = [\"a.*\"]\nstage = \"late\"", "4:9: unknown variant `late`"),
        ("name = \"x\"\n[[rule]]\nactions = [\"a.*\"]\ndeadline = \"0s\"", "4:12: a deadline of nothing"),
    ] {
        let told = Runbook::parse(text, "runbook.toml").unwrap_err().to_string();
        assert!(told.starts_with("runbook.toml:") && told.contains(expected), "{told}\n{expected}");
    }
}

#[test]
fn a_rule_that_matches_nothing_is_told() {
    let runbook = rules(
        "[[rule]]\nactions = [\"google.delete-usr\", \"github.remove\", \"google.suspend\"]\napproval = \"required\"\n\
         [[rule]]\nactions = [\"github.remove\"]\ninclude = true",
    );
    assert_eq!(
        runbook.unused(&systems()),
        [
            "runbook.toml: rule 1: `google.delete-usr` matches no action of the configured systems",
            "runbook.toml: rule 2: `github.remove` matches no action of the configured systems",
        ]
    );
    assert!(Runbook::builtin().unused(&[]).is_empty());
}

#[test]
fn the_built_in_runbook_is_the_documented_one() {
    let builtin = Runbook::builtin();
    assert_eq!(builtin.name(), "standard");
    assert_eq!((builtin.patience_ms, builtin.stage_patience_ms), (3_000, 60_000));
    // What it writes out is what a runbook without these keys has.
    let bare = Runbook {
        rules: builtin.rules.clone(),
        builtin: true,
        file: builtin.file.clone(),
        text: builtin.text.clone(),
        ..rules("")
    };
    assert_eq!(Runbook { name: "standard".into(), ..bare }, builtin);
}

#[test]
fn a_runbook_that_everybody_may_write_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runbook.toml");
    std::fs::write(&path, "name = \"x\"").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(Runbook::load(&path).unwrap().name(), "x");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o646)).unwrap();
    assert!(Runbook::load(&path).unwrap_err().to_string().contains("run: chmod o-w"));
}

fn any_spec() -> impl Strategy<Value = ActionSpec> {
    let ids = proptest::sample::select(vec!["a", "b", "c"]);
    let facts = || proptest::collection::vec(proptest::sample::select(vec!["x", "y", "z", "leaver:manager"]), 0..2);
    let danger = proptest::sample::select(vec![Danger::Reversible, Danger::HardToUndo, Danger::Irreversible]);
    let stage = proptest::sample::select(Stage::ALL.to_vec());
    (ids, 0..6_u8, stage, danger, facts(), facts(), proptest::option::weighted(0.2, 0..6_u8)).prop_map(
        |(system, name, stage, danger, needs, destroys, precedes)| {
            let mut one = spec(&format!("{system}.act-{name}"), stage);
            one.danger = danger;
            one.needs = needs.into_iter().map(|fact| Fact(fact.into())).collect();
            one.destroys = destroys.into_iter().map(|fact| Fact(fact.into())).collect();
            one.precedes = precedes.map(|name| format!("{system}.act-{name}").parse().unwrap()).into_iter().collect();
            one
        },
    )
}

/// Distinct actions.
fn any_specs() -> impl Strategy<Value = Vec<ActionSpec>> {
    proptest::collection::vec(any_spec(), 0..10).prop_map(|specs| {
        let by_id: std::collections::BTreeMap<_, _> = specs.into_iter().map(|spec| (spec.id.clone(), spec)).collect();
        by_id.into_values().collect()
    })
}

fn any_runbook() -> impl Strategy<Value = Runbook> {
    proptest::sample::select(vec![
        "",
        "[[rule]]\nactions = [\"*\"]\ninclude = true",
        "[[rule]]\nactions = [\"a.*\"]\ninclude = false\nreason = \"not ours\"",
        "[[rule]]\nactions = [\"b.*\"]\ninclude = true\nstage = \"licences\"\n\
         [[rule]]\nactions = [\"stage:handover\"]\napproval = \"none\"\nwhen = \"privileged\"",
    ])
    .prop_map(rules)
}

fn any_leaver() -> impl Strategy<Value = Leaver> {
    (any::<bool>(), any::<bool>()).prop_map(|(managed, executive)| Leaver {
        manager: managed.then(|| "bravo.doe@corp.example".into()),
        executive,
        ..leaver()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_declared_the_promises_hold(
        specs in any_specs(), runbook in any_runbook(), leaver in any_leaver(), seed in any::<u64>(),
    ) {
        let made = match plan(&runbook, &leaver, &specs) {
            Ok(made) => made,
            Err(PlanError::Cycle { path, reasons }) => {
                prop_assert!(path.len() > 1 && path.len() == reasons.len(), "{path:?}");
                return Ok(());
            }
            Err(error) => return Err(TestCaseError::fail(error.to_string())),
        };
        // Every action is in it once or left out once.
        let mut seen: Vec<_> = made.steps.iter().map(|step| &step.action).collect();
        seen.extend(made.left_out.iter().map(|left| &left.action));
        seen.sort();
        prop_assert_eq!(seen, specs.iter().map(|spec| &spec.id).collect::<Vec<_>>());
        for (ord, step) in (0_u16..).zip(made.steps.iter()) {
            // Whoever is waited for comes earlier: no round is possible.
            prop_assert!(step.waits.iter().all(|wait| !wait.steps.is_empty() && wait.steps.iter().all(|to| *to < ord)));
            prop_assert!(step.danger != Danger::Irreversible || step.approval.is_some());
            if step.stage == Stage::KillSwitch && step.danger != Danger::Irreversible {
                let soft = |wait: &crate::model::Wait| wait.until == Until::Tried { patience_ms: 3_000 };
                prop_assert!(step.waits.iter().all(soft), "{:?}", step.waits);
            }
        }
        prop_assert!(made.steps.is_sorted_by_key(|step| step.stage));
        // The order in which systems are configured changes nothing.
        let mut shuffled = specs.clone();
        shuffled.sort_by_key(|spec| spec.id.to_string().bytes().fold(seed, |hash, b| hash.rotate_left(7) ^ (u64::from(b) * 31)));
        prop_assert_eq!(plan(&runbook, &leaver, &shuffled).unwrap(), made);
    }

    #[test]
    fn the_digest_covers_every_field(specs in any_specs(), which in 0..14_usize) {
        let Ok(made) = plan(&rules("[[rule]]\nactions = [\"*\"]\ninclude = true"), &executive(), &specs) else { return Ok(()) };
        prop_assert_eq!(&digest(&made).unwrap(), &made.digest);
        let mut other = made.clone();
        let changed = match which {
            0 => { other.person.push('x'); true }
            1 => { other.runbook.push('x'); true }
            2 => { other.sla_ms += 1; true }
            3 => { other.left_out.push(crate::model::LeftOut { action: "z.z".parse().unwrap(), reason: "r".into() }); true }
            4 => { other.digest.push('x'); false }
            _ => Arc::make_mut(&mut other.steps).first_mut().is_some_and(|step| {
                match which {
                    5 => step.title.push('x'),
                    6 => step.reason.push('x'),
                    7 => step.deadline_ms += 1,
                    8 => step.quarantine_ms += 1,
                    9 => step.retry.attempts += 1,
                    10 => step.undo = Some("other".into()),
                    11 => step.proved_by = Some(7),
                    12 => step.class = StepClass::Keyed { window_ms: 1 },
                    _ => step.residual = Some(Residual { what: "x".into(), ms: 1 }),
                }
                true
            }),
        };
        prop_assert_eq!(digest(&other).unwrap() != made.digest, changed);
    }
}

#[test]
fn what_is_otherwise_for_somebody_is_told_with_its_rule() {
    let runbook = rules(
        "[[rule]]\nactions = ['stage:purge']\nwhen = 'executive'\ninclude = true\nreason = 'keeps no account'\n\
         [[rule]]\nactions = ['slack.*']\nwhen = 'executive'\ninclude = false\nreason = 'the seat is shared'\n\
         [[rule]]\nactions = ['okta.reset-factors']\nwhen = 'executive'\nstage = 'kill-switch'\napproval = 'required'\n",
    );
    let planner = Planner::new(runbook, systems());
    let told = |leaver: &Leaver| {
        let plan = planner.plan(leaver).unwrap();
        let told = planner.departures(leaver, &plan).unwrap();
        told.iter().map(|it| format!("{} {}: {}", it.action, it.change.words(), it.why)).collect::<Vec<_>>()
    };
    assert_eq!(told(&leaver()), Vec::<String>::new(), "the default is no departure from itself");
    assert_eq!(
        told(&executive()),
        [
            "google.delete-user added: runbook rule 1: keeps no account",
            "okta.reset-factors moved from credentials: credentials of okta (default); moved to kill-switch by \
             runbook rule 3: executive; approval by runbook rule 3: executive",
            "okta.reset-factors needs approval: credentials of okta (default); moved to kill-switch by runbook rule 3: \
             executive; approval by runbook rule 3: executive",
            "slack.remove-seat left out: runbook rule 2: the seat is shared",
        ]
    );
    let plan = planner.plan(&executive()).unwrap();
    let named = |id: &str| crate::model::plan::rules_named(&step(&plan, id).reason);
    assert_eq!(named("okta.reset-factors"), [3, 3]);
    assert_eq!(named("google.delete-user"), [1]);
    assert_eq!(named("google.suspend"), Vec::<usize>::new());
}

#[test]
fn a_runbook_knows_its_text_and_where_its_rules_begin() {
    let builtin = Runbook::builtin();
    let lines: Vec<&str> = builtin.text().lines().collect();
    assert_eq!(builtin.rule_lines().len(), builtin.rules.len());
    for line in builtin.rule_lines() {
        assert_eq!(lines[line - 1], "[[rule]]");
    }
}
