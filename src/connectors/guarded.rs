//! Accounts that no step may touch: those kept for emergencies, and the one that a connector itself acts as.

/// The names on a `break_glass` list: ids, addresses or logins.
#[derive(Debug, Clone, Default, serde::Deserialize)]
#[serde(transparent)]
pub struct BreakGlass(Vec<String>);

impl BreakGlass {
    /// Why the account of these names must not be touched, if it must not. `own`: the connector's own identity.
    pub(crate) fn forbids(&self, names: &[&str], own: Option<&str>) -> Option<String> {
        let is = |wanted: &str| names.iter().any(|name| !name.is_empty() && name.eq_ignore_ascii_case(wanted));
        let shown = names.last().copied().unwrap_or_default();
        if own.is_some_and(is) {
            return Some(format!("{shown} is the identity that Nightlatch itself acts as: give it another one first"));
        }
        self.0.iter().any(|name| is(name)).then(|| {
            format!("{shown} is on the break-glass list: take it off the list first, if it is really to be touched")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_identity_and_the_listed_are_forbidden_by_any_name() {
        let list = BreakGlass(vec!["Break.Glass@corp.example".into()]);
        assert!(list.forbids(&["1", "break.glass@corp.example"], None).is_some());
        assert!(list.forbids(&["1", "alfa.doe@corp.example"], Some("1")).is_some());
        assert_eq!(list.forbids(&["2", "alfa.doe@corp.example"], Some("1")), None);
        assert_eq!(list.forbids(&["", "alfa.doe@corp.example"], Some("")), None);
    }
}
