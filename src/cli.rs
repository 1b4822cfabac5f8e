//! The command line. Sees [`crate::ipc`] and [`crate::model`] only: never the database, the network or the engine.
//!
//! `args` says what can be asked, `run` asks the engine, `render` turns its answers into lines; with `--json` they are
//! printed as they are. Everything that a screen of the console shows or does is a subcommand, too.

pub mod args;
mod docs;
mod fault;
mod render;
mod run;
mod terminal;
mod text;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::{CommandFactory as _, Parser as _};

pub use args::{Cli, Command, Globals};
pub use fault::{Exit, Fault};
pub use run::perform;
pub use terminal::Terminal;

/// What a subcommand needs to know of the process that it runs in.
#[derive(Default)]
pub struct Context {
    /// The engine's socket.
    pub socket: PathBuf,
    /// The engine refuses every act on the connection.
    pub read_only: bool,
    /// JSON on stdout, and errors as JSON on stderr.
    pub json: bool,
    /// No character beyond ASCII of our own.
    pub ascii: bool,
    /// Starts an engine if none runs; `None`: subcommands that need one say so.
    pub start_engine: Option<StartEngine>,
    /// The configuration that was named on the command line, absolute.
    pub config: Option<PathBuf>,
    /// Where the configuration usually is, if there is one.
    pub usual_config: Option<PathBuf>,
    /// What a configuration says now, as [`crate::ipc::ConfigMark::fingerprint`]; `None`: nobody asks.
    pub fingerprint: Option<fn(&Path) -> String>,
}

/// Starts an engine for the context's socket and returns, perhaps before it listens. The error is in words, with a cure.
pub type StartEngine = Box<dyn Fn() -> Result<(), String>>;

/// Reads the command line, the program's name first. Where there is nothing to run, it is said, and the exit code is
/// returned: of `--help` and `--version` [`Exit::Ok`], of what makes no sense [`Exit::Usage`].
pub fn parse(line: impl Iterator<Item = OsString>) -> Result<Cli, Exit> {
    let line: Vec<OsString> = line.collect();
    Cli::try_parse_from(&line).map_err(|told| {
        if told.use_stderr() && line.iter().any(|word| word == "--json") {
            let words = told.render().to_string();
            let words = words.trim().trim_start_matches("error: ");
            let (what, cure) = words.split_once("\n\n").unwrap_or((words, "nightlatch --help"));
            return fail(true, &Fault::usage(what, cure));
        }
        // Help that nobody reads to its end is no failure.
        let _ = told.print();
        if told.use_stderr() { Exit::Usage } else { Exit::Ok }
    })
}

/// Runs a subcommand that talks to the engine, or [`Command::Completions`], on a runtime of its own: not to be called
/// from within one (there, await [`perform`]). The others, which [`Command::is_remote`] denies, are `main`'s.
pub fn run(command: Command, context: &Context) -> Exit {
    let mut terminal = Terminal::of_process();
    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(perform(command, context, &mut terminal)),
        Err(error) => terminal.fail(&Fault::new(Exit::Failure, format!("no runtime: {error}")), context.json),
    }
}

/// Prints what a subcommand of `main`'s found: `text` for people, `value` with `--json`. A `sound` finding exits with
/// [`Exit::Ok`], another with [`Exit::NotVerified`].
pub fn report(json: bool, sound: bool, text: &str, value: &serde_json::Value) -> Exit {
    let mut terminal = Terminal::of_process();
    let printed = if json { terminal.json(value) } else { terminal.lines(text) };
    match printed {
        Ok(()) if sound => Exit::Ok,
        Ok(()) => Exit::NotVerified,
        Err(fault) => terminal.fail(&fault, json),
    }
}

/// Prints an error of `main`'s in the form that all subcommands use, and returns its exit code.
pub fn fail(json: bool, fault: &Fault) -> Exit {
    Terminal::of_process().fail(fault, json)
}

fn completions(shell: clap_complete::Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "nightlatch", &mut script);
    script
}

#[cfg(test)]
mod tests;
