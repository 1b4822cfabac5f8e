//! A plan as plain lines, 80 columns wide: for the command line, for mails, for paper.

use unicode_width::UnicodeWidthStr;

use super::duration::show_ms;
use crate::model::{EmploymentKind, Leaver, Plan, PlannedStep, Stage, Until, Wait};

const WIDTH: usize = 80;

/// The whole plan.
pub fn render_text(plan: &Plan, leaver: &Leaver) -> String {
    let mut page = Page::default();
    header(&mut page, plan, leaver);
    for stage in Stage::ALL {
        let steps: Vec<_> = (0_u16..).zip(&plan.steps).filter(|(_, step)| step.stage == stage).collect();
        if !steps.is_empty() {
            page.blank();
            page.line(&stage_title(plan, stage));
        }
        for (ord, one) in steps {
            step(&mut page, ord, one);
        }
    }
    if !plan.left_out.is_empty() {
        page.blank();
        page.line("LEFT OUT");
        for left in &plan.left_out {
            page.wrapped(6, &format!("{}: {}", left.action, left.reason));
        }
    }
    page.0
}

fn header(page: &mut Page, plan: &Plan, leaver: &Leaver) {
    let kind = match leaver.kind {
        EmploymentKind::Employee => "employee",
        EmploymentKind::Contractor => "contractor",
    };
    let marks =
        [(leaver.privileged, "privileged"), (leaver.executive, "executive"), (leaver.involuntary, "involuntary")];
    let mut about = vec![kind];
    about.extend(marks.iter().filter(|(holds, _)| *holds).map(|(_, mark)| *mark));
    about.extend(leaver.department.as_deref());
    page.field("person", &format!("{} <{}>", clean(&leaver.name), clean(&leaver.email)));
    page.field("", &clean(&about.join(", ")));
    page.field("runbook", &clean(&plan.runbook));
    page.field("digest", &plan.digest);
    page.field("steps", &format!("{}, approvals needed: {}", plan.steps.len(), approvals(plan)));
}

fn approvals(plan: &Plan) -> usize {
    plan.steps.iter().filter(|step| step.approval.is_some()).count()
}

fn stage_title(plan: &Plan, stage: Stage) -> String {
    let name = stage.name().replace('-', " ").to_uppercase();
    match stage {
        Stage::KillSwitch => format!("{name}: verified within {} of the launch", show_ms(plan.sla_ms)),
        _ => name,
    }
}

fn step(page: &mut Page, ord: u16, step: &PlannedStep) {
    page.line(format!("{ord:>4}  {:<34} {:<13} {}", step.action, step.danger, step.class.name()).trim_end());
    page.wrapped(6, &clean(&step.title));
    if let Some(approval) = step.approval {
        let by = if approval.four_eyes { "by somebody else than the requester" } else { "by anybody" };
        page.wrapped(6, &format!("needs approval {by}, used within {}", show_ms(approval.ttl_ms)));
    }
    for wait in &step.waits {
        page.wrapped(6, &waits(wait));
    }
    if let Some(by) = step.proved_by {
        page.wrapped(6, &format!("cannot be read back: step {by} proves it"));
    }
    if let Some(residual) = &step.residual {
        page.wrapped(6, &clean(&format!("outlives it for up to {}: {}", show_ms(residual.ms), residual.what)));
    }
    page.wrapped(6, &clean(&format!("in: {}", step.reason)));
}

fn waits(wait: &Wait) -> String {
    let steps = ranges(&wait.steps);
    let until = match wait.until {
        Until::Succeeded => "succeeded".to_owned(),
        Until::Tried { patience_ms } => format!("tried, at most {}", show_ms(patience_ms)),
    };
    clean(&format!("after {steps} ({until}): {}", wait.why))
}

/// `0-3, 7`; the steps come in order.
fn ranges(steps: &[u16]) -> String {
    let runs = steps.chunk_by(|one, next| one.checked_add(1) == Some(*next));
    let shown: Vec<String> = runs
        .map(|run| match run {
            [first, .., last] => format!("{first}-{last}"),
            _ => run[0].to_string(),
        })
        .collect();
    shown.join(", ")
}

/// Names come from HR and from vendors: nothing in them may steer the terminal.
fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || is_bidi_control(c) { '\u{fffd}' } else { c }).collect()
}

fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[derive(Default)]
struct Page(String);

impl Page {
    fn line(&mut self, text: &str) {
        self.0.push_str(text);
        self.0.push('\n');
    }

    fn blank(&mut self) {
        self.0.push('\n');
    }

    fn field(&mut self, name: &str, value: &str) {
        self.line(format!("{name:<9}{value}").trim_end());
    }

    /// Broken between words; what goes on stands two further in.
    fn wrapped(&mut self, indent: usize, text: &str) {
        let mut line = " ".repeat(indent);
        let mut fresh = true;
        for word in text.split_whitespace() {
            if !fresh && line.width() + 1 + word.width() > WIDTH {
                self.line(&line);
                line = " ".repeat(indent + 2);
                fresh = true;
            }
            if !fresh {
                line.push(' ');
            }
            line.push_str(word);
            fresh = false;
        }
        self.line(&line);
    }
}
