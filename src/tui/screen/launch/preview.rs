//! What would be done: for one person the whole plan, for many one row each.

use std::collections::BTreeMap;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::person::{self, foretold};
use super::when::{Choice, Pick, When, zone_of};
use crate::model::{Draft, DryRun, OffboardingId, Preview, Previewed};
use crate::tui::action::Action;
use crate::tui::app::{self, App};
use crate::tui::list::List;
use crate::tui::list::travelled;
use crate::tui::text::{clean, pad, pad_left};
use crate::tui::theme::{Theme, Tone};
use crate::tui::view::{self, notice};
use crate::tui::{span, text};

/// From where the people of a preview come: how they are launched.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Batch {
    /// Named one by one: each is added.
    People,
    /// A file: imported whole.
    File { name: String, text: String },
    /// Offboardings that are armed or held, in the order of the people, as they were seen.
    Open(Vec<(OffboardingId, u32)>),
}

/// A dry run of one person.
#[derive(Debug)]
pub(crate) enum Dry {
    Asked,
    Done(Box<DryRun>),
    Failed(String),
}

/// The preview.
#[derive(Debug)]
pub(crate) struct Look {
    pub(crate) batch: Batch,
    pub(crate) preview: Preview,
    pub(crate) list: List<usize>,
    /// The person whose whole plan is shown; of one there is nothing else.
    pub(crate) opened: Option<usize>,
    pub(crate) scroll: usize,
    end: usize,
    /// The lines of the plan that are visible, as they were laid out for this frame.
    visible: Vec<Line<'static>>,
    pub(crate) when: When,
    pub(crate) pick: Option<Pick>,
    /// By e-mail.
    pub(crate) dry: BTreeMap<String, Dry>,
    /// The order that was sent, until it is answered.
    pub(crate) sent: Option<u64>,
}

/// Below this width a line has room for little more than a reason.
const NARROW: u16 = 100;

/// Sums over everybody.
struct Totals {
    steps: usize,
    irreversible: usize,
    approvals: usize,
    underway: usize,
    otherwise: usize,
}

impl Look {
    pub(crate) fn new(batch: Batch, preview: Preview) -> Self {
        let told = preview.people.iter().any(|it| it.effective_at.is_some());
        let when = match batch {
            Batch::File { .. } => When::AsTold,
            Batch::People if told => When::AsTold,
            Batch::People | Batch::Open(_) => When::Now,
        };
        let mut list = List::default();
        list.replace((0..preview.people.len()).collect());
        let opened = (preview.people.len() == 1).then_some(0);
        Self {
            batch,
            preview,
            list,
            opened,
            scroll: 0,
            end: 0,
            visible: Vec::new(),
            when,
            pick: None,
            dry: BTreeMap::new(),
            sent: None,
        }
    }

    pub(super) fn title(&self) -> String {
        match (&self.batch, self.preview.people.as_slice()) {
            (Batch::File { name, .. }, people) => {
                let people = app::count(people.len(), "person");
                format!("{people} of {}, by the file alone: HR is not asked", text::fit(&clean(name), 24))
            }
            (_, [one]) => clean(&one.leaver.name),
            (_, people) => app::count(people.len(), "person"),
        }
    }

    /// The person whose plan is shown.
    pub(crate) fn shown(&self) -> Option<(&Previewed, &Draft)> {
        let person = self.preview.people.get(self.opened?)?;
        Some((person, self.preview.draft_of(person)?))
    }

    /// The person shown, or pointed at.
    pub(crate) fn pointed_at(&self) -> Option<(&Previewed, &Draft)> {
        let person = self.preview.people.get(self.opened.or(self.list.selected)?)?;
        Some((person, self.preview.draft_of(person)?))
    }

    pub(super) fn dry_of(&self, person: &Previewed) -> Option<&Dry> {
        self.dry.get(&person.leaver.email)
    }

    /// Those for whom an offboarding would be opened or fired.
    pub(crate) fn launchable(&self) -> Vec<&Previewed> {
        self.preview.people.iter().filter(|it| it.underway.is_none()).collect()
    }

    /// The zone that the people have in common.
    pub(crate) fn zone(&self) -> Option<&str> {
        let mut zones = self.preview.people.iter().map(|it| zone_of(&it.leaver));
        let first = zones.next()??;
        zones.all(|it| it == Some(first)).then_some(first)
    }

    /// When access ends, in words: of the person shown, or of everybody.
    pub(crate) fn ends(&self, app: &App) -> String {
        let shown = self.shown().map(|(person, _)| person);
        let zone = shown.map_or(self.zone(), |it| zone_of(&it.leaver));
        self.when.words(app, zone, shown)
    }

    /// What can be chosen of when.
    pub(crate) fn choices(&self) -> Vec<Choice> {
        match &self.batch {
            Batch::File { .. } => vec![Choice::AsTold, Choice::Held],
            Batch::Open(_) => Vec::new(),
            Batch::People if self.preview.people.iter().any(|it| it.effective_at.is_some()) => {
                vec![Choice::AsTold, Choice::Now, Choice::Instant, Choice::Held]
            }
            Batch::People => vec![Choice::Now, Choice::Instant, Choice::Held],
        }
    }

    pub(crate) fn travel(&mut self, action: Action, page: usize) {
        if self.opened.is_some() {
            self.scroll = travelled(action, self.scroll, self.end + 1, page);
        } else {
            let row = travelled(action, self.list.row, self.list.ids.len(), page);
            self.list.go(row);
        }
    }

    pub(super) fn settle(&mut self, app: &App, area: Rect) {
        let parts = parts(area);
        self.list.settle(usize::from(parts.body.height.saturating_sub(3)));
        let lines = match self.shown() {
            Some((person, draft)) => person::lines(app, self, person, draft, usize::from(area.width)),
            None => Vec::new(),
        };
        let high = usize::from(parts.body.height);
        self.end = lines.len().saturating_sub(high);
        self.scroll = self.scroll.min(self.end);
        self.visible = lines.into_iter().skip(self.scroll).take(high).collect();
    }

    fn totals(&self) -> Totals {
        let mut it = Totals { steps: 0, irreversible: 0, approvals: 0, underway: 0, otherwise: 0 };
        for person in &self.preview.people {
            let Some(draft) = self.preview.draft_of(person) else { continue };
            it.steps += draft.plan.steps.len();
            it.irreversible += draft.plan.irreversible();
            it.approvals += draft.plan.asking();
            it.underway += usize::from(person.underway.is_some());
            it.otherwise += usize::from(!draft.departures.is_empty());
        }
        it
    }

    pub(super) fn draw(&self, app: &App, frame: &mut Frame, area: Rect) {
        let parts = parts(area);
        match self.shown() {
            Some(_) => frame.render_widget(Paragraph::new(self.visible.clone()), parts.body),
            None if self.preview.people.is_empty() => {
                notice::words(app.theme, frame, parts.body, "nobody is in it", &[]);
            }
            None => self.draw_rows(app, frame, parts.body),
        }
        self.draw_foot(app, frame, parts.foot);
        if let Some(pick) = &self.pick {
            pick.draw(app, (self.zone(), self.preview.people.len() > 1), frame, area);
        }
    }

    /// When, and what the key would do or why it cannot.
    fn draw_foot(&self, app: &App, frame: &mut Frame, area: Rect) {
        let theme = app.theme;
        let more = match self.shown() {
            Some(_) if self.end > self.scroll => format!("{} below", app::count(self.end - self.scroll, "more line")),
            _ => String::new(),
        };
        frame.render_widget(view::rule(theme, &more, Tone::Dim, area.width), Rect { height: 1, ..area });
        let when = self.ends(app);
        let key = app.keys.press(Action::LaunchNew);
        // Why not is worth more than that it is so: the reason has to fit.
        let not = if area.width < NARROW { "not now" } else { "not to be launched" };
        let (told, tone) = match app.why_not(Action::LaunchNew) {
            Some(why) => (format!("{not}: {why}"), Tone::Warn),
            None => (format!("{key} asks, then launches"), Tone::Dim),
        };
        let line = Line::from(vec![
            Span::styled(" access ends ", theme.style(Tone::Dim)),
            Span::styled(when, theme.style(Tone::Strong)),
        ]);
        let row = |y: u16| Rect { y: area.y + y, height: 1, ..area };
        frame.render_widget(view::cut(line, area.width), row(1));
        frame.render_widget(view::cut(Line::styled(format!(" {told}"), theme.style(tone)), area.width), row(2));
    }

    fn draw_rows(&self, app: &App, frame: &mut Frame, area: Rect) {
        let theme = app.theme;
        let it = self.totals();
        // A narrow terminal cuts from the right.
        let underway = match it.underway {
            0 => String::new(),
            n => format!(", {n} being offboarded already"),
        };
        let totals = format!(
            " {}{underway}: {}, {} to approve, {} final; {} with a diff to the default",
            app::count(self.preview.people.len(), "person"),
            app::count(it.steps, "step"),
            it.approvals,
            it.irreversible,
            it.otherwise,
        );
        let row = |y: u16| Rect { y: area.y + y, height: 1, ..area };
        frame.render_widget(view::cut(Line::styled(totals, theme.style(Tone::Strong)), area.width), row(0));
        let dead: Vec<String> =
            app.mirror.connectors.iter().filter(|it| it.health.is_dead()).map(|it| it.id.to_string()).collect();
        let (told, tone) = if dead.is_empty() {
            (" every system that was asked lately answers".to_owned(), Tone::Dim)
        } else {
            (format!(" in the way: {} cannot be used now, its steps wait", dead.join(", ")), Tone::Bad)
        };
        frame.render_widget(view::cut(Line::styled(told, theme.style(tone)), area.width), row(1));
        let dated = matches!(self.when, When::At(_))
            || (self.when == When::AsTold && self.preview.people.iter().any(|it| it.effective_at.is_some()));
        let columns = Columns::of(area.width, dated);
        frame.render_widget(Line::styled(columns.head(), theme.style(Tone::Dim)), row(2));
        let high = usize::from(area.height.saturating_sub(3));
        for (y, n) in (area.y + 3..).zip(self.list.visible(high)) {
            let Some(person) = self.preview.people.get(*n) else { continue };
            let line = columns.row(app, self, *n, person);
            frame.render_widget(line, Rect { y, height: 1, ..area });
        }
    }
}

struct Parts {
    body: Rect,
    foot: Rect,
}

fn parts(area: Rect) -> Parts {
    let foot = area.height.min(3);
    let body = Rect { height: area.height - foot, ..area };
    Parts { body, foot: Rect { y: area.y + body.height, height: foot, ..area } }
}

struct Columns {
    name: usize,
    email: usize,
    ends: usize,
    note: usize,
}

impl Columns {
    /// `dated`: somebody's access ends at an instant, which takes more room than a word.
    fn of(width: u16, dated: bool) -> Self {
        let ends = if dated { 16 } else { 7 };
        // Steps, approvals, irreversible, departures.
        let left = usize::from(width).saturating_sub(2 + ends + 4 * 6 + 4);
        let note = (left / 3).min(40);
        let rest = left - note;
        Self { name: rest / 2, email: rest - rest / 2, ends, note }
    }

    fn cells(&self, name: &str, email: &str, ends: &str, counts: [&str; 4], note: &str) -> String {
        let counts: String = counts.iter().map(|it| pad_left(it, 6)).collect();
        let (name, email) = (pad(name, self.name), pad(email, self.email));
        format!("{name} {email} {}{counts} {}", pad(ends, self.ends), pad(note, self.note))
    }

    fn head(&self) -> String {
        format!(
            "  {}",
            self.cells(
                "person",
                "e-mail",
                if self.ends < 11 { "ends" } else { "access ends" },
                ["steps", "ask", "final", "diff"],
                "note"
            )
        )
    }

    fn row(&self, app: &App, look: &Look, n: usize, person: &Previewed) -> Line<'static> {
        let theme = app.theme;
        let Some(draft) = look.preview.draft_of(person) else { return Line::default() };
        let plan = &draft.plan;
        let counts = [plan.steps.len(), plan.asking(), plan.irreversible(), draft.departures.len()];
        let counts = counts.map(|it| if it == 0 { "-".to_owned() } else { it.to_string() });
        let ends = match (look.when, person.effective_at) {
            (When::Held, _) => "by hand".to_owned(),
            (When::AsTold, _) if person.by_hand => "by hand".to_owned(),
            (When::At(at), _) | (When::AsTold, Some(at)) => span::date_time(at, &app.zone),
            (When::Now | When::AsTold, _) => "now".to_owned(),
        };
        let (note, tone) = note(app, look, person);
        let urgent = if person.leaver.urgent() { theme.glyph("▲ ", "! ") } else { "" };
        let name = format!("{urgent}{}", clean(&person.leaver.name));
        let counts = counts.each_ref().map(String::as_str);
        let text = self.cells(&name, &clean(&person.leaver.email), &ends, counts, &note);
        let style = if look.list.selected == Some(n) { Theme::selected() } else { theme.style(tone) };
        Line::styled(format!("  {text}"), style)
    }
}

/// What is to be known of one of many before all.
fn note(app: &App, look: &Look, person: &Previewed) -> (String, Tone) {
    if let Some(open) = &person.underway {
        return (format!("{} {} already", open.offboarding, clean(&open.phase)), Tone::Dim);
    }
    match look.dry_of(person) {
        Some(Dry::Done(run)) => {
            let worst = run.steps.iter().find(|it| it.would.blocks());
            match worst {
                Some(step) => {
                    let (glyph, tone) = foretold(app.theme, &step.would);
                    (format!("{glyph} {} {}", step.action, step.would.word()), tone)
                }
                None => ("dry run: nothing in the way".to_owned(), Tone::Good),
            }
        }
        Some(Dry::Asked) => ("dry run...".to_owned(), Tone::Dim),
        Some(Dry::Failed(_)) => ("dry run failed".to_owned(), Tone::Warn),
        None => (String::new(), Tone::Plain),
    }
}
