//! What is always visible: the connection, who is engine, read-only, counts by state, what awaits somebody.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::model::Role;
use crate::tui::action::Action;
use crate::tui::app::{App, LineState};
use crate::tui::link::STOPPED;
use crate::tui::screen::Place;
use crate::tui::theme::{Theme, Tone};
use crate::tui::{span, text, view};

pub(crate) fn draw(app: &App, frame: &mut Frame, area: Rect) {
    let row = |n: u16| Rect { y: area.y + n, height: 1, ..area };
    both_ends(frame, row(0), identity(app), urgent(app));
    let (tabs, counts) = second_line(app, area.width);
    both_ends(frame, row(1), tabs, counts);
    frame.render_widget(view::rule(app.theme, "", Tone::Dim, area.width), row(2));
}

/// The left text, and the right one as far as there is room.
fn both_ends(frame: &mut Frame, area: Rect, left: Line<'static>, right: Line) {
    let room = usize::from(area.width);
    let (right_width, left_width) = (right.width(), left.width());
    if left_width + right_width < room {
        let at = Rect { x: area.x + text::cells(room - right_width), width: text::cells(right_width), ..area };
        frame.render_widget(right, at);
    } else {
        // What awaits somebody is worth more than the engine's version.
        let shown = right_width.min(room);
        let at = Rect { x: area.x + text::cells(room - shown), width: text::cells(shown), ..area };
        let room = area.width.saturating_sub(at.width + 1);
        frame.render_widget(view::cut(left, room), Rect { width: room, ..area });
        frame.render_widget(right, at);
        return;
    }
    frame.render_widget(left, Rect { width: text::cells(left_width.min(room)), ..area });
}

fn identity(app: &App) -> Line<'static> {
    let theme = app.theme;
    let mut spans = vec![Span::styled(" nightlatch", theme.style(Tone::Strong))];
    if let Some(banner) = &app.banner {
        spans.push(Span::styled(format!("  {}", text::fit(&text::clean(banner), 24)), theme.style(Tone::Asking)));
    }
    // The most important first: a narrow terminal cuts from the right.
    if app.is_read_only() {
        spans.push(Span::styled("  READ-ONLY", theme.style(Tone::Warn)));
    }
    let (glyph, words, tone) = connection(app);
    spans.push(Span::styled(format!("  {glyph} {words}"), theme.style(tone)));
    if let Some(alert) = app.mirror.fleet.alerts.get("rollback") {
        let told = text::fit(&text::clean(&alert.summary), 110);
        spans.push(Span::styled(format!("  {} ENGINE PAUSED: {told}", theme.glyph("▮", "|")), theme.style(Tone::Warn)));
    } else if app.mirror.fleet.paused.is_some() {
        spans.push(Span::styled(format!("  {} ENGINE PAUSED", theme.glyph("▮", "|")), theme.style(Tone::Warn)));
    }
    if let Some(welcome) = &app.mirror.welcome {
        let engine = format!("  engine {} v{}", welcome.pid, text::fit(&text::clean(&welcome.version), 12));
        spans.push(Span::styled(engine, theme.style(Tone::Dim)));
        // An owner may do everything: that need not be said.
        let role = if welcome.role < Role::Owner { format!(", {}", welcome.role) } else { String::new() };
        let who = format!("  as {}{role}", text::fit(&text::clean(&welcome.login), 16));
        spans.push(Span::styled(who, theme.style(Tone::Dim)));
    }
    Line::from(spans)
}

/// Below this width the first line says the same in fewer words.
const TIGHT: u16 = 100;

fn connection(app: &App) -> (&'static str, String, Tone) {
    let theme = app.theme;
    if let Some(ms) = app.silent_ms() {
        return (theme.glyph("○", "o"), format!("no answer for {}", span::running(ms)), Tone::Bad);
    }
    match &app.line {
        LineState::Connecting => (theme.glyph("○", "o"), "connecting...".to_owned(), Tone::Warn),
        LineState::Live if app.mirror.ready => {
            (app.spinner().unwrap_or(theme.glyph("●", "*")), "live".to_owned(), Tone::Good)
        }
        LineState::Live => (theme.glyph("○", "o"), "loading...".to_owned(), Tone::Warn),
        LineState::Lost { reason, tries, next_at } => {
            let state = if reason == STOPPED { "engine stopped" } else { "reconnecting" };
            let due = next_at.saturating_sub(app.steady);
            // The age of what is shown is never cut: it is said shorter where room is short.
            let data = if app.size.width < TIGHT { "" } else { "data " };
            let age = app.age_ms().map(|age| format!(", {data}{} old", span::running(age))).unwrap_or_default();
            let next = if due < 1_000 { String::new() } else { format!(", next in {}", span::running(due + 999)) };
            let words = format!("{state}{age} (try {tries}{next})");
            (theme.glyph("○", "o"), words, Tone::Bad)
        }
    }
}

/// What awaits somebody.
fn urgent(app: &App) -> Line<'static> {
    let theme = app.theme;
    let alerts = app.mirror.fleet.alerts.len();
    let approvals = app.figures.approvals();
    let mut spans = Vec::new();
    if let Some((doubts, until)) = app.figures.doubts() {
        let tight = app.size.width < TIGHT;
        // A line that broke and an engine that stands still are worth more.
        let crowded = tight && (!app.is_live() || app.mirror.fleet.paused.is_some());
        let when = if crowded {
            String::new()
        } else if until > app.now {
            format!(" until {}", span::time_of_day(until, &app.zone))
        } else {
            " being read".to_owned()
        };
        let what = if tight { "" } else { " in doubt" };
        let words = format!("{} {doubts}{what}{when}  ", theme.glyph("◇", "?"));
        spans.push(Span::styled(words, theme.style(Tone::Warn)));
    }
    if alerts > 0 {
        let plural = if alerts == 1 { "" } else { "s" };
        spans.push(Span::styled(format!("{} {alerts} alert{plural}", theme.glyph("▲", "!")), theme.style(Tone::Bad)));
        spans.push(Span::raw("  "));
    }
    if app.seen {
        let (tone, plural) =
            (if approvals > 0 { Tone::Asking } else { Tone::Dim }, if approvals == 1 { "" } else { "s" });
        let glyph = theme.glyph("◆", "@");
        spans.push(Span::styled(format!("{glyph} {approvals} approval{plural} "), theme.style(tone)));
    }
    Line::from(spans)
}

/// How much is said where there is little room; from the most to the least.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Say {
    /// Every screen's name, and every count's word.
    All,
    /// The whole name of the screen that is open alone.
    Open,
    /// Short names and words.
    Short,
    /// The same, close together.
    Tight,
}

impl Say {
    const EACH: [Self; 4] = [Self::All, Self::Open, Self::Short, Self::Tight];
}

/// The screens and the counts, with as much of them as stands side by side.
fn second_line(app: &App, room: u16) -> (Line<'static>, Line<'static>) {
    let lines = |say| (tabs(app, say), counts(app, say));
    let fits = |(left, right): &(Line, Line)| left.width() + right.width() < usize::from(room);
    Say::EACH.into_iter().map(lines).find(fits).unwrap_or_else(|| lines(Say::Tight))
}

fn tabs(app: &App, say: Say) -> Line<'static> {
    let id = app.case.of.map(|id| id.to_string());
    let of = id.as_ref().map_or_else(|| "Offboarding".to_owned(), |id| format!("Offboarding {id}"));
    let one = id.unwrap_or_else(|| "Case".to_owned());
    let tabs = [
        (Action::Dashboard, "Dashboard", "Dash", app.place == Place::Dashboard),
        (Action::Offboarding, of.as_str(), one.as_str(), matches!(app.place, Place::Offboarding(_))),
        (Action::Wall, "Wall", "Wall", app.place == Place::Wall),
        (Action::Connectors, "Connectors", "Conn", app.place == Place::Connectors),
        (Action::Approvals, "Approvals", "Appr", app.place == Place::Approvals),
        (Action::History, "History", "Hist", app.place == Place::History),
        (Action::Ledger, "Ledger", "Log", app.place == Place::Ledger),
    ];
    let gap = if say == Say::Tight { "" } else { " " };
    let mut spans = vec![Span::raw(gap)];
    for (action, whole, short, here) in tabs {
        let style = if here { Theme::selected() } else { app.theme.style(Tone::Dim) };
        let name = if say == Say::All || here && say == Say::Open { whole } else { short };
        spans.push(Span::styled(format!("{gap}{} {name}{gap}", app.keys.key(action)), style));
        spans.push(Span::raw(" "));
    }
    Line::from(spans)
}

/// Counts by state; the dashboard's tiles say the same larger.
fn counts(app: &App, say: Say) -> Line<'static> {
    if app.place == Place::Dashboard || !app.seen {
        return Line::default();
    }
    let it = &app.figures;
    let word = |whole: &'static str, short: &'static str| if say < Say::Short { whole } else { short };
    let parts = [
        (word("running", "run"), it.running, Tone::Active),
        (word("attention", "att"), it.attention, Tone::Bad),
        (word("verifying", "ver"), it.verifying, Tone::Active),
        (word("exposed", "exp"), it.exposed(), if it.is_over_sla(app.now) { Tone::Bad } else { Tone::Active }),
    ];
    let gap = if say == Say::Tight { " " } else { "  " };
    let mut spans = Vec::new();
    for (name, n, tone) in parts {
        let tone = if n == 0 { Tone::Dim } else { tone };
        spans.push(Span::styled(format!("{name} "), app.theme.style(Tone::Dim)));
        spans.push(Span::styled(format!("{n}{gap}"), app.theme.style(tone)));
    }
    Line::from(spans)
}
