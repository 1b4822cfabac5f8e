//! A pane of text over a screen: a timeline, details, the open alerts.

pub(crate) mod journal;
pub(crate) mod person;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use super::action::Action;
use super::app::App;
use super::dialog::frame::paragraph;
use super::screen::{ledger, offboarding};
use super::theme::Tone;
use super::{span, text, view};
use crate::model::{Envelope, OffboardingId};
use person::{Looks, Person};

/// What a pane shows.
#[derive(Debug, Clone)]
pub(crate) enum Body {
    /// Everything that ever happened to a person.
    Person(Box<Person>),
    /// Everything known of a person.
    Details(OffboardingId),
    /// The open alerts.
    Alerts,
    /// The last signed checkpoint.
    Checkpoint,
}

/// The pane.
#[derive(Debug, Clone)]
pub(crate) struct Pane {
    pub(crate) body: Body,
    /// The first visible line.
    pub(crate) scroll: usize,
    /// New lines at the end pull the window with them.
    pub(crate) follow: bool,
    pub(crate) wrap: bool,
    pub(crate) times: bool,
    end: usize,
}

impl Pane {
    fn new(body: Body, follow: bool) -> Self {
        Self { body, scroll: 0, follow, wrap: true, times: true, end: 0 }
    }

    pub(crate) fn person(person: Person, follow: bool) -> Self {
        Self::new(Body::Person(Box::new(person)), follow)
    }

    pub(crate) fn details(of: OffboardingId) -> Self {
        Self::new(Body::Details(of), false)
    }

    pub(crate) fn checkpoint() -> Self {
        Self::new(Body::Checkpoint, false)
    }

    pub(crate) fn alerts() -> Self {
        Self::new(Body::Alerts, false)
    }

    /// The timeline grows while it is read.
    pub(crate) fn heard(&mut self, envelope: &Envelope) {
        if let Body::Person(person) = &mut self.body {
            person.heard(envelope);
        }
    }

    pub(crate) fn toggle(&mut self, action: Action) {
        match action {
            Action::Follow => self.follow = !self.follow,
            Action::Wrap => self.wrap = !self.wrap,
            _ => self.times = !self.times,
        }
    }

    pub(crate) fn travel(&mut self, action: Action, page: usize) {
        self.scroll = match action {
            Action::Up => self.scroll.saturating_sub(1),
            Action::Down => self.scroll + 1,
            Action::PageUp => self.scroll.saturating_sub(page),
            Action::PageDown => self.scroll + page,
            Action::Top => 0,
            _ => self.end,
        }
        .min(self.end);
        // Whoever scrolls up reads: new lines must not pull the text away.
        self.follow = self.follow && self.scroll == self.end;
    }

    /// Finds its end on this area, and goes there if it follows.
    pub(crate) fn settle(&mut self, app: &App, area: Rect) {
        let room = usize::from(area.height).saturating_sub(1);
        let looks = self.looks(area);
        let lines = match &mut self.body {
            Body::Person(person) => person.lay_out(app, looks, self.scroll, room),
            _ => self.lines(app, looks.width).len(),
        };
        self.end = lines.saturating_sub(room);
        self.scroll = if self.follow { self.end } else { self.scroll.min(self.end) };
    }

    fn looks(&self, area: Rect) -> Looks {
        Looks { width: usize::from(area.width).saturating_sub(2), wrap: self.wrap, times: self.times }
    }

    fn title(&self, app: &App) -> String {
        let name = |id: &OffboardingId| app.known(*id).map(super::app::name).unwrap_or_default();
        match &self.body {
            Body::Person(person) => {
                let on = |it: bool, word: &str| if it { format!("  {word}") } else { String::new() };
                format!("{}{}{}", person.title(), on(self.follow, "following"), on(!self.wrap, "cut"))
            }
            Body::Checkpoint => "the last signed checkpoint".to_owned(),
            Body::Details(of) => format!("details of {} {of}", name(of)),
            Body::Alerts => "open alerts".to_owned(),
        }
    }

    fn lines(&self, app: &App, width: usize) -> Vec<Line<'static>> {
        let dim = app.theme.style(Tone::Dim);
        match &self.body {
            // It is laid out line by line: see `window`.
            Body::Person(_) => Vec::new(),
            Body::Checkpoint => ledger::checkpoint(app, width),
            Body::Details(of) => match (app.known(*of), app.shelf.problem(*of)) {
                (Some(person), _) => offboarding::whole(app, person, width),
                (None, Some(problem)) => paragraph(app.theme, &text::clean(problem), Tone::Warn, width),
                (None, None) => vec![Line::styled(format!("reading {of} from the journal..."), dim)],
            },
            Body::Alerts => {
                let alerts = app.mirror.fleet.alerts.iter();
                let said = alerts.flat_map(|(key, alert)| {
                    let text = format!("{} ({})", text::clean(&alert.summary), text::clean(key));
                    let since = span::time_of_day(alert.since, &app.zone);
                    super::dialog::frame::fact(app.theme, &since, &text, Tone::Plain, width)
                });
                let lines: Vec<_> = said.collect();
                if lines.is_empty() { vec![Line::styled("no alert is open", dim)] } else { lines }
            }
        }
    }

    pub(crate) fn draw(&self, app: &App, frame: &mut Frame, area: Rect) {
        let room = usize::from(area.height).saturating_sub(1);
        let looks = self.looks(area);
        let shown = match &self.body {
            Body::Person(person) => person.window(app, looks, self.scroll, room),
            _ => self.lines(app, looks.width).into_iter().skip(self.scroll).take(room).collect(),
        };
        let hidden = self.end.saturating_sub(self.scroll);
        let title = self.title(app);
        let title = if hidden > 0 { format!("{title}  ({hidden} more lines)") } else { title };
        frame.render_widget(view::rule(app.theme, &title, Tone::Strong, area.width), Rect { height: 1, ..area });
        let at = Rect { x: area.x + 1, y: area.y + 1, width: area.width - 1, height: area.height - 1 };
        frame.render_widget(Paragraph::new(shown), at);
    }
}
