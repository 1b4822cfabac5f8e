//! The log as files: C2SP tlog-tiles, hash tiles of height 8 and bundles of entries.
//!
//! Everything is computed from the leaves, in one pass; the hashes that a journal stores are not asked.

use super::tree::{Hash, Tree, leaf_hash};

/// Hashes in a full tile, entries in a full bundle.
const WIDTH: u64 = 256;

/// Levels of the tree in a tile.
const HEIGHT: usize = 8;

/// A leaf that no bundle can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("event {seq} has a leaf of {bytes} bytes; a bundle of entries holds up to 65535")]
pub struct TooLong {
    /// Which.
    pub seq: u64,
    /// How long it is.
    pub bytes: usize,
}

/// Makes the files of a log, leaf by leaf. Holds the tiles and the bundle that are not full yet.
#[derive(Debug, Default)]
pub struct Tiles {
    tree: Tree,
    bundle: Vec<u8>,
    /// The hashes of the tile to be filled, for each level of tiles.
    levels: Vec<Vec<u8>>,
}

impl Tiles {
    /// The files of the empty log: none.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many leaves there are.
    pub fn size(&self) -> u64 {
        self.tree.size()
    }

    /// The root over them.
    pub fn root(&self) -> Hash {
        self.tree.root()
    }

    /// Takes the next leaf; gives each file that it completes to `put`, with its path.
    pub fn push<E: From<TooLong>>(
        &mut self,
        leaf: &[u8],
        mut put: impl FnMut(&str, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let length = u16::try_from(leaf.len()).map_err(|_| TooLong { seq: self.size(), bytes: leaf.len() })?;
        self.bundle.extend_from_slice(&length.to_be_bytes());
        self.bundle.extend_from_slice(leaf);
        let levels = &mut self.levels;
        self.tree.append_hash(leaf_hash(leaf), |level, _, hash| {
            let level = usize::from(level);
            if level % HEIGHT == 0 {
                if levels.len() == level / HEIGHT {
                    levels.push(Vec::new());
                }
                levels[level / HEIGHT].extend_from_slice(&hash);
            }
            hash
        });
        let size = self.tree.size();
        if !size.is_multiple_of(WIDTH) {
            return Ok(());
        }
        put(&format!("tile/entries/{}", numbered(size / WIDTH - 1)), &self.bundle)?;
        self.bundle.clear();
        let mut tiles = size;
        for (level, hashes) in self.levels.iter_mut().enumerate() {
            if !tiles.is_multiple_of(WIDTH) {
                break;
            }
            tiles /= WIDTH;
            put(&format!("tile/{level}/{}", numbered(tiles - 1)), hashes)?;
            hashes.clear();
        }
        Ok(())
    }

    /// Gives what is left to `put`: the partial tiles and the partial bundle.
    pub fn finish<E>(self, mut put: impl FnMut(&str, &[u8]) -> Result<(), E>) -> Result<(), E> {
        let size = self.tree.size();
        let mut partial = |folder: &str, hashes: u64, bytes: &[u8]| match hashes % WIDTH {
            0 => Ok(()),
            width => put(&format!("tile/{folder}/{}.p/{width}", numbered(hashes / WIDTH)), bytes),
        };
        partial("entries", size, &self.bundle)?;
        let mut hashes = size;
        for (level, bytes) in self.levels.iter().enumerate() {
            partial(&level.to_string(), hashes, bytes)?;
            hashes /= WIDTH;
        }
        Ok(())
    }
}

/// A tile's number as a path: three digits a folder, all but the last behind an `x`.
fn numbered(n: u64) -> String {
    let mut path = format!("{:03}", n % 1_000);
    let mut rest = n / 1_000;
    while rest > 0 {
        path = format!("x{:03}/{path}", rest % 1_000);
        rest /= 1_000;
    }
    path
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use tlog_tiles::{Tile, stored_hashes, tree_hash};

    use super::*;
    use crate::ledger::tree::tests::Store;

    fn files(leaves: &[Vec<u8>]) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        let mut put = |path: &str, bytes: &[u8]| {
            assert!(files.insert(path.to_owned(), bytes.to_vec()).is_none(), "{path} twice");
            Ok::<(), TooLong>(())
        };
        let mut tiles = Tiles::new();
        for leaf in leaves {
            tiles.push(leaf, &mut put).unwrap();
        }
        tiles.finish(&mut put).unwrap();
        files
    }

    #[test]
    fn the_files_are_those_of_the_reference_whatever_the_size() {
        let leaves: Vec<Vec<u8>> = (0..66_000_u32).map(|n| n.to_be_bytes().to_vec()).collect();
        let mut store = Store(Vec::new());
        for (n, leaf) in (0..).zip(&leaves) {
            let hashes = stored_hashes(n, leaf, &store).unwrap();
            store.0.extend(hashes);
        }
        for size in [0, 1, 255, 256, 257, 512, 700, 65_535, 65_536, 65_537, 66_000] {
            let files = files(&leaves[..size]);
            let mut expected = BTreeMap::new();
            for tile in Tile::new_tiles(8, 0, size as u64) {
                // The reference's paths are the checksum database's, which name the height.
                let path = tile.path().replacen("tile/8/", "tile/", 1);
                expected.insert(path, tile.read_data(&store).unwrap());
            }
            let hashes: BTreeMap<_, _> = files
                .iter()
                .filter(|(path, _)| !path.contains("entries"))
                .map(|(p, b)| (p.clone(), b.clone()))
                .collect();
            assert_eq!(hashes, expected, "{size}");
            let bundles = files.keys().filter(|path| path.contains("entries")).count();
            assert_eq!(bundles, size.div_ceil(256));
        }
        let mut tiles = Tiles::new();
        for leaf in &leaves[..700] {
            tiles.push(leaf, |_, _| Ok::<(), TooLong>(())).unwrap();
        }
        assert_eq!(tiles.root(), tree_hash(700, &store).unwrap().0);
    }

    #[test]
    fn a_bundle_is_lengths_and_leaves() {
        let files = files(&[b"one".to_vec(), Vec::new()]);
        assert_eq!(files["tile/entries/000.p/2"], b"\0\x03one\0\0");
    }

    #[test]
    fn a_number_is_split_into_folders() {
        assert_eq!(numbered(7), "007");
        assert_eq!(numbered(1_000), "x001/000");
        assert_eq!(numbered(1_234_067), "x001/x234/067");
    }

    #[test]
    fn a_leaf_that_fits_no_bundle_is_refused() {
        let put = |_: &str, _: &[u8]| Ok(());
        assert_eq!(Tiles::new().push(&vec![0; 65_536], put), Err(TooLong { seq: 0, bytes: 65_536 }));
        assert_eq!(Tiles::new().push(&vec![0; 65_535], put), Ok(()));
    }
}
