//! Takes secrets out of texts that are shown or kept.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use crate::vault::Secret;

/// Longest text that is kept of a vendor's words, in characters.
const KEPT: usize = 300;

/// What tokens begin with: whatever goes on like one is masked, also if it is nobody's we know.
const MARKS: [&str; 16] = [
    "xoxb-",
    "xoxp-",
    "xoxe-",
    "xoxa-",
    "xapp-",
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "eyJ",
    "ya29.",
    "AKIA",
    "-----BEGIN",
];

/// Words after which the next word is a credential.
const SCHEMES: [&str; 5] = ["bearer ", "ssws ", "dpop ", "basic ", "password="];

/// Whether any of them is in a text, whatever its case: most texts hold none.
static SUSPICIOUS: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let all = MARKS.iter().chain(&SCHEMES);
    AhoCorasick::builder().ascii_case_insensitive(true).build(all).unwrap_or_else(|_| unreachable!("21 short words"))
});

/// One line without control characters, secrets shown as `***`, cut to 300 characters.
pub(crate) fn masked(text: &str, hidden: &[Secret]) -> String {
    let mut line = one_line(text);
    for secret in hidden.iter().map(Secret::expose).filter(|secret| secret.len() >= 4) {
        line = line.replace(secret, "***");
    }
    if SUSPICIOUS.is_match(&line) {
        for mark in MARKS {
            line = blot(&line, mark, false);
        }
        for scheme in SCHEMES {
            line = blot(&line, scheme, true);
        }
    }
    cut(line)
}

/// Replaces what follows each `mark` up to the word's end, if it is long enough to be a token.
fn blot(line: &str, mark: &str, keep_mark: bool) -> String {
    let lower = line.to_ascii_lowercase();
    let wanted = mark.to_ascii_lowercase();
    let (mut out, mut at) = (String::new(), 0);
    while let Some(found) = lower[at..].find(&wanted) {
        let start = at + found;
        let after = start + mark.len();
        let exact = keep_mark || line[start..].starts_with(mark);
        let length = line[after..].find(|c: char| !(c.is_ascii_alphanumeric() || "-_.=+/~".contains(c)));
        let end = length.map_or(line.len(), |length| after + length);
        let token = exact && (end - after >= 8 || !keep_mark && end > after);
        out.push_str(&line[at..if keep_mark || !token { after } else { start }]);
        if token {
            out.push_str("***");
            at = end;
        } else {
            at = after;
        }
    }
    out.push_str(&line[at..]);
    out
}

fn one_line(text: &str) -> String {
    let spaced: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn cut(line: String) -> String {
    if line.chars().count() <= KEPT {
        return line;
    }
    line.chars().take(KEPT - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_secrets_and_things_like_tokens_are_blotted() {
        let secret = [Secret::new("hunter2hunter2")];
        let cases = [
            ("pass hunter2hunter2 here", "pass *** here"),
            ("token xoxp-12-abc is bad", "token *** is bad"),
            ("got Bearer abcdefghijk, sorry", "got Bearer ***, sorry"),
            ("Bearer token is missing", "Bearer token is missing"),
            ("SSWS 00abcdefghij", "SSWS ***"),
            ("a\n\tb\u{1b}[31m", "a b [31m"),
            ("Zufällig ünïcode ghp_AbC123", "Zufällig ünïcode ***"),
        ];
        for (text, wanted) in cases {
            assert_eq!(masked(text, &secret), wanted);
        }
    }

    #[test]
    fn long_words_are_cut_at_a_character() {
        let long = masked(&"ü".repeat(1_000), &[]);
        assert_eq!((long.chars().count(), long.ends_with('…')), (300, true));
    }
}
