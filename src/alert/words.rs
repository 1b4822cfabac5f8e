//! An alert's words. Names from HR systems and vendors' texts are in them: they are data, never markup.

use crate::model::AlertKind;

/// `PagerDuty`'s severities.
pub(super) fn severity(kind: AlertKind) -> &'static str {
    match kind {
        AlertKind::Flood | AlertKind::Rollback => "critical",
        AlertKind::StepFailed | AlertKind::Credential | AlertKind::Outage => "error",
        AlertKind::StepNeedsHuman | AlertKind::StepAmbiguous => "warning",
    }
}

/// The text on one line, without control characters and marks of direction, cut to `at_most` characters.
pub(super) fn plain(text: &str, at_most: usize) -> String {
    let shown = text.chars().map(|c| if c.is_control() { ' ' } else { c }).filter(|c| !directs(*c));
    let line: String = shown.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= at_most {
        return line;
    }
    line.chars().take(at_most.saturating_sub(1)).chain(['…']).collect()
}

fn directs(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Escapes the three characters with which Slack's markup begins, so that a name cannot call a channel or hide a link.
pub(super) fn slack(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_words_are_only_words() {
        assert_eq!(slack("<!channel> & <https://x|y>"), "&lt;!channel&gt; &amp; &lt;https://x|y&gt;");
        assert_eq!(plain("a\u{1b}[2J\r\n b\u{202e}c\u{0}", 80), "a [2J bc");
        assert_eq!(plain(&"é".repeat(2_000), 1_024).chars().count(), 1_024);
    }
}
