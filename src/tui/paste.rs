//! What a terminal hands over as pasted, as plain text.

use std::iter::Peekable;
use std::str::Chars;

use super::text;

/// What stands for a tab.
const TAB: &str = "    ";

/// The lines of a paste, harmless: terminals send a carriage return between them. Escape sequences and other controls
/// go, for nobody means them; what could deceive is written out.
pub(crate) fn lines(pasted: &str) -> Vec<String> {
    let mut plain = String::with_capacity(pasted.len());
    let mut chars = pasted.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' => {
                chars.next_if_eq(&'\n');
                plain.push('\n');
            }
            '\n' => plain.push('\n'),
            '\t' => plain.push_str(TAB),
            '\u{1b}' => match chars.next_if(|it| !it.is_control()) {
                Some('[') => skip_parameters(&mut chars),
                Some(']' | 'P' | 'X' | '^' | '_') => skip_string(&mut chars),
                _ => {}
            },
            '\u{9b}' => skip_parameters(&mut chars),
            '\u{90}' | '\u{98}' | '\u{9d}'..='\u{9f}' => skip_string(&mut chars),
            c if c.is_control() => {}
            c => plain.push(c),
        }
    }
    plain.split('\n').map(text::escaped).collect()
}

/// Up to the letter that ends a control sequence. A line end is no part of one: what follows it is somebody's text.
fn skip_parameters(chars: &mut Peekable<Chars<'_>>) {
    while chars.next_if(|it| matches!(it, ' '..='?')).is_some() {}
    chars.next_if(|it| matches!(it, '@'..='~'));
}

/// Up to the end of a control string; a line end ends one that was never closed.
fn skip_string(chars: &mut Peekable<Chars<'_>>) {
    while let Some(c) = chars.next_if(|it| !matches!(it, '\r' | '\n')) {
        match c {
            '\u{7}' | '\u{9c}' => return,
            '\u{1b}' => {
                chars.next_if_eq(&'\\');
                return;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_as_terminals_and_files_end_them() {
        assert_eq!(lines("one\rtwo\r\nthree\nfour"), ["one", "two", "three", "four"]);
        assert_eq!(lines("one\r\r\ntwo\n"), ["one", "", "two", ""]);
        assert_eq!(lines("a\tb"), ["a    b"]);
    }

    #[test]
    fn no_control_is_left_not_even_as_letters() {
        for (pasted, left) in [
            ("red \u{1b}[1;31mtext\u{1b}[0m", "red text"),
            ("a\u{1b}]52;c;eA==\u{7}b", "ab"),
            ("a\u{1b}]0;title\u{1b}\\b", "ab"),
            ("a\u{9b}2Jb\u{9d}0;x\u{9c}c", "abc"),
            ("a\u{1b}cb", "ab"),
            ("a\u{0}\u{8}\u{7f}b\u{1b}", "ab"),
        ] {
            assert_eq!(lines(pasted), [left]);
        }
        assert_eq!(lines("a\u{1b}[3\rb"), ["a", "b"], "a sequence that is torn takes no line with it");
        assert_eq!(lines("a\u{1b}]0;x\rb"), ["a", "b"]);
    }

    #[test]
    fn what_could_deceive_is_written_out() {
        assert_eq!(lines("Alfa\u{202e}eoD"), ["Alfa\\u{202e}eoD"]);
    }
}
