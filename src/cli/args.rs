//! What can be typed: the whole binary's command line.

mod person;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{ArgGroup, Args, Parser, Subcommand};

use crate::model::{ConnectorId, OffboardingId, StepRef};

pub use super::docs::Document;
pub use person::{LeaverAdd, Person, Whom};

const TEMPLATE: &str = "\
{about}

{usage-heading} {usage}

Offboard:
  leaver       Open the offboarding of one person (add), or list who left without one (missing)
  import       Open an offboarding for each row of a CSV file
  plan         Show the plan that a person would get, and change nothing
  runbook      Show the runbook that plans are made by
  launch       Fire an armed or held offboarding now

Look:
  list         The offboardings that are open
  show         One offboarding, step by step
  watch        Follow what happens, one line an event
  history      Everybody ever offboarded
  timeline     Everything that ever happened to a person
  approvals    What waits for consent
  alerts       The open alerts
  check        Ask every connected system whether it can be used
  connectors   How the connected systems do: health, budgets, queues, errors
  actions      What can be done in each system, as declared
  licences     Seats that became free, and what they cost
  status       Who is exposed, how long it took today, how the engine itself does

Act:
  approve      Agree to a step that needs consent
  reject       Decline a step: it will not run
  retry        Queue a failed step afresh
  pause        Start no new act
  resume       Start acts again
  abort        Stop an offboarding for good
  undo         Give back what an offboarding took away
  hold         Put a person under legal hold, or take it off by two people
  note         Write something down about an offboarding

Prove:
  ledger       The tamper-evident log: status, verify, rebuild, export
  store        The journal's file: check, backup

Run:
  engine       Run the engine in the foreground
  stop         End the running engine in order
  sandbox      Stand-ins of the vendors' systems, on this machine
  demo         An engine and a sandbox, for a look around
  docs         The documents that belong to this version
  keys         The console's keys as they are in force
  completions  A completion script for a shell
  help         This text, or that of a subcommand

Options:
{options}{after-help}";

const EXAMPLES: &str = "\
Examples:
  nightlatch                                     the console; starts an engine if none runs
  nightlatch leaver add alfa.doe@corp.example    cut every access of one person now
  nightlatch watch ob-17                         follow it until it closes
  nightlatch list --json | jq '.[].id'

Exit codes:
  0  done
  1  not done
  2  the command line makes no sense
  3  refused by the engine: changed since, in conflict, or not allowed; or a journal that it must not use
  4  no engine answers
  5  the log, or what was checked, does not hold";

/// Cuts every access of people who leave, at once and everywhere, and proves it: on the screen, and in a log that shows
/// if it was changed.
#[derive(Debug, Parser)]
#[command(name = "nightlatch", version, help_template = TEMPLATE, after_help = EXAMPLES, max_term_width = 100)]
pub struct Cli {
    /// What holds for every subcommand.
    #[command(flatten)]
    pub globals: Globals,
    /// What to do; the console without one.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What holds for every subcommand.
#[derive(Debug, Clone, Default, Args)]
pub struct Globals {
    /// The configuration file
    #[arg(long, global = true, value_name = "PATH", help_heading = "Everywhere")]
    pub config: Option<PathBuf>,
    /// Where the journal, the keys and the engine's socket lie
    #[arg(long, global = true, value_name = "DIR", help_heading = "Everywhere")]
    pub state_dir: Option<PathBuf>,
    /// Another user's engine: the socket that its `[access]` names
    #[arg(long, global = true, value_name = "PATH", conflicts_with = "state_dir", help_heading = "Everywhere")]
    pub socket: Option<PathBuf>,
    /// Change nothing: the engine refuses every act
    #[arg(long, global = true, help_heading = "Everywhere")]
    pub read_only: bool,
    /// JSON on standard output, errors as JSON on standard error
    #[arg(long, global = true, help_heading = "Everywhere")]
    pub json: bool,
    /// No character beyond ASCII but those in people's names
    #[arg(long, global = true, help_heading = "Everywhere")]
    pub ascii: bool,
    /// The console's colours: default, dark, light, high-contrast, colour-blind, or a TOML file
    #[arg(long, global = true, value_name = "NAME|FILE", help_heading = "Everywhere")]
    pub theme: Option<String>,
    /// Say more in the engine's log; twice: everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = "Everywhere")]
    pub verbose: u8,
}

/// A subcommand.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the engine in the foreground
    #[command(after_help = "The engine ends on SIGTERM and on `nightlatch stop`. Killed, it goes on where it was.")]
    Engine(Engine),
    /// Stand-ins of the vendors' systems, on this machine
    #[command(after_help = "\
Examples:
  nightlatch sandbox --people 200 --write-config ./try
  nightlatch sandbox --fault slack:down,for_ms=30000 --fault okta:rate_per_s=5 --fault '*:answer_delay_ms=0-60'

A fault: VENDOR:KEY=VALUE,… with the vendors google, okta, slack, github, desk, bamboohr, hooks, pagerduty or *, and the
keys down, status, probability, rate_per_s, lost_answers, act_delay_ms, answer_delay_ms, op, acts, after_ms, for_ms.
The same as JSON: POST /_sandbox/faults; all off: DELETE /_sandbox/faults.")]
    Sandbox(Sandbox),
    /// An engine and a sandbox, for a look around
    #[command(after_help = "Examples:\n  nightlatch demo\n  nightlatch demo --headless --leavers 50 --seed 7 --json")]
    Demo(Demo),
    /// People who leave
    #[command(subcommand)]
    Leaver(Leaver),
    /// Open an offboarding for each row of a CSV file
    #[command(after_help = "Examples:
  nightlatch import leavers.csv --dry-run    check every row, open nothing
  nightlatch import - < leavers.csv

One wrong row, and none is opened. HR is never asked: what the file says counts alone, while
`nightlatch plan` and `nightlatch leaver add` ask HR.")]
    Import(Import),
    /// Show the plan that a person would get, and change nothing
    #[command(after_help = "\
Examples:
  nightlatch plan alfa.doe@corp.example --type contractor --privileged
  nightlatch plan alfa.doe@corp.example --dry-run    ask the systems what would change: reads only

A dry run ends with exit code 1 if a step would be refused, or would wait for a person.")]
    Plan(PlanFor),
    /// Show the runbook that plans are made by, as the engine has read it
    Runbook,
    /// Fire an armed or held offboarding now
    Launch {
        /// Which, as in ob-17
        #[arg(value_name = "OB")]
        offboarding: OffboardingId,
    },
    /// The offboardings that are open
    #[command(after_help = "Examples:\n  nightlatch list --state running --state held\n  nightlatch list --all --json")]
    List(List),
    /// One offboarding, step by step
    Show(Show),
    /// Follow what happens, one line an event
    #[command(after_help = "\
Examples:
  nightlatch watch ob-17            ends when ob-17 does: exit code 0 closed, 1 aborted
  nightlatch watch --json | jq .    for ever, one JSON object a line")]
    Watch {
        /// Only this one, as in ob-17
        #[arg(value_name = "OB")]
        offboarding: Option<OffboardingId>,
    },
    /// Queue a failed step afresh
    #[command(after_help = "\
Examples:
  nightlatch retry ob-17/3
  nightlatch retry --all-failed ob-17
  nightlatch retry --all-failed")]
    Retry(Retry),
    /// What waits for consent, urgent people first, then the oldest; and consents that may run out unused
    #[command(after_help = "\
Examples:
  nightlatch approvals
  nightlatch approvals --json | jq -r '.[] | select(.given == null).step'

A triangle (`--ascii`: an exclamation mark) stands before urgent people. States: asked; held, by a legal hold; given, and
not used yet; void, as it was given too long ago. `nightlatch approve` agrees to one, `reject` declines it.")]
    Approvals,
    /// The open alerts: what the alert channels were told of, and what is not over yet
    #[command(after_help = "Example:\n  nightlatch alerts --json | jq -r '.[].summary'")]
    Alerts,
    /// Agree to a step that needs consent
    #[command(after_help = "\
Examples:
  nightlatch approve ob-17/9                        shows it, then asks for the leaver's login
  nightlatch approve ob-17/9 --confirm alfa.doe     for scripts

The consent is bound to the plan that is shown. Name it with --plan to agree to that plan only.")]
    Approve(Approve),
    /// Decline a step: it will not run
    Reject {
        /// Which, as in ob-17/9
        step: StepRef,
        /// Why, for the log
        #[arg(long)]
        reason: String,
    },
    /// Start no new act, of one offboarding or of all
    #[command(after_help = "\
Examples:
  nightlatch pause ob-17 --reason 'HR asks to wait'
  nightlatch pause --all --reason 'Okta maintenance'

What is on the wire is finished. Read-backs go on.")]
    Pause(Pause),
    /// Start acts again, of one offboarding or of all
    Resume(Which),
    /// Stop an offboarding for good; what was done stays done
    #[command(after_help = "Example:\n  nightlatch abort ob-17 --reason 'stays after all'")]
    Abort(Abort),
    /// Give back what an offboarding took away
    #[command(after_help = "\
Examples:
  nightlatch undo ob-17 --dry-run                       what comes back, what cannot, until when
  nightlatch undo ob-17 --reason 'the wrong person'     shows it, then asks for the leaver's login
  nightlatch undo ob-17 --step 3 --step 4 --reason 'needs the mail a week longer'

Only what Nightlatch itself took away comes back. It runs as an offboarding of its own,
journalled and read back like any other. Pause or abort an open one first.")]
    Undo(Undo),
    /// Put a person under legal hold, or take it off by two people
    #[command(after_help = "\
Examples:
  nightlatch hold alfa.doe@corp.example --reason 'Doe v. Corp'    everything known of this person
  nightlatch hold ob-17 --off --reason 'settled'                  the first person asks
  nightlatch hold ob-17 --off                                     a second person agrees
  nightlatch hold ob-17 --keep --reason 'an appeal'               or says no

While it stands, nothing irreversible of it is started: no account or data is deleted, no device wiped. Access is cut all
the same. A later offboarding of the same person is under it as well.")]
    Hold(Hold),
    /// Write something down about an offboarding
    #[command(after_help = "\
Example:
  nightlatch note ob-17 'laptop handed in at the front desk'

It stands in the journal, in `show`, and in the person's evidence. 10 kB at most.")]
    Note {
        /// Which, as in ob-17
        #[arg(value_name = "OB")]
        offboarding: OffboardingId,
        /// What
        text: String,
    },
    /// Everybody ever offboarded, newest first
    #[command(after_help = "\
Examples:
  nightlatch history alfa                              in a name, an e-mail, a login, an employee id
  nightlatch history doe 2025-03 how:aborted           all terms must hold; !term turns one around
  nightlatch history after:2025-01-01 before:2026 conn:okta
  nightlatch history --limit 200 --before ob-1041      the next page

Fields: conn: how:open|closed|aborted|undo|erased id: on: after: before:
A date is when the offboarding was opened: 2025-03, 2025-03-04, 2025-03..2025-05, on:2025.")]
    History(History),
    /// Everything that ever happened to a person, oldest first
    #[command(after_help = "\
Examples:
  nightlatch timeline ob-17            undos and offboardings after a return included
  nightlatch timeline ob-17 --json     one event a line

`nightlatch history NAME` finds the person; `show --timeline` has one offboarding alone.")]
    Timeline {
        /// One of the person's offboardings, as in ob-17
        offboarding: OffboardingId,
    },
    /// The tamper-evident log
    #[command(subcommand)]
    Ledger(Ledger),
    /// The journal's file
    #[command(subcommand)]
    Store(Store),
    /// Who is exposed now, how long it took today to cut access, and how the engine does: memory, tasks, the journal's size
    Status,
    /// Ask every connected system whether it can be used
    #[command(after_help = "\
Examples:
  nightlatch check
  nightlatch check okta
  nightlatch check --person alfa.doe@corp.example    and which account each would cut, and why that one

Reads only. Exit code 1 if a system cannot be used, or cannot say for sure which account is the person's.")]
    Check(Check),
    /// How the connected systems do: health, budgets, queues, errors
    #[command(after_help = "\
Examples:
  nightlatch connectors
  nightlatch connectors okta              everything known of one
  nightlatch connectors okta --try-now    it is mended: one of the jobs that wait goes at once
  nightlatch connectors --json | jq '.[] | select(.health == \"locked\").id'

Nobody is asked: this is what the engine has met. `nightlatch check` asks.")]
    Connectors(Connectors),
    /// What can be done in each system, as declared: order, danger, undo, scopes
    #[command(after_help = "\
Examples:
  nightlatch actions                       of the systems in the configuration; needs no engine
  nightlatch actions --every --json        of every kind of system that is known, with all options on")]
    Actions {
        /// Of every kind of system that is known
        #[arg(long)]
        every: bool,
    },
    /// Seats that became free, per person and in all, with the configured price a month
    #[command(after_help = "\
Examples:
  nightlatch licences
  nightlatch licences --since 2026-01-01 --json

Prices stand in the configuration under [licences]. A seat counts when its step is verified, and no more when it was
given back by an undo.")]
    Licences {
        /// Only offboardings opened since then, as in 2026-01-31 or 2026-01-31T08:00Z
        #[arg(long, value_name = "WHEN")]
        since: Option<String>,
    },
    /// The documents that belong to this version
    #[command(after_help = "Examples:\n  nightlatch docs tools | less\n  nightlatch docs config > config.toml")]
    Docs {
        /// Which
        document: Document,
    },
    /// The console's keys as they are in force, with the configuration's changes
    #[command(after_help = "\
Examples:
  nightlatch keys
  nightlatch keys --json | jq -r '.[] | select(.keys == []) | .id'    what only the palette does

Keys are changed under [console.keys] of the configuration.")]
    Keys,
    /// A completion script for a shell
    #[command(
        after_help = "Example:\n  nightlatch completions bash > ~/.local/share/bash-completion/completions/nightlatch"
    )]
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// End the running engine in order
    Stop,
}

impl Command {
    /// Whether [`super::run()`] does it; the others are `main`'s.
    pub fn is_remote(&self) -> bool {
        !matches!(
            self,
            Self::Engine(_)
                | Self::Sandbox(_)
                | Self::Demo(_)
                | Self::Ledger(
                    Ledger::Verify(Verify { by_engine: false, .. }) | Ledger::Rebuild { .. } | Ledger::Export(_)
                )
                | Self::Store(_)
                | Self::Keys
                | Self::Actions { .. }
        )
    }
}

/// `engine`.
#[derive(Debug, Args)]
pub struct Engine {
    /// Append the log there instead of writing it to standard error
    #[arg(long, value_name = "FILE")]
    pub log: Option<PathBuf>,
    /// Leave the terminal's session: how the console starts an engine that outlives it
    #[arg(long, hide = true)]
    pub background: bool,
}

/// `sandbox`.
#[derive(Debug, Args)]
pub struct Sandbox {
    /// Where to listen; port 0: any that is free
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// The same seed makes the same people and the same mishaps
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// How many people have accounts there
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub people: u32,
    /// Something that goes wrong, see below; may be given more than once
    #[arg(long, value_name = "FAULT")]
    pub fault: Vec<String>,
    /// Reads show the old state for so long after a write, in ms
    #[arg(long, value_name = "MS", default_value_t = 0)]
    pub read_lag: u64,
    /// Write a configuration for it into this directory
    #[arg(long, value_name = "DIR")]
    pub write_config: Option<PathBuf>,
}

/// `demo`.
#[derive(Debug, Args)]
pub struct Demo {
    /// Without the console: run it, print what came of it, end
    #[arg(long)]
    pub headless: bool,
    /// How many people leave
    #[arg(long, value_name = "N", default_value_t = 40)]
    pub leavers: u32,
    /// Within how many seconds their webhooks arrive; by default 120, headless 15
    #[arg(long, value_name = "S")]
    pub over: Option<u64>,
    /// Keep the state in this directory instead of a temporary one that is removed at the end
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
    /// The same seed makes the same people and the same mishaps
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
}

/// `leaver …`.
#[derive(Debug, Subcommand)]
pub enum Leaver {
    /// Open the offboarding of one person
    #[command(after_help = "\
Examples:
  nightlatch leaver add alfa.doe@corp.example
  nightlatch leaver add alfa.doe@corp.example --at '2026-12-01T18:00[Europe/Berlin]'
  nightlatch leaver add alfa.doe@corp.example --privileged --involuntary --account okta=00u1abc
  nightlatch leaver add alfa.doe@corp.example --hold       to be fired with `nightlatch launch`

What the HR system knows wins over what is said here, unless --no-lookup is given.")]
    Add(Box<LeaverAdd>),
    /// Who has left by the word of HR, and has no offboarding here
    #[command(after_help = "\
Examples:
  nightlatch leaver missing
  nightlatch leaver missing --since 2026-01-01 --json | jq -r '.people[].leaver.email'

Asks every HR system that has an api_key. An offboarding that was aborted or undone does not count.")]
    Missing {
        /// Only people whose record in HR was changed since then; by default within half a year
        #[arg(long, value_name = "WHEN")]
        since: Option<String>,
    },
}

/// `import`.
#[derive(Debug, Args)]
pub struct Import {
    /// The CSV file; `-`: standard input
    pub file: PathBuf,
    /// Check every row and open nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Open them, but let a person fire each, whatever the file says
    #[arg(long)]
    pub hold: bool,
}

/// `plan`.
#[derive(Debug, Args)]
pub struct PlanFor {
    /// Whose.
    #[command(flatten)]
    pub person: Box<Person>,
    /// Do not ask the HR system
    #[arg(long)]
    pub no_lookup: bool,
    /// Hold each step against its system, reading only, and say what would change
    #[arg(long)]
    pub dry_run: bool,
}

/// `check`.
#[derive(Debug, Args)]
pub struct Check {
    /// Only this one, by its name in the configuration
    #[arg(value_name = "SYSTEM", value_parser = ConnectorId::new)]
    pub connector: Option<ConnectorId>,
    /// Find this person's account in each, too, by the work e-mail
    #[arg(long, value_name = "EMAIL", value_parser = person::email)]
    pub person: Option<String>,
    /// Do not ask the HR system for the person
    #[arg(long, requires = "person")]
    pub no_lookup: bool,
}

/// `list`.
#[derive(Debug, Args)]
pub struct List {
    /// Those that ended lately, too
    #[arg(long)]
    pub all: bool,
    /// Only those in this state; may be given more than once
    #[arg(long, value_name = "STATE", value_delimiter = ',',
        value_parser = ["armed", "held", "running", "paused", "aborted", "closed"])]
    pub state: Vec<String>,
}

/// `show`.
#[derive(Debug, Args)]
pub struct Show {
    /// Which, as in ob-17
    #[arg(value_name = "OB")]
    pub offboarding: OffboardingId,
    /// Everything that happened to it, oldest first, instead of how it stands
    #[arg(long)]
    pub timeline: bool,
}

/// `retry`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true).args(["step", "all_failed"]))]
pub struct Retry {
    /// Which, as in ob-17/3
    pub step: Option<StepRef>,
    /// Every failed step of this offboarding, or of all
    #[arg(long, value_name = "OB")]
    pub all_failed: Option<Option<OffboardingId>>,
}

/// `approve`.
#[derive(Debug, Args)]
pub struct Approve {
    /// Which, as in ob-17/9
    pub step: StepRef,
    /// The leaver's login, typed out; asked for on a terminal
    #[arg(long, value_name = "LOGIN")]
    pub confirm: Option<String>,
    /// Agree only if the plan has this digest, or begins with it
    #[arg(long, value_name = "DIGEST")]
    pub plan: Option<String>,
}

/// `pause`.
#[derive(Debug, Args)]
pub struct Pause {
    /// Which.
    #[command(flatten)]
    pub which: Which,
    /// Why, for the log
    #[arg(long)]
    pub reason: String,
}

/// One offboarding, or the whole engine.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("which").required(true).args(["offboarding", "all"]))]
pub struct Which {
    /// Which, as in ob-17
    #[arg(value_name = "OB")]
    pub offboarding: Option<OffboardingId>,
    /// The whole engine
    #[arg(long)]
    pub all: bool,
}

/// `abort`.
#[derive(Debug, Args)]
pub struct Abort {
    /// Which, as in ob-17
    #[arg(value_name = "OB")]
    pub offboarding: OffboardingId,
    /// The leaver's login, typed out; asked for on a terminal
    #[arg(long, value_name = "LOGIN")]
    pub confirm: Option<String>,
    /// Why, for the log
    #[arg(long)]
    pub reason: String,
}

/// `undo`.
#[derive(Debug, Args)]
pub struct Undo {
    /// Which, as in ob-17
    #[arg(value_name = "OB")]
    pub offboarding: OffboardingId,
    /// Only what this step took, by its number; may be given more than once
    #[arg(long, value_name = "N")]
    pub step: Vec<u16>,
    /// Only say what it would do
    #[arg(long)]
    pub dry_run: bool,
    /// The leaver's login, typed out; asked for on a terminal
    #[arg(long, value_name = "LOGIN")]
    pub confirm: Option<String>,
    /// Why, for the log
    #[arg(long, required_unless_present = "dry_run", default_value = "", hide_default_value = true)]
    pub reason: String,
}

/// `hold`.
#[derive(Debug, Args)]
pub struct Hold {
    /// Whom, by e-mail or as in ob-17
    #[arg(value_name = "EMAIL|OB")]
    pub whom: Whom,
    /// With a reason: ask to take it off. Without: agree to that, as a second person
    #[arg(long, conflicts_with = "keep")]
    pub off: bool,
    /// Say no to who asked to take it off
    #[arg(long)]
    pub keep: bool,
    /// Why, for the log
    #[arg(long, required_unless_present = "off", default_value = "", hide_default_value = true)]
    pub reason: String,
}

/// `history`.
#[derive(Debug, Args)]
pub struct History {
    /// Part of a name, an e-mail, a login or an employee id; a date; field:value
    #[arg(value_name = "TERM")]
    pub query: Vec<String>,
    /// The zone of the days, as in Europe/Berlin; by default UTC
    #[arg(long, value_name = "ZONE")]
    pub zone: Option<String>,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub limit: u32,
    /// Only those older than this one
    #[arg(long, value_name = "OB")]
    pub before: Option<OffboardingId>,
}

/// `ledger …`.
#[derive(Debug, Subcommand)]
pub enum Ledger {
    /// Where the log stands, and the key to check it with
    Status,
    /// Recompute every leaf, hash and checkpoint, and compare
    #[command(after_help = "\
Examples:
  nightlatch ledger verify
  nightlatch ledger verify --key corp.example/log+1f2e3d4c+AbCd… --checkpoint kept-elsewhere.txt
  nightlatch ledger verify --by-engine     as V on the console's screen 7; `ledger status` remembers it

Needs no engine. The key in the state directory could have been exchanged along with
the log: an auditor names the key that they noted elsewhere.
Exit code 5 if something does not hold.")]
    Verify(Verify),
    /// Compute everything else in the journal's file afresh from its events, and compare
    Rebuild {
        /// The journal's file, if not that of the state directory
        #[arg(long, value_name = "FILE")]
        journal: Option<PathBuf>,
    },
    /// Write evidence that an auditor checks with tools of their own
    #[command(after_help = "\
Examples:
  nightlatch ledger export --to evidence                                  the whole log, without a name in it
  nightlatch ledger export --to evidence --for alfa.doe@corp.example      one person, in clear

Needs no engine. VERIFY.md in the directory says how to check it, and what that proves.
Exit code 5 if the log does not hold: then nothing is written.")]
    Export(Export),
}

/// `connectors`.
#[derive(Debug, Args)]
pub struct Connectors {
    /// Only this one, by its name in the configuration
    #[arg(value_name = "SYSTEM", value_parser = ConnectorId::new)]
    pub connector: Option<ConnectorId>,
    /// It is down or locked, and mended: let one job go at once
    #[arg(long, requires = "connector")]
    pub try_now: bool,
}

/// `store …`.
#[derive(Debug, Subcommand)]
pub enum Store {
    /// Look at the whole file: pages, permissions, room, the log, and what follows from it
    #[command(after_help = "\
Examples:
  nightlatch store check
  nightlatch store check --json | jq '.findings[]'

Works beside a running engine and without one, and changes nothing. It reads the whole journal: a start looks at all
pages only up to 256 MiB, so let a timer run this where the journal is larger.
Exit code 5 if something is wrong; each finding says what to do.")]
    Check,
    /// Copy the journal into a new file, beside a running engine or without one, and check the copy
    #[command(after_help = "\
Examples:
  nightlatch store backup                              into backups/ in the state directory
  nightlatch store backup --to /mnt/safe/journal.db    never over a file that is there

To restore it: `nightlatch stop`; take the damaged journal.db away, and with it journal.db-wal and journal.db-shm, which
belong to it alone; copy the backup to journal.db, mode 600. Leave ledger.anchor where it is: by it the next engine sees
how many events are missing. It says so and starts nothing before `nightlatch resume --all`; every irreversible step that
is open is read back first and asks for consent again, so that none is done twice. People whose notice came after the
backup are not in it: let HR send those again, or add them by hand.")]
    Backup {
        /// The file to write; by default one with the time in its name, in backups/ of the state directory
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
    },
}

/// `ledger export`.
#[derive(Debug, Args)]
pub struct Export {
    /// The directory to write, new or empty
    #[arg(long, value_name = "DIR")]
    pub to: PathBuf,
    /// Only this person, by e-mail or as in ob-17, with names: hand it over like a personnel file
    #[arg(long = "for", value_name = "EMAIL|OB")]
    pub whom: Option<Whom>,
    /// The journal's file, if not that of the state directory
    #[arg(long, value_name = "FILE")]
    pub journal: Option<PathBuf>,
}

/// `ledger verify`.
#[derive(Debug, Args)]
pub struct Verify {
    /// The running engine does it in the background, beside its work, and remembers what came of it
    #[arg(long, conflicts_with_all = ["key", "checkpoint", "journal"])]
    pub by_engine: bool,
    /// The verifier key, as `ledger status` shows it; several after a change of keys
    #[arg(long, value_name = "KEY")]
    pub key: Vec<String>,
    /// A checkpoint that was kept elsewhere; may be given more than once
    #[arg(long, value_name = "FILE")]
    pub checkpoint: Vec<PathBuf>,
    /// The journal's file, if not that of the state directory
    #[arg(long, value_name = "FILE")]
    pub journal: Option<PathBuf>,
}
