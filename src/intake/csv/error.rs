//! What is wrong with a file, where, and what to do.

use std::fmt;

use crate::model::HrNotice;

/// More are counted, and not told.
const TOLD_AT_MOST: usize = 50;

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvError {
    /// The line in the file, from 1: where the row begins.
    pub line: u64,
    /// The column's name; `None`: the whole row.
    pub column: Option<String>,
    /// What is wrong, and what to do.
    pub message: String,
}

/// Everything that is wrong with a file. Shows one mistake a line, as `leavers.csv:3: email: …`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvErrors {
    /// The file's name, as it was given.
    pub file: String,
    /// The first 50.
    pub errors: Vec<CsvError>,
    /// How many there are beyond those.
    pub more: usize,
}

impl fmt::Display for CsvErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, error) in self.errors.iter().enumerate() {
            let newline = if place == 0 { "" } else { "\n" };
            write!(f, "{newline}{}:{}: ", self.file, error.line)?;
            if let Some(column) = &error.column {
                write!(f, "{column}: ")?;
            }
            f.write_str(&error.message)?;
        }
        if self.more > 0 {
            write!(f, "\n… and {} more", self.more)?;
        }
        f.write_str("\nnobody was imported")
    }
}

impl std::error::Error for CsvErrors {}

/// The mistakes so far.
pub(super) struct Collected(CsvErrors);

impl Collected {
    pub(super) fn new(file: &str) -> Self {
        Self(CsvErrors { file: file.to_owned(), errors: Vec::new(), more: 0 })
    }

    pub(super) fn add(&mut self, line: u64, column: Option<&str>, message: String) {
        if self.0.errors.len() < TOLD_AT_MOST {
            self.0.errors.push(CsvError { line, column: column.map(str::to_owned), message });
        } else {
            self.0.more += 1;
        }
    }

    pub(super) fn len(&self) -> usize {
        self.0.errors.len() + self.0.more
    }

    pub(super) fn finish(self, notices: Vec<HrNotice>) -> Result<Vec<HrNotice>, CsvErrors> {
        if self.len() == 0 { Ok(notices) } else { Err(self.0) }
    }
}

/// The known word nearest to `word`, or all of them.
pub(super) fn did_you_mean(word: &str, known: &[&str]) -> String {
    let nearest = known.iter().min_by_key(|known| distance(word, known));
    match nearest.filter(|nearest| distance(word, nearest) <= 2.max(nearest.len() / 3)) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => format!("known: {}", known.join(", ")),
    }
}

/// How many letters have to be put in, left out or exchanged to make one word of the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().take(60).enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, to) in b.iter().enumerate() {
            let here = (diagonal + usize::from(from != *to)).min(row[j] + 1).min(row[j + 1] + 1);
            diagonal = std::mem::replace(&mut row[j + 1], here);
        }
    }
    row[b.len()]
}
