//! Colours as people write them, and what is left of them on a terminal that has 16.

use ratatui::style::{Color, Modifier, Style};

/// How many colours the terminal offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    /// None: `NO_COLOR` is set.
    None,
    /// The 16 that every terminal has.
    Sixteen,
    /// RGB.
    Full,
}

impl Depth {
    /// By the values of `NO_COLOR` (any that is not empty wins) and `COLORTERM`.
    pub(crate) fn offered(no_color: Option<&str>, colorterm: Option<&str>) -> Self {
        if no_color.is_some_and(|it| !it.is_empty()) {
            return Self::None;
        }
        match colorterm {
            Some("truecolor" | "24bit") => Self::Full,
            _ => Self::Sixteen,
        }
    }
}

/// The 16 colours: name, how the terminal is told, and what xterm shows unless it is told otherwise.
pub(crate) const XTERM: [(&str, Color, [u8; 3]); 16] = [
    ("black", Color::Black, [0, 0, 0]),
    ("red", Color::Red, [205, 0, 0]),
    ("green", Color::Green, [0, 205, 0]),
    ("yellow", Color::Yellow, [205, 205, 0]),
    ("blue", Color::Blue, [0, 0, 238]),
    ("magenta", Color::Magenta, [205, 0, 205]),
    ("cyan", Color::Cyan, [0, 205, 205]),
    ("white", Color::Gray, [229, 229, 229]),
    ("bright-black", Color::DarkGray, [127, 127, 127]),
    ("bright-red", Color::LightRed, [255, 0, 0]),
    ("bright-green", Color::LightGreen, [0, 255, 0]),
    ("bright-yellow", Color::LightYellow, [255, 255, 0]),
    ("bright-blue", Color::LightBlue, [92, 92, 255]),
    ("bright-magenta", Color::LightMagenta, [255, 0, 255]),
    ("bright-cyan", Color::LightCyan, [0, 255, 255]),
    ("bright-white", Color::White, [255, 255, 255]),
];

/// Reads `green`, `bright-blue` or `#d55e00`.
pub(super) fn parse(word: &str) -> Option<Color> {
    if let Some((_, colour, _)) = XTERM.iter().find(|(name, ..)| *name == word) {
        return Some(*colour);
    }
    let digits = word.strip_prefix('#').filter(|it| it.len() == 6 && it.bytes().all(|b| b.is_ascii_hexdigit()))?;
    let [_, r, g, b] = u32::from_str_radix(digits, 16).ok()?.to_be_bytes();
    Some(Color::Rgb(r, g, b))
}

/// What the colour is made of, for one of the 16 as xterm shows it; `None`: the terminal's own choice.
pub(crate) fn rgb(colour: Color) -> Option<[u8; 3]> {
    match colour {
        Color::Rgb(r, g, b) => Some([r, g, b]),
        named => XTERM.iter().find(|(_, it, _)| *it == named).map(|(.., rgb)| *rgb),
    }
}

/// Whether people call it red: that is kept for access that is alive when it should not be, and for failure.
pub(super) fn is_red(colour: Color) -> bool {
    let Some(rgb) = rgb(colour) else { return false };
    let [_, a, b] = oklab(rgb);
    let (chroma, hue) = (a.hypot(b), b.atan2(a).to_degrees());
    chroma > 0.12 && (10.0..45.0).contains(&hue)
}

/// The nearest of the 16; red only if `red` may be used. By hue: a pale green is green, though a yellow is as light. What
/// has hardly any hue is grey.
pub(super) fn nearest(colour: Color, red: bool) -> Color {
    const GREY: f64 = 0.04;
    let Color::Rgb(r, g, b) = colour else { return colour };
    let chroma = |[_, a, b]: [f64; 3]| a.hypot(b);
    let wanted = oklab([r, g, b]);
    let is_grey = chroma(wanted) < GREY;
    let distance = |of: [u8; 3]| {
        let it = oklab(of);
        let lightness = (wanted[0] - it[0]).abs();
        if is_grey || chroma(it) < GREY {
            return if is_grey == (chroma(it) < GREY) { lightness } else { f64::INFINITY };
        }
        let [one, other] = [wanted, it].map(|it| [it[1] / chroma(it), it[2] / chroma(it)]);
        (one[0] - other[0]).hypot(one[1] - other[1]) + 0.3 * lightness
    };
    let candidates = XTERM.iter().filter(|(_, it, _)| red || !is_red(*it));
    let best = candidates.min_by(|(.., one), (.., other)| distance(*one).total_cmp(&distance(*other)));
    best.map_or(Color::Reset, |(_, it, _)| *it)
}

/// Oklab (Björn Ottosson, 2020): distances in it are as large as they look. Lightness from 0 to 1.
pub(crate) fn oklab(rgb: [u8; 3]) -> [f64; 3] {
    oklab_of_light(rgb.map(light))
}

/// The same, of linear light from 0 to 1.
pub(crate) fn oklab_of_light(light: [f64; 3]) -> [f64; 3] {
    const CONES: [[f64; 3]; 3] = [
        [0.412_221_470_8, 0.536_332_536_3, 0.051_445_992_9],
        [0.211_903_498_2, 0.680_699_545_1, 0.107_396_956_6],
        [0.088_302_461_9, 0.281_718_837_6, 0.629_978_700_5],
    ];
    const LAB: [[f64; 3]; 3] = [
        [0.210_454_255_3, 0.793_617_785_0, -0.004_072_046_8],
        [1.977_998_495_1, -2.428_592_205_0, 0.450_593_709_9],
        [0.025_904_037_1, 0.782_771_766_2, -0.808_675_766_0],
    ];
    times(&LAB, times(&CONES, light).map(f64::cbrt))
}

/// The matrix times the vector.
pub(crate) fn times(matrix: &[[f64; 3]; 3], vector: [f64; 3]) -> [f64; 3] {
    matrix.map(|row| row.iter().zip(vector).map(|(one, other)| one * other).sum())
}

/// Linear light of one channel of sRGB (IEC 61966-2-1), from 0 to 1.
pub(crate) fn light(channel: u8) -> f64 {
    let it = f64::from(channel) / 255.0;
    if it <= 0.040_45 { it / 12.92 } else { ((it + 0.055) / 1.055).powf(2.4) }
}

/// The words of a style: at most one colour, and `bold`, `dim`, `italic`, `underlined`.
pub(super) fn style(words: &str) -> Result<Style, String> {
    let mut style = Style::new();
    let mut said = false;
    for word in words.split_whitespace() {
        let modifier = match word {
            "bold" => Some(Modifier::BOLD),
            "dim" => Some(Modifier::DIM),
            "italic" => Some(Modifier::ITALIC),
            "underlined" => Some(Modifier::UNDERLINED),
            _ => None,
        };
        if let Some(modifier) = modifier {
            style = style.add_modifier(modifier);
            continue;
        }
        if std::mem::replace(&mut said, true) {
            return Err("two colours: one of them is enough".to_owned());
        }
        if word != "default" {
            style = style.fg(parse(word).ok_or_else(|| no_colour(word))?);
        }
    }
    Ok(style)
}

fn no_colour(word: &str) -> String {
    let names: Vec<_> = XTERM.iter().map(|(name, ..)| *name).collect();
    let shown: String = word.chars().take(20).flat_map(char::escape_default).collect();
    format!(
        "`{shown}` is no colour: write `default`, `#` and six hexadecimal digits, or one of {}; before it `bold`, `dim`, `italic`, `underlined`",
        names.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rgb_is_offered_by_colorterm_and_no_color_wins() {
        for (no_color, colorterm, offered) in [
            (None, Some("truecolor"), Depth::Full),
            (None, Some("24bit"), Depth::Full),
            (None, Some("yes"), Depth::Sixteen),
            (None, None, Depth::Sixteen),
            (Some(""), Some("truecolor"), Depth::Full),
            (Some("0"), Some("truecolor"), Depth::None),
            (Some("1"), None, Depth::None),
        ] {
            assert_eq!(Depth::offered(no_color, colorterm), offered, "{no_color:?} {colorterm:?}");
        }
    }

    #[test]
    fn each_of_the_16_is_its_own_nearest() {
        for (name, colour, [r, g, b]) in XTERM {
            assert_eq!(nearest(Color::Rgb(r, g, b), true), colour, "{name}");
        }
        assert_eq!(nearest(Color::Rgb(0xff, 0x6b, 0x6b), true), Color::LightRed);
        assert!(!is_red(nearest(Color::Rgb(0xff, 0x6b, 0x6b), false)));
    }

    #[test]
    fn red_is_what_people_call_so() {
        let is = |word| is_red(parse(word).unwrap());
        for red in ["red", "bright-red", "#ff6b6b", "#c01c28", "#d70000"] {
            assert!(is(red), "{red}");
        }
        for other in ["yellow", "magenta", "bright-white", "#e5c07b", "#e69f00", "#cc79a7", "#855000", "#3a2a2a"] {
            assert!(!is(other), "{other}");
        }
    }
}
