//! The directory of an export: for its owner alone, never over anything else, its manifest last.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::ExportError;

/// The list of all files, in the form that `sha256sum` reads.
const MANIFEST: &str = "MANIFEST.sha256";

/// An export that is being written.
pub(super) struct Folder {
    path: PathBuf,
    made: bool,
    /// Digests in hex, by path.
    files: BTreeMap<String, String>,
}

impl Folder {
    /// Makes the directory, or takes one that is empty.
    pub(super) fn create(to: &Path) -> Result<Self, ExportError> {
        let io = |error| ExportError::Io { path: to.to_owned(), error };
        let path = std::path::absolute(to).map_err(io)?;
        let made = match fs::read_dir(&path) {
            Ok(mut found) => {
                if found.next().is_some() {
                    return Err(ExportError::NotEmpty { path });
                }
                fs::set_permissions(&path, Permissions::from_mode(0o700)).map_err(io)?;
                false
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                make(&path).map_err(io)?;
                true
            }
            Err(error) => return Err(io(error)),
        };
        Ok(Self { path, made, files: BTreeMap::new() })
    }

    /// Writes a file; its folders are made.
    pub(super) fn put(&mut self, name: &str, bytes: &[u8]) -> Result<(), ExportError> {
        // Listed first: what is written by half, on a full disk, is taken away as well.
        self.files.insert(name.to_owned(), hex::encode(Sha256::digest(bytes)));
        self.write(name, bytes)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), ExportError> {
        let path = self.path.join(name);
        let written = (|| {
            if let Some(parent) = path.parent() {
                make(parent)?;
            }
            OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?.write_all(bytes)
        })();
        written.map_err(|error| ExportError::Io { path, error })
    }

    /// Writes the manifest. Returns where the directory is, and how many files are in it.
    pub(super) fn finish(self) -> Result<(PathBuf, u64), ExportError> {
        let lines: Vec<String> = self.files.iter().map(|(name, digest)| format!("{digest}  {name}\n")).collect();
        self.write(MANIFEST, lines.concat().as_bytes())?;
        Ok((self.path, lines.len() as u64 + 1))
    }

    /// Takes everything away again. What cannot be taken away has no manifest, and verifies as nothing.
    pub(super) fn discard(self) {
        for name in self.files.keys() {
            let _ = fs::remove_file(self.path.join(name));
            let folders = Path::new(name).ancestors().skip(1).filter(|it| !it.as_os_str().is_empty());
            for folder in folders {
                let _ = fs::remove_dir(self.path.join(folder)); // Fails until its last file is gone.
            }
        }
        if self.made {
            let _ = fs::remove_dir(&self.path);
        }
    }
}

fn make(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_its_owners_alone_and_listed() {
        let dir = tempfile::tempdir().unwrap();
        let to = dir.path().join("new/evidence");
        let mut folder = Folder::create(&to).unwrap();
        folder.put("tile/0/000.p/1", b"abc").unwrap();
        let (path, files) = folder.finish().unwrap();
        assert_eq!((path.as_path(), files), (to.as_path(), 2));
        let mode = |name: &str| fs::metadata(to.join(name)).unwrap().permissions().mode() & 0o7777;
        assert_eq!(["", "tile/0/000.p"].map(mode), [0o700; 2]);
        assert_eq!(["tile/0/000.p/1", MANIFEST].map(mode), [0o600; 2]);
        let sum = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(fs::read_to_string(to.join(MANIFEST)).unwrap(), format!("{sum}  tile/0/000.p/1\n"));
    }

    #[test]
    fn a_directory_with_something_in_it_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("letter"), "").unwrap();
        assert!(matches!(Folder::create(dir.path()), Err(ExportError::NotEmpty { .. })));
        assert!(matches!(Folder::create(&dir.path().join("letter")), Err(ExportError::Io { .. })));
    }

    #[test]
    fn what_is_given_up_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let to = dir.path().join("evidence");
        for (path, stays) in [(to.as_path(), false), (dir.path(), true)] {
            let mut folder = Folder::create(path).unwrap();
            folder.put("tile/0/000", b"a").unwrap();
            folder.put("tile/1/000", b"a").unwrap();
            folder.discard();
            assert_eq!(path.exists(), stays);
        }
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
