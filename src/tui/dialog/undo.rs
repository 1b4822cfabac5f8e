//! What an undo would do: what comes back, what cannot, and until when the rest can. Read before anything is asked.

use ratatui::Frame;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::editor::Next;
use super::{Answer, Dialog, Editor, Guard, Typed, frame as boxed};
use crate::ipc::Op;
use crate::model::{Offboarding, OffboardingId, Restoration};
use crate::tui::action::Action;
use crate::tui::app::{self, App};
use crate::tui::order::Order;
use crate::tui::span;
use crate::tui::text::clean;
use crate::tui::theme::{Theme, Tone};

/// The dialog.
#[derive(Debug, Clone)]
pub(crate) struct Undoing {
    pub(crate) of: Box<Offboarding>,
    /// The step that was pointed at, if it can be undone alone.
    step: Option<u16>,
    /// That step alone is meant.
    alone: bool,
    /// What the engine says; `None`: it was asked.
    found: Option<Result<Box<Restoration>, String>>,
    pub(crate) guard: Guard,
    scroll: usize,
}

impl Undoing {
    pub(crate) fn new(of: Offboarding, step: Option<u16>) -> Self {
        Self { of: Box::new(of), step, alone: step.is_some(), found: None, guard: Guard::default(), scroll: 0 }
    }

    /// The steps that are meant; empty: all.
    pub(crate) fn steps(&self) -> Vec<u16> {
        self.step.filter(|_| self.alone).into_iter().collect()
    }

    /// The engine has said what it would do.
    pub(crate) fn learn(&mut self, of: OffboardingId, steps: &[u16], found: Result<Box<Restoration>, String>) {
        if self.of.id == of && self.steps() == steps {
            self.found = Some(found);
        }
    }

    pub(crate) fn key(&mut self, key: KeyEvent, steady: u64) -> Answer {
        if !self.guard.listens(steady) {
            return Answer::Stay;
        }
        let plain = !key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
        match key.code {
            KeyCode::Enter | KeyCode::Esc | KeyCode::Char('n' | 'q') => return Answer::Close,
            KeyCode::Char('s') if plain && self.step.is_some() => {
                self.alone = !self.alone;
                (self.found, self.scroll) = (None, 0);
                return Answer::Preview;
            }
            KeyCode::Char('y') if plain => return self.go_on(),
            KeyCode::PageDown | KeyCode::Down => self.scroll += 5,
            KeyCode::PageUp | KeyCode::Up => self.scroll = self.scroll.saturating_sub(5),
            _ => {}
        }
        self.scroll = self.scroll.min(self.most_lines());
        Answer::Stay
    }

    /// To the reason, and from there to the login.
    fn go_on(&self) -> Answer {
        let Some(Ok(restoration)) = &self.found else { return Answer::Stay };
        let (of, count) = (&self.of, restoration.plan.steps.len());
        if count == 0 {
            return Answer::Stay;
        }
        let op = Op::Undo {
            offboarding: of.id,
            steps: self.steps(),
            revision: Some(of.revision),
            typed: String::new(),
            reason: String::new(),
            dry_run: false,
        };
        let mut facts = vec![
            ("what", format!("give back what {} took", app::count(count, "step")), Tone::Strong),
            ("whom", app::who(of), Tone::Plain),
        ];
        let lost = restoration.lost.iter();
        facts.extend(lost.map(|it| ("stays done", format!("{}: {}", it.action, clean(&it.why)), Tone::Bad)));
        facts.extend(restoration.plan.steps.iter().map(|step| {
            let account = step.gives_back.as_ref().map_or_else(String::new, |it| clean(&it.account.label));
            ("comes back", format!("{}: {account}", step.action), Tone::Plain)
        }));
        facts.push(("danger", "the access that comes back is alive at once".to_owned(), Tone::Bad));
        facts.push(("asked by", clean(&of.requester.to_string()), Tone::Plain));
        facts.push(("plan", clean(&restoration.plan.digest), Tone::Dim));
        let title = format!("Give back to {}?", app::name(of));
        let order = Order::one("undo", app::name(of), op);
        let typed = Typed::new(title, facts, of.leaver().login.clone(), order);
        let title = format!("Undo {} of {}", self.what(), app::name(of));
        Answer::Then(Box::new(Dialog::Editor(Box::new(Editor::reason(title, Next::Typed(typed))))))
    }

    fn what(&self) -> String {
        match self.step.filter(|_| self.alone) {
            Some(ord) => self.of.id.step(ord).to_string(),
            None => self.of.id.to_string(),
        }
    }

    fn most_lines(&self) -> usize {
        match &self.found {
            Some(Ok(it)) => (it.plan.steps.len() + it.lost.len()) * 4,
            _ => 0,
        }
    }

    pub(crate) fn draw(&self, app: &App, frame: &mut Frame, area: Rect) {
        let theme = app.theme;
        let width = boxed::inner_width(area);
        let mut lines = boxed::fact(theme, "whom", &app::who(&self.of), Tone::Plain, width);
        match &self.found {
            None => lines.push(Line::styled("asking the engine what would come back...", theme.style(Tone::Dim))),
            Some(Err(why)) => {
                lines.extend(boxed::fact(theme, "not now", &clean(why), Tone::Warn, width));
                let next = format!("close this; then {} asks the engine again", app.keys.key(Action::Undo));
                lines.extend(boxed::fact(theme, "next", &next, Tone::Plain, width));
            }
            Some(Ok(it)) => lines.extend(restoration(app, it, width)),
        }
        let mut keys = vec![Span::styled(" Cancel (Enter) ", Theme::selected())];
        let mut offer = |key: &'static str, what: String| {
            keys.push(Span::raw("   "));
            keys.push(Span::styled(key, theme.style(Tone::Strong)));
            keys.push(Span::raw(format!("  {what}")));
        };
        if matches!(&self.found, Some(Ok(it)) if !it.plan.steps.is_empty()) {
            offer("y", "goes on to the reason".to_owned());
        }
        if let Some(planned) = self.step.and_then(|ord| self.of.plan.step(ord)) {
            offer("s", if self.alone { "the whole instead".to_owned() } else { format!("only {}", planned.action) });
        }
        let title = format!("Undo {}: what would come back", self.what());
        boxed::draw(theme, frame, area, &title, Tone::Warn, (lines, self.scroll), vec![Line::from(keys)]);
    }
}

fn restoration(app: &App, it: &Restoration, width: usize) -> Vec<Line<'static>> {
    let theme = app.theme;
    let mut lines = Vec::new();
    // What cannot come back stands first: nobody has to scroll to learn of it.
    for lost in &it.lost {
        let text = format!("{}: {}", lost.action, clean(&lost.why));
        lines.extend(boxed::fact(theme, "stays done", &text, Tone::Warn, width));
    }
    if it.plan.steps.is_empty() {
        let told = "nothing: no step took something away that it can give back";
        lines.extend(boxed::fact(theme, "comes back", told, Tone::Warn, width));
    }
    let back: Vec<_> = it.plan.steps.iter().filter_map(|step| Some((step, step.gives_back.as_ref()?))).collect();
    for (step, back) in &back {
        let until = back.until.map_or_else(String::new, |until| {
            format!("; until {} ({} more)", span::date_time(until, &app.zone), span::left(until, app.now))
        });
        let text = format!("{}: {}; {}{until}", step.action, clean(&step.title), clean(&back.account.label));
        lines.extend(boxed::fact(theme, "comes back", &text, Tone::Good, width));
    }
    let unknown = back.iter().filter(|(_, back)| back.until.is_none()).count();
    if unknown > 0 {
        let which = if unknown == back.len() { "" } else { "where no end is told: " };
        let told = format!("{which}as long as the vendor keeps it, which nobody says");
        lines.extend(boxed::fact(theme, "for", &told, Tone::Warn, width));
    }
    lines
}
