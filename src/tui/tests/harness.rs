//! The console without a terminal: keys in, commands and text out.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::fleet::{NOW, World};
use crate::ipc::{EngineLine, Op, Refusal, Reply, Welcome};
use crate::model::{Envelope, Role, Timestamp};
use crate::tui::app::{App, Start};
use crate::tui::keymap::{Key, Keymap};
use crate::tui::msg::{Cmd, Msg};
use crate::tui::theme::{Depth, Scheme, Theme};

pub(crate) struct Harness {
    pub(crate) app: App,
    pub(crate) steady: u64,
    /// Everything that was asked for, oldest first.
    pub(crate) cmds: Vec<Cmd>,
}

pub(crate) fn welcome(read_only: bool) -> Welcome {
    Welcome {
        protocol: crate::ipc::protocol::PROTOCOL,
        version: "0.1.0".to_owned(),
        pid: 4711,
        started_at: NOW,
        login: "operator".to_owned(),
        read_only,
        role: Role::Owner,
        config: crate::ipc::ConfigMark::default(),
    }
}

impl Harness {
    /// Before anything has come from an engine.
    pub(crate) fn cold(width: u16, height: u16) -> Self {
        let app = App::new(Start {
            theme: Theme::new(&Scheme::default(), Depth::Sixteen, false),
            keys: Keymap::new(&BTreeMap::new()).unwrap(),
            read_only: false,
            banner: None,
            zone: TimeZone::UTC,
            now: NOW,
            size: (width, height),
        });
        let mut it = Self { app, steady: 0, cmds: Vec::new() };
        it.wait(0);
        it
    }

    /// Connected to an engine with this world.
    pub(crate) fn with(world: &World, width: u16, height: u16) -> Self {
        let mut it = Self::cold(width, height);
        it.connect(world);
        it
    }

    pub(crate) fn busy(width: u16, height: u16) -> Self {
        Self::with(&World::busy(), width, height)
    }

    pub(crate) fn connect(&mut self, world: &World) {
        self.line(EngineLine::Welcome(welcome(false)));
        self.snapshot(world);
    }

    pub(crate) fn snapshot(&mut self, world: &World) {
        let fleet = Box::new(world.fleet.clone());
        self.line(EngineLine::Snapshot { fleet, connectors: world.connectors.clone(), at: NOW });
    }

    pub(crate) fn line(&mut self, line: EngineLine) {
        self.send(Msg::Line(Box::new(line)));
    }

    pub(crate) fn event(&mut self, envelope: Envelope) {
        self.line(EngineLine::Event(Box::new(envelope)));
    }

    pub(crate) fn send(&mut self, msg: Msg) {
        let cmds = self.app.update(msg);
        self.cmds.extend(cmds);
        let cmds = self.app.settle();
        self.cmds.extend(cmds);
    }

    /// What was drawn is on the terminal, and so many ms pass.
    pub(crate) fn wait(&mut self, ms: u64) {
        self.send(Msg::Drawn);
        self.steady += ms;
        let now = Timestamp(NOW.0 + i64::try_from(self.steady).unwrap());
        self.send(Msg::Clock { now, steady: self.steady });
    }

    /// Presses a key by its name, without any time passing.
    pub(crate) fn press(&mut self, key: &str) {
        let Key { code, ctrl } = Key::parse(key).unwrap();
        let modifiers = if ctrl { KeyModifiers::CONTROL } else { KeyModifiers::NONE };
        self.send(Msg::Key(KeyEvent::new(code, modifiers)));
    }

    /// Presses keys one after the other, each after its effect was drawn and read.
    pub(crate) fn keys(&mut self, keys: &str) -> &mut Self {
        for key in keys.split(' ') {
            self.press(key);
            self.wait(400);
        }
        self
    }

    pub(crate) fn type_text(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            self.send(Msg::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE)));
        }
        self
    }

    /// The acts that were asked for.
    pub(crate) fn acts(&self) -> Vec<Op> {
        self.asked().into_iter().map(|(_, op)| op).filter(Op::is_act).collect()
    }

    /// The logins that approvals named: nothing else was asked for.
    #[track_caller]
    pub(crate) fn approved(&self) -> Vec<String> {
        let login = |op| match op {
            Op::Approve { typed, .. } => typed,
            other => panic!("{other:?}"),
        };
        self.acts().into_iter().map(login).collect()
    }

    pub(crate) fn asked(&self) -> Vec<(u64, Op)> {
        let asked = self.cmds.iter().filter_map(|cmd| match cmd {
            Cmd::Ask { ticket, op } => Some((*ticket, op.clone())),
            _ => None,
        });
        asked.collect()
    }

    /// Answers the last request.
    pub(crate) fn answer(&mut self, result: Result<Reply, Refusal>) {
        let (ticket, _) = self.asked().pop().unwrap();
        self.send(Msg::Answer { ticket, result });
    }

    pub(crate) fn buffer(&self) -> Buffer {
        let size = self.app.size;
        let mut terminal = Terminal::new(TestBackend::new(size.width, size.height)).unwrap();
        terminal.draw(|frame| self.app.draw(frame)).unwrap();
        terminal.backend().buffer().clone()
    }

    /// The screen as text.
    pub(crate) fn screen(&self) -> String {
        let buffer = self.buffer();
        let area = buffer.area;
        let mut text = String::new();
        for y in 0..area.height {
            let mut line = String::new();
            let mut x = 0;
            while x < area.width {
                let symbol = buffer[(x, y)].symbol();
                line.push_str(symbol);
                x += u16::try_from(crate::tui::text::width(symbol).max(1)).unwrap();
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }

    #[track_caller]
    pub(crate) fn shows(&self, text: &str) {
        let screen = self.screen();
        assert!(screen.contains(text), "the screen does not show `{text}`:\n{screen}");
    }

    #[track_caller]
    pub(crate) fn hides(&self, text: &str) {
        let screen = self.screen();
        assert!(!screen.contains(text), "the screen shows `{text}`:\n{screen}");
    }
}
