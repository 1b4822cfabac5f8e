//! Plays seeds, many at a time, and shortens the first that breaks a rule to a story that a person can read.

use std::fmt::Write as _;
use std::ops::Range;

use super::script::{Script, Scripts, span};
use super::world::{Broken, Tally, World};

/// What is simulated: the world, or one with a rule taken away.
pub(crate) type Stage = for<'a> fn(&'a Script) -> World<'a>;

/// A seed that broke a rule, and the shortest script that breaks the same.
pub(crate) struct Failure {
    pub(crate) seed: u64,
    pub(crate) broken: Broken,
    pub(crate) story: Vec<String>,
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
    let (broken, story) = told(&shortest, stage);
    Failure { seed, broken: broken.expect("the shortest script breaks the rule"), story }
}

/// A script's story: the world's troubles, and what became of the step that broke a rule.
pub(crate) fn told(script: &Script, stage: Stage) -> (Option<Broken>, Vec<String>) {
    let mut world = stage(script).telling();
    let broken = world.run().err();
    let about = broken.as_ref().and_then(|it| it.step);
    let lines = world.story.take().unwrap_or_default().into_iter();
    let story = lines
        .filter(|line| line.of.is_none() || line.of == about)
        .map(|line| format!("{:>10}  {}", span(line.at), line.words))
        .collect();
    (broken, story)
}

impl Failure {
    /// The story, numbered, and how to run it again.
    pub(crate) fn words(&self) -> String {
        let mut words = format!("{}: {}\n", self.broken.rule, self.broken.what);
        for (number, line) in (1..).zip(&self.story) {
            let _ = writeln!(words, "{number:>3}. {line}");
        }
        let _ = write!(words, "seed {}: NIGHTLATCH_SIM_SEED={} tells the whole story", self.seed, self.seed);
        words
    }
}
