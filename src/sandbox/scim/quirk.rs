//! The ways in which services depart from the standard.

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Quirk {
    /// None: PATCH with or without a path.
    Plain,
    /// Reads booleans as the words `True` and `False` alone, and writes them so.
    Words,
    /// Refuses a PATCH with a path.
    Pathless,
    /// `active: false` deletes the user, and is answered with 204.
    Deletes,
    /// Says that it has no PATCH; wants the version that a PUT rests on.
    Whole,
    /// Says nothing of what it can, and answers a PATCH with 501.
    PutOnly,
    /// Knows no filter: shows everybody, page by page.
    Unfiltered,
    /// Does not say whether a user is active.
    Silent,
}

impl Quirk {
    pub(crate) const ALL: &[Quirk] = &[
        Quirk::Plain,
        Quirk::Words,
        Quirk::Pathless,
        Quirk::Deletes,
        Quirk::Whole,
        Quirk::PutOnly,
        Quirk::Unfiltered,
        Quirk::Silent,
    ];

    /// Its place in the path.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Quirk::Plain => "plain",
            Quirk::Words => "words",
            Quirk::Pathless => "pathless",
            Quirk::Deletes => "deletes",
            Quirk::Whole => "whole",
            Quirk::PutOnly => "put-only",
            Quirk::Unfiltered => "unfiltered",
            Quirk::Silent => "silent",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Quirk> {
        Quirk::ALL.iter().copied().find(|quirk| quirk.name() == name)
    }

    pub(crate) fn deletes(self) -> bool {
        self == Quirk::Deletes
    }
}
