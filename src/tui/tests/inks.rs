//! What a theme adds to the words: the lines of a frame that have any style, and beneath each a letter for its tone.

use std::fmt::Write;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Modifier, Style};

use super::harness::Harness;
use crate::tui::text::width;
use crate::tui::theme::{BuiltIn, Depth, Theme, Tone};

/// In the order of [`Tone::ALL`]. Text that means nothing in particular has no letter.
const LETTERS: [char; Tone::ALL.len()] = [' ', 'd', 's', 'g', 'a', '?', 'w', 'b'];

/// The selected row.
const REVERSED: char = '#';

pub(super) fn colour_blind(depth: Depth) -> Theme {
    Theme::new(&BuiltIn::ColourBlind.scheme(), depth, false)
}

/// The frame under the colour-blind theme; a style that is no tone of it is a mistake.
#[track_caller]
pub(super) fn inks(it: &Harness) -> String {
    let buffer = it.buffer();
    let lines: Vec<_> = (0..buffer.area.height).map(|y| line(it, &buffer, y)).collect();
    let mut text = legend(&lines);
    for (y, (words, letters)) in lines.iter().enumerate().filter(|(_, (_, letters))| !letters.is_empty()) {
        writeln!(text, "{:>2} {words}\n   {letters}", y + 1).unwrap();
    }
    text
}

/// A line's words, and the letter of each column.
#[track_caller]
fn line(it: &Harness, buffer: &Buffer, y: u16) -> (String, String) {
    let (mut words, mut letters) = (String::new(), String::new());
    let mut x = 0;
    while x < buffer.area.width {
        let cell = &buffer[(x, y)];
        let wide = width(cell.symbol()).max(1);
        words.push_str(cell.symbol());
        letters.push_str(&letter(it.app.theme, cell).to_string().repeat(wide));
        x += u16::try_from(wide).unwrap();
    }
    (words.trim_end().to_owned(), letters.trim_end().to_owned())
}

#[track_caller]
fn letter(theme: Theme, cell: &Cell) -> char {
    if cell.modifier.contains(Modifier::REVERSED) {
        return REVERSED;
    }
    if cell.symbol() == " " {
        return ' ';
    }
    let is = |tone: &Tone| {
        let Style { fg, add_modifier, .. } = theme.style(*tone);
        fg == Some(cell.fg) && cell.modifier - Modifier::BOLD == add_modifier - Modifier::BOLD
    };
    let tone = Tone::ALL.into_iter().find(is).unwrap_or_else(|| panic!("no tone looks like {cell:?}"));
    let letter = LETTERS[tone as usize];
    if cell.modifier == theme.style(tone).add_modifier { letter } else { letter.to_ascii_uppercase() }
}

/// Each letter that stands somewhere, with its colours: with RGB, and with 16.
fn legend(lines: &[(String, String)]) -> String {
    let stands =
        |letter: char| letter != ' ' && lines.iter().any(|(_, letters)| letters.to_ascii_lowercase().contains(letter));
    let colours = |tone| {
        let [full, sixteen] = [Depth::Full, Depth::Sixteen].map(|depth| colour_blind(depth).style(tone).fg.unwrap());
        let bold = if colour_blind(Depth::Full).style(tone).add_modifier.is_empty() { "" } else { "bold " };
        format!("{tone:?} {bold}{full} or {sixteen}")
    };
    let tones = Tone::ALL.into_iter().filter(|tone| stands(LETTERS[*tone as usize]));
    let mut told: Vec<_> = tones.map(|tone| format!("{} {}", LETTERS[tone as usize], colours(tone))).collect();
    if lines.iter().any(|(_, letters)| letters.contains(|it: char| it.is_ascii_uppercase())) {
        told.push("capitals: bold".to_owned());
    }
    if stands(REVERSED) {
        told.push(format!("{REVERSED} reversed"));
    }
    told.join(", ") + "\n\n"
}
