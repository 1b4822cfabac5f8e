//! Text that came from elsewhere, made safe for a terminal, and lined up.

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Whether a character moves the cursor, turns the text round, or is not seen: what a name may not do to a terminal.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The text with hidden characters written out, as in `\u{1b}`.
pub(super) fn clean(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            c if is_hidden(c) => {
                let _ = write!(shown, "\\u{{{:x}}}", u32::from(c));
            }
            c => shown.push(c),
        }
    }
    Cow::Owned(shown)
}

/// The text with each of its lines made safe: an error of several lines stays one of several lines.
pub(super) fn clean_lines(text: &str) -> String {
    text.lines().map(clean).collect::<Vec<_>>().join("\n")
}

/// JSON with hidden characters written as JSON's own escapes: the same value, harmless to look at.
pub(super) fn json_for_terminal(json: &str) -> Cow<'_, str> {
    if !json.contains(is_hidden) {
        return Cow::Borrowed(json);
    }
    let mut escaped = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if is_hidden(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        } else {
            escaped.push(c);
        }
    }
    Cow::Owned(escaped)
}

/// The text cut to a display width, with a mark where it was cut.
pub(super) fn cut(text: &str, width: usize, mark: &str) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let room = width.saturating_sub(mark.width());
    let mut kept = String::with_capacity(text.len());
    let mut used = 0;
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > room {
            break;
        }
        kept.push(c);
    }
    kept.push_str(mark);
    kept
}

/// Rows under a heading. Columns are as wide as their widest cell; where the whole is too wide, the elastic ones give.
pub(super) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<String>>,
}

struct Column {
    heading: &'static str,
    right: bool,
    elastic: bool,
}

/// The narrowest that an elastic column gets.
const NARROWEST: usize = 8;

impl Table {
    /// A table. A heading that begins with `>` is of a column flush right, one with `~` of a column that may be cut.
    pub(super) fn new(headings: &[&'static str]) -> Self {
        let column = |heading: &&'static str| Column {
            heading: heading.trim_start_matches(['>', '~']),
            right: heading.starts_with('>'),
            elastic: heading.starts_with('~'),
        };
        Self { columns: headings.iter().map(column).collect(), rows: Vec::new() }
    }

    /// Adds a row; its cells are made safe.
    pub(super) fn row<const N: usize>(&mut self, cells: [&str; N]) {
        self.rows.push(cells.iter().map(|cell| clean(cell).into_owned()).collect());
    }

    /// The lines, no wider than `width` if the elastic columns can give so much.
    pub(super) fn lines(&self, width: Option<usize>, mark: &str) -> String {
        let mut widths: Vec<usize> = self.columns.iter().map(|column| column.heading.width()).collect();
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.width());
            }
        }
        if let Some(limit) = width {
            self.narrow(&mut widths, limit);
        }
        let mut lines = String::new();
        let headings: Vec<String> = self.columns.iter().map(|column| column.heading.to_owned()).collect();
        for row in std::iter::once(&headings).chain(&self.rows) {
            let mut line = String::new();
            for ((column, cell), width) in self.columns.iter().zip(row).zip(&widths) {
                let cell = cut(cell, *width, mark);
                let padding = " ".repeat(width - cell.width().min(*width));
                if !line.is_empty() {
                    line.push_str("  ");
                }
                let (before, after) = if column.right { (padding.as_str(), "") } else { ("", padding.as_str()) };
                line.push_str(before);
                line.push_str(&cell);
                line.push_str(after);
            }
            lines.push_str(line.trim_end());
            lines.push('\n');
        }
        lines
    }

    fn narrow(&self, widths: &mut [usize], limit: usize) {
        loop {
            let whole: usize = widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1);
            let elastic = self.columns.iter().enumerate().filter(|(at, it)| it.elastic && widths[*at] > NARROWEST);
            let Some((widest, _)) = elastic.max_by_key(|(at, _)| widths[*at]) else { return };
            if whole <= limit {
                return;
            }
            widths[widest] -= 1;
        }
    }
}

/// A length of time, as short as it can be read: `812 ms`, `4.2 s`, `3 m 12 s`, `2 h 5 m`, `3 d 4 h`.
pub(super) fn span(ms: u64) -> String {
    let s = ms / 1_000;
    match s {
        0 => format!("{ms} ms"),
        1..60 => format!("{}.{} s", s, ms % 1_000 / 100),
        60..3_600 => format!("{} m {} s", s / 60, s % 60),
        3_600..86_400 => format!("{} h {} m", s / 3_600, s % 3_600 / 60),
        _ => format!("{} d {} h", s / 86_400, s % 86_400 / 3_600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_deceive_is_written_out() {
        assert_eq!(clean("Alfa Doe"), "Alfa Doe");
        assert_eq!(clean("a\u{1b}[2Jb\u{202e}c\nd\u{9b}"), "a\\u{1b}[2Jb\\u{202e}c\\nd\\u{9b}");
        assert_eq!(clean_lines("a\u{1b}\r\nb\rc\n"), "a\\u{1b}\nb\\rc");
        let json = serde_json::to_string("a\u{9b}\u{202e}\u{e0041}").unwrap();
        let safe = json_for_terminal(&json);
        assert_eq!(safe, r#""a\u009b\u202e\udb40\udc41""#);
        assert_eq!(serde_json::from_str::<String>(&safe).unwrap(), "a\u{9b}\u{202e}\u{e0041}");
    }

    #[test]
    fn wide_characters_line_up_and_are_cut_by_what_they_take() {
        assert_eq!(cut("日本語テスト", 7, "…"), "日本語…");
        let mut table = Table::new(&["ID", "~NAME", ">N"]);
        table.row(["ob-1", "日本", "7"]);
        table.row(["ob-22", "a name that is long", "10"]);
        assert_eq!(
            table.lines(None, "…"),
            "ID     NAME                  N\nob-1   日本                  7\nob-22  a name that is long  10\n"
        );
        assert_eq!(table.lines(Some(20), "~"), "ID     NAME        N\nob-1   日本        7\nob-22  a name t~  10\n");
    }

    #[test]
    fn a_span_is_short() {
        let told = [812, 4_250, 192_000, 7_500_000, 273_600_000].map(span);
        assert_eq!(told, ["812 ms", "4.2 s", "3 m 12 s", "2 h 5 m", "3 d 4 h"]);
    }
}
