//! A terminal with the real console in it.

#[path = "../terminal/pty.rs"]
#[allow(dead_code, reason = "other tests need the rest of it")]
mod pty;

use std::ops::{Deref, DerefMut};
use std::time::Duration;

use portable_pty::CommandBuilder;

pub(crate) use pty::Pty;

use crate::harness::{BINARY, Scene};

/// Longer than a dialog is deaf for after it was drawn.
const READING_TIME: Duration = Duration::from_millis(500);

/// A program's terminal. Ends with it before the scene does: a console that is left alone would start another engine.
pub(crate) struct Terminal(Pty);

impl Terminal {
    /// Opens the console in a terminal of this size.
    pub(crate) fn open(scene: &Scene, columns: u16, rows: u16) -> Self {
        Self::run(scene, &[], columns, rows)
    }

    /// Runs a subcommand in a terminal of this size.
    pub(crate) fn run(scene: &Scene, arguments: &[&str], columns: u16, rows: u16) -> Self {
        let mut command = command(scene);
        command.args(arguments);
        Self(Pty::run(command, columns, rows))
    }

    /// Types into a dialog that has just come up: as somebody who has read it.
    pub(crate) fn answer(&mut self, keys: &str) {
        self.hear_for(READING_TIME);
        self.press(keys);
    }

    /// See [`Pty::hang_up`].
    pub(crate) fn hang_up(self) -> Box<dyn portable_pty::Child + Send + Sync> {
        self.0.hang_up()
    }
}

/// The binary, pointed at this scene and at nothing of the machine's own.
pub(crate) fn command(scene: &Scene) -> CommandBuilder {
    let mut command = CommandBuilder::new(BINARY);
    command.arg("--state-dir");
    command.arg(scene.paths.state_dir());
    command.arg("--config");
    command.arg(&scene.config);
    for (name, value) in [("LC_ALL", "C.UTF-8"), ("TERM", "xterm-256color")] {
        command.env(name, value);
    }
    command.env("XDG_CONFIG_HOME", scene.dir());
    for name in ["NIGHTLATCH_LOG", "NO_COLOR", "COLORTERM"] {
        command.env_remove(name);
    }
    command
}

impl Deref for Terminal {
    type Target = Pty;

    fn deref(&self) -> &Pty {
        &self.0
    }
}

impl DerefMut for Terminal {
    fn deref_mut(&mut self) -> &mut Pty {
        &mut self.0
    }
}
