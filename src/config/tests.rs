use std::os::unix::fs::PermissionsExt;

use serde::Deserialize;

use super::*;

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Desk {
    base_url: String,
    #[serde(default)]
    max_in_flight: u32,
    #[serde(default)]
    quarantine: Option<u64>,
    #[serde(default)]
    auth: Option<Auth>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Auth {
    token: String,
}

fn told(text: &str) -> String {
    let config = match Config::parse(text, Path::new("config.toml")) {
        Ok(config) => config,
        Err(error) => return error.to_string(),
    };
    config.connectors[0].parse::<Desk>().unwrap_err().to_string()
}

#[test]
fn an_empty_file_is_every_default() {
    let config = Config::parse("", Path::new("config.toml")).unwrap();
    assert_eq!(config.engine, EngineConfig::default());
    assert!(config.engine.origin.starts_with("nightlatch/"));
    assert!(config.connectors.is_empty() && !config.intake.is_present() && !config.alerts.is_present());
}

#[test]
fn sections_come_with_their_kind_and_read_as_their_owners_type() {
    let text = r#"
        runbook = "runbook.toml"
        [connectors.helpdesk]
        type = "http"
        base_url = "https://desk.corp.example"
        [connectors.helpdesk.auth]
        token = "file:desk.token"
        [hris.bamboo]
        type = "bamboohr"
        [intake]
        listen = "127.0.0.1:8080"
    "#;
    let config = Config::parse(text, Path::new("/etc/nightlatch/config.toml")).unwrap();
    let desk = &config.connectors[0];
    assert_eq!((desk.id.as_str(), desk.kind.as_str()), ("helpdesk", "http"));
    assert_eq!(desk.parse::<Desk>().unwrap().auth.unwrap().token, "file:/etc/nightlatch/desk.token");
    assert_eq!(config.hris[0].kind, "bamboohr");
    assert!(config.intake.is_present());
    assert_eq!(config.runbook.as_deref(), Some(Path::new("/etc/nightlatch/runbook.toml")));
}

#[test]
fn a_wrong_type_deep_in_a_section_names_file_line_column_and_key() {
    let text = "[connectors.google]\ntype = \"google\"\nbase_url = \"u\"\nmax_in_flight = \"many\"\n";
    assert_eq!(told(text), "config.toml:4:17: connectors.google.max_in_flight: wrong type: string, expected u32");
    let text = "[connectors.google]\ntype = \"google\"\nbase_url = \"u\"\nauth.token = 7\n";
    assert!(
        told(text).starts_with("config.toml:4:14: connectors.google.auth.token: wrong type: integer"),
        "{}",
        told(text)
    );
}

#[test]
fn an_unknown_key_names_the_nearest_known_one() {
    let text = "[connectors.google]\ntype = \"google\"\nbase_url = \"u\"\nquarantin = 5\n";
    assert_eq!(
        told(text),
        "config.toml:4:1: connectors.google.quarantin: unknown key `quarantin`; did you mean `quarantine`? \
         (known keys: base_url, max_in_flight, quarantine, auth)"
    );
    assert!(told("[conectors.x]\ntype='a'\n").contains("did you mean `connectors`?"));
    assert!(told("[engine]\ndisk_flor_mib = 1\n").contains("did you mean `disk_floor_mib`?"));
}

#[test]
fn a_missing_key_and_a_missing_type_are_named_with_their_section() {
    let text = "\n[connectors.google]\ntype = \"google\"\n";
    assert_eq!(told(text), "config.toml:2:1: connectors.google: the key `base_url` is missing; add `base_url = …`");
    assert!(told("[connectors.google]\n").ends_with("the key `type` is missing; add `type = \"google\"`"));
    let absent = Config::default_empty().intake.parse::<Desk>().unwrap_err();
    assert_eq!(absent.to_string(), "config.toml: intake: the key `base_url` is missing; add `base_url = …`");
}

#[test]
fn a_key_given_twice_is_refused() {
    assert!(told("[connectors.a]\ntype='x'\ntype='y'\n").starts_with("config.toml:3:1: duplicate key"));
    assert!(told("[connectors.a]\ntype='x'\n[connectors.a]\ntype='y'\n").contains("config.toml:3:"));
}

#[test]
fn no_error_repeats_a_line_that_may_hold_a_secret() {
    for text in [
        "[connectors.a]\ntype='x'\nbase_url='u'\nmax_in_flight = 'hunter2'\n",
        "[connectors.a]\ntype='x'\nbase_url='u'\ntoken = 'hunter2'\n",
        "[connectors.a]\ntype='x'\nbase_url = hunter2\n",
        "[connectors.a]\ntype='x'\nbase_url = 'hunter2\n",
        "[connectors.a]\ntype='x'\nbase_url='u'\nauth = 'hunter2'\n",
    ] {
        assert!(!told(text).contains("hunter2"), "{}", told(text));
    }
    let section = Section::from_toml("a", "token = 'hunter2'").unwrap();
    assert!(!format!("{section:?}").contains("hunter2"));
}

#[test]
fn an_owner_points_at_the_key_it_dislikes() {
    let text = "[connectors.a]\ntype='x'\nauth.token = 'env:T'\n";
    let config = Config::parse(text, Path::new("config.toml")).unwrap();
    let fault = config.connectors[0].fault("auth.token", "is not used with `type = \"x\"`", "remove it");
    assert_eq!(
        fault.to_string(),
        "config.toml:3:14: connectors.a.auth.token: is not used with `type = \"x\"`; remove it"
    );
}

#[test]
fn bounds_of_the_engine_are_held() {
    for text in ["origin = 'a b'", "origin = ''", "checkpoint_every_s = 0"] {
        assert!(Config::parse(&format!("[engine]\n{text}\n"), Path::new("c.toml")).is_err(), "{text}");
    }
}

#[test]
fn a_file_that_everybody_may_write_is_refused_with_the_cure() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    std::fs::write(&path, "").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(Config::load(&path).is_ok());
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o666)).unwrap();
    let told = Config::load(&path).unwrap_err().to_string();
    assert!(told.ends_with(&format!("run: chmod o-w {}", path.display())), "{told}");
    assert!(Config::load(&folder.path().join("none.toml")).unwrap_err().to_string().contains("config.example.toml"));
}

#[test]
fn a_section_of_its_own_text_is_for_tests() {
    let section = Section::from_toml("desk", "type = 'http'\nbase_url = 'u'").unwrap();
    assert_eq!(section.kind, "http");
    assert_eq!(section.parse::<Desk>().unwrap().base_url, "u");
    let told = Section::from_toml("desk", "base_url = 1").unwrap().parse::<Desk>().unwrap_err().to_string();
    assert_eq!(told, "[desk]:1:12: desk.base_url: wrong type: integer, expected a string");
}

#[test]
fn the_example_reads() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("config.example.toml");
    let config = Config::load(&path).unwrap();
    // A section is named like its kind, or after what it is there.
    assert!(config.connectors.len() > 15 && config.connectors.iter().all(|section| !section.kind.is_empty()));
    assert!(config.intake.is_present() && config.alerts.is_present() && config.hris.len() == 1);
}
