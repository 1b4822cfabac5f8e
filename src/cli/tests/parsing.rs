//! What can be typed, and what cannot.

use clap::{CommandFactory as _, Parser as _};

use crate::cli::args::{Command, Leaver, Ledger, Retry, Whom};
use crate::cli::{Cli, Exit};
use crate::model::{EmploymentKind, OffboardingId};

fn parsed(line: &str) -> Result<Cli, String> {
    Cli::try_parse_from(std::iter::once("nightlatch").chain(line.split_whitespace())).map_err(|told| told.to_string())
}

fn command(line: &str) -> Command {
    parsed(line).unwrap().command.unwrap()
}

#[test]
fn the_command_line_is_well_formed() {
    Cli::command().debug_assert();
}

#[test]
fn the_help_names_every_subcommand_and_every_exit_code() {
    let help = Cli::command().render_long_help().to_string();
    for it in Cli::command().get_subcommands() {
        assert!(help.contains(&format!("\n  {}", it.get_name())), "{} is not in the help", it.get_name());
        assert!(it.get_about().is_some(), "{} says nothing of itself", it.get_name());
    }
    for exit in [Exit::Ok, Exit::Failure, Exit::Usage, Exit::Refused, Exit::NoEngine, Exit::NotVerified] {
        assert!(help.contains(&format!("\n  {}  ", exit as u8)), "{exit:?}");
    }
    assert!(help.lines().all(|line| line.chars().count() <= 100), "{help}");
}

#[test]
fn a_command_line_that_makes_no_sense_exits_with_2() {
    let exit = |line: &str| crate::cli::parse(line.split(' ').map(Into::into)).err();
    assert_eq!(exit("nightlatch shwo ob-17 --json"), Some(Exit::Usage));
    assert_eq!(exit("nightlatch list"), None);
}

#[test]
fn without_a_subcommand_it_is_the_console() {
    let cli = parsed("--read-only --state-dir /tmp/x -vv").unwrap();
    assert!(cli.command.is_none() && cli.globals.read_only);
    assert_eq!(cli.globals.verbose, 2);
    assert!(parsed("list --json").unwrap().globals.json, "globals are taken after the subcommand, too");
}

#[test]
fn a_leaver_is_all_that_is_said_of_them() {
    let line = "leaver add Alfa.Doe@corp.example --name Alfa --login alfa --employee-id E-1 --department Sales \
                --title Lead --type contractor --country DE --zone Europe/Berlin --manager Bravo.Doe@corp.example \
                --privileged --executive --involuntary --account okta=00u1=a --account google=123";
    let Command::Leaver(Leaver::Add(add)) = command(line) else { panic!() };
    let leaver = add.person.leaver();
    assert_eq!((leaver.email.as_str(), leaver.login.as_str()), ("alfa.doe@corp.example", "alfa"));
    assert_eq!(leaver.manager.as_deref(), Some("bravo.doe@corp.example"));
    assert_eq!(leaver.kind, EmploymentKind::Contractor);
    assert!(leaver.privileged && leaver.executive && leaver.involuntary);
    let accounts: Vec<_> = leaver.accounts.iter().map(|(at, id)| (at.as_str(), id.as_str())).collect();
    assert_eq!(accounts, [("google", "123"), ("okta", "00u1=a")]);
    assert_eq!(add.effective_at(), Ok(None));
}

#[test]
fn nonsense_is_refused() {
    for line in [
        "leaver add alfa.doe",
        "leaver add alfa@corp@example",
        "leaver add alfa.doe@corp.example --account okta",
        "leaver add alfa.doe@corp.example --account Okta!=1",
        "leaver add alfa.doe@corp.example --zone Mars/Olympus",
        "show ob-x",
        "approve ob-17",
        "retry",
        "retry ob-17/3 --all-failed",
        "pause --reason x",
        "pause ob-17 --all --reason x",
        "pause ob-17",
        "abort ob-17",
        "reject ob-17/3",
        "list --state dead",
        "history --limit 0",
        "ledger export",
        "ledger export --to x --for alfa",
        "ledger export --to x --for alfa@corp@example",
    ] {
        assert!(parsed(line).is_err(), "{line}");
    }
}

#[test]
fn retry_is_of_one_step_or_of_all_that_failed() {
    let Command::Retry(Retry { step, all_failed }) = command("retry ob-17/3") else { panic!() };
    assert_eq!((step, all_failed), (Some(OffboardingId(17).step(3)), None));
    let Command::Retry(Retry { all_failed, .. }) = command("retry --all-failed") else { panic!() };
    assert_eq!(all_failed, Some(None));
    let Command::Retry(Retry { all_failed, .. }) = command("retry --all-failed 17") else { panic!() };
    assert_eq!(all_failed, Some(Some(OffboardingId(17))));
}

#[test]
fn what_needs_no_engine_is_mains() {
    for line in [
        "engine",
        "sandbox --listen 127.0.0.1:0 --people 3",
        "demo --headless",
        "ledger verify",
        "ledger rebuild",
        "ledger export --to x",
    ] {
        assert!(!command(line).is_remote(), "{line}");
    }
    for line in ["list", "stop", "ledger status", "check", "completions zsh", "watch"] {
        assert!(command(line).is_remote(), "{line}");
    }
    assert!(
        matches!(command("ledger verify --key a --key b"), Command::Ledger(Ledger::Verify(it)) if it.key.len() == 2)
    );
}

#[test]
fn evidence_is_of_all_of_a_person_or_of_an_offboarding() {
    let whom = |line: &str| match command(line) {
        Command::Ledger(Ledger::Export(it)) => it.whom,
        other => panic!("{other:?}"),
    };
    assert_eq!(whom("ledger export --to x"), None);
    let alfa = Whom::Email("alfa.doe@corp.example".to_owned());
    assert_eq!(whom("ledger export --to x --for Alfa.Doe@corp.example"), Some(alfa));
    assert_eq!(whom("ledger export --to x --for ob-17"), Some(Whom::Offboarding(OffboardingId(17))));
}
