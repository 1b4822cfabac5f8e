//! Many power cuts, and what is left after each.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::disk::Disk;
use crate::rng::Rng;

/// What somebody who opens a directory after a power cut finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    /// Everything that had been acknowledged.
    Whole,
    /// Something that had been acknowledged is not there.
    Lost(String),
    /// It cannot be opened, or contradicts itself.
    Corrupt(String),
}

#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) images: u64,
    pub(crate) lost: u64,
    pub(crate) corrupt: u64,
    /// The first of the bad ones by number: a repro.
    pub(crate) first: Option<(u64, String)>,
}

/// Cuts the power so many times, at moments drawn by number, and looks at what is left.
pub(crate) fn survey(disk: &Disk, images: u64, look: impl Fn(&Path, usize) -> Found + Sync) -> Tally {
    let moments = disk.moments();
    let next = AtomicU64::new(0);
    let work = || {
        let mut tally = Tally::default();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= images {
                return tally;
            }
            let mut rng = Rng::new(number);
            let cut = moments[usize::try_from(rng.between(0, moments.len() as u64 - 1)).unwrap()];
            let left = laid_out(disk.image(cut, &mut rng));
            let found = look(left.path(), cut);
            tally.images += 1;
            let (Found::Lost(what) | Found::Corrupt(what)) = &found else { continue };
            tally.lost += u64::from(matches!(found, Found::Lost(_)));
            tally.corrupt += u64::from(matches!(found, Found::Corrupt(_)));
            tally.first.get_or_insert((number, format!("cut at {cut}: {what}")));
        }
    };
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().map(|it| it.join().unwrap()).fold(Tally::default(), |sum, it| Tally {
            images: sum.images + it.images,
            lost: sum.lost + it.lost,
            corrupt: sum.corrupt + it.corrupt,
            first: [sum.first, it.first].into_iter().flatten().min(),
        })
    })
}

/// A directory with these files; in memory where that is possible: thousands of images need no disk.
pub(crate) fn laid_out(files: BTreeMap<String, Vec<u8>>) -> tempfile::TempDir {
    let dir = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    for (name, bytes) in files {
        let path = dir.path().join(name);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).unwrap();
        file.write_all(&bytes).unwrap();
    }
    dir
}
