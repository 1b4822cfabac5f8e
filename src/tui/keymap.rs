//! Which key does what: the table's defaults, changed by the configuration, and checked.

use std::collections::BTreeMap;
use std::fmt;

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use serde::Serialize;

use super::action::{Action, Context, Entry, KeyRow, TABLE, Tier, entry, screens};
use super::text;

/// A key as it can be bound. Alt is not among them: terminals send it as Esc and something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) code: KeyCode,
    pub(crate) ctrl: bool,
}

/// The names of keys that are not one character.
const NAMED: &[(&str, KeyCode, &str)] = &[
    ("enter", KeyCode::Enter, "Enter"),
    ("esc", KeyCode::Esc, "Esc"),
    ("tab", KeyCode::Tab, "Tab"),
    ("backtab", KeyCode::BackTab, "Shift-Tab"),
    ("space", KeyCode::Char(' '), "Space"),
    ("up", KeyCode::Up, "Up"),
    ("down", KeyCode::Down, "Down"),
    ("left", KeyCode::Left, "Left"),
    ("right", KeyCode::Right, "Right"),
    ("home", KeyCode::Home, "Home"),
    ("end", KeyCode::End, "End"),
    ("pgup", KeyCode::PageUp, "PgUp"),
    ("pgdn", KeyCode::PageDown, "PgDn"),
    ("insert", KeyCode::Insert, "Ins"),
    ("delete", KeyCode::Delete, "Del"),
    ("backspace", KeyCode::Backspace, "Backspace"),
];

impl Key {
    /// Reads `r`, `R`, `space`, `ctrl-l`, `f5`; names also as they are shown, in any case, but a letter as it is written.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (ctrl, name) = match without(text, "ctrl-") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        if without(name, "alt-").is_some() {
            return Err(format!("`{text}`: Alt cannot be bound, terminals send it as Esc and a letter"));
        }
        let mut chars = name.chars();
        if let (Some(c), None) = (chars.next(), chars.next())
            && c != ' '
            && text::width(name) == 1
            && text::clean(name) == name
        {
            return Ok(Self { code: KeyCode::Char(if ctrl { c.to_ascii_lowercase() } else { c }), ctrl });
        }
        if let Some((_, code, _)) =
            NAMED.iter().find(|(named, _, shown)| [named, shown].iter().any(|it| it.eq_ignore_ascii_case(name)))
        {
            return Ok(Self { code: *code, ctrl });
        }
        if let Some(n) = without(name, "f").and_then(|n| n.parse::<u8>().ok()).filter(|n| (1..=12).contains(n)) {
            return Ok(Self { code: KeyCode::F(n), ctrl });
        }
        let names: Vec<_> = NAMED.iter().map(|(named, ..)| *named).collect();
        Err(format!("`{text}` is no key: write one character, {}, f1 to f12, or ctrl- and a letter", names.join(", ")))
    }

    /// The key that was pressed; `None`: one that cannot be bound.
    pub(crate) fn of(event: KeyEvent) -> Option<Self> {
        if event.modifiers.intersects(KeyModifiers::ALT | KeyModifiers::SUPER | KeyModifiers::META) {
            return None;
        }
        let ctrl = event.modifiers.contains(KeyModifiers::CONTROL);
        let code = match event.code {
            KeyCode::Char(c) if ctrl => KeyCode::Char(c.to_ascii_lowercase()),
            code => code,
        };
        Some(Self { code, ctrl })
    }

    /// The key as people read it.
    pub(crate) fn show(self) -> String {
        let name = match self.code {
            KeyCode::Char(c) if c != ' ' && self.ctrl => c.to_ascii_uppercase().to_string(),
            KeyCode::Char(c) if c != ' ' => c.to_string(),
            KeyCode::F(n) => format!("F{n}"),
            code => NAMED.iter().find(|(_, it, _)| *it == code).map_or("?", |(_, _, shown)| shown).to_owned(),
        };
        if self.ctrl { format!("Ctrl-{name}") } else { name }
    }
}

/// The text behind `prefix`, which may be written in any case.
fn without<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(rest)
}

/// A default key as people read it.
pub(crate) fn shown(key: &str) -> String {
    Key::parse(key).map_or_else(|_| key.to_owned(), Key::show)
}

/// Why the configuration's keys cannot be used: one sentence, with what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyProblem {
    /// The actions that it is about, by id.
    pub ids: Vec<String>,
    what: String,
}

impl fmt::Display for KeyProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

fn problem<const N: usize>(ids: [&str; N], what: String) -> KeyProblem {
    KeyProblem { ids: ids.map(str::to_owned).into(), what }
}

/// Without a key for any of them nobody could leave: the palette leaves by name.
const WAYS_OUT: [&str; 3] = ["leave", "detach", "palette"];

/// What the keys do now.
#[derive(Debug, Clone)]
pub(crate) struct Keymap {
    bound: BTreeMap<Action, Vec<Key>>,
}

impl Keymap {
    /// The defaults with the configuration's changes; every problem.
    pub(crate) fn new(changes: &BTreeMap<String, Vec<String>>) -> Result<Self, Vec<KeyProblem>> {
        let mut problems = Vec::new();
        for id in changes.keys() {
            if !TABLE.iter().any(|entry| entry.id == id) {
                let what = format!("`{id}` is no action: `:` in the console shows them all, with their keys");
                problems.push(problem([id], what));
            }
        }
        let mut bound = BTreeMap::new();
        for entry in TABLE {
            let mut keys = Vec::new();
            let changed = changes.get(entry.id);
            let defaults = || entry.keys.iter().map(|it| (*it).to_owned()).collect();
            for text in changed.cloned().unwrap_or_else(defaults) {
                match Key::parse(&text) {
                    Err(what) => problems.push(problem([entry.id], format!("{}: {what}", entry.id))),
                    Ok(key) => {
                        problems.extend(unsafe_key(entry, key).map(|what| problem([entry.id], what)));
                        keys.push(key);
                    }
                }
            }
            bound.insert(entry.action, keys);
        }
        if WAYS_OUT.iter().all(|id| changes.get(*id).is_some_and(Vec::is_empty)) {
            let what = format!("nothing leads out of the console: leave a key to one of {}", WAYS_OUT.join(", "));
            problems.push(problem(WAYS_OUT, what));
        }
        let keymap = Self { bound };
        problems.extend(keymap.conflicts());
        if problems.is_empty() { Ok(keymap) } else { Err(problems) }
    }

    /// Two actions on one key where both could be meant.
    fn conflicts(&self) -> Vec<KeyProblem> {
        let mut problems = Vec::new();
        for (n, one) in TABLE.iter().enumerate() {
            for other in &TABLE[n + 1..] {
                let both: Vec<_> = one.contexts.iter().copied().filter(|it| other.contexts.contains(it)).collect();
                if both.is_empty() {
                    continue;
                }
                for key in self.keys(one.action).iter().filter(|key| self.keys(other.action).contains(key)) {
                    let what = format!(
                        "{} is bound to both `{}` and `{}` ({}): give one of them another key, or none (`[]`)",
                        key.show(),
                        one.id,
                        other.id,
                        screens(&both)
                    );
                    problems.push(problem([one.id, other.id], what));
                }
            }
        }
        problems
    }

    fn keys(&self, action: Action) -> &[Key] {
        self.bound.get(&action).map_or(&[], Vec::as_slice)
    }

    /// What `key` does in `context`.
    pub(crate) fn action(&self, key: Key, context: Context) -> Option<Action> {
        let here = |entry: &&Entry| entry.contexts.contains(&context) && self.keys(entry.action).contains(&key);
        TABLE.iter().find(here).map(|entry| entry.action)
    }

    /// Whether `key` is bound to `action`.
    pub(crate) fn is(&self, key: Key, action: Action) -> bool {
        self.keys(action).contains(&key)
    }

    /// The table as it is in force.
    fn rows(&self) -> Vec<KeyRow> {
        let row = |entry: &Entry| KeyRow {
            keys: self.keys(entry.action).iter().map(|key| key.show()).collect(),
            ..KeyRow::of(entry)
        };
        TABLE.iter().map(row).collect()
    }

    /// The action's first key, as people read it; empty: none.
    pub(crate) fn key(&self, action: Action) -> String {
        self.keys(action).first().map_or_else(String::new, |key| key.show())
    }

    /// All keys of the action, as people read them.
    pub(crate) fn all_keys(&self, action: Action) -> String {
        self.keys(action).iter().map(|key| key.show()).collect::<Vec<_>>().join(" ")
    }

    /// `a` as in "press `a`"; without a key: where else to find it.
    pub(crate) fn press(&self, action: Action) -> String {
        let key = self.key(action);
        if key.is_empty() { format!("`:` {}", entry(action).id) } else { key }
    }
}

/// Why this key must not do that.
fn unsafe_key(entry: &Entry, key: Key) -> Option<String> {
    if entry.is_act() && key.ctrl {
        return Some(format!("{}: {} is too easy to hit for an act; choose a plain letter", entry.id, key.show()));
    }
    let confirms = matches!(key.code, KeyCode::Char('y' | 'Y') | KeyCode::Enter | KeyCode::Esc);
    if entry.tier >= Tier::Confirm && confirms {
        return Some(format!("{}: {} answers the dialog that it would open; choose another", entry.id, key.show()));
    }
    None
}

/// The keys as they are in force, in the order of the help. Its `Display` is one line an action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct KeyTable(Vec<KeyRow>);

impl KeyTable {
    /// With the configuration's keys; every problem.
    pub fn in_force(keys: &BTreeMap<String, Vec<String>>) -> Result<Self, Vec<KeyProblem>> {
        Keymap::new(keys).map(|keymap| Self(keymap.rows()))
    }
}

impl fmt::Display for KeyTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys = |row: &KeyRow| if row.keys.is_empty() { "-".to_owned() } else { row.keys.join(" ") };
        let widest = |of: &dyn Fn(&KeyRow) -> usize, least: usize| self.0.iter().map(of).max().unwrap_or(0).max(least);
        let (one, two) = (widest(&|row| text::width(&keys(row)), 4), widest(&|row| row.id.len(), 6));
        let three = widest(&|row| row.confirmation.len(), 8);
        writeln!(f, "{}  {:two$}  {:three$}  WHAT IT DOES (WHERE)", text::pad("KEYS", one), "ACTION", "CONFIRMS")?;
        for row in &self.0 {
            let (keys, id, asks) = (text::pad(&keys(row), one), row.id, row.confirmation);
            writeln!(f, "{keys}  {id:two$}  {asks:three$}  {} ({})", row.title, row.screens)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The problems' words.
    fn check_keys(keys: &BTreeMap<String, Vec<String>>) -> Result<(), Vec<String>> {
        let told = |problems: Vec<KeyProblem>| problems.iter().map(ToString::to_string).collect();
        Keymap::new(keys).map(drop).map_err(told)
    }

    fn changes(of: &[(&str, &[&str])]) -> BTreeMap<String, Vec<String>> {
        of.iter().map(|(id, keys)| ((*id).to_owned(), keys.iter().map(|it| (*it).to_owned()).collect())).collect()
    }

    #[test]
    fn the_defaults_do_not_conflict() {
        assert_eq!(check_keys(&BTreeMap::new()), Ok(()));
    }

    #[test]
    fn a_conflict_names_both_actions_and_the_key() {
        let told = check_keys(&changes(&[("retry", &["p"])])).unwrap_err();
        assert_eq!(told.len(), 1);
        for word in ["`retry`", "`pause`", "p is bound"] {
            assert!(told[0].contains(word), "{told:?}");
        }
    }

    #[test]
    fn a_conflict_is_told_of_every_screen_that_it_is_on() {
        let told = check_keys(&changes(&[("sort", &["z"]), ("zoom", &["z"])]));
        assert_eq!(told, Ok(()), "no screen has both");
        for row in TABLE.iter().filter(|row| row.action != Action::Filter) {
            let both: Vec<_> = row
                .contexts
                .iter()
                .filter(|it| entry(Action::Filter).contexts.contains(it))
                .map(|it| it.name())
                .collect();
            let told = check_keys(&changes(&[("filter", &["f9"]), (row.id, &["f9"])])).err().unwrap_or_default();
            let named = told.iter().any(|it| it.contains("`filter`") && it.contains(&both.join(", ")));
            assert_eq!(named, !both.is_empty(), "{}: {told:?}", row.id);
        }
    }

    #[test]
    fn the_table_in_force_has_the_configurations_keys() {
        let table = KeyTable::in_force(&changes(&[("retry", &["f5", "r"]), ("wall", &[])])).unwrap();
        let row = |id| table.0.iter().find(|row| row.id == id).unwrap();
        assert_eq!(row("retry").keys, ["F5", "r"]);
        assert_eq!(row("wall").keys, [""; 0]);
        assert_eq!(row("help").keys, ["?"]);
        let told = table.to_string();
        assert!(told.lines().any(|line| line.starts_with("F5 r ") && line.contains("retry  ")), "{told}");
        assert!(KeyTable::in_force(&changes(&[("retry", &["p"])])).is_err());
    }

    #[test]
    fn a_key_is_one_column_that_can_be_seen() {
        for key in ["\u{202e}", "\u{301}", "\u{200b}", "東", "\t"] {
            assert!(Key::parse(key).is_err(), "{key:?}");
        }
        assert!(Key::parse("ö").is_ok());
    }

    #[test]
    fn a_key_is_read_as_it_is_shown_in_any_case() {
        let every = TABLE.iter().flat_map(|entry| entry.keys).map(|key| Key::parse(key).unwrap());
        let named = NAMED.iter().map(|(_, code, _)| Key { code: *code, ctrl: false });
        for key in every.chain(named) {
            assert_eq!(Key::parse(&key.show()), Ok(key));
        }
        for (text, same) in
            [("Ctrl-C", "ctrl-c"), ("CTRL-c", "ctrl-c"), ("F5", "f5"), ("ESC", "esc"), ("ins", "insert")]
        {
            assert_eq!(Key::parse(text), Key::parse(same), "{text}");
            assert!(Key::parse(text).is_ok(), "{text}");
        }
        assert_ne!(Key::parse("R"), Key::parse("r"), "a letter is meant as it is written");
        assert!(Key::parse("Alt-r").unwrap_err().contains("Alt"));
    }

    #[test]
    fn a_way_out_is_left() {
        let told = check_keys(&changes(&[("leave", &[]), ("detach", &[]), ("palette", &[])])).unwrap_err();
        assert_eq!(told, ["nothing leads out of the console: leave a key to one of leave, detach, palette"]);
        for id in WAYS_OUT {
            let others = WAYS_OUT.iter().filter(|it| **it != id).map(|it| (*it, &[][..]));
            assert_eq!(check_keys(&changes(&others.collect::<Vec<_>>())), Ok(()), "{id} is left");
        }
    }

    #[test]
    fn keys_can_be_moved_and_unbound() {
        let keymap = Keymap::new(&changes(&[("retry", &["f5"]), ("pause", &[]), ("launch", &["p"])])).unwrap();
        let key = |text| Key::parse(text).unwrap();
        assert_eq!(keymap.action(key("f5"), Context::Dashboard), Some(Action::Retry));
        assert_eq!(keymap.action(key("r"), Context::Dashboard), None);
        assert_eq!(keymap.action(key("p"), Context::Dashboard), Some(Action::Launch));
        assert_eq!(keymap.press(Action::Pause), "`:` pause");
    }

    #[test]
    fn refuses_unknown_actions_unknown_keys_alt_ctrl_acts_and_keys_that_confirm() {
        for (id, key, word) in [
            ("fly", "r", "is no action"),
            ("retry", "hyper", "is no key"),
            ("retry", "alt-r", "Alt"),
            ("abort", "ctrl-a", "too easy"),
            ("reject", "y", "answers the dialog"),
        ] {
            let told = check_keys(&changes(&[(id, &[key])])).unwrap_err().join("\n");
            assert!(told.contains(word), "{told}");
        }
    }

    #[test]
    fn no_act_sits_on_a_ctrl_letter_by_default() {
        for entry in TABLE.iter().filter(|entry| entry.is_act()) {
            assert!(entry.keys.iter().all(|key| !key.starts_with("ctrl-")), "{}", entry.id);
        }
    }
}
