//! Themes: text can be read on its background, colours stay apart for everybody's eyes, and none is needed.

use std::collections::BTreeSet;

use ratatui::style::{Color, Modifier};

use super::fleet::World;
use super::harness::Harness;
use crate::model::health::Health;
use crate::model::{Proof, StepState};
use crate::tui::standing::Standing;
use crate::tui::theme::{BuiltIn, Depth, Scheme, Theme, Tone, XTERM, light, oklab_of_light, rgb, times};

/// Linear light as people see it whose eyes lack one kind of cone wholly: Machado, Oliveira and Fernandes (2009),
/// severity 1.0.
const EYES: [(&str, [[f64; 3]; 3]); 4] = [
    ("all cones", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
    (
        "protanopia",
        [[0.152_286, 1.052_583, -0.204_868], [0.114_503, 0.786_281, 0.099_216], [-0.003_882, -0.048_116, 1.051_998]],
    ),
    (
        "deuteranopia",
        [[0.367_322, 0.860_646, -0.227_968], [0.280_085, 0.672_501, 0.047_413], [-0.011_820, 0.042_940, 0.968_881]],
    ),
    (
        "tritanopia",
        [[1.255_528, -0.076_749, -0.178_779], [-0.078_411, 0.930_809, 0.147_602], [0.004_733, 0.691_367, 0.303_900]],
    ),
];

/// In Oklab, where a just noticeable difference is about 0.02.
const APART: f64 = 0.09;

fn lights(colour: Color) -> [f64; 3] {
    rgb(colour).unwrap_or_else(|| panic!("{colour:?} is the terminal's own")).map(light)
}

/// WCAG 2.2, 1.4.3.
fn contrast(one: Color, other: Color) -> f64 {
    let luminance = |colour| {
        let [r, g, b] = lights(colour);
        0.2126 * r + 0.7152 * g + 0.0722 * b
    };
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn distance(one: Color, other: Color, eyes: &[[f64; 3]; 3]) -> f64 {
    let seen = |colour| oklab_of_light(times(eyes, lights(colour)).map(|it| it.clamp(0.0, 1.0)));
    seen(one).iter().zip(seen(other)).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
}

fn full(it: BuiltIn) -> Theme {
    Theme::new(&it.scheme(), Depth::Full, false)
}

#[test]
fn every_tone_can_be_read_on_the_background_of_its_theme() {
    for (it, least) in
        [(BuiltIn::Dark, 4.5), (BuiltIn::Light, 4.5), (BuiltIn::ColourBlind, 4.5), (BuiltIn::HighContrast, 7.0)]
    {
        let theme = full(it);
        let paper = theme.paper().unwrap();
        for tone in Tone::ALL {
            let ratio = contrast(theme.style(tone).fg.unwrap(), paper);
            assert!(ratio >= least, "{} {tone:?}: {ratio:.2}", it.name());
        }
    }
    let example: Scheme = toml::from_str(include_str!("../../../assets/theme-example.toml")).unwrap();
    let theme = Theme::new(&example, Depth::Full, false);
    for tone in Tone::ALL {
        let ratio = contrast(theme.style(tone).fg.unwrap(), theme.paper().unwrap());
        assert!(ratio >= 4.5, "the example's {tone:?}: {ratio:.2}");
    }
}

#[test]
fn the_colour_blind_theme_keeps_its_verdicts_apart_for_all_eyes_with_rgb_and_with_16_colours() {
    for depth in [Depth::Full, Depth::Sixteen] {
        let theme = Theme::new(&BuiltIn::ColourBlind.scheme(), depth, false);
        let verdicts = [Tone::Good, Tone::Warn, Tone::Bad, Tone::Asking];
        for (eyes, matrix) in &EYES {
            for (n, one) in verdicts.iter().enumerate() {
                for other in &verdicts[n + 1..] {
                    let [a, b] = [one, other].map(|tone| theme.style(*tone).fg.unwrap());
                    let apart = distance(a, b, matrix);
                    assert!(apart >= APART, "{depth:?}, {eyes}: {one:?} and {other:?} are {apart:.3} apart");
                }
            }
        }
    }
}

/// The measure measures: red and green, which deuteranopes confuse, are near for them and far for others.
#[test]
fn the_plain_red_and_green_are_what_the_colour_blind_theme_avoids() {
    let ordinary = full(BuiltIn::Light);
    let [good, bad] = [Tone::Good, Tone::Bad].map(|tone| ordinary.style(tone).fg.unwrap());
    let seen = EYES.map(|(_, matrix)| distance(good, bad, &matrix));
    assert!(seen[0] > 0.2 && seen[2] < APART, "{seen:?}");
}

#[test]
fn red_says_one_thing_in_every_theme() {
    for it in BuiltIn::ALL {
        for depth in [Depth::Full, Depth::Sixteen] {
            let theme = Theme::new(&it.scheme(), depth, false);
            let bad = theme.style(Tone::Bad).fg.unwrap();
            for tone in Tone::ALL.into_iter().filter(|tone| *tone != Tone::Bad) {
                let fg = theme.style(tone).fg;
                assert_ne!(fg, Some(bad), "{} {tone:?}", it.name());
                assert!(!matches!(fg, Some(Color::Red | Color::LightRed)), "{} {tone:?}", it.name());
            }
        }
    }
}

#[test]
fn without_rgb_only_the_16_are_used_and_with_no_color_none() {
    for it in BuiltIn::ALL {
        let sixteen = Theme::new(&it.scheme(), Depth::Sixteen, false);
        let none = Theme::new(&it.scheme(), Depth::None, false);
        for tone in Tone::ALL {
            let fg = sixteen.style(tone).fg;
            assert!(fg.is_none_or(|fg| XTERM.iter().any(|(_, it, _)| *it == fg)), "{} {tone:?}: {fg:?}", it.name());
            assert_eq!((none.style(tone).fg, none.style(tone).bg), (None, None), "{} {tone:?}", it.name());
        }
        assert_eq!(none.paper(), None);
        let modifier = |tone| none.style(tone).add_modifier;
        assert_eq!([modifier(Tone::Dim), modifier(Tone::Bad)], [Modifier::DIM, Modifier::BOLD]);
    }
}

#[test]
fn a_theme_with_a_background_paints_every_cell_and_changes_no_letter() {
    for keys in ["g", "enter", "5 a", "?", ":", "R", "X"] {
        let mut it = Harness::with(&World::busy(), 120, 40);
        it.keys(keys);
        let before = it.screen();
        it.app.theme = full(BuiltIn::Light);
        let buffer = it.buffer();
        assert!(buffer.content.iter().all(|cell| cell.bg != Color::Reset && cell.fg != Color::Reset), "{keys}");
        assert_eq!(it.screen(), before);
    }
}

/// Word and glyph of each state are its own, so that colour is never needed; in ASCII as well.
#[test]
fn every_state_can_be_told_from_every_other_without_colour() {
    let at = super::fleet::NOW;
    let steps = [
        StepState::Waiting,
        StepState::AwaitingApproval { since: at },
        StepState::Running { since: at, deadline_at: at },
        StepState::RetryAt { at, reason: String::new() },
        StepState::Ambiguous { until: at, reason: String::new() },
        StepState::Verifying { since: at },
        StepState::Done { at, proof: Proof::NoAccount { searched: String::new() } },
        StepState::Failed { at, reason: String::new(), cure: String::new() },
        StepState::NeedsHuman { at, reason: String::new() },
        StepState::Skipped { at, reason: String::new() },
    ];
    let standings = [
        Standing::Attention,
        Standing::Approval,
        Standing::Held,
        Standing::Paused,
        Standing::Running,
        Standing::Verifying,
        Standing::Armed,
        Standing::Aborted,
        Standing::Closed,
    ];
    let healths = [Health::Unknown, Health::Up, Health::Throttled, Health::Down, Health::Locked];
    for ascii in [false, true] {
        let theme = Theme::new(&Scheme::default(), Depth::None, ascii);
        let kinds: [Vec<(&str, &str)>; 3] = [
            steps.iter().map(|it| (theme.step(it).0, it.word())).collect(),
            standings.iter().map(|it| (theme.standing(*it).0, it.word())).collect(),
            healths.iter().map(|it| (theme.health(*it).0, theme.health(*it).1)).collect(),
        ];
        for kind in kinds {
            let glyphs: BTreeSet<_> = kind.iter().map(|(glyph, _)| glyph).collect();
            let words: BTreeSet<_> = kind.iter().map(|(_, word)| word).collect();
            assert_eq!((glyphs.len(), words.len()), (kind.len(), kind.len()), "{kind:?}");
            assert!(kind.iter().all(|(glyph, word)| glyph.is_ascii() == ascii && !word.is_empty()), "{kind:?}");
        }
    }
}
