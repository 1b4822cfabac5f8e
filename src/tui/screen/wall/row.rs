//! The wall's rows: a person, and a cell for each connector. And the legend of the cells.

use ratatui::text::{Line, Span};

use super::Wall;
use super::index::Column;
use crate::model::Offboarding;
use crate::tui::app::{self, App};
use crate::tui::cell::Cell;
use crate::tui::roll::Sort;
use crate::tui::screen::dashboard::exposure;
use crate::tui::standing::Standing;
use crate::tui::text::{cells, fit, pad, pad_left, width};
use crate::tui::theme::{Theme, Tone};

/// How wide each part is.
pub(super) struct Shape {
    person: usize,
    bar: usize,
    /// There is room for the figures of the progress.
    figures: bool,
    /// One connector, with the gap before it.
    column: usize,
    /// So many connectors at once.
    pub(super) columns: usize,
}

/// A glyph and a word of each standing.
const STATE: usize = 11;
const EXPOSED: usize = 8;
/// As in `12/33`.
const FIGURES: usize = 6;
/// A connector's column is at least so wide, with its gap: a glyph and a letter under four letters of a name.
const NARROWEST: usize = 5;
/// At most so wide: a glyph and the longest word.
const WIDEST: usize = 14;

impl Shape {
    pub(super) fn of(width: u16, connectors: usize) -> Self {
        let width = usize::from(width);
        let (person, bar, figures) = match width {
            0..100 => (16, 4, false),
            100..150 => (22, 6, true),
            _ => (34, 10, true),
        };
        let fixed = 2 + person + 1 + STATE + 1 + EXPOSED + 1 + bar + if figures { FIGURES } else { 0 };
        // The marks of what is hidden to the left and to the right.
        let room = width.saturating_sub(fixed + 2);
        let column = (room / connectors.max(1)).clamp(NARROWEST, WIDEST);
        Self { person, bar, figures, column, columns: (room / column).clamp(1, connectors.max(1)) }
    }
}

/// The columns that are visible, each with its place.
fn visible<'a>(wall: &'a Wall, shape: &Shape) -> impl Iterator<Item = (usize, &'a Column)> {
    wall.index.shown().enumerate().skip(wall.first).take(shape.columns)
}

/// The names of the columns, and what each sums up to.
pub(super) fn head(wall: &Wall, app: &App, shape: &Shape) -> [Line<'static>; 2] {
    let theme = app.theme;
    let arrow = if wall.rows.reverse { theme.glyph("▲", "^") } else { theme.glyph("▼", "v") };
    let titled = |title: &str, by: Sort| {
        if wall.rows.sort == by { format!("{title}{arrow}") } else { title.to_owned() }
    };
    let dim = theme.style(Tone::Dim);
    let progress = shape.bar + if shape.figures { FIGURES } else { 0 };
    let titles = format!(
        "  {} {} {} {}",
        pad(&titled("person", Sort::Person), shape.person),
        pad(&titled("state", Sort::Urgency), STATE),
        pad_left(&titled("exposed", Sort::Exposure), EXPOSED),
        pad(&titled(if progress < 10 { "done" } else { "progress" }, Sort::Progress), progress),
    );
    let all: Vec<&str> = wall.index.shown().map(|it| it.id.as_str()).collect();
    let (mut names, mut sums) = (vec![Span::styled(titles, dim)], Vec::new());
    let before = if wall.first > 0 { theme.glyph("◀", "<") } else { " " };
    names.push(Span::styled(before, theme.style(Tone::Strong)));
    let above = match wall.rows.list.offset {
        0 => String::new(),
        above => format!("  {above} above"),
    };
    let left: usize = names.iter().map(Span::width).sum();
    sums.push(Span::styled(pad(&above, left), theme.style(Tone::Strong)));
    for (at, column) in visible(wall, shape) {
        let here = wall.column == Some(at);
        let name = pad(&short(column.id.as_str(), &all, shape.column - 1), shape.column - 1);
        let style = if here { Theme::selected() } else { health_style(app, column) };
        names.extend([Span::raw(" "), Span::styled(name, style)]);
        let counts = column.counts;
        let percent = u64::from(counts.settled) * 100 / u64::from(counts.steps.max(1));
        // Only everything is a hundred.
        let tone = if counts.settled == counts.steps { Tone::Good } else { Tone::Dim };
        sums.push(Span::styled(format!(" {}", pad(&format!("{percent}%"), shape.column - 1)), theme.style(tone)));
    }
    let hidden = all.len().saturating_sub(wall.first + shape.columns);
    if hidden > 0 {
        names.push(Span::styled(theme.glyph("▶", ">"), theme.style(Tone::Strong)));
    }
    [Line::from(names), Line::from(sums)]
}

/// A connector that cannot be used says so at the head of its column.
fn health_style(app: &App, column: &Column) -> ratatui::style::Style {
    let known = app.mirror.connectors.iter().find(|it| it.id == column.id);
    app.theme.style(match known {
        Some(it) if it.health.is_dead() => app.theme.health(it.health).2,
        _ => Tone::Dim,
    })
}

/// As much of the name as there is room for; of names that begin alike, the beginning and where they part.
fn short(name: &str, all: &[&str], room: usize) -> String {
    let letters: Vec<char> = name.chars().collect();
    if letters.len() <= room {
        return name.to_owned();
    }
    let in_common = |other: &&&str| name.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
    let parted = all.iter().filter(|other| **other != name).map(|other| in_common(&other)).max().unwrap_or(0);
    let tail = room / 2;
    if parted < room {
        return letters[..room].iter().collect();
    }
    let from = parted.min(letters.len() - tail);
    letters[..room - tail].iter().chain(&letters[from..from + tail]).collect()
}

pub(super) fn row(wall: &Wall, app: &App, shape: &Shape, person: &Offboarding) -> Line<'static> {
    let theme = app.theme;
    let list = &wall.rows.list;
    let standing = Standing::of(person);
    let (glyph, tone) = theme.standing(standing);
    let counts = person.counts();
    let settled = counts.done + counts.skipped;
    let (exposed, exposed_tone) = exposure(app, person);
    let plain = if person.is_open() { Tone::Plain } else { Tone::Dim };
    let mut figures = format!(" {}", theme.bar(settled, counts.total, shape.bar));
    if shape.figures {
        figures.push_str(&pad_left(&format!("{settled}/{}", counts.total), FIGURES));
    }
    let mut spans = vec![
        theme.mark(list, person.id),
        Span::styled(pad(&app::name_with_hold(theme, person), shape.person), theme.style(plain)),
        Span::styled(format!(" {glyph} {}", pad(standing.word(), STATE - 2)), theme.style(tone)),
    ];
    let selected = list.selected == Some(person.id);
    if selected {
        let head: String = spans.iter().map(|it| it.content.as_ref()).collect();
        // Reverse video is for what is pointed at: the person, or one cell.
        let style = if wall.column.is_none() { Theme::selected() } else { theme.style(Tone::Strong) };
        spans = vec![Span::styled(head, style)];
    }
    spans.push(Span::styled(format!(" {}", pad_left(&exposed, EXPOSED)), theme.style(exposed_tone)));
    spans.push(Span::styled(figures, theme.style(if settled == counts.total { Tone::Good } else { plain })));
    spans.push(Span::raw(" "));
    let cells = wall.index.cells(person);
    for (at, cell) in cells.into_iter().enumerate().skip(wall.first).take(shape.columns) {
        let (text, tone) = content(cell, theme, shape.column - 1);
        let here = selected && wall.column == Some(at);
        spans.push(Span::raw(" "));
        spans.push(Span::styled(text, if here { Theme::selected() } else { theme.style(tone) }));
    }
    Line::from(spans)
}

/// A glyph with its word where there is room, else with its letter.
fn content(cell: Option<Cell>, theme: Theme, room: usize) -> (String, Tone) {
    let Some(cell) = cell else { return (pad("", room), Tone::Dim) };
    let (glyph, tone) = cell.look(theme);
    let text =
        if room >= 9 { format!("{glyph} {}", fit(cell.word(), room - 2)) } else { format!("{glyph}{}", cell.letter()) };
    (pad(&text, room), tone)
}

/// What each cell means, and an empty one.
pub(super) fn legend(theme: Theme, room: u16) -> Vec<Line<'static>> {
    let mut lines = vec![Line::from(" ")];
    let mut used = 1;
    let meanings = Cell::ALL.iter().map(|cell| {
        let (glyph, tone) = cell.look(theme);
        (format!("{glyph}{}", cell.letter()), tone, format!(" {}  ", cell.word()))
    });
    for (sign, tone, word) in meanings.chain([(String::new(), Tone::Dim, "blank: not in the plan".to_owned())]) {
        let wide = width(&sign) + width(&word);
        if used + wide > usize::from(room) {
            lines.push(Line::from(" "));
            used = 1;
        }
        used += wide;
        if let Some(line) = lines.last_mut() {
            line.push_span(Span::styled(sign, theme.style(tone)));
            line.push_span(Span::styled(word, theme.style(Tone::Dim)));
        }
    }
    lines
}

/// How many lines the legend takes.
pub(super) fn legend_lines(room: u16) -> u16 {
    cells(legend(Theme::plain(true), room).len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_begin_alike_stay_apart() {
        let all = ["jira-east", "jira-west", "okta", "salesforce"];
        let shown: Vec<_> = all.iter().map(|name| short(name, &all, 4)).collect();
        assert_eq!(shown, ["jiea", "jiwe", "okta", "sale"]);
        let shown: Vec<_> = all.iter().map(|name| short(name, &all, 8)).collect();
        assert_eq!(shown, ["jira-eas", "jira-wes", "okta", "salesfor"]);
    }

    #[test]
    fn as_many_columns_as_fit_and_no_more_than_there_are() {
        for (width, connectors, columns) in [(80, 4, 4), (80, 33, 6), (120, 16, 12), (200, 16, 16), (200, 3, 3)] {
            assert_eq!(Shape::of(width, connectors).columns, columns, "{connectors} at {width}");
        }
    }
}
