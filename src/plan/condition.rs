//! A rule's `when`: an expression over the leaver.

use std::sync::LazyLock;

use minijinja::{Environment, UndefinedBehavior, Value, context};

use crate::model::{EmploymentKind, Leaver};

/// What a condition may ask of the leaver. What HR did not say is the empty text.
const NAMES: [&str; 12] = [
    "country",
    "department",
    "email",
    "employee_id",
    "executive",
    "involuntary",
    "login",
    "manager",
    "name",
    "privileged",
    "title",
    "type",
];

/// Checks what can be checked without the leaver: syntax, names, and that it can be decided.
pub(super) fn check(expression: &str) -> Result<(), String> {
    let compiled = ENVIRONMENT.compile_expression(expression).map_err(|error| in_words(&error))?;
    let mut unknown: Vec<String> =
        compiled.undeclared_variables(false).into_iter().filter(|name| !NAMES.contains(&name.as_str())).collect();
    unknown.sort();
    if let Some(name) = unknown.first() {
        return Err(format!("`{name}` is nothing that is known of a leaver: there are {}", NAMES.join(", ")));
    }
    holds(expression, &Leaver::from_email("alfa.doe@corp.example")).map(|_| ())
}

/// Whether it holds for this leaver.
pub(super) fn holds(expression: &str, leaver: &Leaver) -> Result<bool, String> {
    let compiled = ENVIRONMENT.compile_expression(expression).map_err(|error| in_words(&error))?;
    compiled.eval(facts(leaver)).map(|value| value.is_true()).map_err(|error| in_words(&error))
}

static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment
});

fn facts(leaver: &Leaver) -> Value {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let kind = match leaver.kind {
        EmploymentKind::Employee => "employee",
        EmploymentKind::Contractor => "contractor",
    };
    context! {
        country => text(&leaver.country),
        department => text(&leaver.department),
        email => &leaver.email,
        employee_id => text(&leaver.employee_id),
        executive => leaver.executive,
        involuntary => leaver.involuntary,
        login => &leaver.login,
        manager => text(&leaver.manager),
        name => &leaver.name,
        privileged => leaver.privileged,
        title => text(&leaver.title),
        type => kind,
    }
}

/// Without the made-up file name that minijinja adds.
fn in_words(error: &minijinja::Error) -> String {
    error.detail().map_or_else(|| error.kind().to_string(), |detail| format!("{}: {detail}", error.kind()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_ask_for_what_is_known_of_a_leaver() {
        let mut leaver = Leaver::from_email("alfa.doe@corp.example");
        assert_eq!(holds("type == 'contractor' or executive", &leaver), Ok(false));
        leaver.executive = true;
        assert_eq!(holds("type == 'contractor' or executive", &leaver), Ok(true));
        assert_eq!(holds("department == ''", &leaver), Ok(true));
        assert_eq!(holds("'Head' in title", &leaver), Ok(false));
        leaver.department = Some("Sales".into());
        assert_eq!(holds("department | lower in ['sales', 'finance']", &leaver), Ok(true));
    }

    #[test]
    fn a_misspelt_name_and_a_comparison_that_cannot_be_made_are_found_early() {
        assert!(check("departmnt == 'x'").unwrap_err().contains("`departmnt` is nothing that is known"));
        assert!(check("department ==").is_err());
        assert!(check("department | nosuchfilter").is_err());
        assert!(check("department.x.y == 1").is_err());
        assert_eq!(check("privileged and not involuntary"), Ok(()));
    }

    #[test]
    fn every_name_can_be_asked_for() {
        for name in NAMES {
            assert!(holds(&format!("{name} is defined"), &Leaver::from_email("a@b")).unwrap(), "{name}");
        }
    }
}
