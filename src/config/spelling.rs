//! Turns what the TOML reader says into what a person can act on, without repeating values.

/// What is wrong, and the cure. `others`: known keys that the message does not name.
pub(super) fn in_words(message: &str, others: &[&str]) -> (String, String) {
    if let Some(rest) = message.strip_prefix("unknown field ") {
        let (key, mut known) = split_named(rest);
        known.extend(others);
        return (format!("unknown key `{key}`"), suggest(key, &known, "keys"));
    }
    if let Some(rest) = message.strip_prefix("unknown variant ") {
        let (value, known) = split_named(rest);
        return ("unknown value".to_owned(), suggest(value, &known, "values"));
    }
    if let Some(rest) = message.strip_prefix("missing field ") {
        let key = rest.trim_matches('`');
        return (format!("the key `{key}` is missing"), format!("add `{key} = …`"));
    }
    for (prefix, told) in [("invalid type: ", "wrong type: "), ("invalid value: ", "wrong value: ")] {
        if let Some(rest) = message.strip_prefix(prefix) {
            let found = without_value(rest);
            let one_of_a_list = !found.starts_with("sequence") && found.ends_with("expected a sequence");
            let cure = if one_of_a_list { "put it in `[ ]`" } else { "" };
            return (format!("{told}{found}"), cure.to_owned());
        }
    }
    (message.trim_end().to_owned(), String::new())
}

/// The cure for a word that is not among the known ones.
pub(super) fn suggest(word: &str, known: &[&str], kind: &str) -> String {
    if known.is_empty() {
        return format!("no {kind} are known here");
    }
    let list = format!("known {kind}: {}", known.join(", "));
    match nearest(word, known) {
        Some(near) => format!("did you mean `{near}`? ({list})"),
        None => list,
    }
}

/// `string "hunter2", expected u32` without what was found: it may be a secret in the wrong place.
fn without_value(told: &str) -> String {
    let Some((found, expected)) = told.rsplit_once(", expected ") else { return told.to_owned() };
    let kind = found.split(['"', '`']).next().unwrap_or_default().trim();
    format!("{kind}, expected {expected}")
}

/// Takes "`a`, expected one of `b`, `c`" apart.
fn split_named(told: &str) -> (&str, Vec<&str>) {
    let (word, rest) = told.split_once(", ").unwrap_or((told, ""));
    let known = rest.split('`').skip(1).step_by(2).collect();
    (word.trim_matches('`'), known)
}

fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    known
        .iter()
        .map(|candidate| (distance(word, candidate), *candidate))
        .filter(|(distance, candidate)| *distance * 3 <= candidate.len().max(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// How many letters to add, drop or change (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.chars().enumerate() {
            let above = row[j + 1];
            row[j + 1] = if x == y { diagonal } else { 1 + diagonal.min(above).min(row[j]) };
            diagonal = above;
        }
    }
    row[b.chars().count()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_miss_is_named_and_a_far_one_is_not() {
        assert_eq!(nearest("quarantin", &["quarantine", "deadline"]), Some("quarantine"));
        assert_eq!(nearest("colour", &["quarantine", "deadline"]), None);
    }

    #[test]
    fn a_value_of_the_wrong_type_is_not_repeated() {
        let (what, _) = in_words("invalid type: string \"hunter2, expected\", expected u32", &[]);
        assert_eq!(what, "wrong type: string, expected u32");
        let (what, _) = in_words("invalid type: integer `42`, expected a string", &[]);
        assert_eq!(what, "wrong type: integer, expected a string");
        let (what, cure) = in_words("invalid type: map, expected a sequence", &[]);
        assert_eq!((what.as_str(), cure.as_str()), ("wrong type: map, expected a sequence", "put it in `[ ]`"));
    }
}
