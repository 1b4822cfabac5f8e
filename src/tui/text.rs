//! Text from outside: made harmless, cut, and fitted by display width.
//!
//! Names, vendors' words and reasons come from systems that a leaver may have written to. Whatever could move the
//! cursor, reorder the line or hide itself is shown escaped.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// So many characters of one text are shown; the rest is cut with a mark.
const LONGEST: usize = 2_000;

/// More marks than this on one letter are dropped: a pile of them would paint over the lines above.
const MARKS: usize = 2;

/// Between lines that stand on one.
const JOINED: &str = " / ";

/// One harmless line, cut where it is too long to be read.
pub(crate) fn clean(text: &str) -> String {
    let (shown, mark) = readable(text);
    escaped(shown) + mark
}

/// What a person wrote on several lines, harmless, its line ends kept: for where there is room for them.
pub(crate) fn clean_lines(text: &str) -> String {
    let (shown, mark) = readable(text);
    let ends = shown.replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<_> = ends.trim_end().split('\n').map(escaped).collect();
    lines.join("\n") + mark
}

/// The same on one line.
pub(crate) fn joined(text: &str) -> String {
    let lines = clean_lines(text);
    let lines: Vec<_> = lines.lines().map(str::trim).filter(|it| !it.is_empty()).collect();
    lines.join(JOINED)
}

/// As much of it as is read, and the mark of what is cut.
fn readable(text: &str) -> (&str, &'static str) {
    text.char_indices().nth(LONGEST).map_or((text, ""), |(end, _)| (&text[..end], "…"))
}

/// One harmless line, whole.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut marks = 0;
    let mut before = None;
    for c in text.chars() {
        if is_harmful(c) || before.is_some_and(|it| is_swallowed(it, c)) {
            out.extend(c.escape_default());
            marks = 0;
        } else if c.width() == Some(0) {
            marks += 1;
            if marks <= MARKS && !out.is_empty() {
                out.push(c);
            }
        } else {
            marks = 0;
            out.push(c);
        }
        before = Some(c);
    }
    out
}

/// Whether a joiner before it makes some terminals draw the letter in no column of its own, and others in one.
fn is_swallowed(joiner: char, c: char) -> bool {
    joiner.width() == Some(0) && c.width() > [joiner, c].iter().collect::<String>().as_str().width().into()
}

/// Controls, line ends, bidi marks and isolates, and what Unicode calls default ignorable or a format character: it
/// shows nothing, or changes what its neighbours show. Skin tones too: terminals disagree whether they take room.
fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}' | '\u{891}' | '\u{8e2}'
            | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{13455}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0000}'..='\u{e0fff}')
}

/// Columns that it takes: letter by letter, as terminals count. (As a whole, Arabic ligatures would count less.)
pub(crate) fn width(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// At most `width` columns of it; what was cut ends in `…`.
pub(crate) fn fit(text: &str, width: usize) -> String {
    if self::width(text) <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 0;
    for c in text.chars() {
        let w = c.width().unwrap_or(0);
        if used + w + 1 > width {
            break;
        }
        out.push(c);
        used += w;
    }
    if width > 0 {
        out.push('…');
    }
    out
}

/// Exactly `width` columns of it, filled with blanks on the right.
pub(crate) fn pad(text: &str, width: usize) -> String {
    let mut out = fit(text, width);
    let used = self::width(&out);
    out.extend(std::iter::repeat_n(' ', width.saturating_sub(used)));
    out
}

/// Exactly `width` columns of it, filled with blanks on the left.
pub(crate) fn pad_left(text: &str, width: usize) -> String {
    let fitted = fit(text, width);
    let mut out = " ".repeat(width.saturating_sub(self::width(&fitted)));
    out.push_str(&fitted);
    out
}

/// Lines of at most `width` columns, broken at line ends, and at blanks where there are any.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    text.split('\n').flat_map(|line| wrap_line(line, width.max(1))).collect()
}

/// One line of a text whose indent says what belongs to what, harmless: what is continued stands under it.
pub(crate) fn wrap_indented(line: &str, width: usize) -> Vec<String> {
    let text = line.trim_start();
    let indent = line[..line.len() - text.len()].chars().count().min(width / 2);
    let parts = wrap(&clean(text), width.saturating_sub(indent)).into_iter();
    parts.map(|part| " ".repeat(indent) + &part).collect()
}

fn wrap_line(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let (mut line, mut used) = (String::new(), 0);
    for word in text.split(' ') {
        let (gap, wide) = (usize::from(!line.is_empty()), self::width(word));
        if used + gap + wide <= width {
            if gap == 1 {
                line.push(' ');
            }
            line.push_str(word);
            used += gap + wide;
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        for c in word.chars() {
            let wide = c.width().unwrap_or(0);
            if used + wide > width {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            line.push(c);
            used += wide;
        }
    }
    lines.push(line);
    lines
}

/// A count as columns; more than a terminal has is as many as it has.
pub(crate) fn cells(n: usize) -> u16 {
    u16::try_from(n).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_moves_reorders_or_hides() {
        for (given, shown) in [
            ("\u{1b}[31mred", "\\u{1b}[31mred"),
            ("a\nb\tc", "a\\nb\\tc"),
            ("Alfa\u{202e}eoD", "Alfa\\u{202e}eoD"),
            ("x\u{2066}y\u{2069}", "x\\u{2066}y\\u{2069}"),
            ("\u{9b}2J", "\\u{9b}2J"),
            ("zero\u{200b}width", "zero\\u{200b}width"),
            ("Zoë 東京", "Zoë 東京"),
            ("a\u{1b}]52;c;eA==\u{7}b", "a\\u{1b}]52;c;eA==\\u{7}b"),
            ("👩\u{200d}👧", "👩\\u{200d}👧"),
            ("👍🏽", "👍\\u{1f3fd}"),
            ("❤\u{fe0f}", "❤\\u{fe0f}"),
            ("\u{3164}\u{e0041}", "\\u{3164}\\u{e0041}"),
        ] {
            assert_eq!(clean(given), shown);
        }
    }

    #[test]
    fn cuts_what_is_too_long_and_piles_of_marks() {
        let long = clean(&"x".repeat(10_000));
        assert_eq!(long.chars().count(), LONGEST + 1);
        assert!(long.ends_with('…'));
        let zalgo = format!("a{}b", "\u{301}".repeat(50));
        assert_eq!(clean(&zalgo).chars().count(), 2 + MARKS);
    }

    #[test]
    fn fits_by_columns_not_by_characters() {
        assert_eq!(fit("東京都庁", 5), "東京…");
        assert_eq!(pad("東京都庁", 6), "東京… ");
        assert_eq!(pad("ab", 4), "ab  ");
        assert_eq!(pad_left("ab", 4), "  ab");
        assert_eq!(fit("abc", 0), "");
        for given in ["東京都庁", "abcdef", ""] {
            for columns in 0..8 {
                assert_eq!(width(&pad(given, columns)), columns);
            }
        }
    }

    #[test]
    fn counts_letters_as_terminals_do() {
        // U+0644 U+0627 is one ligature, in two columns.
        assert_eq!(width("صلاح"), 4);
        assert_eq!(width("한\u{1112}\u{1161}\u{11ab}"), 4);
        assert_eq!(width("a\u{301}"), 1);
        // The sign between the two swallows the second, where it is known to.
        assert_eq!(clean("\u{1781}\u{17d2}\u{1798}"), "\u{1781}\u{17d2}\\u{1798}");
        assert_eq!(clean("a\u{301}b"), "a\u{301}b");
    }

    #[test]
    fn wraps_at_blanks_and_breaks_what_has_none() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrap("one two\nthree", 20), ["one two", "three"]);
        assert_eq!(wrap_indented("  one two three", 10), ["  one two", "  three"]);
        assert_eq!(wrap_indented(&" ".repeat(90), 10), ["     "]);
    }

    #[test]
    fn several_lines_stay_or_are_joined_and_are_harmless_both_ways() {
        let given = "laptop\r\nat the desk\u{1b}[2J\n\n\u{202e}end\n";
        assert_eq!(clean_lines(given), "laptop\nat the desk\\u{1b}[2J\n\n\\u{202e}end");
        assert_eq!(joined(given), "laptop / at the desk\\u{1b}[2J / \\u{202e}end");
        assert_eq!(joined("one line"), "one line");
        assert!(clean_lines(&"x\n".repeat(LONGEST)).ends_with('…'));
    }
}
