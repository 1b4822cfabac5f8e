//! Plays seeds, many at a time, and shortens the first that breaks a rule to a story that a person can read.

use std::fmt::{self, Write as _};
use std::ops::Range;

use super::script::{Script, Scripts, span};
use super::world::{Broken, Line, Tally, World};

/// What is simulated: the world, or one with a rule taken away.
pub(crate) type Stage = for<'a> fn(&'a Script) -> World<'a>;

/// A seed that broke a rule, and the shortest script that breaks the same.
pub(crate) struct Failure {
    pub(crate) seed: u64,
    pub(crate) broken: Broken,
    pub(crate) story: Vec<String>,
    script: Script,
}

/// Plays seeds, on as many threads as there are processors.
pub(crate) fn play(seeds: Range<u64>, stage: Stage) -> Result<Tally, Box<Failure>> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    let mut tally = Tally::default();
    let mut failures = Vec::new();
    std::thread::scope(|scope| {
        let share = |thread: u64| {
            seeds.clone().skip(usize::try_from(thread).unwrap()).step_by(usize::try_from(threads).unwrap())
        };
        let players: Vec<_> = (0..threads).map(|thread| scope.spawn(move || play_some(share(thread), stage))).collect();
        for player in players {
            match player.join().unwrap() {
                Ok(of_these) => tally.add(&of_these),
                Err(failure) => failures.push(failure),
            }
        }
    });
    failures.into_iter().min_by_key(|it| it.seed).map_or(Ok(tally), Err)
}

fn play_some(seeds: impl Iterator<Item = u64>, stage: Stage) -> Result<Tally, Box<Failure>> {
    let scripts = Scripts::new();
    let mut tally = Tally::default();
    for seed in seeds {
        let script = scripts.of_seed(seed).current();
        let mut world = stage(&script);
        match world.run() {
            Ok(()) => tally.add(&world.tally),
            Err(_) => return Err(Box::new(shortened(&scripts, seed, stage))),
        }
    }
    Ok(tally)
}

/// Takes away and makes smaller whatever the broken rule does not need.
fn shortened(scripts: &Scripts, seed: u64, stage: Stage) -> Failure {
    let mut tree = scripts.of_seed(seed);
    let rule = stage(&tree.current()).run().expect_err("a script breaks a rule each time or never").rule;
    let breaks = |script: &Script| stage(script).run().is_err_and(|broken| broken.rule == rule);
    let mut shortest = tree.current();
    while tree.simplify() {
        loop {
            let script = tree.current();
            if breaks(&script) {
                shortest = script;
                break;
            }
            if !tree.complicate() {
                break;
            }
        }
    }
    // What became small may have become needless.
    loop {
        let shorter = without_one(&shortest).find(breaks);
        let Some(shorter) = shorter else { break };
        shortest = shorter;
    }
    let (broken, story) = told(&shortest, stage);
    let broken = broken.expect("the shortest script breaks the rule");
    // The world's troubles, and what became of the step that broke the rule.
    let matters = |line: &&Line| line.of.is_none() || line.of == broken.step;
    let story = story.iter().filter(matters).map(ToString::to_string).collect();
    Failure { seed, broken, story, script: shortest }
}

/// The script without one of its troubles, each in turn.
fn without_one(script: &Script) -> impl Iterator<Item = Script> {
    (0..script.troubles.len()).map(|left_out| {
        let mut shorter = script.clone();
        shorter.troubles.remove(left_out);
        shorter
    })
}

/// A script's whole story, and the rule that it breaks.
pub(crate) fn told(script: &Script, stage: Stage) -> (Option<Broken>, Vec<Line>) {
    let mut world = stage(script).telling();
    let broken = world.run().err();
    (broken, world.story.take().unwrap_or_default())
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>10}  {}", span(self.at), self.words)
    }
}

impl Failure {
    /// The story, numbered, and how to run it again.
    pub(crate) fn words(&self) -> String {
        let mut words = format!("{}: {}\n", self.broken.rule, self.broken.what);
        for (number, line) in (1..).zip(&self.story) {
            let _ = writeln!(words, "{number:>3}. {line}");
        }
        let _ = writeln!(words, "seed {}: NIGHTLATCH_SIM_SEED={} tells the whole story", self.seed, self.seed);
        let _ = write!(words, "once mended, pin it: {:?}", self.script);
        words
    }
}
