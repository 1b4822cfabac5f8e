//! SOQL, in which a text from outside can only ever be one literal.

/// A string literal: quotes, backslashes and control characters escaped (SOQL and SOSL Reference, "Quoted String Escape
/// Sequences").
pub(super) fn quoted(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push('\'');
    for letter in text.chars() {
        match letter {
            '\'' | '"' | '\\' => literal.extend(['\\', letter]),
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            other => literal.push(other),
        }
    }
    literal.push('\'');
    literal
}

/// Whether it can be a user's id: `005`, and 15 or 18 characters in all. Anything else would be refused as a query.
pub(super) fn is_user_id(id: &str) -> bool {
    matches!(id.len(), 15 | 18) && id.starts_with("005") && id.chars().all(|letter| letter.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn soql_is_escaped_so_that_an_apostrophe_ends_nothing() {
        assert_eq!(quoted("o'brien@corp.example"), r"'o\'brien@corp.example'");
        assert_eq!(quoted(r"a\' OR Id != '"), r"'a\\\' OR Id != \''");
        assert_eq!(quoted("a\nb"), r"'a\nb'");
    }

    #[test]
    fn a_user_id_has_15_or_18_characters() {
        assert!(is_user_id("005000000000001") && is_user_id("005000000000001AAA"));
        assert!(!is_user_id("001000000000001") && !is_user_id("0050000000") && !is_user_id("005' OR Id='005"));
    }
}
