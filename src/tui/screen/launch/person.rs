//! One person's plan: what stands in the way, what is otherwise than for everybody, what cannot be taken back, and every
//! step with its reasons.

use ratatui::text::{Line, Span};

use super::blockers;
use super::preview::{Dry, Look};
use super::when::zone_of;
use crate::model::{Danger, Draft, Foreseen, PlannedStep, Previewed, Stage, Until, Would};
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::dialog::frame as boxed;
use crate::tui::text::{clean, fit, pad, wrap};
use crate::tui::theme::{Theme, Tone};
use crate::tui::{span, text};

/// Everything, in lines of `width` columns.
pub(super) fn lines(app: &App, look: &Look, person: &Previewed, draft: &Draft, width: usize) -> Vec<Line<'static>> {
    let it = Page { app, theme: app.theme, width: width.min(130) };
    let dry = look.dry_of(person);
    let mut lines = it.head(person, draft);
    lines.extend(it.in_the_way(person, draft, dry));
    lines.extend(it.departures(draft));
    lines.extend(it.for_good(draft));
    lines.extend(it.residuals(draft));
    lines.extend(it.steps(draft, dry));
    lines.extend(it.left_out(draft));
    lines
}

struct Page<'a> {
    app: &'a App,
    theme: Theme,
    width: usize,
}

impl Page<'_> {
    fn title(&self, text: &str) -> [Line<'static>; 2] {
        [Line::default(), Line::styled(format!(" {text}"), self.theme.style(Tone::Strong))]
    }

    /// A point of a list, wrapped under itself.
    fn point(&self, text: &str, tone: Tone) -> Vec<Line<'static>> {
        let wrapped = wrap(text, self.width.saturating_sub(6));
        let bullet = |n: usize| if n == 0 { self.theme.glyph("•", "*") } else { " " };
        let lines = wrapped.into_iter().enumerate();
        lines.map(|(n, line)| Line::styled(format!("   {} {line}", bullet(n)), self.theme.style(tone))).collect()
    }

    fn head(&self, person: &Previewed, draft: &Draft) -> Vec<Line<'static>> {
        let it = &person.leaver;
        let mut who = format!("{} <{}>, login {}", clean(&it.name), clean(&it.email), clean(&it.login));
        if let Some(id) = &it.employee_id {
            who = format!("{who}, employee {}", clean(id));
        }
        let mut known: Vec<String> =
            [it.department.as_deref(), it.title.as_deref(), it.country.as_deref(), zone_of(it)]
                .into_iter()
                .flatten()
                .map(clean)
                .collect();
        for (is, word) in [(it.privileged, "privileged"), (it.executive, "executive"), (it.involuntary, "involuntary")]
        {
            if is {
                known.push(word.to_owned());
            }
        }
        if it.kind == crate::model::EmploymentKind::Contractor {
            known.push("contractor".to_owned());
        }
        let manager = it.manager.as_deref().map_or_else(|| "none: nothing is handed over".to_owned(), clean);
        let plan = &draft.plan;
        let (asks, gone) = (plan.asking(), plan.irreversible());
        let what = format!(
            "{} of runbook {}, {asks} to be approved, {gone} that cannot be taken back; kill switch due within {}",
            crate::tui::app::count(plan.steps.len(), "step"),
            clean(&plan.runbook),
            span::chosen(plan.sla_ms)
        );
        let mut facts = vec![("whom", who, Tone::Strong)];
        if !known.is_empty() {
            facts.push(("known", known.join(self.theme.dot()), Tone::Plain));
        }
        facts.push(("manager", manager, Tone::Plain));
        facts.push(("what", what, Tone::Plain));
        facts.push(("plan", clean(&person.digest), Tone::Dim));
        facts
            .into_iter()
            .flat_map(|(label, text, tone)| boxed::fact(self.theme, label, &text, tone, self.width.saturating_sub(2)))
            .map(|mut line| {
                line.spans.insert(0, Span::raw(" "));
                line
            })
            .collect()
    }

    fn in_the_way(&self, person: &Previewed, draft: &Draft, dry: Option<&Dry>) -> Vec<Line<'static>> {
        let mut told = Vec::new();
        if let Some(open) = &person.underway {
            let what = format!("{} is {} already: none is opened beside it", open.offboarding, clean(&open.phase));
            told.push((what, Tone::Warn));
        }
        told.extend(blockers::of_plan(self.app, &person.leaver, &draft.plan));
        let key = self.app.keys.press(Action::DryRun);
        match dry {
            Some(Dry::Done(run)) => told.extend(blockers::of_dry_run(run)),
            Some(Dry::Asked) => {
                told.push(("the systems are being asked: accounts, last admins...".to_owned(), Tone::Dim));
            }
            Some(Dry::Failed(why)) => {
                let what = format!("the systems could not be asked ({}); {key} asks again", clean(why));
                told.push((what, Tone::Warn));
            }
            None => {
                told.push((
                    format!("accounts and last admins are not looked for yet: {key} asks, reading only"),
                    Tone::Dim,
                ));
            }
        }
        if told.is_empty() {
            told.push(("nothing that is known".to_owned(), Tone::Good));
        }
        let mut lines: Vec<_> = self.title("In the way").into();
        lines.extend(told.into_iter().flat_map(|(text, tone)| self.point(&text, tone)));
        lines
    }

    fn departures(&self, draft: &Draft) -> Vec<Line<'static>> {
        let mut lines: Vec<_> = self.title("Otherwise than the runbook does for everybody").into();
        if draft.departures.is_empty() {
            lines.extend(self.point("nothing", Tone::Dim));
        }
        for it in &draft.departures {
            let text = format!("{} {}: {}", it.action, it.change.words(), clean(&it.why));
            lines.extend(self.point(&text, Tone::Plain));
        }
        lines
    }

    /// What cannot be taken back, and who has to agree to what.
    fn for_good(&self, draft: &Draft) -> Vec<Line<'static>> {
        let steps = &draft.plan.steps;
        let mut lines: Vec<_> = self.title("Cannot be taken back, or needs consent").into();
        let mut none = true;
        for step in steps.iter().filter(|it| it.danger == Danger::Irreversible || it.approval.is_some()) {
            none = false;
            let who = match step.approval {
                Some(policy) if policy.four_eyes => {
                    format!(
                        "approved by somebody else than who launches it, used within {}",
                        span::chosen(policy.ttl_ms)
                    )
                }
                Some(policy) => format!("approved by an operator, used within {}", span::chosen(policy.ttl_ms)),
                None => "nobody has to approve it".to_owned(),
            };
            let tone = if step.danger == Danger::Irreversible { Tone::Bad } else { Tone::Asking };
            let text = format!("{}, {}: {}; {who}", step.action, step.danger, clean(&step.title));
            lines.extend(self.point(&text, tone));
        }
        if none {
            lines.extend(self.point("nothing", Tone::Dim));
        }
        lines
    }

    fn residuals(&self, draft: &Draft) -> Vec<Line<'static>> {
        let left: Vec<_> = draft.plan.steps.iter().filter_map(|it| Some((&it.action, it.residual.as_ref()?))).collect();
        if left.is_empty() {
            return Vec::new();
        }
        let mut lines: Vec<_> = self.title("Outlives the kill switch").into();
        for (action, residual) in left {
            let text = format!("{action}: {}, for up to {}", clean(&residual.what), span::chosen(residual.ms));
            lines.extend(self.point(&text, Tone::Warn));
        }
        lines
    }

    fn steps(&self, draft: &Draft, dry: Option<&Dry>) -> Vec<Line<'static>> {
        let foreseen: &[Foreseen] = if let Some(Dry::Done(run)) = dry { &run.steps } else { &[] };
        let mut lines: Vec<_> = self.title("Steps").into();
        if let Some(Dry::Done(run)) = dry {
            let counts: Vec<_> = run.counts().into_iter().map(|(word, n)| format!("{n} {word}")).collect();
            let text = format!("dry run of {}: {}; nothing was changed", span::measured(run.ms), counts.join(", "));
            lines.extend(self.point(&text, Tone::Active));
        }
        let longest = draft.plan.steps.iter().map(|it| text::width(&it.action.to_string())).max().unwrap_or(0);
        let action = longest.min(self.width / 2);
        let mut stage: Option<Stage> = None;
        for (ord, step) in draft.plan.steps.iter().enumerate() {
            if stage != Some(step.stage) {
                stage = Some(step.stage);
                lines.push(Line::styled(format!("  {}", step.stage.name()), self.theme.style(Tone::Strong)));
            }
            lines.extend(self.step(ord, step, action, foreseen.get(ord)));
        }
        lines
    }

    fn step(&self, ord: usize, step: &PlannedStep, action: usize, foreseen: Option<&Foreseen>) -> Vec<Line<'static>> {
        let danger = match step.danger {
            Danger::Irreversible => Tone::Bad,
            Danger::HardToUndo => Tone::Warn,
            Danger::Reversible => Tone::Dim,
        };
        let room = self.width.saturating_sub(3 + 3 + action + 1 + 13);
        let mut lines = vec![Line::from(vec![
            Span::styled(format!("   {ord:>2} "), self.theme.style(Tone::Dim)),
            Span::raw(format!("{} ", pad(&step.action.to_string(), action))),
            Span::styled(format!("{} ", pad(&step.danger.to_string(), 12)), self.theme.style(danger)),
            Span::raw(fit(&clean(&step.title), room)),
        ])];
        let dim = |label: &str, text: String, tone: Tone| {
            let wrapped = wrap(&text, self.width.saturating_sub(14));
            let styled = self.theme.style(tone);
            let label = label.to_owned();
            let lines = wrapped.into_iter().enumerate();
            lines
                .map(|(n, line)| {
                    let label = if n == 0 { label.as_str() } else { "" };
                    Line::from(vec![
                        Span::styled(format!("      {}", pad(label, 7)), self.theme.style(Tone::Dim)),
                        Span::styled(line, styled),
                    ])
                })
                .collect::<Vec<_>>()
        };
        if let Some(foreseen) = foreseen {
            let (glyph, tone) = foretold(self.theme, &foreseen.would);
            let account = foreseen.account.as_ref().map(|it| format!(" at {}", clean(&it.label))).unwrap_or_default();
            let said = format!("{glyph} {}{account}: {}", foreseen.would.word(), clean(foreseen.would.why()));
            lines.extend(dim("finds", said, tone));
        }
        lines.extend(dim("why", clean(&step.reason), Tone::Dim));
        for wait in &step.waits {
            let patience = match wait.until {
                Until::Succeeded => String::new(),
                Until::Tried { patience_ms } => format!(", for {} at most", span::chosen(patience_ms)),
            };
            let said = format!("{}{patience}: {}", ranges(&wait.steps), clean(&wait.why));
            lines.extend(dim("after", said, Tone::Dim));
        }
        lines
    }

    fn left_out(&self, draft: &Draft) -> Vec<Line<'static>> {
        if draft.plan.left_out.is_empty() {
            return Vec::new();
        }
        let mut lines: Vec<_> = self.title("Left out").into();
        for it in &draft.plan.left_out {
            lines.extend(self.point(&format!("{}: {}", it.action, clean(&it.reason)), Tone::Dim));
        }
        lines
    }
}

/// How a dry run's word looks.
pub(super) fn foretold(theme: Theme, would: &Would) -> (&'static str, Tone) {
    match would {
        Would::Change { .. } => (theme.glyph("▶", ">"), Tone::Active),
        Would::Already { .. } => (theme.glyph("●", "+"), Tone::Good),
        Would::Look => (theme.glyph("○", "."), Tone::Dim),
        Would::NoAccount { .. } => (theme.glyph("◌", "-"), Tone::Dim),
        Would::NeedsHuman { .. } => (theme.glyph("▲", "!"), Tone::Bad),
        Would::Refused { .. } => (theme.glyph("■", "x"), Tone::Bad),
        Would::CannotTell { .. } => (theme.glyph("◇", "?"), Tone::Warn),
    }
}

/// `0-4, 7`.
pub(super) fn ranges(ords: &[u16]) -> String {
    let runs = ords.chunk_by(|one, next| next.checked_sub(*one) == Some(1));
    let shown = runs.map(|run| match run {
        [one] => one.to_string(),
        [first, .., last] => format!("{first}-{last}"),
        [] => String::new(),
    });
    shown.collect::<Vec<_>>().join(", ")
}
