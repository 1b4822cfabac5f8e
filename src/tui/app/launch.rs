//! The launch flow: from stage to stage, and what is asked of the engine on the way. Nothing is launched but by the order of a
//! dialog.

use std::collections::BTreeSet;

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::answers::other_answer;
use super::{App, Awaited, count, list_up};
use crate::ipc::{Op, Refusal, Reply};
use crate::model::{Draft, HrNotice, NoticeKind, OffboardingId, Plan, Preview, Previewed, Timestamp, Whom};
use crate::tui::action::Action;
use crate::tui::dialog::{Confirm, Dialog, Typed};
use crate::tui::list::travelled;
use crate::tui::msg::Cmd;
use crate::tui::order::{Line, Order};
use crate::tui::screen::launch::ask::{self, Ask, Asked};
use crate::tui::screen::launch::choose::{self, SOURCES, Source};
use crate::tui::screen::launch::missing::Gone;
use crate::tui::screen::launch::preview::{Batch, Dry, Look};
use crate::tui::screen::launch::when::{Pick, When};
use crate::tui::screen::launch::{Launch, Stage};
use crate::tui::text::{self, clean};
use crate::tui::theme::Tone;

/// As in `launch: all 40 done`.
const VERB: &str = "launch";

impl App {
    pub(super) fn open_launch(&mut self) {
        let mut launch = Launch::new();
        // Who has marked rows that wait to be fired means those.
        if !choose::marked(self).is_empty()
            && let Some(Stage::Choose(choose)) = launch.stage_mut()
        {
            choose.row = SOURCES.iter().position(|it| *it == Source::Marked).unwrap_or(0);
        }
        self.launch = Some(launch);
    }

    /// A look while the flow is open. `None`: it means what it means everywhere.
    pub(super) fn look_in_launch(&mut self, action: Action) -> Option<Vec<Cmd>> {
        let page = self.page();
        let launch = self.launch.as_mut()?;
        match action {
            Action::Up | Action::Down | Action::Top | Action::Bottom | Action::PageUp | Action::PageDown => {
                match launch.stage_mut()? {
                    Stage::Choose(it) => it.row = travelled(action, it.row, SOURCES.len(), page),
                    Stage::Gone(it) => it.list.go(travelled(action, it.list.row, it.list.ids.len(), page)),
                    Stage::Look(it) => it.travel(action, page),
                    Stage::Ask(_) => {}
                }
            }
            Action::Mark | Action::MarkRange | Action::MarkAll => {
                let Stage::Gone(gone) = launch.stage_mut()? else { return Some(Vec::new()) };
                match action {
                    Action::Mark => {
                        gone.list.toggle_mark();
                        gone.list.down(1);
                    }
                    Action::MarkRange => gone.list.range(),
                    _ => gone.list.mark_all(),
                }
            }
            Action::Open => return Some(self.go_on()),
            Action::Back | Action::Leave => self.launch_back(),
            Action::DryRun => return Some(self.dry_run()),
            Action::When => self.pick_when(),
            _ => return None,
        }
        Some(Vec::new())
    }

    /// One stage back; from the first out of the flow. Marks go first, as everywhere.
    fn launch_back(&mut self) {
        let Some(launch) = &mut self.launch else { return };
        if let Some(Stage::Gone(gone)) = launch.stage_mut()
            && gone.list.clear_marks()
        {
            return;
        }
        match launch.stage_mut() {
            Some(Stage::Look(look)) if look.pick.is_some() => {
                look.pick = None;
                return;
            }
            Some(Stage::Look(look)) if look.opened.is_some() && look.preview.people.len() > 1 => {
                look.opened = None;
                return;
            }
            _ => {}
        }
        launch.stages.pop();
        if launch.stages.is_empty() {
            self.launch = None;
        }
    }

    /// Enter.
    fn go_on(&mut self) -> Vec<Cmd> {
        let Some(stage) = self.launch.as_mut().and_then(Launch::stage_mut) else { return Vec::new() };
        match stage {
            Stage::Choose(choose) => {
                let source = SOURCES[choose.row.min(SOURCES.len() - 1)];
                self.choose(source)
            }
            Stage::Ask(_) => self.asked_for(),
            Stage::Gone(gone) if gone.people().is_empty() => self.ask_missing(),
            Stage::Gone(gone) => {
                let people = gone.chosen().into_iter().map(|it| it.leaver).collect();
                self.ask_preview(Whom::People(people))
            }
            Stage::Look(look) => {
                if look.pick.is_some() {
                    self.take_pick();
                } else if look.opened.is_none() {
                    look.opened = look.list.selected;
                    look.scroll = 0;
                }
                Vec::new()
            }
        }
    }

    fn choose(&mut self, source: Source) -> Vec<Cmd> {
        let Some(launch) = &mut self.launch else { return Vec::new() };
        match source {
            Source::Person => launch.stages.push(Stage::Ask(Ask::new(Asked::Person))),
            Source::File => launch.stages.push(Stage::Ask(Ask::new(Asked::File))),
            Source::Gone => {
                launch.stages.push(Stage::Gone(Gone::default()));
                return self.ask_missing();
            }
            Source::Marked => {
                let marked = choose::marked(self);
                if marked.is_empty() {
                    let said = "launch: mark rows of the dashboard that are armed or held, then come back";
                    self.toasts.say(Tone::Warn, said.to_owned(), self.steady);
                    return Vec::new();
                }
                let look = self.look_at_open(&marked);
                if let Some(launch) = &mut self.launch {
                    launch.stages.push(Stage::Look(Box::new(look)));
                }
            }
        }
        Vec::new()
    }

    /// What is opened already has its plan here.
    fn look_at_open(&self, marked: &[OffboardingId]) -> Look {
        let mut preview = Preview::default();
        let mut open = Vec::new();
        for it in marked.iter().filter_map(|id| self.mirror.fleet.get(*id)) {
            let alike = |draft: &Draft| draft.plan.steps == it.plan.steps && draft.plan.left_out == it.plan.left_out;
            let draft = preview.drafts.iter().position(alike).unwrap_or_else(|| {
                preview.drafts.push(Draft { plan: it.plan.clone(), departures: Vec::new() });
                preview.drafts.len() - 1
            });
            preview.people.push(Previewed {
                leaver: it.leaver().clone(),
                draft,
                digest: it.plan.digest.clone(),
                effective_at: None,
                by_hand: false,
                underway: None,
            });
            open.push((it.id, it.revision));
        }
        Look::new(Batch::Open(open), preview)
    }

    fn ask_missing(&mut self) -> Vec<Cmd> {
        if !self.is_live() {
            self.gone_is(Err("there is no line to the engine".to_owned()));
            return Vec::new();
        }
        let cmd = self.ask(Awaited::Missing, Op::Missing { since: None });
        if let (Some(Stage::Gone(gone)), Cmd::Ask { ticket, .. }) =
            (self.launch.as_mut().and_then(Launch::stage_mut), &cmd)
        {
            gone.found = None;
            gone.ticket = Some(*ticket);
        }
        vec![cmd]
    }

    fn gone_is(&mut self, found: Result<crate::model::Missing, String>) {
        if let Some(Stage::Gone(gone)) = self.launch.as_mut().and_then(Launch::stage_mut) {
            gone.take(found);
        }
    }

    fn ask_preview(&mut self, whom: Whom) -> Vec<Cmd> {
        if !self.is_live() {
            let said = "launch: the plan is made by the engine, and there is no line to it".to_owned();
            self.toasts.say(Tone::Warn, said, self.steady);
            return Vec::new();
        }
        let cmd = self.ask(Awaited::Preview(whom.clone()), Op::Preview { whom });
        if let (Some(stage), Cmd::Ask { ticket, .. }) = (self.launch.as_mut().and_then(Launch::stage_mut), &cmd) {
            match stage {
                Stage::Ask(ask) => {
                    ask.ticket = Some(*ticket);
                    ask.problem = None;
                }
                Stage::Gone(gone) => gone.ticket = Some(*ticket),
                Stage::Choose(_) | Stage::Look(_) => {}
            }
        }
        vec![cmd]
    }

    /// Enter in a field.
    fn asked_for(&mut self) -> Vec<Cmd> {
        let tickets = self.tickets;
        let Some(Stage::Ask(ask)) = self.launch.as_mut().and_then(Launch::stage_mut) else { return Vec::new() };
        let typed = ask.text.trim().to_owned();
        if ask.ticket.is_some() || typed.is_empty() {
            return Vec::new();
        }
        match ask.of {
            Asked::Person => {
                let lookup = ask.without_hr.as_deref() != Some(typed.as_str());
                self.ask_preview(Whom::Named { who: typed, lookup })
            }
            Asked::File => {
                ask.ticket = Some(tickets);
                ask.problem = None;
                self.tickets += 1;
                vec![Cmd::ReadFile { ticket: tickets, path: typed }]
            }
        }
    }

    /// A file was read, or not.
    pub(super) fn file_read(&mut self, ticket: u64, result: Result<String, String>) -> Vec<Cmd> {
        let Some(Stage::Ask(ask)) = self.launch.as_mut().and_then(Launch::stage_mut) else { return Vec::new() };
        if ask.ticket != Some(ticket) {
            return Vec::new();
        }
        ask.ticket = None;
        match result {
            Ok(text) => {
                let path = ask.text.trim();
                let name = path.rsplit('/').next().unwrap_or(path).to_owned();
                if !self.is_live() {
                    let problem = "the rows are checked by the engine, and there is no line to it: wait for live";
                    if let Some(Stage::Ask(ask)) = self.launch.as_mut().and_then(Launch::stage_mut) {
                        ask.problem = Some(problem.to_owned());
                    }
                    return Vec::new();
                }
                self.ask_preview(Whom::File { name, text })
            }
            Err(why) => {
                ask.problem = Some(why);
                Vec::new()
            }
        }
    }

    pub(super) fn missing_answered(&mut self, ticket: u64, result: Result<Reply, Refusal>) {
        let Some(Stage::Gone(gone)) = self.launch.as_ref().and_then(Launch::stage) else { return };
        if gone.ticket != Some(ticket) {
            return;
        }
        let found = match result {
            Ok(Reply::Missing(missing)) => Ok(*missing),
            other => Err(other_answer(other)),
        };
        self.gone_is(found);
    }

    pub(super) fn preview_answered(&mut self, ticket: u64, whom: Whom, result: Result<Reply, Refusal>) {
        let Some(stage) = self.launch.as_mut().and_then(Launch::stage_mut) else { return };
        let waits = match stage {
            Stage::Ask(it) => it.ticket == Some(ticket),
            Stage::Gone(it) => it.ticket == Some(ticket),
            Stage::Choose(_) | Stage::Look(_) => false,
        };
        if !waits {
            return;
        }
        let told: Vec<(String, Option<Timestamp>)> = match stage {
            Stage::Gone(gone) => {
                gone.ticket = None;
                gone.people().iter().map(|it| (it.leaver.email.clone(), it.effective_at)).collect()
            }
            _ => Vec::new(),
        };
        if let Stage::Ask(ask) = stage {
            ask.ticket = None;
        }
        let refusal = match result {
            Ok(Reply::Preview(mut preview)) => {
                // When they leave is HR's word, and stands in the list.
                for person in &mut preview.people {
                    let known = told.iter().find(|(email, _)| *email == person.leaver.email);
                    person.effective_at = person.effective_at.or(known.and_then(|(_, at)| *at));
                }
                let batch = match whom {
                    Whom::File { name, text } => Batch::File { name, text },
                    Whom::Named { .. } | Whom::People(_) => Batch::People,
                };
                if let Some(launch) = &mut self.launch {
                    launch.stages.push(Stage::Look(Box::new(Look::new(batch, *preview))));
                }
                return;
            }
            other => {
                if let Err(refusal) = &other
                    && let (Stage::Ask(ask), Whom::Named { who, lookup: true }) = (&mut *stage, &whom)
                {
                    let hr_cannot =
                        matches!(refusal.code, crate::ipc::ErrorCode::NotFound | crate::ipc::ErrorCode::Unavailable);
                    ask.without_hr = (hr_cannot && who.contains('@')).then(|| who.clone());
                }
                other_answer(other)
            }
        };
        match stage {
            Stage::Ask(ask) => ask.problem = Some(refusal),
            _ => self.toasts.say(Tone::Warn, clean(&refusal), self.steady),
        }
    }

    /// Why nothing can be marked.
    pub(crate) fn marks_in_launch(&self) -> Result<(), String> {
        match self.launch.as_ref().and_then(Launch::stage) {
            Some(Stage::Gone(gone)) if !gone.people().is_empty() => Ok(()),
            _ => Err("rows are marked in the list of who left by the word of HR".to_owned()),
        }
    }

    /// Why no dry run can be asked for.
    pub(crate) fn dry_run_ready(&self) -> Result<(), String> {
        let look = self.launch.as_ref().and_then(Launch::look).ok_or("there is no plan yet: choose somebody first")?;
        if !self.is_live() {
            return Err("the engine asks the systems, and there is no line to it".to_owned());
        }
        let (person, _) = look.pointed_at().ok_or("nobody is selected")?;
        match look.dry.get(&person.leaver.email) {
            Some(Dry::Asked) => Err("the systems are being asked already".to_owned()),
            _ => Ok(()),
        }
    }

    fn dry_run(&mut self) -> Vec<Cmd> {
        let look = self.launch.as_mut().and_then(Launch::look_mut);
        let Some((look, leaver)) = look.and_then(|look| {
            let leaver = look.pointed_at()?.0.leaver.clone();
            Some((look, leaver))
        }) else {
            return Vec::new();
        };
        look.dry.insert(leaver.email.clone(), Dry::Asked);
        let awaited = Awaited::DryRun(leaver.email.clone());
        vec![self.ask(awaited, Op::DryRun { leaver: Box::new(leaver), lookup: false })]
    }

    pub(super) fn dry_run_answered(&mut self, email: String, result: Result<Reply, Refusal>) {
        let stages = self.launch.iter_mut().flat_map(|it| &mut it.stages);
        let looks = stages.filter_map(|it| if let Stage::Look(look) = it { Some(look) } else { None });
        let dry = match result {
            Ok(Reply::DryRun(run)) => Dry::Done(run),
            other => Dry::Failed(other_answer(other)),
        };
        for look in looks {
            if matches!(look.dry.get(&email), Some(Dry::Asked)) {
                look.dry.insert(email, dry);
                return;
            }
        }
    }

    /// Why it cannot be chosen when.
    pub(crate) fn when_ready(&self) -> Result<(), String> {
        let look = self.launch.as_ref().and_then(Launch::look).ok_or("there is no plan yet: choose somebody first")?;
        if look.choices().is_empty() { Err("what is armed or held is fired now".to_owned()) } else { Ok(()) }
    }

    fn pick_when(&mut self) {
        let own = self.zone.iana_name().map(str::to_owned);
        if let Some(look) = self.launch.as_mut().and_then(Launch::look_mut) {
            let zone = look.zone().map(str::to_owned).or(own);
            look.pick = Some(Pick::new(look.choices(), look.when, zone));
        }
    }

    fn take_pick(&mut self) {
        let now = self.now;
        let Some(look) = self.launch.as_mut().and_then(Launch::look_mut) else { return };
        let Some(pick) = &mut look.pick else { return };
        match pick.chosen(now) {
            Ok(when) => {
                look.when = when;
                look.pick = None;
            }
            Err(why) => pick.problem = Some(why),
        }
    }

    /// A key while a text is typed.
    pub(super) fn launch_key(&mut self, event: KeyEvent) -> Vec<Cmd> {
        let ctrl = event.modifiers.contains(KeyModifiers::CONTROL);
        match event.code {
            KeyCode::Enter => return self.go_on(),
            KeyCode::Esc => {
                self.launch_back();
                return Vec::new();
            }
            _ => {}
        }
        match self.launch.as_mut().and_then(Launch::stage_mut) {
            // A request that is under way is of the text as it is.
            Some(Stage::Ask(ask)) if ask.ticket.is_none() => {
                let typed = edit(&mut ask.text, event.code, ctrl);
                ask.problem = ask.problem.take().filter(|_| !typed);
            }
            Some(Stage::Look(look)) => {
                let Some(pick) = &mut look.pick else { return Vec::new() };
                if (ctrl || !pick.travel(event.code)) && pick.is_typing() {
                    edit(&mut pick.text, event.code, ctrl);
                }
                pick.problem = None;
            }
            _ => {}
        }
        Vec::new()
    }

    pub(super) fn launch_paste(&mut self, pasted: &str) {
        let text = clean(pasted.trim());
        match self.launch.as_mut().and_then(Launch::stage_mut) {
            Some(Stage::Ask(ask)) if ask.ticket.is_none() => ask.text.push_str(&text),
            Some(Stage::Look(look)) => {
                if let Some(pick) = look.pick.as_mut().filter(|it| it.is_typing()) {
                    pick.text.push_str(&text);
                }
            }
            _ => {}
        }
    }

    /// Why nothing can be launched.
    pub(crate) fn launch_ready(&self) -> Result<(), String> {
        let look = self.launch.as_ref().and_then(Launch::look).ok_or("there is no plan yet: choose somebody first")?;
        if look.sent.is_some() {
            return Err("it was sent, and is not answered yet".to_owned());
        }
        let people = look.launchable();
        if let ([one], []) = (look.preview.people.as_slice(), people.as_slice()) {
            let open = one.underway.as_ref().map(|it| format!("{} is {} already", it.offboarding, it.phase));
            return Err(open.unwrap_or_else(|| "nobody is in it".to_owned()));
        }
        if people.is_empty() {
            return Err("everybody in it is being offboarded already".to_owned());
        }
        let empty = |it: &&Previewed| look.preview.draft_of(it).is_none_or(|draft| draft.plan.steps.is_empty());
        if people.iter().any(empty) {
            return Err("a plan has no step: configure a connector, or mend the runbook".to_owned());
        }
        if let When::At(at) = look.when
            && at <= self.now
        {
            return Err("the instant that was chosen is over: choose another".to_owned());
        }
        Ok(())
    }

    /// The question: `y` for one, the typed count for many.
    pub(super) fn ask_launch_new(&mut self) {
        let Some(look) = self.launch.as_ref().and_then(Launch::look) else { return };
        let people = look.launchable();
        let Some(order) = launch_order(look, &people) else { return };
        let when = look.ends(self);
        let plans = || people.iter().filter_map(|it| look.preview.draft_of(it)).map(|it| &it.plan);
        let steps: usize = plans().map(|it| it.steps.len()).sum();
        let systems = systems(look, &people);
        let asks: usize = plans().map(Plan::asking).sum();
        let asks = format!("{asks} of them wait for somebody's consent before they run");
        if let [one] = people.as_slice() {
            let leaver = &one.leaver;
            let whom = format!("{} <{}>, login {}", clean(&leaver.name), clean(&leaver.email), clean(&leaver.login));
            let facts = vec![
                ("whom", whom),
                ("what", format!("{}; {asks}", count(steps, "step"))),
                ("when", when),
                ("where", systems),
                ("plan", clean(&one.digest)),
            ];
            let verb =
                if look.when == When::Held { "Open, and hold, the offboarding of" } else { "Cut every access of" };
            let question = format!("{verb} {}?", text::fit(&clean(&leaver.name), 48));
            let yes = match look.when {
                When::Held => "open it",
                When::At(_) => "arm it",
                When::AsTold | When::Now => "launch",
            };
            self.dialogs.push(Dialog::Confirm(Confirm::new(question, facts, yes.to_owned(), order)));
            return;
        }
        let left = look.preview.people.len() - people.len();
        let mut facts = vec![
            ("how much", format!("{} of {}; {asks}", count(steps, "step"), count(people.len(), "person")), Tone::Bad),
            ("when", when, Tone::Strong),
            ("where", systems, Tone::Plain),
            ("plan", look.preview.digest(), Tone::Dim),
        ];
        if left > 0 {
            let told = format!("{} being offboarded already: none is opened beside it", count(left, "person"));
            facts.push(("not", told, Tone::Warn));
        }
        // Every one of them, however many: nobody is launched who was not listed.
        facts.extend(people.iter().map(|it| {
            let text = format!("{} <{}>", clean(&it.leaver.name), clean(&it.leaver.email));
            ("whom", text, Tone::Plain)
        }));
        let title = format!("Launch {}?", count(people.len(), "offboarding"));
        let mut typed = Typed::new(title, facts, people.len().to_string(), order);
        typed.bulk = true;
        self.dialogs.push(Dialog::Typed(typed));
    }

    /// The order that the flow's question was about is on its way.
    pub(super) fn launch_sent(&mut self, order: u64) {
        if let Some(look) = self.launch.as_mut().and_then(Launch::look_mut) {
            look.sent = Some(order);
        }
    }

    /// An order is over: what was launched needs no preview any more; what was refused is looked at again.
    pub(super) fn launch_over(&mut self, order: u64, all_done: bool) {
        let Some(look) = self.launch.as_mut().and_then(Launch::look_mut) else { return };
        if look.sent != Some(order) {
            return;
        }
        look.sent = None;
        if all_done {
            self.launch = None;
            self.board.rows.list.clear_marks();
        } else if let Some(launch) = &mut self.launch {
            // Some may be open now, and plans may be others: the preview is of before.
            launch.stages.pop();
            if launch.stages.is_empty() {
                self.launch = None;
            }
        }
    }
}

/// Types into a text; whether the key was for it.
fn edit(text: &mut String, code: KeyCode, ctrl: bool) -> bool {
    match code {
        KeyCode::Backspace => {
            text.pop();
        }
        KeyCode::Char('u') if ctrl => text.clear(),
        KeyCode::Char(c) if !ctrl && text.chars().count() < ask::LONGEST => text.push(c),
        _ => return false,
    }
    true
}

/// What the question sends when it is answered.
fn launch_order(look: &Look, people: &[&Previewed]) -> Option<Order> {
    let lines = match &look.batch {
        Batch::File { name, text } => vec![Line {
            about: clean(name),
            op: Op::Import {
                name: name.clone(),
                text: text.clone(),
                dry_run: false,
                hold: look.when == When::Held,
                plan_digest: Some(look.preview.digest()),
            },
        }],
        Batch::Open(open) => {
            let lines = open.iter().zip(people).map(|((id, revision), person)| Line {
                about: clean(&person.leaver.name),
                op: Op::Launch { offboarding: *id, revision: Some(*revision) },
            });
            lines.collect()
        }
        Batch::People => people.iter().map(|it| addition(it, look.when)).collect(),
    };
    (!lines.is_empty()).then_some(Order { verb: VERB, lines })
}

/// The request that opens one person's offboarding.
fn addition(person: &Previewed, when: When) -> Line {
    let (effective_at, by_hand) = match when {
        When::AsTold => (person.effective_at, person.by_hand),
        When::Now => (None, false),
        When::At(at) => (Some(at), false),
        When::Held => (None, true),
    };
    let notice = HrNotice {
        source: "console".to_owned(),
        // The engine names it by the request.
        event_id: String::new(),
        kind: NoticeKind::Terminated,
        leaver: person.leaver.clone(),
        effective_at,
        by_hand,
        reason: None,
    };
    let plan_digest = Some(person.digest.clone());
    // The person was looked up for the preview: what was seen is what is launched, also when HR is out.
    let op = Op::LeaverAdd { notice: Box::new(notice), lookup: false, plan_digest };
    Line { about: clean(&person.leaver.email), op }
}

/// The systems in which these people's steps run.
fn systems(look: &Look, people: &[&Previewed]) -> String {
    let drafts = people.iter().filter_map(|it| look.preview.draft_of(it));
    let systems: BTreeSet<_> = drafts.flat_map(|it| it.plan.systems()).collect();
    list_up(systems.into_iter().map(ToString::to_string))
}
