//! The operator's clipboard, over SSH too: OSC 52 asks the terminal to take a text. Nothing answers.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Terminals drop longer ones.
pub(crate) const LONGEST: usize = 74_000;

/// The escape sequence that puts `text` on the clipboard.
pub(crate) fn osc52(text: &str) -> String {
    format!("\x1b]52;c;{}\x07", STANDARD.encode(text))
}

#[cfg(test)]
mod tests {
    #[test]
    fn nothing_of_the_text_itself_reaches_the_terminal() {
        assert_eq!(super::osc52("a\x1b[2J"), "\x1b]52;c;YRtbMko=\x07");
    }
}
