//! What stands in the documents is what the program does: tables, commands, links and the example configuration.
//!
//! A table that differs is printed as it should be; `just tables` puts it between its markers in `README.md`.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser as _};
use nightlatch::alert::AlertsConfig;
use nightlatch::cli::{Cli, Command};
use nightlatch::config::{Config, Section};
use nightlatch::connectors::{BuildError, registry};
use nightlatch::intake::IntakeConfig;
use nightlatch::intake::bamboohr::BambooConfig;
use nightlatch::model::{Danger, Stage};
use nightlatch::tui;

const DOCUMENTS: [&str; 5] = ["README.md", "SYSTEMS.md", "TOOLS.md", "ARCHITECTURE.md", "CHANGELOG.md"];

fn here(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(file)
}

fn read(file: &str) -> String {
    std::fs::read_to_string(here(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// Holds what stands between `<!-- name -->` and `<!-- /name -->` in the README against what should.
#[track_caller]
fn stands_between(name: &str, should: &str) {
    let readme = read("README.md");
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let parts = readme.split_once(&begin).and_then(|(head, rest)| Some((head, rest.split_once(&end)?)));
    let (head, (stands, tail)) = parts.unwrap_or_else(|| panic!("README.md has no {begin}…{end}"));
    if std::env::var_os("NIGHTLATCH_TABLES").is_some() {
        return std::fs::write(here("README.md"), format!("{head}{begin}{should}{end}{tail}")).unwrap();
    }
    assert!(stands.trim() == should.trim(), "README.md, between {begin}…{end}, should read:\n\n{should}");
}

/// A cell of a table: a bar in it would end it.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// One row a system, one column a stage. What can be undone wholly or partly is marked ↺, what cannot be taken back ‡.
#[test]
fn the_readme_lists_every_action_of_every_system() {
    let stages = Stage::OF_OFFBOARDING;
    let mut table = "| system |".to_owned();
    for stage in stages {
        write!(table, " {stage} |").unwrap();
    }
    table.push_str("\n|---|---|---|---|---|---|\n");
    for connector in registry::catalogue().unwrap() {
        write!(table, "| `{}` |", connector.kind()).unwrap();
        for stage in stages {
            let specs = connector.actions().iter().map(|action| action.spec()).filter(|spec| spec.stage == stage);
            let marked = specs.map(|spec| {
                let mark = match (&spec.undo, spec.danger) {
                    (_, Danger::Irreversible) => " ‡",
                    (Some(_), _) => " ↺",
                    (None, _) => "",
                };
                format!("`{}`{mark}", spec.id.name)
            });
            write!(table, " {} |", marked.collect::<Vec<_>>().join(", ")).unwrap();
        }
        table.push('\n');
    }
    stands_between("actions", &table);
}

/// Of `http` there is none to show: it declares its own.
#[test]
fn every_kind_of_system_is_in_the_catalogue() {
    let shown: BTreeSet<&str> = registry::catalogue().unwrap().iter().map(|it| it.kind()).collect();
    let known: BTreeSet<&str> = registry::KINDS.iter().copied().filter(|kind| *kind != "http").collect();
    assert_eq!(shown, known, "a kind without a sample section in src/connectors/registry.rs");
}

/// Each action declares what it wants of a vendor; the section of its system's set-up names it, whole and to the letter.
#[test]
fn the_set_up_of_a_system_names_every_permission_that_its_actions_want() {
    let text = read("SYSTEMS.md");
    let mut missing = BTreeSet::new();
    for connector in registry::catalogue().unwrap() {
        let kind = format!("`type = \"{}\"`", connector.kind());
        let section = text.split("\n## ").find(|section| section.contains(&kind));
        let section = section.unwrap_or_else(|| panic!("SYSTEMS.md has no section with {kind}"));
        let named: BTreeSet<&str> = section.split(['`', '"', '\n']).map(str::trim).collect();
        for scope in connector.actions().iter().flat_map(|action| &action.spec().scopes) {
            if !named.contains(scope.as_str()) {
                missing.insert(format!("{}: {scope}", connector.kind()));
            }
        }
    }
    assert!(missing.is_empty(), "SYSTEMS.md lacks {missing:#?}");
}

#[test]
fn the_readme_lists_every_key() {
    let mut table = "| key | what it does | where | changes something | name |\n|---|---|---|---|---|\n".to_owned();
    for row in tui::key_table() {
        let keys: Vec<String> = row.keys.iter().map(|key| format!("`{}`", cell(key))).collect();
        let keys = if keys.is_empty() { "by `:` alone".to_owned() } else { keys.join(" ") };
        let asks = match row.confirmation {
            "looks" => "",
            "typed" => "after the login is typed",
            other => other,
        };
        writeln!(table, "| {keys} | {} | {} | {asks} | `{}` |", cell(row.title), row.screens, row.id).unwrap();
    }
    stands_between("keys", &table);
}

#[test]
fn the_readme_lists_every_subcommand() {
    fn rows(command: &clap::Command, before: &str, table: &mut String) {
        for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help" && !sub.is_hide_set()) {
            let name = format!("{before} {}", sub.get_name());
            if sub.has_subcommands() {
                rows(sub, &name, table);
            } else {
                let about = sub.get_about().map(ToString::to_string).unwrap_or_default();
                writeln!(table, "| `{name}` | {} |", cell(&about)).unwrap();
            }
        }
    }
    let mut table = "| command | what it does |\n|---|---|\n".to_owned();
    let mut cli = Cli::command();
    cli.build();
    rows(&cli, "nightlatch", &mut table);
    stands_between("cli", &table);
}

#[test]
fn the_readme_lists_the_exit_codes_of_the_help() {
    let help = Cli::command().get_after_help().unwrap().to_string();
    let (_, codes) = help.split_once("Exit codes:\n").unwrap();
    let mut table = "| exit code | meaning |\n|---|---|\n".to_owned();
    for (code, meaning) in codes.lines().filter_map(|line| line.trim().split_once("  ")) {
        writeln!(table, "| {code} | {meaning} |").unwrap();
    }
    stands_between("exits", &table);
}

/// The pieces of code in a document: its number in the lines, and whether it is a block of commands.
fn code(text: &str) -> Vec<(usize, bool, String)> {
    let mut found = Vec::new();
    let mut fence: Option<bool> = None;
    for (number, line) in (1..).zip(text.lines()) {
        match (line.trim_start().strip_prefix("```"), fence) {
            (Some(language), None) => fence = Some(matches!(language.trim(), "sh" | "console" | "bash")),
            (Some(_), Some(_)) => fence = None,
            (None, Some(commands)) => found.push((number, commands, line.to_owned())),
            (None, None) => {
                found.extend(line.split('`').skip(1).step_by(2).map(|span| (number, false, span.to_owned())));
            }
        }
    }
    found
}

/// The words of a shell's line, up to what belongs to the shell; quotes are taken off.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote, mut any) = (Vec::new(), String::new(), None, false);
    for letter in line.chars().chain([' ']) {
        match (quote, letter) {
            (None, '\'' | '"') => (quote, any) = (Some(letter), true),
            (Some(open), _) if open == letter => quote = None,
            (None, '|' | '>' | '<' | ';' | '&') => break,
            (None, '#') if !any => break,
            (None, ' ') => {
                if std::mem::take(&mut any) {
                    words.push(std::mem::take(&mut word));
                }
            }
            (_, letter) => {
                any = true;
                word.push(letter);
            }
        }
    }
    words
}

/// What is behind the program's name in a line of commands.
fn arguments(line: &str) -> Option<Vec<String>> {
    let words = words(line.trim_start().trim_start_matches("$ "));
    let cargo = words.first().is_some_and(|word| word == "cargo") && words.get(1).is_some_and(|word| word == "run");
    let at = if cargo {
        words.iter().position(|word| word == "--")?
    } else {
        // The last that can be the program: `sudo -u nightlatch nightlatch check` names its user before it.
        let names: Vec<usize> =
            (0..words.len()).filter(|at| words[*at].split('/').next_back() == Some("nightlatch")).collect();
        let at = *names.iter().take(2).next_back()?;
        let introduced = ["sudo", "-u", "nightlatch"];
        if !words[..at].iter().all(|word| introduced.contains(&word.as_str()) || word.contains('=')) {
            return None;
        }
        at
    };
    Some(words[at + 1..].to_vec())
}

#[test]
fn every_command_in_the_documents_makes_sense() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for document in DOCUMENTS {
        for (number, commands, piece) in code(&read(document)) {
            if !commands && !piece.starts_with("nightlatch ") {
                continue;
            }
            let Some(arguments) = arguments(&piece) else { continue };
            seen += 1;
            let line = std::iter::once("nightlatch".to_owned()).chain(arguments.clone());
            let Err(told) = Cli::try_parse_from(line) else { continue };
            // In a text, a subcommand may be named without what it needs.
            let named_only = match told.kind() {
                ErrorKind::DisplayHelp => true,
                ErrorKind::MissingRequiredArgument | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => !commands,
                _ => false,
            };
            if !named_only {
                wrong.push(format!("{document}:{number}: {piece}\n{told}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen > 20, "only {seen} commands were found: the reading is broken");
}

/// A heading's anchor, as hosts of Markdown make it.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().to_lowercase();
    kept.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c)).map(|c| if c == ' ' { '-' } else { c }).collect()
}

fn anchors(text: &str) -> BTreeSet<String> {
    text.lines().filter(|line| line.starts_with('#')).map(|line| anchor(line.trim_start_matches('#'))).collect()
}

#[test]
fn every_link_in_the_documents_leads_somewhere() {
    let mut dead = Vec::new();
    for document in DOCUMENTS {
        let text = read(document);
        let links = text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link);
        let pictures = text.split("src=\"").skip(1).filter_map(|rest| rest.split_once('"')).map(|(link, _)| link);
        for link in links.chain(pictures).filter(|link| !link.contains("://")) {
            let (file, fragment) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { document } else { file };
            if !here(target).exists() {
                dead.push(format!("{document}: {link}: there is no such file"));
            } else if !fragment.is_empty() && !anchors(&read(target)).contains(fragment) {
                dead.push(format!("{document}: {link}: there is no such heading"));
            }
        }
    }
    assert!(dead.is_empty(), "{}", dead.join("\n"));
}

#[test]
fn every_file_that_the_documents_name_exists() {
    let roots = ["src/", "tests/", "assets/", ".ci/"];
    let mut gone = Vec::new();
    for document in DOCUMENTS {
        for (number, _, piece) in code(&read(document)) {
            let named = piece.split_whitespace().filter(|word| roots.iter().any(|root| word.starts_with(root)));
            gone.extend(
                named
                    .filter(|word| !here(word).exists())
                    .map(|word| format!("{document}:{number}: {word} does not exist")),
            );
        }
    }
    assert!(gone.is_empty(), "{}", gone.join("\n"));
}

#[test]
fn the_readmes_configuration_makes_its_connector() {
    let readme = read("README.md");
    let blocks: Vec<&str> =
        readme.split("```toml\n").skip(1).filter_map(|rest| rest.split_once("```")).map(|(block, _)| block).collect();
    assert!(!blocks.is_empty());
    for block in blocks {
        let config = Config::parse(block, Path::new("README.md")).unwrap();
        registry::build_all(&config.connectors).unwrap();
    }
}

/// The example with every key that is commented out put in.
fn example_in_full() -> String {
    let is_a_key = |line: &str| {
        let name: String = line.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
        !name.is_empty() && line[name.len()..].starts_with(" = ")
    };
    let lines = read("config.example.toml");
    let lines = lines.lines().map(|line| match line.strip_prefix("# ") {
        Some(key) if is_a_key(key) || key.starts_with('[') && key.ends_with(']') => key,
        _ => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_example_configuration_reads_with_and_without_the_keys_that_are_commented_out() {
    for text in [read("config.example.toml"), example_in_full()] {
        let config = Config::parse(&text, &here("config.example.toml")).unwrap();
        IntakeConfig::read(&config.intake).unwrap();
        AlertsConfig::read(&config.alerts).unwrap();
        for section in &config.hris {
            section.parse::<BambooConfig>().unwrap();
        }
        for section in &config.connectors {
            // Either of two ways to sign on: only both together are wrong.
            if let Err(told) = registry::build(section) {
                assert!(told.to_string().contains("give either"), "{told}");
            }
        }
        tui::KeyTable::in_force(&config.console.keys).unwrap();
    }
}

/// The places of a tool's section: the heading in TOOLS.md, and the place with a key that does not exist. `LOCATE` and
/// `ACTION` stand for what reads well.
const PLACES: &[(&str, &str)] = &[
    ("The section", "no_such_key = 1\nLOCATE\nACTION"),
    ("Signing on", "auth = { no_such_key = 1 }\nLOCATE\nACTION"),
    ("Signing on", "auth = { basic = { user = 'u', password = 'env:A', no_such_key = 1 } }\nLOCATE\nACTION"),
    ("Signing on", "auth = { header = { name = 'u', value = 'env:A', no_such_key = 1 } }\nLOCATE\nACTION"),
    (
        "Signing on",
        "auth = { oauth = { token_url = 'https://a.example', client_id = 'a', client_secret = 'env:A', no_such_key = 1 } }\n\
         LOCATE\nACTION",
    ),
    (
        "Signing on",
        "auth = { oauth = { token_url = 'https://a.example', client_id = 'a', client_secret = 'env:A', secret_in = 'no' } }\n\
         LOCATE\nACTION",
    ),
    ("A request", "probe = { url = '/', no_such_key = 1 }\nLOCATE\nACTION"),
    ("A rule", "locate = { nobody = [{ no_such_key = 1 }] }\nACTION"),
    ("Finding the account", "locate = { no_such_key = 1 }\nACTION"),
    ("Finding the account", "locate = { match = [{ pointer = '/a', field = 'email', no_such_key = 1 }] }\nACTION"),
    ("Finding the account", "locate = { match = [{ pointer = '/a', field = 'no' }] }\nACTION"),
    ("Long lists", "locate = { paging = { by = 'no' } }\nACTION"),
    ("Long lists", "locate = { paging = { by = 'link', at = '/a', no_such_key = 1 } }\nACTION"),
    ("Long lists", "locate = { paging = { by = 'cursor', at = '/a', parameter = 'p', no_such_key = 1 } }\nACTION"),
    ("Long lists", "locate = { paging = { by = 'page', parameter = 'p', no_such_key = 1 } }\nACTION"),
    ("An action", "LOCATE\nACTION\nno_such_key = 1"),
    ("Choosing stage, danger and class", "LOCATE\nACTION\nstage = 'no'"),
    ("Choosing stage, danger and class", "LOCATE\nACTION\ndanger = 'no'"),
    ("Choosing stage, danger and class", "LOCATE\nACTION\nclass = 'no'"),
    ("Several requests", "LOCATE\nACTION\nsteps = [{ request = { url = '/' }, done = [], no_such_key = 1 }]"),
    ("For each", "LOCATE\nACTION\nfor_each = { request = { url = '/' }, no_such_key = 1 }"),
    ("Before the act", "LOCATE\nACTION\nbefore = { request = { url = '/' }, no_such_key = 1 }"),
    ("Lists", "LOCATE\nACTION\nlist = { request = { url = '/' }, what = 'w', id = '/i', no_such_key = 1 }"),
    ("The read-back", "LOCATE\nACTION\nverify = { request = { url = '/' }, dead = [], no_such_key = 1 }"),
    ("The undo", "LOCATE\nACTION\nundo = { title = 't', no_such_key = 1 }"),
    ("What outlives it", "LOCATE\nACTION\nresidual = { what = 'w', for = '1h', no_such_key = 1 }"),
];

/// The keys or values that may stand where one does not exist, as the error names them.
fn known(place: &str) -> Vec<String> {
    let place =
        place.replace("LOCATE", "locate = { account = 'a' }").replace("ACTION", "[[actions]]\nname = 'a'\ntitle = 't'");
    let text = format!("type = 'http'\nbase_url = 'https://a.example'\n{place}");
    let told = match Section::from_toml("desk", &text).and_then(|section| {
        registry::build(&section).map(drop).map_err(|error| match error {
            BuildError::Config(error) => error,
            other => panic!("{place}: {other}"),
        })
    }) {
        Ok(()) => panic!("{place}: accepted"),
        Err(told) => told.to_string(),
    };
    let (_, list) = ["known keys: ", "known values: ", "expected one of ", "available keys: ", "expected "]
        .iter()
        .find_map(|words| told.split_once(words))
        .unwrap_or_else(|| panic!("{place}: {told}"));
    let names = |c: char| c.is_ascii_lowercase() || "_-".contains(c);
    // `restore` is an undo's stage: no action of a tool may have it.
    let none = ["", "or", "restore"];
    list.split(|c: char| !names(c)).filter(|name| !none.contains(name)).map(str::to_owned).collect()
}

#[test]
fn the_page_on_tools_of_ones_own_says_every_key_where_it_belongs() {
    let page = read("TOOLS.md");
    let mut missing = Vec::new();
    let mut seen = BTreeSet::new();
    for (heading, place) in PLACES {
        let (_, rest) =
            page.split_once(&format!("\n## {heading}\n")).unwrap_or_else(|| panic!("TOOLS.md has no {heading}"));
        let section = rest.split_once("\n## ").map_or(rest, |(section, _)| section);
        let named: BTreeSet<&str> = section.split(['`', '"']).collect();
        let keys = known(place);
        missing.extend(keys.iter().filter(|key| !named.contains(key.as_str())).map(|key| format!("{heading}: {key}")));
        seen.extend(keys);
    }
    assert!(missing.is_empty(), "TOOLS.md lacks {missing:#?}");
    assert!(seen.len() > 60, "only {seen:?}");
}

/// The values aside, which the comments name.
#[test]
fn the_example_configuration_shows_every_key_of_a_tool() {
    let text = example_in_full();
    let (_, systems) = text.split_once("-- the systems that access is cut in --").unwrap();
    // What every section takes stands at their head.
    let (head, _) = systems.split_once("[connectors.google]").unwrap();
    let (_, desk) = systems.split_once("[connectors.desk]").unwrap();
    let desk = format!("{head}{desk}");
    let words: BTreeSet<&str> =
        desk.split(|c: char| !(c.is_ascii_lowercase() || "_-".contains(c))).filter(|word| !word.is_empty()).collect();
    let missing: BTreeSet<String> =
        PLACES.iter().flat_map(|(_, place)| known(place)).filter(|key| !words.contains(key.as_str())).collect();
    assert!(missing.is_empty(), "config.example.toml, [connectors.desk], lacks {missing:?}");
}

#[test]
fn the_binary_holds_the_documents_that_it_prints() {
    for (name, begins) in [
        ("tools", "# A tool of your own, by TOML"),
        ("systems", "# Setting up the systems"),
        ("config", "# Nightlatch's configuration"),
        ("runbook", "# The runbook"),
    ] {
        let Some(Command::Docs { document }) = Cli::try_parse_from(["nightlatch", "docs", name]).unwrap().command
        else {
            panic!("{name}");
        };
        assert!(document.text().starts_with(begins), "{name}");
    }
}

#[test]
fn the_example_configuration_shows_every_key() {
    let text = example_in_full();
    let is_shown = |key: &str| {
        let (assigned, table) = (format!("{key} = "), format!(".{key}]"));
        text.lines().any(|line| line.starts_with(&assigned) || line.ends_with(&table))
    };
    // A key that does not exist is answered with all that do.
    for section in ["engine", "intake", "console"] {
        let with_a_wrong_key = format!("[{section}]\nno_such_key = 1");
        let told = match Config::parse(&with_a_wrong_key, Path::new("config.toml")) {
            Err(error) => error.to_string(),
            Ok(config) => IntakeConfig::read(&config.intake).unwrap_err().to_string(),
        };
        let (_, keys) = told.split_once("known keys: ").unwrap();
        let missing: Vec<&str> = keys.trim().split(", ").filter(|key| !is_shown(key)).collect();
        assert!(missing.is_empty(), "config.example.toml, [{section}], lacks {missing:?}");
    }
}
