//! The filter: words to find, fields to match, `!` to turn a term around.
//!
//! `doe state:failed conn:okta !contractor`: all terms must hold. `state:` and `conn:` are asked of one and the same
//! step, so that the example shows people whose Okta step failed.

use jiff::tz::TimeZone;

use super::standing::Standing;
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
                terms.push(Term { not, field, text: value.to_lowercase() });
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

    /// Whether the offboarding passes.
    pub(crate) fn admits(&self, offboarding: &Offboarding) -> bool {
        if self.terms.is_empty() {
            return true;
        }
        let about_steps = |term: &&Term| term.field.is_some_and(Field::is_of_steps);
        let (wanted, rest): (Vec<_>, Vec<_>) = self.terms.iter().partition(|term| !term.not && about_steps(term));
        let steps = || offboarding.plan.steps.iter().zip(&offboarding.steps);
        let (states, others): (Vec<&Term>, Vec<&Term>) =
            wanted.iter().copied().partition(|term| term.field == Some(Field::State));
        // A state can be a step's, or the whole's: then the other fields may be of any step.
        let one_step = wanted.is_empty()
            || steps().any(|(planned, step)| wanted.iter().all(|term| of_step(term, planned, step)))
            || !states.is_empty()
                && states.iter().all(|term| of_whole(&term.text, offboarding))
                && (others.is_empty()
                    || steps().any(|(planned, step)| others.iter().all(|term| of_step(term, planned, step))));
        one_step
            && rest.iter().all(|term| {
                let holds = if about_steps(term) {
                    of_whole(&term.text, offboarding) && term.field == Some(Field::State)
                        || steps().any(|(planned, step)| of_step(term, planned, step))
                } else {
                    of_person(term, offboarding)
                };
                holds != term.not
            })
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
                Some(field) if field.is_of_steps() => of_step(term, planned, step),
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

fn of_step(term: &Term, planned: &PlannedStep, step: &Step) -> bool {
    let text = term.text.as_str();
    match term.field {
        Some(Field::State) => step.state.word().starts_with(text),
        Some(Field::Conn) => planned.action.connector.as_str().starts_with(text),
        Some(Field::Action) => has(&planned.action.to_string(), text),
        Some(Field::Stage) => planned.stage.name().starts_with(text),
        _ => false,
    }
}

fn of_whole(text: &str, offboarding: &Offboarding) -> bool {
    offboarding.legal_hold.is_some() && "legal-hold".starts_with(text)
        || offboarding.phase.word().starts_with(text)
        || Standing::of(offboarding).word().starts_with(text)
}

fn of_person(term: &Term, offboarding: &Offboarding) -> bool {
    let text = term.text.as_str();
    let leaver = offboarding.leaver();
    match term.field {
        Some(Field::Dept) => leaver.department.as_deref().is_some_and(|it| has(it, text)),
        Some(Field::Kind) => traits(leaver).iter().any(|it| it.starts_with(text)),
        Some(Field::Source) => has(&offboarding.notice.source, text),
        Some(Field::Id) => offboarding.id.to_string() == text || offboarding.id.0.to_string() == text,
        _ => {
            has(&leaver.name, text)
                || has(&leaver.email, text)
                || has(&leaver.login, text)
                || leaver.employee_id.as_deref().is_some_and(|it| has(it, text))
                || leaver.department.as_deref().is_some_and(|it| has(it, text))
                || leaver.title.as_deref().is_some_and(|it| has(it, text))
                || offboarding.id.to_string() == text
                || traits(leaver).contains(&text)
        }
    }
}

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
