//! What the tones look like, as a TOML file says it. The built-in schemes are such files, too.

use ratatui::style::{Color, Style};
use serde::Deserialize;

use super::Tone;
use super::colour::{self, Depth};

/// The schemes that come with the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BuiltIn {
    /// The terminal's own 16 colours, its background left unpainted.
    #[default]
    Default,
    /// On a dark background.
    Dark,
    /// On a light background.
    Light,
    /// Everything at 7:1 and above.
    HighContrast,
    /// For deuteranopia, protanopia and tritanopia: the colours of Okabe and Ito.
    ColourBlind,
}

impl BuiltIn {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Default, Self::Dark, Self::Light, Self::HighContrast, Self::ColourBlind];

    /// Its name in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Dark => "dark",
            Self::Light => "light",
            Self::HighContrast => "high-contrast",
            Self::ColourBlind => "colour-blind",
        }
    }

    /// The scheme of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }

    /// What it looks like.
    #[expect(
        clippy::expect_used,
        clippy::missing_panics_doc,
        reason = "they come with the program; a test reads them all"
    )]
    pub fn scheme(self) -> Scheme {
        let text = match self {
            Self::Default => include_str!("../../../assets/theme-default.toml"),
            Self::Dark => include_str!("../../../assets/theme-dark.toml"),
            Self::Light => include_str!("../../../assets/theme-light.toml"),
            Self::HighContrast => include_str!("../../../assets/theme-high-contrast.toml"),
            Self::ColourBlind => include_str!("../../../assets/theme-colour-blind.toml"),
        };
        toml::from_str(text).expect("a built-in theme reads")
    }
}

/// What each tone looks like, with RGB and with 16 colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(from = "Written")]
pub struct Scheme {
    paper: Ink,
    tones: [Ink; Tone::ALL.len()],
}

impl Default for Scheme {
    fn default() -> Self {
        BuiltIn::Default.scheme()
    }
}

impl Scheme {
    /// Text of this tone, on a terminal of this depth.
    pub(super) fn ink(&self, tone: Tone, depth: Depth) -> Style {
        self.tones[tone as usize].at(depth, tone == Tone::Bad)
    }

    /// What is painted under it; `None`: nothing.
    pub(super) fn paper(&self, depth: Depth) -> Option<Color> {
        self.paper.at(depth, false).fg
    }
}

/// A style as `#d55e00`, or as `#d55e00 or bold red`: with RGB, and with 16 colours. Without the second, the nearest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
struct Ink {
    full: Style,
    sixteen: Option<Style>,
}

impl Ink {
    fn at(self, depth: Depth, red: bool) -> Style {
        if depth == Depth::Full {
            return self.full;
        }
        let nearest = || Style { fg: self.full.fg.map(|it| colour::nearest(it, red)), ..self.full };
        self.sixteen.unwrap_or_else(nearest)
    }

    fn is_red(self) -> bool {
        [self.full.fg, self.sixteen.and_then(|it| it.fg)].into_iter().flatten().any(colour::is_red)
    }
}

impl TryFrom<String> for Ink {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (full, sixteen) = match text.split_once(" or ") {
            Some((full, sixteen)) => (colour::style(full)?, Some(colour::style(sixteen)?)),
            None => (colour::style(&text)?, None),
        };
        if sixteen.and_then(|it| it.fg).is_some_and(|it| matches!(it, Color::Rgb(..))) {
            return Err("behind `or` stands one of the 16 colours, for terminals without RGB".to_owned());
        }
        Ok(Self { full, sixteen })
    }
}

/// The file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table of tones", default)]
struct Written {
    base: BuiltIn,
    #[serde(deserialize_with = "but_red")]
    background: Option<Ink>,
    #[serde(deserialize_with = "but_red")]
    text: Option<Ink>,
    #[serde(deserialize_with = "but_red")]
    dim: Option<Ink>,
    #[serde(deserialize_with = "but_red")]
    strong: Option<Ink>,
    #[serde(deserialize_with = "but_red")]
    good: Option<Ink>,
    #[serde(deserialize_with = "but_red")]
    active: Option<Ink>,
    #[serde(deserialize_with = "but_red")]
    asking: Option<Ink>,
    #[serde(deserialize_with = "but_red")]
    warn: Option<Ink>,
    bad: Option<Ink>,
}

impl Default for Written {
    fn default() -> Self {
        let (base, none) = (BuiltIn::Default, None);
        Self {
            base,
            background: none,
            text: none,
            dim: none,
            strong: none,
            good: none,
            active: none,
            asking: none,
            warn: none,
            bad: none,
        }
    }
}

/// Red says one thing.
fn but_red<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Ink>, D::Error> {
    let ink = Ink::deserialize(from)?;
    if ink.is_red() {
        let told = "red is kept for `bad`, access that is alive when it should not be, and failure: choose another";
        return Err(serde::de::Error::custom(told));
    }
    Ok(Some(ink))
}

impl From<Written> for Scheme {
    fn from(it: Written) -> Self {
        let tones = [it.text, it.dim, it.strong, it.good, it.active, it.asking, it.warn, it.bad];
        // A file that says everything needs no other: so the built-in ones end.
        if let (Some(paper), [Some(a), Some(b), Some(c), Some(d), Some(e), Some(f), Some(g), Some(h)]) =
            (it.background, tones)
        {
            return Self { paper, tones: [a, b, c, d, e, f, g, h] };
        }
        let base = it.base.scheme();
        let mut filled = base.tones;
        for (slot, ink) in filled.iter_mut().zip(tones) {
            *slot = ink.unwrap_or(*slot);
        }
        Self { paper: it.background.unwrap_or(base.paper), tones: filled }
    }
}

#[cfg(test)]
mod tests {
    use ratatui::style::Modifier;

    use super::*;

    #[test]
    fn every_built_in_scheme_reads_and_says_everything_itself() {
        for it in BuiltIn::ALL {
            assert_eq!(BuiltIn::named(it.name()), Some(it));
            it.scheme();
        }
        assert_eq!(BuiltIn::named("ligth"), None);
    }

    #[test]
    fn what_a_file_does_not_say_comes_from_its_base() {
        let mine: Scheme = toml::from_str("base = \"light\"\ngood = \"bold #005f00 or bold green\"").unwrap();
        let light = BuiltIn::Light.scheme();
        assert_eq!(mine.ink(Tone::Warn, Depth::Full), light.ink(Tone::Warn, Depth::Full));
        assert_eq!(mine.paper(Depth::Full), light.paper(Depth::Full));
        let good = Style::new().add_modifier(Modifier::BOLD);
        assert_eq!(mine.ink(Tone::Good, Depth::Full), good.fg(Color::Rgb(0, 0x5f, 0)));
        assert_eq!(mine.ink(Tone::Good, Depth::Sixteen), good.fg(Color::Green));
    }

    #[test]
    fn without_rgb_the_nearest_of_the_16_is_taken() {
        let mine: Scheme = toml::from_str("good = \"#8fe08b\"").unwrap();
        let good = mine.ink(Tone::Good, Depth::Sixteen).fg.unwrap();
        assert!(matches!(good, Color::Green | Color::LightGreen), "{good:?}");
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_what_would() {
        for (text, told) in [
            ("good = \"greenish\"", "`greenish` is no colour"),
            ("good = \"red\"", "red is kept for `bad`"),
            ("warn = \"#ff5040 or yellow\"", "red is kept for `bad`"),
            ("bad = \"#ff5040 or #ff0000\"", "behind `or`"),
            ("bad = \"red yellow\"", "two colours"),
            ("bad = \"#ff50\"", "is no colour"),
            ("base = \"night\"", "unknown variant"),
            ("god = \"green\"", "unknown field"),
        ] {
            let error = toml::from_str::<Scheme>(text).unwrap_err();
            assert!(error.message().contains(told), "{text}: {error}");
            assert!(error.span().is_some_and(|it| it.start > 0 || told == "unknown field"), "{text}: no place");
        }
    }
}
