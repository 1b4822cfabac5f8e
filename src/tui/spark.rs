//! A series in one line.

use super::theme::Theme;

/// One glyph a value, the greatest as high as there is; nothing is blank, and anything shows.
pub(crate) fn line(theme: Theme, values: &[u64]) -> String {
    let most = values.iter().copied().max().unwrap_or(0).max(1);
    let level = |value: &u64| usize::try_from((value * 8).div_ceil(most)).unwrap_or(8);
    values.iter().map(|value| theme.spark(level(value))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greatest_is_full_and_anything_shows() {
        let theme = Theme { colour: false, ascii: false };
        assert_eq!(line(theme, &[0, 1, 400, 800]), " ▁▄█");
        assert_eq!(line(Theme { ascii: true, ..theme }, &[0, 1, 400, 800]), " _-#");
        assert_eq!(line(theme, &[]), "");
        assert_eq!(line(theme, &[0, 0]), "  ");
    }
}
