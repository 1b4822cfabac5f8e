//! What is looked for among everybody ever offboarded, as an operator types it.
//!
//! `doe after:2025-01 !conn:okta`: all terms must hold, `!` turns one around. Console and command line send the text, the
//! engine reads it; the console reads it too, to say what is wrong while it is typed.

mod period;

use jiff::tz::TimeZone;

use super::ids::{ConnectorId, OffboardingId};
use super::offboarding::Phase;
use super::time::Timestamp;
use period::Period;

/// What `field:` can be, with what it takes: for help and errors.
pub const FIELDS: &[(&str, &str)] = &[
    ("conn", "a system in the plan"),
    ("how", "open, closed, aborted, undo or erased"),
    ("id", "as in ob-12"),
    ("on", "2025, 2025-03 or 2025-03-04"),
    ("after", "opened then or later"),
    ("before", "opened before"),
];

/// How an offboarding ended, or that it has not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It is not over.
    Open,
    /// Every access verified gone.
    Closed,
    /// Stopped for good.
    Aborted,
}

impl Ending {
    /// How an offboarding in this phase ended.
    pub fn of(phase: &Phase) -> Self {
        match phase {
            Phase::Closed => Self::Closed,
            Phase::Aborted { .. } => Self::Aborted,
            _ => Self::Open,
        }
    }
}

/// What is known of an offboarding without reading its plan.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    /// Its id.
    pub id: OffboardingId,
    /// What the person is searched by, in lower case; `None`: erased.
    pub names: Option<&'a str>,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// How it ended.
    pub ending: Ending,
}

/// What only the plan says.
#[derive(Debug, Clone, Copy)]
pub struct Planned<'a> {
    /// The systems in it.
    pub systems: &'a [ConnectorId],
    /// It gives back what another took.
    pub is_undo: bool,
}

/// A text that is no search; what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadSearch(String);

#[derive(Debug, Clone, PartialEq, Eq)]
enum What {
    /// Part of a name, an e-mail, a login or an employee id; in lower case.
    Word(String),
    Id(OffboardingId),
    Opened(Period),
    Ended(Ending),
    Erased,
    /// The beginning of a system's name.
    System(String),
    Undo,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Term {
    not: bool,
    what: What,
}

/// A search, understood. The empty one finds everybody.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Search {
    terms: Vec<Term>,
}

impl Search {
    /// Reads a search. Days, months and years are those of `zone`.
    pub fn parse(text: &str, zone: &TimeZone) -> Result<Self, BadSearch> {
        let mut terms = Vec::new();
        for word in text.split_whitespace() {
            let (not, word) = word.strip_prefix('!').map_or((false, word), |rest| (true, rest));
            if let Some(what) = What::read(&word.to_lowercase(), zone)? {
                terms.push(Term { not, what });
            }
        }
        Ok(Self { terms })
    }

    /// Whether it finds everybody.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether the terms hold that need no plan.
    pub fn admits(&self, it: Candidate<'_>) -> bool {
        self.terms.iter().filter(|term| !term.what.is_of_plan()).all(|term| term.what.holds(it) != term.not)
    }

    /// Whether there are terms that need the plan.
    pub fn asks_for_plans(&self) -> bool {
        self.terms.iter().any(|term| term.what.is_of_plan())
    }

    /// Whether the terms hold that need the plan.
    pub fn admits_plan(&self, it: Planned<'_>) -> bool {
        self.terms.iter().filter(|term| term.what.is_of_plan()).all(|term| term.what.holds_of_plan(it) != term.not)
    }
}

impl What {
    /// What a term asks for; `None`: it is not finished, as in `conn:`.
    fn read(word: &str, zone: &TimeZone) -> Result<Option<Self>, BadSearch> {
        let Some((field, value)) = word.split_once(':') else {
            if word.is_empty() {
                return Ok(None);
            }
            // A year alone is as likely a part of an employee id: `on:2025` says that it is one.
            if let Some(period) = Period::bare(word, zone) {
                return Ok(Some(Self::Opened(period)));
            }
            let id = word.starts_with("ob-").then(|| word.parse().ok()).flatten();
            return Ok(Some(id.map_or_else(|| Self::Word(word.to_owned()), Self::Id)));
        };
        if !FIELDS.iter().any(|(name, _)| *name == field) {
            let known: Vec<_> = FIELDS.iter().map(|(name, _)| format!("{name}:")).collect();
            return Err(BadSearch(format!("no field `{field}:` (there are {})", known.join(" "))));
        }
        if value.is_empty() {
            return Ok(None);
        }
        let period = || {
            Period::read(value, zone).ok_or_else(|| {
                BadSearch(format!("`{field}:{value}`: no date; write 2025, 2025-03, 2025-03-04 or 2025-03..2025-05"))
            })
        };
        Ok(Some(match field {
            "conn" => Self::System(value.to_owned()),
            "id" => Self::Id(value.parse().map_err(|bad| BadSearch(format!("`id:{value}`: {bad}")))?),
            "on" => Self::Opened(period()?),
            "after" => Self::Opened(period()?.without_end()),
            "before" => Self::Opened(period()?.before_its_begin()),
            _ => Self::ending(value)?,
        }))
    }

    /// `how:` takes the beginning of a word, as it is while it is typed.
    fn ending(value: &str) -> Result<Self, BadSearch> {
        let words = [
            ("open", Self::Ended(Ending::Open)),
            ("closed", Self::Ended(Ending::Closed)),
            ("aborted", Self::Ended(Ending::Aborted)),
            ("undo", Self::Undo),
            ("erased", Self::Erased),
        ];
        let found = words.into_iter().find(|(word, _)| word.starts_with(value));
        found
            .map(|(_, what)| what)
            .ok_or_else(|| BadSearch(format!("`how:{value}`: it is one of open, closed, aborted, undo, erased")))
    }

    fn is_of_plan(&self) -> bool {
        matches!(self, Self::System(_) | Self::Undo)
    }

    fn holds(&self, it: Candidate<'_>) -> bool {
        match self {
            Self::Word(word) => it.names.is_some_and(|names| names.contains(word.as_str())),
            Self::Id(id) => it.id == *id,
            Self::Opened(period) => period.has(it.opened_at),
            Self::Ended(ending) => it.ending == *ending,
            Self::Erased => it.names.is_none(),
            Self::System(_) | Self::Undo => true,
        }
    }

    fn holds_of_plan(&self, it: Planned<'_>) -> bool {
        match self {
            Self::System(name) => it.systems.iter().any(|system| system.as_str().starts_with(name.as_str())),
            Self::Undo => it.is_undo,
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARCH: Timestamp = Timestamp(1_741_046_400_000); // 2025-03-04T00:00Z

    fn search(text: &str) -> Search {
        Search::parse(text, &TimeZone::UTC).unwrap()
    }

    fn alfa() -> Candidate<'static> {
        let names = Some("alfa doe\nalfa.doe@corp.example\nalfa\ne2025-17");
        Candidate { id: OffboardingId(12), names, opened_at: MARCH, ending: Ending::Aborted }
    }

    #[test]
    fn words_ids_dates_and_endings_are_told_apart_by_their_look() {
        for (text, found) in [
            ("", true),
            ("ALFA", true),
            ("alfa doe", true),
            ("doe alfa", true),
            ("!alfa", false),
            ("alfa bravo", false),
            ("2025", true), // Part of the employee id.
            ("e2025-17", true),
            ("ob-12", true),
            ("id:12", true),
            ("ob-1", false),
            ("2025-03", true),
            ("2025-03-04", true),
            ("2025-03-05", false),
            ("2025-02..2025-04", true),
            ("2025-03-05..", false),
            ("..2025-03-04", true),
            ("on:2025", true),
            ("on:2024", false),
            ("after:2025-03-04", true),
            ("after:2025-04", false),
            ("before:2025-03-04", false),
            ("before:2026", true),
            ("how:aborted", true),
            ("how:a", true),
            ("how:closed", false),
            ("how:erased", false),
            ("!how:open alfa after:2025-01-01 before:2025-12-31", true),
            ("how:", true),
            ("!", true),
        ] {
            assert_eq!(search(text).admits(alfa()), found, "{text}");
        }
    }

    #[test]
    fn systems_and_undos_are_asked_of_the_plan_alone() {
        let systems = [ConnectorId::new("okta-eu").unwrap(), ConnectorId::new("slack").unwrap()];
        let planned = Planned { systems: &systems, is_undo: false };
        for (text, found) in [
            ("conn:okta", true),
            ("conn:github", false),
            ("!conn:okta", false),
            ("how:undo", false),
            ("!how:undo", true),
        ] {
            let search = search(text);
            assert!(search.asks_for_plans() && search.admits(alfa()), "{text}");
            assert_eq!(search.admits_plan(planned), found, "{text}");
        }
        assert!(!search("alfa how:open").asks_for_plans());
    }

    #[test]
    fn an_erased_person_is_found_by_no_name() {
        let erased = Candidate { names: None, ..alfa() };
        assert!(!search("alfa").admits(erased) && !search("a").admits(erased));
        assert!(search("how:erased").admits(erased) && search("ob-12").admits(erased) && search("").admits(erased));
    }

    #[test]
    fn a_month_is_the_month_of_the_zone() {
        let zone = TimeZone::get("America/Toronto").unwrap();
        let midnight_in_march = Candidate { opened_at: Timestamp(1_740_787_200_000), ..alfa() }; // 2025-03-01T00:00Z
        assert!(Search::parse("2025-02", &zone).unwrap().admits(midnight_in_march));
        assert!(search("2025-03").admits(midnight_in_march));
    }

    #[test]
    fn what_is_no_search_says_what_to_write() {
        for (text, told) in [
            ("colour:red", "no field `colour:` (there are conn: how: id: on: after: before:)"),
            ("after:soon", "`after:soon`: no date; write 2025, 2025-03, 2025-03-04 or 2025-03..2025-05"),
            ("on:2025-13", "no date"),
            ("how:well", "one of open, closed, aborted, undo, erased"),
            ("id:x", "as in ob-17"),
        ] {
            let said = Search::parse(text, &TimeZone::UTC).unwrap_err().to_string();
            assert!(said.contains(told), "{text}: {said}");
        }
    }
}
