//! Everything that an operator can do, once: dispatch, footer, help, palette and the README's list read this table.

use super::keymap;

/// Something an operator can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Action {
    Up,
    Down,
    Top,
    Bottom,
    PageUp,
    PageDown,
    Open,
    Back,
    Leave,
    Right,
    Left,
    Probe,
    ProbeAll,
    TryNow,
    Detach,
    Help,
    Palette,
    Filter,
    Mark,
    MarkRange,
    MarkAll,
    Sort,
    SortReverse,
    Details,
    Timeline,
    Payloads,
    StepLog,
    Verify,
    Copy,
    Retry,
    RetryAll,
    Approve,
    Reject,
    Pause,
    Abort,
    Launch,
    Hold,
    KeepHold,
    Note,
    Undo,
    Export,
    New,
    LaunchNew,
    DryRun,
    When,
    Runbook,
    PauseEngine,
    Alerts,
    Dashboard,
    Offboarding,
    Wall,
    Connectors,
    Approvals,
    History,
    Ledger,
    NextPane,
    Zoom,
    HistoryBack,
    HistoryForward,
    Follow,
    Wrap,
    Timestamps,
    Redraw,
    Suspend,
}

/// Where an action can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Context {
    /// Screen 1.
    Dashboard,
    /// Screen 2.
    Offboarding,
    /// Screen 3.
    Wall,
    /// Screen 4.
    Connectors,
    /// Screen 5.
    Approvals,
    /// Screen 6.
    History,
    /// Screen 7.
    Ledger,
    /// A pane of text over a screen: a timeline, details.
    Pane,
    /// The launch flow, over any screen.
    Launch,
    /// The runbook and a plan, over any screen.
    Runbook,
}

impl Context {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Dashboard => "dashboard",
            Self::Offboarding => "offboarding",
            Self::Wall => "wall",
            Self::Connectors => "connectors",
            Self::Approvals => "approvals",
            Self::History => "history",
            Self::Ledger => "ledger",
            Self::Pane => "text",
            Self::Launch => "launch flow",
            Self::Runbook => "runbook",
        }
    }
}

/// How an action is confirmed. A tier may rise with what is acted on, never fall.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Tier {
    /// Looks; changes nothing.
    Look,
    /// Reversible: done at once.
    AtOnce,
    /// Hard to undo: `y`.
    Confirm,
    /// Irreversible: the leaver's login is typed.
    Typed,
}

impl Tier {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Look => "looks",
            Self::AtOnce => "at once",
            Self::Confirm => "asks first",
            Self::Typed => "typed",
        }
    }
}

/// An action's row in the table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) action: Action,
    /// Its name in the configuration.
    pub(crate) id: &'static str,
    pub(crate) keys: &'static [&'static str],
    pub(crate) contexts: &'static [Context],
    pub(crate) tier: Tier,
    /// What it does, for help and palette.
    pub(crate) title: &'static str,
    /// Its word in the footer; `None`: not shown there.
    pub(crate) hint: Option<&'static str>,
}

impl Entry {
    /// Whether it changes anything at the engine: what a read-only console refuses.
    pub(crate) fn is_act(&self) -> bool {
        self.tier > Tier::Look
    }

    /// What it does on this screen.
    pub(crate) fn title_on(&self, context: Context) -> &'static str {
        match (self.action, context) {
            (Action::Filter, Context::History) => SEARCH,
            _ => self.title,
        }
    }
}

/// What the filter takes where the engine searches: its words are its own.
pub(crate) const SEARCH: &str = "Search: words, after:2025-03 conn:okta how:aborted !doe";

/// A row of the list of keys, as in the README.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct KeyRow {
    /// The action's name in the configuration.
    pub id: &'static str,
    /// Its keys, as shown to people; empty: by the palette only.
    pub keys: Vec<String>,
    /// What it does.
    pub title: &'static str,
    /// The screens that know it, as in `dashboard, approvals`, or `everywhere`.
    pub screens: String,
    /// How it is confirmed: `looks`, `at once`, `asks first`, `typed`.
    pub confirmation: &'static str,
}

/// The default keys, in the order of the help.
pub fn key_table() -> Vec<KeyRow> {
    TABLE.iter().map(KeyRow::of).collect()
}

impl KeyRow {
    /// The row of an action with its default keys.
    pub(crate) fn of(entry: &Entry) -> Self {
        Self {
            id: entry.id,
            keys: entry.keys.iter().map(|key| keymap::shown(key)).collect(),
            title: entry.title,
            screens: screens(entry.contexts),
            confirmation: entry.tier.name(),
        }
    }
}

/// The contexts in words.
pub(crate) fn screens(contexts: &[Context]) -> String {
    if contexts == ALL {
        return "everywhere".to_owned();
    }
    contexts.iter().map(|it| it.name()).collect::<Vec<_>>().join(", ")
}

/// The action's row.
pub(crate) fn entry(action: Action) -> &'static Entry {
    // The test `every_action_has_one_row` holds that the search ends well.
    TABLE.iter().find(|it| it.action == action).unwrap_or(&TABLE[0])
}

use Context::{Approvals, Connectors, Dashboard, History, Ledger, Offboarding, Pane, Wall};

const ALL: &[Context] =
    &[Dashboard, Offboarding, Wall, Connectors, Approvals, History, Ledger, Pane, Context::Launch, Context::Runbook];
const SCREENS: &[Context] = &[Dashboard, Offboarding, Wall, Connectors, Approvals, History, Ledger];
/// Screens with rows that a filter can thin out.
const LISTS: &[Context] = &[Dashboard, Offboarding, Wall, Connectors, Approvals, History];
/// Screens that point at a person.
const PEOPLE: &[Context] = &[Dashboard, Offboarding, Wall, Approvals, History];
/// Screens that point at an offboarding under way.
const UNDER_WAY: &[Context] = &[Dashboard, Offboarding, Wall, Approvals];
/// Screens that point at a step.
const STEPS: &[Context] = &[Offboarding, Approvals];
const WORK: &[Context] = &[Dashboard, Offboarding, Wall];
const MARKABLE: &[Context] = &[Dashboard, Wall, Approvals, Context::Launch];
/// Everywhere but in the runbook itself.
const BESIDE_THE_RUNBOOK: &[Context] =
    &[Dashboard, Offboarding, Wall, Connectors, Approvals, History, Ledger, Context::Launch];
/// What a line can be opened on.
const OPENABLE: &[Context] = &[Dashboard, Offboarding, Wall, Connectors, Approvals, History, Context::Launch];
const SORTABLE: &[Context] = &[Dashboard, Wall];

const fn look(
    action: Action,
    id: &'static str,
    keys: &'static [&'static str],
    contexts: &'static [Context],
    title: &'static str,
    hint: Option<&'static str>,
) -> Entry {
    Entry { action, id, keys, contexts, tier: Tier::Look, title, hint }
}

const fn act(
    action: Action,
    id: &'static str,
    keys: &'static [&'static str],
    contexts: &'static [Context],
    tier: Tier,
    title: &'static str,
    hint: Option<&'static str>,
) -> Entry {
    Entry { action, id, keys, contexts, tier, title, hint }
}

/// The table, in the order of the help and of the footer.
pub(crate) const TABLE: &[Entry] = &[
    look(Action::Open, "open", &["enter"], OPENABLE, "Open the selected row", Some("open")),
    look(
        Action::Probe,
        "probe",
        &["c"],
        &[Connectors],
        "Ask the connector, by reading alone, whether it can be used",
        Some("ask"),
    ),
    look(
        Action::ProbeAll,
        "probe-all",
        &["C"],
        &[Connectors],
        "Ask every connector whether it can be used",
        Some("ask all"),
    ),
    act(
        Action::TryNow,
        "try-now",
        &["r"],
        &[Connectors],
        Tier::AtOnce,
        "Try a dead connector now: one of the steps that wait for it goes at once",
        Some("try now"),
    ),
    act(
        Action::Approve,
        "approve",
        &["a"],
        UNDER_WAY,
        Tier::Typed,
        "Approve the step that waits for consent, or all of the marked",
        Some("approve"),
    ),
    act(
        Action::Reject,
        "reject",
        &["x"],
        UNDER_WAY,
        Tier::Confirm,
        "Reject the step, or all of the marked, with a reason: it will not run",
        Some("reject"),
    ),
    act(
        Action::Retry,
        "retry",
        &["r"],
        WORK,
        Tier::AtOnce,
        "Retry the failed step; of many marked people, all failed steps",
        Some("retry"),
    ),
    act(
        Action::RetryAll,
        "retry-all",
        &["R"],
        WORK,
        Tier::Confirm,
        "Retry all failed steps of the person shown, of the marked, or of everybody",
        Some("retry all"),
    ),
    act(Action::Pause, "pause", &["p"], UNDER_WAY, Tier::AtOnce, "Pause the offboarding, or resume it", Some("pause")),
    act(
        Action::Launch,
        "launch",
        &["L"],
        UNDER_WAY,
        Tier::Confirm,
        "Fire an armed or held offboarding now",
        Some("launch"),
    ),
    look(Action::New, "new", &["n"], SCREENS, "Launch: one person, a CSV, who left by the word of HR", Some("new")),
    act(
        Action::LaunchNew,
        "launch-new",
        &["L"],
        &[Context::Launch],
        Tier::Confirm,
        "Launch what the preview shows; many after their count is typed",
        Some("launch"),
    ),
    look(
        Action::When,
        "when",
        &["w"],
        &[Context::Launch],
        "Choose when access ends: now, at an instant, or fired by hand",
        Some("when"),
    ),
    look(
        Action::DryRun,
        "dry-run",
        &["d"],
        &[Context::Launch],
        "Ask the systems what the plan would change, reading only",
        Some("dry run"),
    ),
    act(
        Action::Abort,
        "abort",
        &["X"],
        UNDER_WAY,
        Tier::Typed,
        "Stop the offboarding for good, with a reason; what was done stays done",
        Some("abort"),
    ),
    act(Action::PauseEngine, "pause-engine", &[], SCREENS, Tier::Confirm, "Pause the whole engine, or resume it", None),
    look(Action::Details, "details", &["d"], SCREENS, "Everything known of the selected row", Some("details")),
    look(
        Action::Timeline,
        "timeline",
        &["A"],
        PEOPLE,
        "The audit timeline: all that ever happened to the person",
        Some("timeline"),
    ),
    look(
        Action::Verify,
        "verify",
        &["V"],
        &[Ledger],
        "Recompute the whole log in the background and compare",
        Some("verify now"),
    ),
    look(
        Action::Runbook,
        "runbook",
        &["b"],
        BESIDE_THE_RUNBOOK,
        "The runbook, beside the plan that it gives for the person",
        None,
    ),
    look(Action::Follow, "follow", &["f"], &[Pane], "Follow the end", Some("follow")),
    look(Action::Wrap, "wrap", &["w"], &[Pane], "Wrap long lines, or cut them", Some("wrap")),
    look(Action::Timestamps, "timestamps", &["t"], &[Pane], "Show timestamps, or hide them", Some("times")),
    look(Action::Filter, "filter", &["/"], LISTS, "Filter: words, state:failed conn:okta !contractor", Some("filter")),
    look(Action::Sort, "sort", &["s"], SORTABLE, "Sort by the next column", Some("sort")),
    look(Action::SortReverse, "sort-reverse", &["S"], SORTABLE, "Reverse the order", None),
    look(Action::Mark, "mark", &["space"], MARKABLE, "Mark the row for a bulk act, or unmark it", Some("mark")),
    look(Action::MarkRange, "mark-range", &["v"], MARKABLE, "Begin a range; again: mark it", None),
    look(Action::MarkAll, "mark-all", &["*"], MARKABLE, "Mark every row that passes the filter", None),
    look(Action::Copy, "copy", &["y"], SCREENS, "Copy the id, e-mail, error or JSON to the clipboard", Some("copy")),
    look(
        Action::Payloads,
        "payloads",
        &["Y"],
        STEPS,
        "What the selected step sent and heard, as journalled: redacted JSON",
        Some("payloads"),
    ),
    look(Action::StepLog, "log", &["l"], STEPS, "The journal of the selected step", Some("log")),
    act(
        Action::Undo,
        "undo",
        &["u"],
        PEOPLE,
        Tier::Typed,
        "Give back what was taken away: shows first what comes back and what cannot",
        Some("undo"),
    ),
    act(
        Action::Hold,
        "hold",
        &["H"],
        PEOPLE,
        Tier::Confirm,
        "Legal hold: on with a reason; off by two people, one asks and another agrees",
        Some("hold"),
    ),
    act(Action::KeepHold, "keep-hold", &[], PEOPLE, Tier::Confirm, "Say no to who asked to lift the legal hold", None),
    act(Action::Note, "note", &["N"], PEOPLE, Tier::AtOnce, "Write a note on the offboarding", Some("note")),
    act(
        Action::Export,
        "export",
        &["e"],
        PEOPLE,
        Tier::AtOnce,
        "Write the person's evidence into a directory, to be checked by tools of others",
        Some("export"),
    ),
    look(
        Action::NextPane,
        "next-pane",
        &["tab"],
        &[Offboarding, Connectors, Context::Runbook],
        "Go to the next pane",
        Some("pane"),
    ),
    look(
        Action::Zoom,
        "zoom",
        &["z"],
        &[Offboarding, Connectors],
        "Give the whole screen to the pane, or take it back",
        Some("zoom"),
    ),
    look(Action::Up, "up", &["k", "up"], ALL, "Up", None),
    look(Action::Down, "down", &["j", "down"], ALL, "Down", None),
    look(Action::Top, "top", &["g", "home"], ALL, "To the top", None),
    look(Action::Bottom, "bottom", &["G", "end"], ALL, "To the bottom", None),
    look(Action::PageUp, "page-up", &["pgup"], ALL, "One page up", None),
    look(Action::PageDown, "page-down", &["pgdn"], ALL, "One page down", None),
    look(
        Action::Right,
        "right",
        &["right"],
        LISTS,
        "On the wall to the next column; elsewhere open the selected row",
        None,
    ),
    look(Action::Left, "left", &["left"], &[Wall], "To the column before; from the first to the person", None),
    look(Action::Dashboard, "dashboard", &["1"], ALL, "Screen: the dashboard", None),
    look(Action::Offboarding, "offboarding", &["2"], ALL, "Screen: the selected person's offboarding", None),
    look(Action::Wall, "wall", &["3"], ALL, "Screen: the wall, people against systems", None),
    look(Action::Connectors, "connectors", &["4"], ALL, "Screen: the connectors", None),
    look(Action::Approvals, "approvals", &["5"], ALL, "Screen: the inbox of approvals", None),
    look(Action::History, "history", &["6"], ALL, "Screen: everybody ever offboarded", None),
    look(Action::Ledger, "ledger", &["7"], ALL, "Screen: the log and its proofs", None),
    look(Action::Alerts, "alerts", &[], SCREENS, "The open alerts", None),
    look(Action::HistoryBack, "history-back", &["["], SCREENS, "To the screen before", None),
    look(Action::HistoryForward, "history-forward", &["]"], SCREENS, "To the screen after", None),
    look(Action::Back, "back", &["esc"], ALL, "Clear marks, clear the filter, go back: never destroys", None),
    look(Action::Leave, "leave", &["q"], ALL, "Back; on the dashboard: detach, the engine keeps running", None),
    look(Action::Detach, "detach", &["ctrl-c"], ALL, "Detach from anywhere: the engine keeps running", None),
    look(Action::Redraw, "redraw", &["ctrl-l"], ALL, "Draw the screen afresh", None),
    look(Action::Suspend, "suspend", &["ctrl-z"], ALL, "Suspend the console; the shell's fg brings it back", None),
    look(Action::Palette, "palette", &[":"], ALL, "Every action by name", Some("actions")),
    look(Action::Help, "help", &["?"], ALL, "The keys of this screen", Some("help")),
];
