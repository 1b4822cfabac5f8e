//! The house stands: a file imports only from floors below its own. `ARCHITECTURE.md` says what each floor is for.
//!
//! This reads the sources as text, test modules included: a rule that tests may break is no rule.

#![expect(clippy::unwrap_used, reason = "a test: what cannot be read fails it")]

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// The floors, from the ground up.
const FLOORS: [(u8, &[&str]); 9] = [
    (0, &["model", "config", "paths", "failpoint"]),
    (1, &["plan", "vault", "ledger", "ipc", "web"]),
    (2, &["store", "connectors"]),
    (3, &["engine"]),
    (4, &["intake", "alert", "sinks", "insight"]),
    (5, &["daemon"]),
    (6, &["tui", "cli"]),
    (7, &["demo"]),
    (8, &["main"]),
];

/// Those that may import less than their floor allows: module, all that it may import, and the reason.
const NARROWER: [(&str, &[&str], &str); 5] = [
    ("plan", &["model"], "a plan is pure: it comes from the model's types alone"),
    ("ipc", &["model"], "the protocol knows the model alone, so that no console reaches the engine's code"),
    (
        "tui",
        &["ipc", "model"],
        "the console sees the protocol and the model alone: never SQLite, the network, the engine",
    ),
    ("cli", &["ipc", "model"], "the command line sees the protocol and the model alone"),
    ("sandbox", &[], "the sandbox stands apart: the systems that it plays know nothing of us"),
];

/// The one step on the level: a section's name is an id of the model, and the model needs nobody.
const BESIDE: [(&str, &str); 1] = [("config", "model")];

const SANDBOX_GUESTS: [&str; 2] = ["demo", "main"];

#[derive(Debug, PartialEq, Eq)]
struct Breach {
    file: PathBuf,
    line: usize,
    rule: String,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file.display(), self.line, self.rule)
    }
}

#[test]
fn every_file_imports_from_lower_floors_only() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = sources(&root.join("src"));
    assert!(files.len() > 20, "the sources were not found");
    let breaches: Vec<Breach> = files
        .iter()
        .flat_map(|file| check(file.strip_prefix(root).unwrap(), &fs::read_to_string(file).unwrap()))
        .collect();
    let told: Vec<String> = breaches.iter().map(ToString::to_string).collect();
    assert!(told.is_empty(), "the house does not stand:\n{}", told.join("\n"));
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// What in this file breaks a rule. `file` is relative, as in `src/tui/keys.rs`.
fn check(file: &Path, source: &str) -> Vec<Breach> {
    let breach = |line: usize, rule: String| Breach { file: file.to_owned(), line, rule };
    let module = module_path(file);
    let own = module.first().map_or("", String::as_str);
    let tokens = tokens(source);
    let mut breaches = Vec::new();
    if own != "lib" && own != "sandbox" && floor(own).is_none() {
        breaches.push(breach(1, format!("`{own}` has no floor: add it to FLOORS in tests/house.rs")));
    }
    for (line, word) in tokens.iter().filter_map(Token::word) {
        if word == "rusqlite" && own != "store" {
            breaches.push(breach(line, "only `store` knows SQL: nothing else may mention rusqlite".to_owned()));
        }
    }
    if own != "lib" {
        for (line, target) in imports(&tokens, module.len()) {
            if let Err(rule) = may_import(own, &target) {
                breaches.push(breach(line, rule));
            }
        }
    }
    breaches
}

fn may_import(own: &str, target: &str) -> Result<(), String> {
    if own == target || BESIDE.contains(&(own, target)) {
        return Ok(());
    }
    if target == "*" {
        return Err("imports the whole crate: name the module".to_owned());
    }
    if let Some((_, allowed, why)) = NARROWER.iter().find(|(module, ..)| *module == own) {
        return if allowed.contains(&target) {
            Ok(())
        } else {
            Err(format!("`{own}` may not import `{target}`: {why}"))
        };
    }
    if target == "sandbox" {
        let guest = SANDBOX_GUESTS.contains(&own);
        return if guest {
            Ok(())
        } else {
            Err(format!("`{own}` may not import `sandbox`: only the demo and main may"))
        };
    }
    match (floor(own), floor(target)) {
        (Some(mine), Some(its)) if its < mine => Ok(()),
        (Some(mine), Some(its)) => Err(format!(
            "`{own}` (floor {mine}) may not import `{target}` (floor {its}): a file imports from lower floors only"
        )),
        (_, None) => Err(format!("`{target}` is no module with a floor: see FLOORS in tests/house.rs")),
        (None, _) => Ok(()),
    }
}

fn floor(module: &str) -> Option<u8> {
    FLOORS.iter().find(|(_, modules)| modules.contains(&module)).map(|(floor, _)| *floor)
}

/// `src/tui/keys.rs` is `tui::keys`.
fn module_path(file: &Path) -> Vec<String> {
    let inside = file.strip_prefix("src").unwrap_or(file).with_extension("");
    inside.iter().map(|part| part.to_string_lossy().into_owned()).collect()
}

/// The crate's modules that are named, with their lines: after `crate::` and `nightlatch::`, alone or in a group, and
/// after as many `super::` as lead to the root. `depth` is how deep the file's module lies.
fn imports(tokens: &[Token], depth: usize) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    // Brace levels at which an inline module began.
    let mut inline: Vec<usize> = Vec::new();
    let mut level = 0_usize;
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at].kind {
            Kind::Punct('{') => {
                level += 1;
                if at >= 2 && tokens[at - 2].is("mod") {
                    inline.push(level);
                }
            }
            Kind::Punct('}') => {
                if inline.last() == Some(&level) {
                    inline.pop();
                }
                level = level.saturating_sub(1);
            }
            Kind::Word(word)
                if matches!(word.as_str(), "crate" | "nightlatch")
                    && is_path(tokens, at)
                    && !is_inside_a_path(tokens, at) =>
            {
                first_names(tokens, at + 3, &mut found);
            }
            Kind::Word(word) if word == "super" && is_path(tokens, at) && !is_inside_a_path(tokens, at) => {
                let mut climbed = 0;
                while tokens.get(at).is_some_and(|token| token.is("super")) && is_path(tokens, at) {
                    climbed += 1;
                    at += 3;
                }
                if climbed >= depth + inline.len() {
                    first_names(tokens, at, &mut found);
                }
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// `word::` stands there.
fn is_path(tokens: &[Token], at: usize) -> bool {
    matches!(tokens.get(at + 1..at + 3), Some([one, two]) if one.is_punct(':') && two.is_punct(':'))
}

/// `::word` stands there, after a name: not the path's begin. (`::nightlatch` begins one as well.)
fn is_inside_a_path(tokens: &[Token], at: usize) -> bool {
    at >= 3
        && tokens[at - 1].is_punct(':')
        && tokens[at - 2].is_punct(':')
        && matches!(&tokens[at - 3].kind, Kind::Word(word) if !matches!(word.as_str(), "use" | "return" | "in"))
}

/// The name that begins at `at`, or each first name of the group there.
fn first_names(tokens: &[Token], at: usize, found: &mut Vec<(usize, String)>) {
    let Some(token) = tokens.get(at) else { return };
    match &token.kind {
        Kind::Word(word) => found.push((token.line, word.clone())),
        Kind::Punct('*') => found.push((token.line, "*".to_owned())),
        Kind::Punct('{') => {
            let mut level = 0_usize;
            let mut fresh = false;
            for token in &tokens[at..] {
                match &token.kind {
                    Kind::Punct('{') => {
                        level += 1;
                        fresh = level == 1;
                    }
                    Kind::Punct('}') if level == 1 => return,
                    Kind::Punct('}') => level -= 1,
                    Kind::Punct(',') if level == 1 => fresh = true,
                    Kind::Punct('*') if fresh => {
                        found.push((token.line, "*".to_owned()));
                        fresh = false;
                    }
                    Kind::Word(word) if fresh => {
                        if word != "self" {
                            found.push((token.line, word.clone()));
                        }
                        fresh = false;
                    }
                    _ => {}
                }
            }
        }
        Kind::Punct(_) => {}
    }
}

struct Token {
    line: usize,
    kind: Kind,
}

enum Kind {
    Word(String),
    Punct(char),
}

impl Token {
    fn word(&self) -> Option<(usize, &str)> {
        match &self.kind {
            Kind::Word(word) => Some((self.line, word)),
            Kind::Punct(_) => None,
        }
    }

    fn is(&self, word: &str) -> bool {
        matches!(&self.kind, Kind::Word(own) if own == word)
    }

    fn is_punct(&self, punct: char) -> bool {
        matches!(self.kind, Kind::Punct(own) if own == punct)
    }
}

/// The words and signs of a source, without comments, texts and numbers' insides.
fn tokens(source: &str) -> Vec<Token> {
    let chars: Vec<char> = source.chars().collect();
    let mut tokens = Vec::new();
    let (mut at, mut line) = (0, 1);
    while at < chars.len() {
        let end = match (chars[at], chars.get(at + 1)) {
            ('/', Some('/')) => skip_until(&chars, at, |rest| rest[0] == '\n'),
            ('/', Some('*')) => block_comment(&chars, at),
            ('"', _) => string(&chars, at),
            ('r' | 'b' | 'c', _) if raw_string(&chars, at).is_some() => raw_string(&chars, at).unwrap_or(at + 1),
            ('\'', _) => char_or_lifetime(&chars, at),
            (c, _) if c.is_alphanumeric() || c == '_' => {
                let end = skip_until(&chars, at, |rest| !(rest[0].is_alphanumeric() || rest[0] == '_'));
                tokens.push(Token { line, kind: Kind::Word(chars[at..end].iter().collect()) });
                end
            }
            (c, _) => {
                if !c.is_whitespace() {
                    tokens.push(Token { line, kind: Kind::Punct(c) });
                }
                at + 1
            }
        };
        line += chars[at..end.min(chars.len())].iter().filter(|c| **c == '\n').count();
        at = end;
    }
    tokens
}

fn skip_until(chars: &[char], from: usize, stop: impl Fn(&[char]) -> bool) -> usize {
    (from..chars.len()).find(|at| stop(&chars[*at..])).unwrap_or(chars.len())
}

/// Rust's block comments nest.
fn block_comment(chars: &[char], from: usize) -> usize {
    let mut level = 0_usize;
    let mut at = from;
    while at + 1 < chars.len() {
        match (chars[at], chars[at + 1]) {
            ('/', '*') => {
                level += 1;
                at += 2;
            }
            ('*', '/') => {
                level -= 1;
                at += 2;
                if level == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    chars.len()
}

fn string(chars: &[char], from: usize) -> usize {
    let mut at = from + 1;
    while at < chars.len() {
        match chars[at] {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    chars.len()
}

/// `r"…"`, `br#"…"#`: the end, if one begins here.
fn raw_string(chars: &[char], from: usize) -> Option<usize> {
    // Not the last letter of a longer word.
    if from > 0 && (chars[from - 1].is_alphanumeric() || chars[from - 1] == '_') {
        return None;
    }
    let mut at = if chars[from] == 'r' { from } else { from + 1 };
    if chars.get(at) != Some(&'r') {
        return None;
    }
    at += 1;
    let hashes = chars[at..].iter().take_while(|c| **c == '#').count();
    at += hashes;
    if chars.get(at) != Some(&'"') {
        return None;
    }
    let closes = |rest: &[char]| rest[0] == '"' && rest[1..].iter().take_while(|c| **c == '#').count() >= hashes;
    Some((skip_until(chars, at + 1, closes) + 1 + hashes).min(chars.len()))
}

fn char_or_lifetime(chars: &[char], from: usize) -> usize {
    match (chars.get(from + 1), chars.get(from + 2)) {
        (Some('\\'), _) => skip_until(chars, from + 3, |rest| rest[0] == '\'') + 1,
        (Some(_), Some('\'')) => from + 3,
        _ => from + 1,
    }
}

fn told(file: &str, source: &str) -> Vec<String> {
    check(Path::new(file), source).iter().map(ToString::to_string).collect()
}

#[test]
fn the_checker_finds_what_breaks_the_rules() {
    let source = "//! crate::engine in a comment is nothing.\n\
                  use crate::store;\n\
                  use crate::{\n    model::{Plan, Step},\n    engine as driver,\n};\n\
                  fn f() -> crate::daemon::X { \"crate::vault\"; r#\"crate::\"vault\"#; 'c'; }\n\
                  #[cfg(test)]\nmod tests {\n    use super::*;\n    use rusqlite::Connection;\n    use super::super::super::cli;\n}\n";
    let alone = "the console sees the protocol and the model alone: never SQLite, the network, the engine";
    assert_eq!(
        told("src/tui/keys.rs", source),
        [
            "src/tui/keys.rs:11: only `store` knows SQL: nothing else may mention rusqlite".to_owned(),
            format!("src/tui/keys.rs:2: `tui` may not import `store`: {alone}"),
            format!("src/tui/keys.rs:5: `tui` may not import `engine`: {alone}"),
            format!("src/tui/keys.rs:7: `tui` may not import `daemon`: {alone}"),
            format!("src/tui/keys.rs:12: `tui` may not import `cli`: {alone}"),
        ]
    );
}

#[test]
fn the_checker_knows_the_floors() {
    let upwards = "a file imports from lower floors only";
    for (file, source, expected) in [
        ("src/model/plan.rs", "use crate::config::X;", upwards),
        ("src/config.rs", "use crate::vault::SecretRef;", upwards),
        ("src/config.rs", "use super::vault::SecretRef;", upwards),
        ("src/store.rs", "use crate::connectors;", upwards),
        ("src/plan.rs", "use crate::config;", "a plan is pure"),
        ("src/ipc/client.rs", "use crate::paths::Paths;", "the protocol knows the model alone"),
        ("src/sandbox/okta.rs", "use crate::model::Leaver;", "the sandbox stands apart"),
        ("src/cli.rs", "use crate::tui;", "the command line sees"),
        ("src/daemon.rs", "use crate::sandbox;", "only the demo and main may"),
        ("src/engine.rs", "use crate::*;", "name the module"),
        ("src/engine.rs", "use crate::{*};", "name the module"),
        ("src/engine.rs", "use crate::nosuch::X;", "`nosuch` is no module"),
        ("src/cellar.rs", "", "`cellar` has no floor"),
    ] {
        let told = told(file, source);
        assert!(told.len() == 1 && told[0].contains(expected), "{file} {source}: {told:?}");
    }
}

#[test]
fn the_checker_lets_pass_what_is_right() {
    for (file, source) in [
        ("src/engine/handle.rs", "use crate::ipc::Refusal; use super::command; use crate::engine::x;"),
        ("src/store/open.rs", "use rusqlite::Connection; use super::super::model;"),
        ("src/connectors/okta/config.rs", "use crate::{config::Section, vault::{Secret, SecretRef}};"),
        ("src/paths.rs", "mod tests { use super::*; fn f<'a>(x: &'a str) -> char { '\\'' } }"),
        ("src/main.rs", "use nightlatch::{cli, tui::App}; fn main() { ::nightlatch::demo::run() }"),
        ("src/demo.rs", "use crate::sandbox; pub(crate) fn f() {} pub(super) fn g() {}"),
        ("src/lib.rs", "pub mod demo; pub mod cli;"),
        ("src/tui.rs", "const X: &str = \"nightlatch::store\"; /* crate::store /* crate::store */ */"),
    ] {
        assert_eq!(told(file, source), Vec::<String>::new(), "{file} {source}");
    }
}
