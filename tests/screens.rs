//! The README's pictures: the console's own screens, from a running demo in a pseudo-terminal, written as SVG.
//!
//! Only where `NIGHTLATCH_SCREENS` names a folder to write them to: `just screens`. The names on them are the sandbox's.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a picture that cannot be drawn fails the test")]

#[path = "terminal/pty.rs"]
#[allow(dead_code, reason = "other tests need the rest of it")]
mod pty;

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use portable_pty::CommandBuilder;
use pty::Pty;

const ROWS: u16 = 40;
const COLUMNS: u16 = 120;

/// A demo in a terminal.
struct Demo(Pty);

impl Demo {
    fn start(arguments: &[&str]) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_nightlatch"));
        command.arg("demo");
        command.args(arguments);
        for (name, value) in [("LC_ALL", "C.UTF-8"), ("TERM", "xterm-256color"), ("NIGHTLATCH_LOG", "error")] {
            command.env(name, value);
        }
        for name in ["NO_COLOR", "COLORTERM"] {
            command.env_remove(name);
        }
        Self(Pty::run(command, COLUMNS, ROWS))
    }

    fn shows(&self) -> String {
        self.0.screen()
    }

    fn press(&mut self, keys: &str) {
        self.0.press(keys);
        self.0.hear_for(Duration::from_millis(700));
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // The demo takes its engine and its sandbox with it.
        self.0.press("\x03");
        let until = Instant::now() + Duration::from_secs(20);
        while Instant::now() < until && !self.0.is_over() {
            self.0.hear_for(Duration::from_millis(100));
        }
    }
}

#[test]
fn the_readmes_pictures() {
    let Some(folder) = std::env::var_os("NIGHTLATCH_SCREENS") else { return };
    let folder = Path::new(&folder);
    let mut demo = Demo::start(&["--leavers", "40", "--seed", "7", "--over", "75"]);
    demo.0.sees(&["worst step"]);
    let until = Instant::now() + Duration::from_secs(200);
    // Everybody against every system, while there is something to see in every column.
    demo.press("3");
    while !demo.shows().contains("people 40") || settled(&demo.shows()) < 70 {
        assert!(Instant::now() < until, "it does not go on:\n{}", demo.shows());
        demo.press("g");
    }
    picture(demo.0.parser.screen(), &folder.join("wall.svg"));
    demo.press("1");
    // In the middle of things: some are closed, some run, and a person is asked for consent.
    // The selection stays with its person while others go before them: `g` is the way back to the most urgent.
    while !demo.shows().contains("◆ approval") {
        assert!(Instant::now() < until, "nobody waits for consent:\n{}", demo.shows());
        demo.press("g");
    }
    demo.press("g");
    picture(demo.0.parser.screen(), &folder.join("dashboard.svg"));
    // The one who waits for consent: with the plan, and what is behind the step that asks.
    demo.press("/state:approval\r");
    demo.press("g\r");
    demo.0.sees(&["── plan"]);
    demo.0.hear_for(Duration::from_secs(1));
    picture(demo.0.parser.screen(), &folder.join("offboarding.svg"));
}

/// How many of a hundred steps are settled, as the wall says.
fn settled(wall: &str) -> u32 {
    let percent = wall.lines().find(|line| line.contains("  steps ")).and_then(|line| line.trim().rsplit_once(' '));
    percent.and_then(|(_, percent)| percent.strip_suffix('%')?.parse().ok()).unwrap_or(0)
}

/// Width and height of a cell, and the size of its letters: what a monospaced font of 14 px needs.
const CELL: (f64, f64) = (8.4, 18.0);
const LETTER: u32 = 14;
const MARGIN: f64 = 14.0;
const INK: &str = "#d3d7de";
const PAPER: &str = "#16181d";
const DIM: &str = "#858b96";

/// The terminal's 16 colours.
const PALETTE: [&str; 16] = [
    "#2b2f37", "#f2777a", "#8fc98b", "#e5c07b", "#6ea8fe", "#c792ea", "#66c7d6", "#d3d7de", "#5c6370", "#ff8f92",
    "#a6dfa2", "#f0d399", "#8fbcff", "#d8aef5", "#86dbe8", "#ffffff",
];

fn colour(colour: vt100::Color, otherwise: &str) -> String {
    match colour {
        vt100::Color::Default => otherwise.to_owned(),
        vt100::Color::Idx(n) => PALETTE.get(usize::from(n)).copied().unwrap_or(otherwise).to_owned(),
        vt100::Color::Rgb(r, g, b) => format!("#{r:02x}{g:02x}{b:02x}"),
    }
}

/// How a cell is drawn.
#[derive(Debug, Clone, PartialEq)]
struct Look {
    ink: String,
    paper: Option<String>,
    bold: bool,
    underlined: bool,
}

impl Look {
    fn of(cell: &vt100::Cell) -> Self {
        let mut ink = colour(cell.fgcolor(), if cell.dim() { DIM } else { INK });
        let mut paper = (cell.bgcolor() != vt100::Color::Default).then(|| colour(cell.bgcolor(), PAPER));
        if cell.inverse() {
            let under = std::mem::replace(&mut ink, paper.unwrap_or_else(|| PAPER.to_owned()));
            paper = Some(under);
        }
        Self { ink, paper, bold: cell.bold(), underlined: cell.underline() }
    }
}

/// A run of cells that look alike.
struct Run {
    column: u16,
    cells: u16,
    text: String,
    look: Look,
}

fn runs(screen: &vt100::Screen, row: u16) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for column in 0..COLUMNS {
        let Some(cell) = screen.cell(row, column) else { continue };
        if cell.is_wide_continuation() {
            if let Some(run) = runs.last_mut() {
                run.cells += 1;
            }
            continue;
        }
        let look = Look::of(cell);
        let text = if cell.has_contents() { cell.contents() } else { " " };
        match runs.last_mut() {
            Some(run) if run.look == look => {
                run.cells += 1;
                run.text.push_str(text);
            }
            _ => runs.push(Run { column, cells: 1, text: text.to_owned(), look }),
        }
    }
    runs
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn picture(screen: &vt100::Screen, file: &Path) {
    let (width, height) = CELL;
    let (across, down) = (f64::from(COLUMNS) * width + 2.0 * MARGIN, f64::from(ROWS) * height + 2.0 * MARGIN);
    let mut svg = String::new();
    writeln!(
        svg,
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {across:.0} {down:.0}" width="{across:.0}" height="{down:.0}" font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="{LETTER}">"#
    )
    .unwrap();
    writeln!(svg, r#"<rect width="100%" height="100%" rx="8" fill="{PAPER}"/>"#).unwrap();
    for row in 0..ROWS {
        let top = MARGIN + f64::from(row) * height;
        for run in runs(screen, row) {
            let (left, wide) = (MARGIN + f64::from(run.column) * width, f64::from(run.cells) * width);
            if let Some(paper) = &run.look.paper {
                writeln!(
                    svg,
                    r#"<rect x="{left:.1}" y="{top:.1}" width="{wide:.1}" height="{height}" fill="{paper}"/>"#
                )
                .unwrap();
            }
            if run.text.trim().is_empty() {
                continue;
            }
            // The length makes every font fit its cells.
            let before = run.text.chars().take_while(|letter| *letter == ' ').count();
            let left = left + f64::from(u16::try_from(before).unwrap()) * width;
            let text = run.text.trim();
            let after = run.text.chars().rev().take_while(|letter| *letter == ' ').count();
            let cells = usize::from(run.cells) - before - after;
            let wide = f64::from(u16::try_from(cells).unwrap()) * width;
            let weight = if run.look.bold { r#" font-weight="bold""# } else { "" };
            let line = if run.look.underlined { r#" text-decoration="underline""# } else { "" };
            writeln!(
                svg,
                r#"<text x="{left:.1}" y="{:.1}" fill="{}"{weight}{line} textLength="{wide:.1}" lengthAdjust="spacingAndGlyphs" xml:space="preserve">{}</text>"#,
                top + height - 5.0,
                run.look.ink,
                escaped(text)
            )
            .unwrap();
        }
    }
    svg.push_str("</svg>\n");
    std::fs::write(file, svg).unwrap();
    println!("{}:\n{}", file.display(), screen.contents());
}
