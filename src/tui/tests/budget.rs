//! Bytes and time of a frame.

use std::time::{Duration, Instant};

use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};

use super::fleet::{World, ago};
use super::harness::Harness;
use crate::tui::terminal::FrameBytes;

struct Wire {
    terminal: Terminal<CrosstermBackend<FrameBytes>>,
    bytes: FrameBytes,
}

impl Wire {
    fn new(width: u16, height: u16) -> Self {
        ratatui::crossterm::style::force_color_output(true);
        let bytes = FrameBytes::default();
        let viewport = Viewport::Fixed(Rect::new(0, 0, width, height));
        let backend = CrosstermBackend::new(bytes.clone());
        Self { terminal: Terminal::with_options(backend, TerminalOptions { viewport }).unwrap(), bytes }
    }

    fn frame(&mut self, it: &Harness) -> usize {
        self.terminal.draw(|frame| it.app.draw(frame)).unwrap();
        self.bytes.take().map_or(0, |frame| frame.len())
    }
}

fn crowd(people: u64) -> World {
    let mut world = World::busy();
    for n in 0..people {
        let id = world.running(&format!("Person{n} Doe"), ago(30_000));
        world.start(id.step(0), ago(20_000));
    }
    world
}

#[test]
fn first_paint_selection_and_idle_stay_within_their_bytes() {
    let mut it = Harness::with(&crowd(60), 120, 40);
    let mut wire = Wire::new(120, 40);
    let first = wire.frame(&it);
    assert!(first <= 12_000, "{first} bytes for the first paint");
    assert_eq!(wire.frame(&it), 0, "idle");
    it.keys("G g");
    wire.frame(&it);
    for row in 1..12 {
        it.press("j");
        let bytes = wire.frame(&it);
        assert!(bytes <= 400, "{bytes} bytes for moving the selection to row {row}");
    }
}

/// Debug builds are slow: the test holds the order of magnitude, and that the frame does not grow with the fleet.
#[test]
fn a_frame_costs_the_same_with_ten_thousand_people() {
    let worlds = [100, 10_000].map(crowd);
    // On the wall also in the order in which whoever fails stands last.
    for keys in ["1", "3", "3 S"] {
        let [few, many] = worlds.each_ref().map(|world| {
            let mut it = Harness::with(world, 120, 40);
            it.keys(keys);
            let mut wire = Wire::new(120, 40);
            wire.frame(&it);
            let mut best = Duration::MAX;
            for _ in 0..10 {
                let begun = Instant::now();
                wire.frame(&it);
                best = best.min(begun.elapsed());
            }
            best
        });
        assert!(many < few * 3 + Duration::from_millis(2), "{keys}: {few:?} with 100 people, {many:?} with 10 000");
    }
}
