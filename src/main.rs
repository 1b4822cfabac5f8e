//! The `nightlatch` binary: parses, sets up, hands over.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use nightlatch::cli::args::{Cli, Command, Engine, Export, Globals, Ledger, Sandbox, Store, Whom};
use nightlatch::cli::{self, Context, Exit, Fault};
use nightlatch::config::{Config, Section};
use nightlatch::daemon::{self, DaemonError, offline};
use nightlatch::paths::Paths;
use nightlatch::{demo, tui};

/// Jobs are made on one thread and freed on another, thousands a second: what the system's allocator is slowest at.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // One provider of cryptography for the whole process; a second call would only say that there is one already.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    // Only builds of tests have any: see nightlatch::failpoint.
    let _failpoints = fail::has_failpoints().then(fail::FailScenario::setup);
    let parsed = match cli::parse(std::env::args_os()) {
        Ok(parsed) => parsed,
        Err(exit) => return exit.into(),
    };
    let json = parsed.globals.json;
    match run(parsed) {
        Ok(exit) => exit.into(),
        Err(fault) => cli::fail(json, &fault).into(),
    }
}

fn failed(error: impl std::fmt::Display) -> Fault {
    Fault::new(Exit::Failure, error.to_string())
}

fn run(parsed: Cli) -> Result<Exit, Fault> {
    let Cli { globals, command } = parsed;
    match command {
        None => console(&globals),
        Some(Command::Engine(engine)) => run_engine(&globals, &engine),
        Some(Command::Sandbox(sandbox)) => run_sandbox(&sandbox),
        Some(Command::Demo(demo)) => run_demo(&globals, &demo),
        Some(Command::Ledger(Ledger::Verify(verify))) if !verify.by_engine => {
            let paths = paths(&globals)?;
            let found = offline::verify(&paths, verify.journal.as_deref(), &verify.key, &verify.checkpoint);
            let found = found.map_err(failed)?;
            let text =
                format!("{}\nkey           {} ({})", found.report, found.verifier_keys.join(", "), found.key_from);
            let value = serde_json::to_value(&found).map_err(failed)?;
            Ok(cli::report(globals.json, found.report.is_sound(), &text, &value))
        }
        Some(Command::Ledger(Ledger::Rebuild { journal })) => {
            let found = offline::rebuild(&paths(&globals)?, journal.as_deref()).map_err(failed)?;
            let value = serde_json::to_value(&found).map_err(failed)?;
            Ok(cli::report(globals.json, found.differences.is_empty(), &found.to_string(), &value))
        }
        Some(Command::Ledger(Ledger::Export(asked))) => export(&globals, &asked),
        Some(Command::Store(store)) => look_after(&globals, &store),
        Some(Command::Keys) => {
            let keys = keys(&config(&globals, &paths(&globals)?)?)?;
            let value = serde_json::to_value(&keys).map_err(failed)?;
            Ok(cli::report(globals.json, true, &keys.to_string(), &value))
        }
        Some(Command::Actions { every }) => {
            let found = offline::actions(&config(&globals, &paths(&globals)?)?, every).map_err(failed)?;
            let value = serde_json::to_value(&found).map_err(failed)?;
            Ok(cli::report(globals.json, true, &found.to_string(), &value))
        }
        Some(command) => {
            let paths = paths(&globals)?;
            let starter = Starter::new(&globals, &paths);
            let others = globals.socket.is_some();
            let context = Context {
                socket: socket(&globals, &paths),
                read_only: globals.read_only,
                json: globals.json,
                ascii: ascii(&globals, None),
                config: starter.config.clone(),
                start_engine: (!others).then(|| Box::new(move || starter.start()) as _),
                usual_config: Some(paths.config()).filter(|it| !others && it.exists()).map(Into::into),
                fingerprint: Some(|path| Config::load(path).map(|it| it.fingerprint()).unwrap_or_default()),
            };
            Ok(cli::run(command, &context))
        }
    }
}

fn export(globals: &Globals, asked: &Export) -> Result<Exit, Fault> {
    let whom = asked.whom.as_ref().map(|whom| match whom {
        Whom::Email(email) => offline::Whom::Email(email.clone()),
        Whom::Offboarding(id) => offline::Whom::Offboarding(*id),
    });
    let written = offline::export(&paths(globals)?, asked.journal.as_deref(), &asked.to, whom.as_ref());
    let written = written.map_err(|error| {
        let unsound = matches!(error, offline::ExportError::Unsound(_));
        Fault::new(if unsound { Exit::NotVerified } else { Exit::Failure }, error.to_string())
    })?;
    let value = serde_json::to_value(&written).map_err(failed)?;
    Ok(cli::report(globals.json, true, &written.to_string(), &value))
}

fn look_after(globals: &Globals, asked: &Store) -> Result<Exit, Fault> {
    let paths = paths(globals)?;
    match asked {
        Store::Check => {
            // The floor is worth no refusal: a journal is looked at beside a broken configuration, too.
            let engine = config(globals, &paths).unwrap_or_else(|_| Config::default_empty()).engine;
            let found = offline::check(&paths, engine.disk_floor_mib.saturating_mul(1024 * 1024))
                .map_err(|error| ended(&error))?;
            let value = serde_json::to_value(&found).map_err(failed)?;
            Ok(cli::report(globals.json, found.is_sound(), &found.to_string(), &value))
        }
        Store::Backup { to } => {
            let written =
                offline::backup(&paths, to.as_deref(), jiff::Timestamp::now()).map_err(|error| ended(&error))?;
            let value = serde_json::to_value(&written).map_err(failed)?;
            Ok(cli::report(globals.json, true, &written.to_string(), &value))
        }
    }
}

/// Why the engine, or who works on its files, ended: a journal that must not be used is refused.
fn ended(error: &DaemonError) -> Fault {
    let exit = match error {
        DaemonError::Store(refused) if refused.is_refusal() => Exit::Refused,
        _ => Exit::Failure,
    };
    Fault::new(exit, error.to_string())
}

fn paths(globals: &Globals) -> Result<Paths, Fault> {
    Paths::new(globals.state_dir.as_deref()).map_err(failed)
}

/// Where the engine listens: the one that is named, else this user's own.
fn socket(globals: &Globals, paths: &Paths) -> PathBuf {
    globals.socket.clone().unwrap_or_else(|| paths.socket().to_owned())
}

/// The configuration: the named file, else the usual one, else nothing is configured.
fn config(globals: &Globals, paths: &Paths) -> Result<Config, Fault> {
    match (&globals.config, paths.config()) {
        (Some(named), _) => Config::load(named).map_err(failed),
        (None, usual) if usual.exists() => Config::load(usual).map_err(failed),
        (None, _) => Ok(Config::default_empty()),
    }
}

/// Whether only ASCII is drawn: asked for, configured, or the locale is not UTF-8.
fn ascii(globals: &Globals, configured: Option<bool>) -> bool {
    let locale =
        ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| std::env::var(name).ok().filter(|it| !it.is_empty()));
    let utf8 = locale.is_some_and(|it| it.to_lowercase().replace('-', "").contains("utf8"));
    globals.ascii || configured.unwrap_or(!utf8)
}

/// The keys that are in force. What cannot be bound is told with its place in the file.
fn keys(config: &Config) -> Result<tui::KeyTable, Fault> {
    tui::KeyTable::in_force(&config.console.keys).map_err(|problems| {
        let told: Vec<String> = problems
            .into_iter()
            .map(|problem| {
                let named = problem.ids.iter().find(|id| config.console.keys.contains_key(*id));
                let key = named.map_or_else(|| "keys".to_owned(), |id| format!("keys.{id}"));
                config.console_section.fault(&key, problem.to_string(), "").to_string()
            })
            .collect();
        failed(told.join("\n"))
    })
}

/// The console's colours: asked for, configured, or the terminal's own 16.
fn theme(globals: &Globals, config: &Config) -> Result<tui::Scheme, Fault> {
    let (named, folder) = match (&globals.theme, &config.console.theme) {
        (Some(asked), _) => (asked, Path::new("")),
        (None, Some(configured)) => (configured, config.console_section.folder()),
        (None, None) => return Ok(tui::Scheme::default()),
    };
    if let Some(built_in) = tui::BuiltIn::named(named) {
        return Ok(built_in.scheme());
    }
    let names = tui::BuiltIn::ALL.map(tui::BuiltIn::name).join(", ");
    let cure = format!("name one of {names}, or a TOML file as in ./mine.toml");
    // A word is a name, not a file that happens to lie there.
    if !named.contains('/') && Path::new(named).extension().is_none() {
        let what = format!("there is no theme `{named}`");
        return Err(match &globals.theme {
            Some(_) => Fault::usage(format!("--theme: {what}"), cure),
            None => failed(config.console_section.fault("theme", what, cure)),
        });
    }
    let file = Section::load("theme", &folder.join(named), &cure).map_err(failed)?;
    file.parse().map_err(failed)
}

/// Starts an engine for the state directory that the client was called with.
#[derive(Clone)]
struct Starter {
    paths: Paths,
    config: Option<PathBuf>,
}

impl Starter {
    fn new(globals: &Globals, paths: &Paths) -> Self {
        let config = globals.config.as_deref().map(|it| std::path::absolute(it).unwrap_or_else(|_| it.to_owned()));
        Self { paths: paths.clone(), config }
    }

    fn start(&self) -> Result<(), String> {
        daemon::spawn::start_engine(&self.paths, self.config.as_deref())
    }
}

fn console(globals: &Globals) -> Result<Exit, Fault> {
    if let Some(why) = tui::unusable() {
        return Err(Fault::usage(why, "use a subcommand: see nightlatch --help"));
    }
    let paths = paths(globals)?;
    let config = config(globals, &paths)?;
    keys(&config)?;
    let theme = theme(globals, &config)?;
    let console = config.console;
    let starter = Starter::new(globals, &paths);
    open_console(tui::Options {
        socket: socket(globals, &paths),
        read_only: globals.read_only,
        ascii: ascii(globals, console.ascii),
        theme,
        keys: console.keys,
        banner: None,
        start_engine: globals.socket.is_none().then(|| Box::new(move || starter.start()) as _),
        takes_the_engine_along: false,
    })
}

fn open_console(options: tui::Options) -> Result<Exit, Fault> {
    color_eyre::install().map_err(failed)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(failed)?;
    let ended = runtime.block_on(tui::run(options));
    // A reader that is blocked in the terminal must not hold up the end.
    runtime.shutdown_background();
    ended.map(|_| Exit::Ok).map_err(|error| failed(format!("{error:#}")))
}

fn run_engine(globals: &Globals, engine: &Engine) -> Result<Exit, Fault> {
    let paths = paths(globals)?;
    if engine.background {
        // Its own session: a dropped line ends consoles, never the engine. Fails only for a session's leader.
        let _ = rustix::process::setsid();
    }
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    log_to(engine.log.as_deref(), globals.verbose)?;
    let config = config(globals, &paths)?;
    // Acts are let go by the journal's thread: a busy runtime must look there often, or the most urgent waits longest.
    let runtime = tokio::runtime::Builder::new_multi_thread().global_queue_interval(5).enable_all().build();
    runtime.map_err(failed)?.block_on(daemon::run(config, paths)).map_err(|error| ended(&error))?;
    Ok(Exit::Ok)
}

/// Logs go to stderr or to a file, never to stdout.
fn log_to(file: Option<&Path>, verbose: u8) -> Result<(), Fault> {
    let level = match verbose {
        0 => "info",
        1 => "nightlatch=debug,info",
        _ => "trace",
    };
    let filter = tracing_subscriber::EnvFilter::try_from_env("NIGHTLATCH_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(level));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_target(false);
    match file {
        None => builder.with_ansi(std::io::stderr().is_terminal()).with_writer(std::io::stderr).init(),
        Some(path) => {
            use std::os::unix::fs::OpenOptionsExt;
            let opened = std::fs::OpenOptions::new().create(true).append(true).mode(0o600).open(path);
            let opened = opened.map_err(|error| failed(format!("{}: {error}", path.display())))?;
            builder.with_ansi(false).with_writer(std::sync::Mutex::new(opened)).init();
        }
    }
    Ok(())
}

fn run_sandbox(sandbox: &Sandbox) -> Result<Exit, Fault> {
    log_to(None, 0)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(failed)?;
    let options = demo::SandboxOptions {
        listen: sandbox.listen,
        seed: sandbox.seed,
        people: sandbox.people as usize,
        read_lag_ms: sandbox.read_lag,
        faults: sandbox.fault.clone(),
        write_config: sandbox.write_config.clone(),
    };
    runtime.block_on(demo::run_sandbox(options)).map_err(failed)?;
    Ok(Exit::Ok)
}

fn run_demo(globals: &Globals, asked: &cli::args::Demo) -> Result<Exit, Fault> {
    let over_s = asked.over.unwrap_or(if asked.headless { 15 } else { 120 });
    let options = demo::Options { leavers: asked.leavers, seed: asked.seed, over_s, keep: asked.keep.clone() };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(failed)?;
    if asked.headless {
        let report = runtime.block_on(demo::headless(options)).map_err(failed)?;
        let value = serde_json::to_value(&report).map_err(failed)?;
        return Ok(cli::report(globals.json, report.holds(), &report.to_string(), &value));
    }
    if let Some(why) = tui::unusable() {
        return Err(Fault::usage(why, "run it with --headless"));
    }
    let theme = theme(globals, &Config::default_empty())?;
    let stage = runtime.block_on(demo::Stage::set(&options)).map_err(failed)?;
    let conductor = stage.conduct(&runtime, &options);
    let (paths, config) = (stage.paths().clone(), stage.config_file().to_owned());
    let ended = open_console(tui::Options {
        socket: paths.socket().to_owned(),
        read_only: globals.read_only,
        ascii: ascii(globals, None),
        theme,
        keys: std::collections::BTreeMap::new(),
        banner: Some("demo".to_owned()),
        start_engine: Some(Box::new(move || daemon::spawn::start_engine(&paths, Some(&config)))),
        takes_the_engine_along: true,
    });
    conductor.abort();
    runtime.block_on(stage.strike());
    ended
}
