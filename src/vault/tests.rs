use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::*;
use crate::config::Section;

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o700)).unwrap();
    folder
}

fn file(folder: &Path, text: &str, mode: u32) -> PathBuf {
    let path = folder.join("token");
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
    path
}

fn resolve(reference: &str) -> Result<String, VaultError> {
    let reference: SecretRef = reference.parse().unwrap();
    reference.resolve().map(|secret| secret.expose().to_owned())
}

fn resolve_file(path: &Path) -> Result<String, VaultError> {
    resolve(&format!("file:{}", path.display()))
}

#[test]
fn a_closed_file_is_read_and_one_line_end_dropped() {
    let folder = folder();
    for (text, secret) in [("hush\n", "hush"), ("hush", "hush"), ("hush\r\n", "hush"), ("a\nb\n\n", "a\nb\n")] {
        assert_eq!(resolve_file(&file(folder.path(), text, 0o600)).unwrap(), secret);
    }
    assert_eq!(resolve_file(&file(folder.path(), "hush", 0o400)).unwrap(), "hush");
}

#[test]
fn an_open_file_is_refused_with_the_cure() {
    let folder = folder();
    let path = file(folder.path(), "hush", 0o644);
    let told = resolve_file(&path).unwrap_err().to_string();
    let shown = path.display();
    assert_eq!(told, format!("{shown}: permissions 0644 are too open; run: chmod 600 {shown}"));
    assert!(matches!(resolve_file(&file(folder.path(), "hush", 0o640)), Err(VaultError::TooOpen { mode: 0o640, .. })));
}

#[test]
fn links_folders_and_pipes_are_refused() {
    let folder = folder();
    let path = file(folder.path(), "hush", 0o600);
    let link = folder.path().join("link");
    symlink(&path, &link).unwrap();
    assert!(matches!(resolve_file(&link), Err(VaultError::Symlink { .. })));
    assert!(matches!(resolve_file(folder.path()), Err(VaultError::NotAFile { .. })));
    let pipe = folder.path().join("pipe");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    assert!(matches!(resolve_file(&pipe), Err(VaultError::NotAFile { .. })));
    assert!(matches!(resolve_file(&folder.path().join("none")), Err(VaultError::Unreadable { .. })));
}

#[test]
fn a_folder_that_others_may_write_is_refused_unless_sticky() {
    let folder = folder();
    let path = file(folder.path(), "hush", 0o600);
    fs::set_permissions(folder.path(), Permissions::from_mode(0o770)).unwrap();
    let told = resolve_file(&path).unwrap_err().to_string();
    assert!(told.contains("run: chmod go-w"), "{told}");
    fs::set_permissions(folder.path(), Permissions::from_mode(0o1777)).unwrap();
    assert_eq!(resolve_file(&path).unwrap(), "hush");
}

#[test]
fn huge_empty_and_binary_files_are_refused() {
    let folder = folder();
    assert!(matches!(resolve_file(&file(folder.path(), "", 0o600)), Err(VaultError::Empty { .. })));
    assert!(matches!(resolve_file(&file(folder.path(), "\n", 0o600)), Err(VaultError::Empty { .. })));
    let huge = "x".repeat(LARGEST + 1);
    assert!(matches!(resolve_file(&file(folder.path(), &huge, 0o600)), Err(VaultError::TooBig { .. })));
    let path = file(folder.path(), "", 0o600);
    fs::write(&path, b"\xff\xfe").unwrap();
    assert!(matches!(resolve_file(&path), Err(VaultError::NotText { .. })));
}

#[test]
fn a_command_is_run_without_a_shell() {
    assert_eq!(resolve(r#"cmd:["printf", "%s\n", "$HOME; a"]"#).unwrap(), "$HOME; a");
    assert_eq!(resolve(r#"cmd:["printf", "a\nb\n"]"#).unwrap(), "a\nb");
}

#[test]
fn a_command_that_fails_shows_program_and_exit_code_alone() {
    let told = resolve(r#"cmd:["sh", "-c", "echo hush; echo hush >&2; exit 7"]"#).unwrap_err().to_string();
    assert!(told.contains("sh (a secret's command)") && told.contains("exit code 7"), "{told}");
    assert!(!told.contains("hush"), "{told}");
    assert!(matches!(resolve(r#"cmd:["no-such-program-here"]"#), Err(VaultError::Command { .. })));
    assert!(matches!(resolve(r#"cmd:["true"]"#), Err(VaultError::Empty { .. })));
}

#[test]
fn a_command_that_hangs_is_killed_with_its_children() {
    let argv = ["sh", "-c", "sleep 60 & sleep 60"].map(str::to_owned);
    let began = Instant::now();
    let told = cmd::run_within(&argv, Duration::from_millis(200)).unwrap_err();
    assert!(matches!(told, VaultError::CommandTooSlow { .. }), "{told}");
    assert!(began.elapsed() < Duration::from_secs(5));
    // One that closes its output and goes on is killed as well.
    let argv = ["sh", "-c", "exec >&-; sleep 60"].map(str::to_owned);
    assert!(cmd::run_within(&argv, Duration::from_millis(200)).is_err());
}

#[test]
fn a_command_that_prints_without_end_is_stopped() {
    let began = Instant::now();
    assert!(matches!(resolve(r#"cmd:["yes"]"#), Err(VaultError::TooBig { .. })));
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_credential_of_the_unit_is_a_name_and_no_path() {
    assert!("systemd:../shadow".parse::<SecretRef>().is_err());
    assert!("systemd:".parse::<SecretRef>().is_err());
    let folder = folder();
    let path = file(folder.path(), "hush\n", 0o440);
    assert_eq!(file::read_credential(&path).unwrap().expose(), "hush");
    let path = file(folder.path(), "hush\n", 0o444);
    assert!(file::read_credential(&path).is_err());
}

#[test]
fn a_variable_that_is_not_set_is_named() {
    let told = resolve("env:NIGHTLATCH_TEST_NO_SUCH_VARIABLE").unwrap_err().to_string();
    assert!(told.contains("NIGHTLATCH_TEST_NO_SUCH_VARIABLE is not set"), "{told}");
    assert!(!resolve("env:PATH").unwrap().is_empty());
}

#[test]
fn references_show_themselves_and_secrets_do_not() {
    for text in ["env:TOKEN", "file:/etc/nightlatch/token", "systemd:okta-token"] {
        let reference: SecretRef = text.parse().unwrap();
        assert_eq!((reference.to_string(), format!("{reference:?}")), (text.to_owned(), text.to_owned()));
    }
    let reference: SecretRef = r#"cmd:["op", "read", "op://vault/okta"]"#.parse().unwrap();
    assert_eq!(reference.to_string(), r#"cmd:["op", …]"#);
    assert_eq!(format!("{:?}", Secret::new("hush")), "***");
}

#[test]
fn a_secret_in_clear_is_refused_and_never_repeated() {
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Desk {
        #[serde(default)]
        token: Option<SecretRef>,
        #[serde(default)]
        tokens: Vec<SecretRef>,
    }
    for text in [
        "token = 'hunter2'",
        "token = 'xoxb:hunter2'",
        "token = 'env:hunter2 with spaces'",
        "token = 'cmd:hunter2'",
        "token = ['hunter2']",
        "token = { clear = 'hunter2' }",
        "tokens = ['env:GOOD', 'hunter2']",
        "token = '''\nhunter2\nhunter2\n'''",
    ] {
        let told = Section::from_toml("desk", text).unwrap().parse::<Desk>().unwrap_err();
        assert!(!format!("{told} {told:?}").contains("hunter2"), "{told}");
        assert!(told.at.is_some() && told.key.starts_with("desk.token"), "{told}");
    }
    let told = Section::from_toml("desk", "token = 4711").unwrap().parse::<Desk>().unwrap_err().to_string();
    assert!(!told.contains("4711"), "{told}");
    for form in ["env:NAME", "file:/path", "cmd:[", "systemd:NAME"] {
        assert!(told.contains(form), "{told}");
    }
    let good =
        Section::from_toml("desk", "token = 'env:T'\ntokens = ['cmd:[\"op\"]']").unwrap().parse::<Desk>().unwrap();
    assert_eq!((good.token, good.tokens.len()), (Some(SecretRef::Env("T".into())), 1));
}
