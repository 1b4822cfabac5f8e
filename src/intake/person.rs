//! What HR writes about a person is untrusted text: it is cut to length and checked here, and escaped where it is shown.

use jiff::tz::TimeZone;

/// Characters kept of a name or of any other text.
const TEXT_AT_MOST: usize = 200;

/// Bytes of the longest address that mail can be sent to (RFC 5321, section 4.5.3.1.3, with its erratum).
const EMAIL_AT_MOST: usize = 254;

/// A text as HR wrote it, without spaces around it, cut to length; nothing is nothing.
pub(super) fn text(raw: &str) -> Option<String> {
    let text: String = raw.trim().chars().take(TEXT_AT_MOST).collect();
    (!text.is_empty()).then_some(text)
}

/// An e-mail address in lower case; the error says what is wrong with it.
pub(super) fn email(raw: &str) -> Result<String, &'static str> {
    let email = raw.trim().to_lowercase();
    if email.len() > EMAIL_AT_MOST {
        return Err("is longer than 254 bytes");
    }
    if email.chars().any(|c| c.is_whitespace() || c.is_control() || invisible(c)) {
        return Err("has a space or an invisible character in it");
    }
    if email.chars().any(|c| "\"<>()[]\\,;:".contains(c)) {
        return Err("has a character in it that no work address has");
    }
    let Some((local, domain)) = email.split_once('@') else { return Err("has no @") };
    if domain.contains('@') {
        return Err("has more than one @");
    }
    if local.is_empty() {
        return Err("has nothing before the @");
    }
    let labels_fit = domain.split('.').all(|label| {
        !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-') && !label.starts_with('-')
    });
    if domain.is_empty() || !labels_fit {
        return Err("has no domain after the @");
    }
    Ok(email)
}

/// Joiners, marks of direction and other characters that make two addresses look the same.
fn invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Reads yes and no as people and HR systems write them.
pub(super) fn yes_or_no(raw: &str) -> Option<bool> {
    match raw.trim().to_lowercase().as_str() {
        "yes" | "y" | "true" | "1" | "on" => Some(true),
        "no" | "n" | "false" | "0" | "off" => Some(false),
        _ => None,
    }
}

/// The zone of this IANA name.
pub(super) fn zone(name: &str) -> Option<TimeZone> {
    TimeZone::get(name.trim()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_lowered_and_checked() {
        assert_eq!(email(" Alfa.O'Doe+x@Corp.Example "), Ok("alfa.o'doe+x@corp.example".to_owned()));
        for (bad, why) in [
            ("alfa", "no @"),
            ("a@b@corp.example", "more than one"),
            ("@corp.example", "before"),
            ("alfa@", "domain"),
            ("alfa@corp..example", "domain"),
            ("alfa@-corp.example", "domain"),
            ("alfa@corp.example/../x", "domain"),
            ("alfa doe@corp.example", "space"),
            ("alfa\u{1b}[31m@corp.example", "invisible"),
            ("alfa\u{202e}@corp.example", "invisible"),
            ("alfa\n@corp.example", "space"),
            ("<alfa@corp.example>", "no work address"),
        ] {
            assert!(email(bad).unwrap_err().contains(why), "{bad:?}: {:?}", email(bad));
        }
        assert!(email(&format!("{}@corp.example", "a".repeat(300))).unwrap_err().contains("254"));
    }

    #[test]
    fn a_long_name_is_cut_between_characters() {
        assert_eq!(text(&"é".repeat(10_000)).unwrap().chars().count(), 200);
        assert_eq!(text(" \t "), None);
    }
}
