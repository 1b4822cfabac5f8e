//! The one way out: everything that the command line prints, asks and reads goes through here.

use std::io::{self, BufRead, IsTerminal as _, Write};

use serde::Serialize;

use super::fault::{Exit, Fault};
use super::text;

/// Where a subcommand's output goes and its answers come from.
pub struct Terminal {
    pub(super) out: Box<dyn Write>,
    pub(super) err: Box<dyn Write>,
    pub(super) input: Box<dyn BufRead>,
    /// A person sits there: questions can be asked.
    pub(super) interactive: bool,
    /// How wide the output may be; `None`: as wide as it is, for programs and files.
    pub(super) width: Option<usize>,
}

impl Terminal {
    /// The process's own.
    pub fn of_process() -> Self {
        let out = io::stdout();
        let width = out.is_terminal().then(|| rustix::termios::tcgetwinsize(&out).ok()).flatten();
        Self {
            width: width.map(|size| usize::from(size.ws_col)).filter(|columns| *columns > 0),
            interactive: io::stdin().is_terminal() && io::stderr().is_terminal(),
            out: Box::new(io::BufWriter::new(out)),
            err: Box::new(io::stderr()),
            input: Box::new(io::BufReader::new(io::stdin())),
        }
    }

    /// Prints text that is made for people, line ends included.
    pub(super) fn lines(&mut self, text: &str) -> Result<(), Fault> {
        self.out.write_all(text.as_bytes())?;
        if !text.is_empty() && !text.ends_with('\n') {
            self.out.write_all(b"\n")?;
        }
        Ok(self.out.flush()?)
    }

    /// Prints one JSON value on one line.
    pub(super) fn json(&mut self, value: &impl Serialize) -> Result<(), Fault> {
        let json = serde_json::to_string(value).map_err(|error| Fault::new(Exit::Failure, error.to_string()))?;
        self.lines(&text::json_for_terminal(&json))
    }

    /// Prints bytes as they are.
    pub(super) fn raw(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        self.out.write_all(bytes)?;
        Ok(self.out.flush()?)
    }

    /// Asks a person; `None`: the input has ended.
    pub(super) fn ask(&mut self, question: &str) -> Result<Option<String>, Fault> {
        write!(self.err, "{question} ")?;
        self.err.flush()?;
        let mut answer = String::new();
        let read = self.input.read_line(&mut answer)?;
        Ok((read > 0).then(|| answer.trim_end_matches(['\r', '\n']).to_owned()))
    }

    /// Says what went wrong and returns the exit code for it.
    pub(super) fn fail(&mut self, fault: &Fault, json: bool) -> Exit {
        if fault.pipe_closed {
            return Exit::Ok;
        }
        self.say("error", fault, json);
        fault.exit
    }

    /// Says what is not as it should be, and goes on.
    pub(super) fn warn(&mut self, fault: &Fault, json: bool) {
        self.say("warning", fault, json);
    }

    fn say(&mut self, word: &str, fault: &Fault, json: bool) {
        // If even this cannot be written, the exit code still says what failed.
        let _ = if json {
            writeln!(self.err, "{}", text::json_for_terminal(&fault.as_json().to_string()))
        } else {
            let what = text::clean_lines(&fault.what);
            let cure = fault.cure.as_deref().map(|cure| format!("\n  {}", text::clean_lines(cure))).unwrap_or_default();
            writeln!(self.err, "{word}: {what}{cure}")
        };
    }
}
