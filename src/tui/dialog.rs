//! What stands over a screen and takes every key until it is answered.

pub(crate) mod confirm;
pub(crate) mod copy;
pub(crate) mod editor;
pub(crate) mod error;
pub(crate) mod evidence;
pub(crate) mod frame;
pub(crate) mod guard;
pub(crate) mod help;
pub(crate) mod palette;
pub(crate) mod typed;
pub(crate) mod undo;

pub(crate) use confirm::Confirm;
pub(crate) use copy::Copy;
pub(crate) use editor::Editor;
pub(crate) use error::ErrorNote;
pub(crate) use evidence::Written;
pub(crate) use guard::Guard;
pub(crate) use help::Help;
pub(crate) use palette::Palette;
pub(crate) use typed::Typed;
pub(crate) use undo::Undoing;

use ratatui::Frame;
use ratatui::crossterm::event::KeyEvent;
use ratatui::layout::Rect;

use super::action::Action;
use super::app::App;
use super::order::Order;

/// An open dialog.
#[derive(Debug, Clone)]
pub(crate) enum Dialog {
    Confirm(Confirm),
    Typed(Typed),
    Editor(Box<Editor>),
    Undo(Undoing),
    Written(Written),
    Help(Help),
    Palette(Palette),
    Copy(Copy),
    Error(ErrorNote),
}

/// What a key did to the dialog.
#[derive(Debug)]
pub(crate) enum Answer {
    Stay,
    Close,
    /// Close, and send this.
    Send(Order),
    /// Close, and go on with this.
    Then(Box<Dialog>),
    /// Stay, and ask the engine what an undo would do.
    Preview,
    /// Close, and do this.
    Run(Action),
    /// Close, and put this on the clipboard.
    Copy {
        what: &'static str,
        text: String,
    },
}

impl Dialog {
    /// `steady`: ms that never jump.
    pub(crate) fn key(&mut self, key: KeyEvent, steady: u64) -> Answer {
        match self {
            Self::Confirm(it) => it.key(key, steady),
            Self::Typed(it) => it.key(key, steady),
            Self::Editor(it) => it.key(key, steady),
            Self::Undo(it) => it.key(key, steady),
            Self::Written(it) => it.key(key),
            Self::Help(it) => it.key(key),
            Self::Palette(it) => it.key(key),
            Self::Copy(it) => it.key(key),
            Self::Error(it) => it.key(key),
        }
    }

    pub(crate) fn paste(&mut self, text: &str) {
        match self {
            Self::Typed(it) => it.refuse_paste(),
            Self::Editor(it) => it.paste(text),
            Self::Help(it) => it.filter.push_str(&super::text::clean(text)),
            Self::Palette(it) => it.input.push_str(&super::text::clean(text)),
            Self::Confirm(_) | Self::Copy(_) | Self::Error(_) | Self::Undo(_) | Self::Written(_) => {}
        }
    }

    /// It is on the terminal since `steady`.
    pub(crate) fn drawn(&mut self, steady: u64) {
        match self {
            Self::Confirm(it) => it.guard.drawn(steady),
            Self::Typed(it) => it.guard.drawn(steady),
            Self::Editor(it) => it.guard.drawn(steady),
            Self::Undo(it) => it.guard.drawn(steady),
            _ => {}
        }
    }

    pub(crate) fn draw(&self, app: &App, frame: &mut Frame, area: Rect) {
        match self {
            Self::Confirm(it) => it.draw(app.theme, frame, area),
            Self::Typed(it) => it.draw(app.theme, frame, area),
            Self::Editor(it) => it.draw(app.theme, frame, area),
            Self::Undo(it) => it.draw(app, frame, area),
            Self::Written(it) => it.draw(app.theme, frame, area),
            Self::Help(it) => it.draw(app, frame, area),
            Self::Palette(it) => it.draw(app, frame, area),
            Self::Copy(it) => it.draw(app.theme, frame, area),
            Self::Error(it) => it.draw(app.theme, frame, area),
        }
    }
}
