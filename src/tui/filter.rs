//! The filter: words to find, fields to match, `!` to turn a term around.
//!
//! `doe state:failed conn:okta !contractor`: all terms must hold. `state:` and `conn:` are asked of one and the same
//! step, so that the example shows people whose Okta step failed.

use jiff::tz::TimeZone;

use super::cell::{Cell, Cells};
use super::roll::Brief;
use crate::model::health::ConnectorStatus;
use crate::model::leaver::EmploymentKind;
use crate::model::{Leaver, Offboarding, PlannedStep, Search, Step};

/// What `field:` can be.
const FIELDS: &[&str] = &["state", "conn", "action", "stage", "dept", "kind", "source", "id"];

/// A field to match on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    State,
    Conn,
    Action,
    Stage,
    Dept,
    Kind,
    Source,
    Id,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Term {
    not: bool,
    field: Option<Field>,
    /// Lower case.
    text: String,
    /// The step's states that it can mean.
    states: Cells,
}

/// A filter as typed, and what it means.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    text: String,
    terms: Vec<Term>,
    /// Why a part of it means nothing.
    pub(crate) problem: Option<String>,
}

impl Filter {
    pub(crate) fn parse(text: &str) -> Self {
        let mut terms = Vec::new();
        let mut problem = None;
        for word in text.split_whitespace() {
            let (not, word) = word.strip_prefix('!').map_or((false, word), |rest| (true, rest));
            let (field, value) = match word.split_once(':') {
                None => (None, word),
                Some((name, value)) => {
                    let Some(field) = field(name) else {
                        problem = Some(format!("no field `{name}:` (there are {})", FIELDS.join(", ")));
                        continue;
                    };
                    (Some(field), value)
                }
            };
            if !value.is_empty() {
                let text = value.to_lowercase();
                terms.push(Term { not, field, states: Cells::called(&text), text });
            }
        }
        Self { text: text.to_owned(), terms, problem }
    }

    /// A search of the history: the engine does it, and its words are its own. What is wrong with them is known here.
    pub(crate) fn of_history(text: &str, zone: &TimeZone) -> Self {
        let problem = Search::parse(text, zone).err().map(|it| it.to_string());
        Self { text: text.to_owned(), terms: Vec::new(), problem }
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// Whether the person passes. Steps are looked at only where what is known in brief does not tell.
    pub(crate) fn admits(&self, brief: &Brief, person: &Offboarding) -> bool {
        let about_steps = |term: &&Term| term.field.is_some_and(Field::is_of_steps);
        let rest_holds = self.terms.iter().filter(|term| term.not || !about_steps(term)).all(|term| {
            let holds = match term.field {
                Some(Field::State) => of_whole(&term.text, brief) || brief.states.meet(term.states),
                Some(field) if field.is_of_steps() => brief.plan.iter().any(|planned| of_planned(term, planned)),
                None => brief.has(&term.text) || is_the_id(term, person) || is_a_trait(term, person.leaver()),
                _ => of_person(term, person),
            };
            holds != term.not
        });
        let wanted = || self.terms.iter().filter(|term| !term.not).filter(about_steps);
        let states = || wanted().filter(|term| term.field == Some(Field::State));
        let others = || wanted().filter(|term| term.field != Some(Field::State));
        let in_one_plan =
            || others().next().is_none() || brief.plan.iter().any(|it| others().all(|term| of_planned(term, it)));
        let in_one_step = || {
            let mut steps = person.plan.steps.iter().zip(&person.steps);
            steps.any(|(planned, step)| {
                let state = Cell::within(person, &step.state).word();
                wanted().all(|term| of_step(term, planned, state))
            })
        };
        rest_holds
            && match states().count() {
                0 => in_one_plan(),
                // A state can be a step's, or the whole's: then the other fields may be of any step.
                states_wanted => {
                    states().all(|term| of_whole(&term.text, brief)) && in_one_plan()
                        || states().all(|term| brief.states.meet(term.states))
                            && (states_wanted == 1 && others().next().is_none() || in_one_step())
                }
            }
    }

    /// Whether this connector passes: by name, kind, health, or the words of its trouble; `state:` is its health.
    pub(crate) fn admits_connector(&self, it: &ConnectorStatus) -> bool {
        self.terms.iter().all(|term| {
            let text = term.text.as_str();
            let holds = match term.field {
                Some(Field::State) => it.health.word().starts_with(text),
                Some(Field::Conn | Field::Id) => it.id.as_str().starts_with(text),
                Some(Field::Kind) => it.kind.starts_with(text),
                Some(_) => false,
                None => {
                    let told = it.probe.as_ref().map(|probe| probe.message.as_str());
                    let words = [it.id.as_str(), it.kind.as_str(), it.health.word()];
                    words.into_iter().chain(told).chain(it.last_error.as_deref()).any(|word| has(word, text))
                        || it.missing().iter().any(|scope| has(scope, text))
                }
            };
            holds != term.not
        })
    }

    /// Whether this step of the offboarding passes: the filter of a plan's steps and of the inbox.
    pub(crate) fn admits_step(&self, offboarding: &Offboarding, planned: &PlannedStep, step: &Step) -> bool {
        self.terms.iter().all(|term| {
            let holds = match term.field {
                Some(field) if field.is_of_steps() => of_step(term, planned, step.state.word()),
                Some(_) => of_person(term, offboarding),
                None => {
                    let text = term.text.as_str();
                    has(&planned.action.to_string(), text)
                        || has(&planned.title, text)
                        || has(step.state.word(), text)
                        || of_person(term, offboarding)
                }
            };
            holds != term.not
        })
    }
}

fn field(name: &str) -> Option<Field> {
    Some(match name {
        "state" => Field::State,
        "conn" => Field::Conn,
        "action" => Field::Action,
        "stage" => Field::Stage,
        "dept" => Field::Dept,
        "kind" => Field::Kind,
        "source" => Field::Source,
        "id" => Field::Id,
        _ => return None,
    })
}

impl Field {
    fn is_of_steps(self) -> bool {
        matches!(self, Self::State | Self::Conn | Self::Action | Self::Stage)
    }
}

fn has(whole: &str, part: &str) -> bool {
    whole.to_lowercase().contains(part)
}

fn of_step(term: &Term, planned: &PlannedStep, state: &str) -> bool {
    match term.field {
        Some(Field::State) => state.starts_with(&term.text),
        _ => of_planned(term, planned),
    }
}

fn of_planned(term: &Term, planned: &PlannedStep) -> bool {
    let text = term.text.as_str();
    match term.field {
        Some(Field::Conn) => planned.action.connector.as_str().starts_with(text),
        Some(Field::Action) => has(&planned.action.to_string(), text),
        Some(Field::Stage) => planned.stage.name().starts_with(text),
        _ => false,
    }
}

/// The word that the row's column says: the phase is never shown beside it, and would be another.
fn of_whole(text: &str, brief: &Brief) -> bool {
    brief.is_held && "legal-hold".starts_with(text) || brief.standing.word().starts_with(text)
}

fn of_person(term: &Term, offboarding: &Offboarding) -> bool {
    let text = term.text.as_str();
    let leaver = offboarding.leaver();
    match term.field {
        Some(Field::Dept) => leaver.department.as_deref().is_some_and(|it| has(it, text)),
        Some(Field::Kind) => traits(leaver).iter().any(|it| it.starts_with(text)),
        Some(Field::Source) => has(&offboarding.notice.source, text),
        Some(Field::Id) => is_the_id(term, offboarding) || text.parse() == Ok(offboarding.id.0),
        _ => {
            has(&leaver.name, text)
                || has(&leaver.email, text)
                || has(&leaver.login, text)
                || leaver.employee_id.as_deref().is_some_and(|it| has(it, text))
                || leaver.department.as_deref().is_some_and(|it| has(it, text))
                || leaver.title.as_deref().is_some_and(|it| has(it, text))
                || is_the_id(term, offboarding)
                || is_a_trait(term, leaver)
        }
    }
}

/// As in `ob-12`.
fn is_the_id(term: &Term, offboarding: &Offboarding) -> bool {
    term.text.strip_prefix("ob-").is_some_and(|number| number.parse() == Ok(offboarding.id.0))
}

fn is_a_trait(term: &Term, leaver: &Leaver) -> bool {
    TRAITS.contains(&term.text.as_str()) && traits(leaver).contains(&term.text.as_str())
}

/// Everything that [`traits`] can say.
const TRAITS: &[&str] = &["employee", "contractor", "privileged", "executive", "involuntary"];

/// What a person is, in the words of the filter.
pub(crate) fn traits(leaver: &Leaver) -> Vec<&'static str> {
    let mut traits = vec![match leaver.kind {
        EmploymentKind::Employee => "employee",
        EmploymentKind::Contractor => "contractor",
    }];
    traits.extend(leaver.privileged.then_some("privileged"));
    traits.extend(leaver.executive.then_some("executive"));
    traits.extend(leaver.involuntary.then_some("involuntary"));
    traits
}
