//! Which actions a rule is about: `google.delete-user`, `*.deactivate`, `stage:purge`.

use crate::model::{ActionSpec, Stage};

/// What an entry of a rule's `actions` matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Pattern {
    /// Every action whose declared stage it is.
    Stage(Stage),
    /// `*` stands for any run of characters.
    Glob(String),
}

impl Pattern {
    /// Reads an entry; the error says what is expected.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if let Some(name) = text.strip_prefix("stage:") {
            let found = Stage::OF_OFFBOARDING.into_iter().find(|stage| stage.name() == name);
            let names = Stage::OF_OFFBOARDING.map(Stage::name).join(", ");
            return found.map(Self::Stage).ok_or_else(|| format!("`{name}` is no stage: there are {names}"));
        }
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.*".contains(c);
        if !text.chars().all(fits) || !(text.contains('.') || text == "*") {
            return Err(format!(
                "`{text}` names no actions: write as in \"google.delete-user\", \"google.*\", \"*.deactivate\" or \
                 \"stage:purge\""
            ));
        }
        Ok(Self::Glob(text.to_owned()))
    }

    pub(super) fn matches(&self, spec: &ActionSpec) -> bool {
        match self {
            Self::Stage(stage) => *stage == spec.stage,
            Self::Glob(glob) => glob_matches(glob, &spec.id.to_string()),
        }
    }

    /// The one system that it names, if it names one.
    pub(super) fn system(&self) -> Option<&str> {
        match self {
            Self::Stage(_) => None,
            Self::Glob(glob) => glob.split_once('.').map(|(system, _)| system).filter(|system| !system.contains('*')),
        }
    }

    /// As it is written.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Stage(stage) => format!("stage:{stage}"),
            Self::Glob(glob) => glob.clone(),
        }
    }
}

fn glob_matches(glob: &str, text: &str) -> bool {
    let Some((head, rest)) = glob.split_once('*') else { return glob == text };
    let Some(text) = text.strip_prefix(head) else { return false };
    // A star takes as little as it can: where one split fits, so does every later one, save at the end.
    (0..=text.len()).filter(|at| text.is_char_boundary(*at)).any(|at| glob_matches(rest, &text[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_run() {
        for (glob, text, fits) in [
            ("google.suspend", "google.suspend", true),
            ("google.suspend", "google.suspend-user", false),
            ("google.*", "google.suspend", true),
            ("*.deactivate", "okta.deactivate", true),
            ("*.deactivate", "okta.deactivate-now", false),
            ("*.de*te", "okta.delete", true),
            ("*", "okta.delete", true),
        ] {
            assert_eq!(glob_matches(glob, text), fits, "{glob} {text}");
        }
    }

    #[test]
    fn what_names_no_actions_is_refused_with_the_forms() {
        assert!(Pattern::parse("google").unwrap_err().contains("google.delete-user"));
        assert!(Pattern::parse("stage:clean-up").unwrap_err().contains("kill-switch, credentials"));
        assert!(Pattern::parse("Google.Delete").is_err());
        assert_eq!(Pattern::parse("stage:kill-switch"), Ok(Pattern::Stage(Stage::KillSwitch)));
    }
}
