//! A directory's files as a power cut may leave them.
//!
//! The rules, from what POSIX promises and what journalling file systems (ext4, XFS, btrfs) do at worst:
//! - What was written to a file is on disk when an `fsync` or `fdatasync` of it that began afterwards has ended. Until
//!   then each of its 512-byte sectors is on disk in any version that it has had since, whatever its neighbours are.
//! - The same holds for its length; what lies between the old end and a sector beyond it reads as zeros.
//! - Names (files made, linked, renamed, removed) become durable in the order in which they were made, by an `fsync` of
//!   the directory and by nothing else. A name may be there when the file's bytes are not.
//!
//! A process that dies takes nothing with it: what it wrote stays in the system's memory.

use std::collections::BTreeMap;
use std::path::Path;

use crate::rng::Rng;
use crate::trace::Call;

const SECTOR: usize = 512;
/// Of what has not happened yet.
pub(crate) const NEVER: usize = usize::MAX;

/// Every write to the files of a directory, and when each was sure to be on disk.
#[derive(Debug, Clone)]
pub(crate) struct Disk {
    dir: String,
    files: Vec<File>,
    names: Vec<Naming>,
    syncs: Vec<Sync>,
    /// As the system sees it now: which file has which name.
    now: BTreeMap<String, usize>,
}

#[derive(Debug, Clone, Default)]
struct File {
    changes: Vec<Change>,
    syncs: Vec<Sync>,
    /// Where the next plain `write` goes.
    position: usize,
}

#[derive(Debug, Clone)]
struct Change {
    began: usize,
    ended: usize,
    durable: usize,
    what: What,
}

#[derive(Debug, Clone)]
enum What {
    Write { at: usize, bytes: Vec<u8> },
    Length(usize),
}

/// A change of names, whole or not at all: what each path names from then on.
#[derive(Debug, Clone)]
struct Naming {
    began: usize,
    ended: usize,
    durable: usize,
    paths: Vec<(String, Option<usize>)>,
}

#[derive(Debug, Clone, Copy)]
struct Sync {
    began: usize,
    ended: usize,
}

/// Which of the writes that are not sure to be on disk are there.
#[derive(Debug, Clone, Copy)]
enum Luck {
    None,
    All,
    Writes,
    Sectors,
    OnlyTheLast,
    AllButTheFirst,
}

impl Disk {
    /// An empty directory.
    pub(crate) fn new(dir: &Path) -> Self {
        let dir = dir.to_str().unwrap().to_owned();
        Self { dir, files: Vec::new(), names: Vec::new(), syncs: Vec::new(), now: BTreeMap::new() }
    }

    /// The name within the directory, if this is the path of one of its files. SQLite's shared memory is none: whoever
    /// comes first after a start empties it.
    fn name<'a>(&self, path: &'a str) -> Option<&'a str> {
        let name = path.strip_prefix(&self.dir)?.strip_prefix('/')?;
        (!name.ends_with("-shm") && !name.contains('/')).then_some(name)
    }

    /// Takes in what a process did. `and_cut_off`: what it had begun when it was killed was done.
    pub(crate) fn follow(&mut self, calls: &[Call], and_cut_off: bool) {
        for call in calls {
            let done = call.result.map_or(and_cut_off, |result| result >= 0);
            if done {
                self.take(call);
            }
        }
        for file in &mut self.files {
            let syncs = file.syncs.clone();
            file.changes.iter_mut().for_each(|change| change.durable = durable(change.ended, &syncs));
        }
        self.names.iter_mut().for_each(|naming| naming.durable = durable(naming.ended, &self.syncs));
    }

    fn take(&mut self, call: &Call) {
        let path = |nth: usize| call.strings().get(nth).map(|it| String::from_utf8_lossy(it).into_owned());
        match call.name.as_str() {
            "openat" => {
                if let Some(name) = call.opened().as_deref().and_then(|it| self.name(it)) {
                    self.open(call, name);
                }
            }
            "pwrite64" | "write" | "ftruncate" | "lseek" | "fsync" | "fdatasync" => {
                let Some(path) = call.file() else { return };
                if path == self.dir && call.name.ends_with("sync") {
                    return self.syncs.push(Sync::of(call));
                }
                if let Some(&file) = self.name(&path).and_then(|name| self.now.get(name)) {
                    self.files[file].take(call);
                }
            }
            "rename" | "linkat" | "unlink" => {
                let named = |path: Option<String>| path.and_then(|it| self.name(&it).map(str::to_owned));
                let (first, second) = (named(path(0)), named(path(1)));
                let file = first.as_ref().and_then(|first| self.now.get(first).copied());
                let paths = match (call.name.as_str(), first, second) {
                    ("rename", Some(from), Some(to)) => vec![(from, None), (to, file)],
                    ("linkat", _, Some(to)) => vec![(to, file)],
                    ("unlink", Some(gone), _) => vec![(gone, None)],
                    _ => return,
                };
                self.call_it(call, paths);
            }
            other => {
                let ours = call.file().is_some_and(|path| self.name(&path).is_some());
                assert!(!ours, "the model knows no `{other}`: teach it");
            }
        }
    }

    fn open(&mut self, call: &Call, name: &str) {
        let file = self.now.get(name).copied().unwrap_or_else(|| {
            self.files.push(File::default());
            self.call_it(call, vec![(name.to_owned(), Some(self.files.len() - 1))]);
            self.files.len() - 1
        });
        self.files[file].position = 0;
        if call.says("O_TRUNC") {
            self.files[file].change(call, What::Length(0));
        }
    }

    fn call_it(&mut self, call: &Call, paths: Vec<(String, Option<usize>)>) {
        for (path, file) in &paths {
            match file {
                Some(file) => drop(self.now.insert(path.clone(), *file)),
                None => drop(self.now.remove(path)),
            }
        }
        self.names.push(Naming { began: call.began, ended: call.ended.unwrap_or(NEVER), durable: NEVER, paths });
    }

    /// What the system showed at this moment, with everything that it had in memory.
    pub(crate) fn in_memory(&self, at: usize) -> BTreeMap<String, Vec<u8>> {
        let begun = self.names.iter().take_while(|naming| naming.began <= at).count();
        self.named(begun).into_iter().map(|(name, file)| (name, self.files[file].in_memory(at))).collect()
    }

    /// Which file has which name after so many changes of names.
    fn named(&self, changes: usize) -> BTreeMap<String, usize> {
        let mut names = BTreeMap::new();
        for (path, file) in self.names[..changes].iter().flat_map(|naming| &naming.paths) {
            match file {
                Some(file) => drop(names.insert(path.clone(), *file)),
                None => drop(names.remove(path)),
            }
        }
        names
    }

    /// The moments at which something changed, or became sure.
    pub(crate) fn moments(&self) -> Vec<usize> {
        let changes = self.files.iter().flat_map(|file| &file.changes).map(|change| change.began);
        let syncs = self.files.iter().flat_map(|file| &file.syncs).chain(&self.syncs);
        let mut moments: Vec<usize> = changes.chain(syncs.flat_map(|sync| [sync.began, sync.ended])).collect();
        moments.retain(|at| *at != NEVER);
        moments.sort_unstable();
        moments.dedup();
        moments
    }

    /// One of the directories that a power cut at this moment may leave.
    pub(crate) fn image(&self, cut: usize, rng: &mut Rng) -> BTreeMap<String, Vec<u8>> {
        let begun = self.names.iter().take_while(|naming| naming.began <= cut).count();
        let sure = self.names[..begun].iter().rposition(|naming| naming.durable <= cut).map_or(0, |last| last + 1);
        let kept = usize::try_from(rng.between(sure as u64, begun as u64)).unwrap();
        let luck = match rng.between(0, 7) {
            0 => Luck::None,
            1 => Luck::All,
            2 | 3 => Luck::Writes,
            4 | 5 => Luck::Sectors,
            6 => Luck::OnlyTheLast,
            _ => Luck::AllButTheFirst,
        };
        self.named(kept).into_iter().map(|(path, file)| (path, self.files[file].left(cut, luck, rng))).collect()
    }
}

impl Sync {
    fn of(call: &Call) -> Self {
        Self { began: call.began, ended: call.ended.unwrap_or(NEVER) }
    }
}

/// When a change that ended then is sure to be on disk: at the end of the first sync that began after it.
fn durable(ended: usize, syncs: &[Sync]) -> usize {
    let later = syncs.iter().filter(|sync| sync.began > ended);
    later.map(|sync| sync.ended).min().unwrap_or(NEVER)
}

impl File {
    fn take(&mut self, call: &Call) {
        let numbers = call.numbers();
        match call.name.as_str() {
            "pwrite64" => self.write(call, numbers[1]),
            "write" => {
                self.write(call, self.position as u64);
                self.position += call.strings()[0].len();
            }
            "lseek" => self.position = usize::try_from(call.result.unwrap()).unwrap(),
            "ftruncate" => self.change(call, What::Length(usize::try_from(numbers[0]).unwrap())),
            _ => self.syncs.push(Sync::of(call)),
        }
    }

    fn write(&mut self, call: &Call, at: u64) {
        let mut bytes = call.strings().swap_remove(0);
        bytes.truncate(call.result.map_or(usize::MAX, |written| usize::try_from(written).unwrap()));
        self.change(call, What::Write { at: usize::try_from(at).unwrap(), bytes });
    }

    fn change(&mut self, call: &Call, what: What) {
        let (began, ended) = (call.began, call.ended.unwrap_or(NEVER));
        self.changes.push(Change { began, ended, durable: NEVER, what });
    }

    fn begun(&self, at: usize) -> &[Change] {
        &self.changes[..self.changes.partition_point(|change| change.began <= at)]
    }

    fn in_memory(&self, at: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.begun(at).iter().for_each(|change| change.what.happen(&mut bytes));
        bytes
    }

    /// What is left of it after a cut.
    fn left(&self, cut: usize, luck: Luck, rng: &mut Rng) -> Vec<u8> {
        let begun = self.begun(cut);
        let unsure = begun.iter().filter(|change| change.durable > cut).count();
        let (mut memory, mut disk) = (Vec::new(), Vec::new());
        let mut nth = 0;
        for change in begun {
            change.what.happen(&mut memory);
            if change.durable <= cut {
                change.what.happen(&mut disk);
                continue;
            }
            nth += 1;
            let (whole, torn) = match luck {
                Luck::None => (false, false),
                Luck::All => (true, false),
                Luck::Writes => (rng.chance(50), false),
                Luck::Sectors => (false, true),
                Luck::OnlyTheLast => (nth == unsure, false),
                Luck::AllButTheFirst => (nth > 1, false),
            };
            match &change.what {
                What::Length(_) if whole || (torn && rng.chance(50)) => change.what.happen(&mut disk),
                What::Length(_) => {}
                What::Write { at, bytes } => {
                    for sector in at / SECTOR..(at + bytes.len()).div_ceil(SECTOR) {
                        if whole || (torn && rng.chance(50)) {
                            copy(sector, &memory, &mut disk);
                        }
                    }
                }
            }
        }
        if disk.len() < memory.len() && rng.chance(30) {
            disk.resize(memory.len(), 0);
        }
        disk
    }
}

impl What {
    fn happen(&self, to: &mut Vec<u8>) {
        match self {
            Self::Length(length) => to.resize(*length, 0),
            Self::Write { at, bytes } => {
                if to.len() < *at {
                    to.resize(*at, 0);
                }
                let over = bytes.len().min(to.len() - at);
                to[*at..at + over].copy_from_slice(&bytes[..over]);
                to.extend_from_slice(&bytes[over..]);
            }
        }
    }
}

/// Brings a sector to the disk as it is in memory.
fn copy(sector: usize, memory: &[u8], disk: &mut Vec<u8>) {
    let (from, to) = (sector * SECTOR, (sector * SECTOR + SECTOR).min(memory.len()));
    if from < to {
        if disk.len() < to {
            disk.resize(to, 0);
        }
        disk[from..to].copy_from_slice(&memory[from..to]);
    }
}
