//! The terminal: taken, written to in one piece a frame, and given back whole in every exit.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ratatui::Terminal as Ratatui;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::cursor::{Hide, Show};
use ratatui::crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use ratatui::crossterm::style::ResetColor;
use ratatui::crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use ratatui::crossterm::{execute, queue};
use ratatui::layout::Rect;
use tokio::sync::Notify;

/// The terminal is the console's: raw, and in its alternate screen. One for the process, as the terminal is: whoever gives
/// it back, the panic's hook too, does so once.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// A panic, on whatever thread.
static FAULT: Notify = Notify::const_new();

/// Of a SIGCONT that ends a stop of the console's own nothing more has to be made within this.
const ECHO: Duration = Duration::from_millis(500);

/// DEC private mode 2026: the terminal shows what is between the two at once. Others ignore it.
const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";

/// Collects a frame's bytes. Flushing does nothing: ratatui flushes in the middle of a frame.
#[derive(Debug, Clone, Default)]
pub(crate) struct FrameBytes(Arc<Mutex<Vec<u8>>>);

impl Write for FrameBytes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl FrameBytes {
    /// The frame as one piece; `None`: it paints nothing.
    pub(crate) fn take(&self) -> Option<Vec<u8>> {
        let bytes = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        if !paints(&bytes) {
            return None;
        }
        Some([BEGIN, &bytes, END].concat())
    }
}

/// Whether it moves the cursor or clears: a frame in which nothing changed only resets attributes.
fn paints(bytes: &[u8]) -> bool {
    bytes.iter().any(|byte| matches!(byte, b'H' | b'J'))
}

/// The terminal while the console runs.
pub(crate) struct Terminal {
    ratatui: Ratatui<CrosstermBackend<FrameBytes>>,
    bytes: FrameBytes,
    /// When it was last taken again after a stop.
    resumed_at: Option<Instant>,
}

impl Terminal {
    /// Takes the terminal. The panic hook gives it back too.
    pub(crate) fn take() -> io::Result<Self> {
        // The theme decides about colour; crossterm would turn NO_COLOR into resets that break reverse video.
        ratatui::crossterm::style::force_color_output(true);
        let bytes = FrameBytes::default();
        let ratatui = Ratatui::new(CrosstermBackend::new(bytes.clone()))?;
        let mut terminal = Self { ratatui, bytes, resumed_at: None };
        restore_on_panic();
        terminal.enter()?;
        Ok(terminal)
    }

    #[expect(clippy::unused_self, reason = "only who has the terminal takes it again")]
    fn enter(&mut self) -> io::Result<()> {
        enable_raw_mode()?;
        TAKEN.store(true, Ordering::SeqCst);
        execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste, Hide)
    }

    /// Gives it back.
    #[expect(clippy::unused_self, reason = "only who has the terminal gives it back")]
    pub(crate) fn give_back(&mut self) {
        restore();
    }

    /// Stops like any job, as soon as the thread that gets the signal looks. Until [`Self::take_again`] the terminal is the
    /// shell's. (A session's leader is not stopped: nobody could continue it.)
    pub(crate) fn suspend(&mut self) -> io::Result<()> {
        self.give_back();
        Ok(rustix::process::kill_current_process_group(rustix::process::Signal::TSTP)?)
    }

    /// SIGCONT came: if somebody else had stopped the console, the shell has had the terminal. Whether it was so.
    pub(crate) fn continued(&mut self) -> io::Result<bool> {
        if self.resumed_at.is_some_and(|at| at.elapsed() < ECHO) {
            return Ok(false);
        }
        self.give_back();
        self.take_again()?;
        Ok(true)
    }

    /// After a stop.
    pub(crate) fn take_again(&mut self) -> io::Result<()> {
        self.resumed_at = Some(Instant::now());
        self.enter()?;
        self.redraw()
    }

    /// The next frame paints everything. (`Terminal::clear` would ask the terminal for its cursor and wait.)
    pub(crate) fn redraw(&mut self) -> io::Result<()> {
        let size = self.ratatui.size()?;
        self.ratatui.resize(Rect::new(0, 0, size.width, size.height))
    }

    pub(crate) fn size(&self) -> io::Result<(u16, u16)> {
        let size = self.ratatui.size()?;
        Ok((size.width, size.height))
    }

    /// Draws a frame with one write; returns how many bytes it took.
    pub(crate) fn draw(&mut self, draw: impl FnOnce(&mut ratatui::Frame)) -> io::Result<usize> {
        // After a panic the terminal is the shell's.
        if !TAKEN.load(Ordering::SeqCst) {
            return Ok(0);
        }
        self.ratatui.draw(draw)?;
        match self.bytes.take() {
            Some(frame) => send(&frame).map(|()| frame.len()),
            None => Ok(0),
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.give_back();
    }
}

/// Writes past every buffer.
pub(crate) fn send(bytes: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes)?;
    stdout.flush()
}

/// Everything back as it was, as far as the terminal still listens; once. Whether it was taken.
fn restore() -> bool {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return false;
    }
    let mut bytes = END.to_vec();
    let _ = queue!(bytes, ResetColor, DisableBracketedPaste, LeaveAlternateScreen, Show);
    let _ = send(&bytes);
    let _ = disable_raw_mode();
    true
}

/// Returns when any thread has panicked; the terminal is given back by then, and the reason told.
pub(crate) async fn fault() {
    FAULT.notified().await;
}

fn restore_on_panic() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let taken = restore();
            before(info);
            if taken {
                FAULT.notify_one();
            }
        }));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_one_piece_in_brackets_and_an_unchanged_one_is_none() {
        let bytes = FrameBytes::default();
        let mut terminal = Ratatui::with_options(
            CrosstermBackend::new(bytes.clone()),
            ratatui::TerminalOptions { viewport: ratatui::Viewport::Fixed(Rect::new(0, 0, 20, 2)) },
        )
        .unwrap();
        let mut draw = |text: &'static str| {
            terminal.draw(|frame| frame.render_widget(text, frame.area())).unwrap();
            bytes.take()
        };
        let first = draw("Hello").unwrap();
        assert!(first.starts_with(BEGIN) && first.ends_with(END));
        assert_eq!(draw("Hello"), None, "nothing changed, nothing is written");
        assert!(draw("hello").is_some());
    }
}
