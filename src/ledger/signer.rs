//! The key that signs the log's checkpoints, in a file that nobody else may read.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use ed25519_dalek::{Signer as _, SigningKey};
use rustix::fs::OFlags;
use zeroize::Zeroizing;

use super::tree::Hash;

const ED25519: u8 = 1;

/// Why there is no signing key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The system said no.
    #[error("the log's signing key {path}: {error}")]
    Io {
        /// The key file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// Others can read it.
    #[error("the log's signing key {path}: permissions {mode:04o} are too open; run: chmod 600 {path}")]
    TooOpen {
        /// The key file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// It is somebody else's.
    #[error("the log's signing key {path} belongs to uid {owner}, not to you; run the engine as its owner")]
    NotYours {
        /// The key file.
        path: PathBuf,
        /// Its owner.
        owner: u32,
    },
    /// Not a file.
    #[error("the log's signing key {path} is not a regular file; move it away, or put the key back from a backup")]
    NotAFile {
        /// What should be the key file.
        path: PathBuf,
    },
    /// Not a key.
    #[error(
        "{path} is not a signing key (PRIVATE+KEY+name+hash+key); put it back from a backup. Without it the log \
         cannot go on under its old verifier key"
    )]
    Malformed {
        /// The key file.
        path: PathBuf,
    },
    /// The log may not be called that.
    #[error("`{origin}` cannot be a log's name: it needs at least one character, and no space and no `+`")]
    Origin {
        /// The name asked for.
        origin: String,
    },
    /// No randomness.
    #[error("no random numbers for a signing key: {0}")]
    Random(getrandom::Error),
}

/// Signs checkpoints. The key is wiped from memory when this is dropped.
pub struct Signer {
    origin: String,
    key: SigningKey,
    key_id: u32,
}

impl Signer {
    /// The key at `path`, made there if there is none. `origin` names a new log; a log keeps the name that it was born
    /// with, which is in the key file and in every checkpoint: see [`Signer::origin`].
    pub fn load_or_create(path: &Path, origin: &str) -> Result<Self, KeyError> {
        match Self::load(path) {
            Err(KeyError::Io { error, .. }) if error.kind() == io::ErrorKind::NotFound => {}
            loaded => return loaded,
        }
        match create(path, origin) {
            // Another process was first: its key is the log's.
            Err(KeyError::Io { error, .. }) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => made?,
        }
        Self::load(path)
    }

    fn load(path: &Path) -> Result<Self, KeyError> {
        let io_error = |error| KeyError::Io { path: path.to_owned(), error };
        let no_follow = OFlags::NOFOLLOW.bits().cast_signed();
        let file = match OpenOptions::new().read(true).custom_flags(no_follow).open(path) {
            Err(error) if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) => {
                return Err(KeyError::NotAFile { path: path.to_owned() });
            }
            opened => opened.map_err(io_error)?,
        };
        // Of the open file, not of the path: what is checked is what is read.
        let about = file.metadata().map_err(io_error)?;
        if !about.is_file() {
            return Err(KeyError::NotAFile { path: path.to_owned() });
        }
        if about.uid() != rustix::process::geteuid().as_raw() {
            return Err(KeyError::NotYours { path: path.to_owned(), owner: about.uid() });
        }
        if about.mode() & 0o077 != 0 {
            return Err(KeyError::TooOpen { path: path.to_owned(), mode: about.mode() & 0o7777 });
        }
        let mut text = Zeroizing::new(String::with_capacity(256));
        io::Read::take(file, 4096).read_to_string(&mut text).map_err(io_error)?;
        Self::parse(&text).ok_or_else(|| KeyError::Malformed { path: path.to_owned() })
    }

    /// Reads signed-note's `PRIVATE+KEY+name+hash+base64`.
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.trim_end().strip_prefix("PRIVATE+KEY+")?.splitn(3, '+');
        let (origin, id, key) = (parts.next()?, parts.next()?, parts.next()?);
        let bytes = Zeroizing::new(BASE64_STANDARD.decode(key).ok()?);
        let (ED25519, seed) = (*bytes.first()?, bytes.get(1..)?) else { return None };
        let signer = Self::new(origin, SigningKey::try_from(seed).ok()?)?;
        (format!("{:08x}", signer.key_id) == id).then_some(signer)
    }

    fn new(origin: &str, key: SigningKey) -> Option<Self> {
        let shown = origin.chars().all(|c| !c.is_control());
        let key_id = signed_note::key_id(origin, &public(&key));
        (shown && signed_note::is_key_name_valid(origin)).then(|| Self { origin: origin.to_owned(), key, key_id })
    }

    /// The log's name: the first line of its checkpoints.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The public key, as a signed-note verifier key: to be kept outside this host.
    pub fn verifier_key(&self) -> String {
        signed_note::new_ed25519_verifier_key(&self.origin, &self.key.verifying_key())
    }

    /// The checkpoint over `size` leaves with this root, signed. Signs whatever it is told: an engine goes through
    /// [`super::Anchor::sign`], which refuses to sign a log that has shrunk or forked.
    pub fn sign(&self, size: u64, root: Hash) -> String {
        let origin = &self.origin;
        let text = format!("{origin}\n{size}\n{}\n", BASE64_STANDARD.encode(root));
        let mut signature = self.key_id.to_be_bytes().to_vec();
        signature.extend_from_slice(&self.key.sign(text.as_bytes()).to_bytes());
        format!("{text}\n\u{2014} {origin} {}\n", BASE64_STANDARD.encode(signature))
    }
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signer({}+{:08x}+***)", self.origin, self.key_id)
    }
}

fn public(key: &SigningKey) -> Vec<u8> {
    [&[ED25519], key.verifying_key().to_bytes().as_slice()].concat()
}

/// Makes a key and puts it at `path` whole or not at all; fails with `AlreadyExists` if there is something.
fn create(path: &Path, origin: &str) -> Result<(), KeyError> {
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::fill(seed.as_mut_slice()).map_err(KeyError::Random)?;
    let signer = Signer::new(origin, SigningKey::from_bytes(&seed))
        .ok_or_else(|| KeyError::Origin { origin: origin.to_owned() })?;
    let bytes = Zeroizing::new([&[ED25519], seed.as_slice()].concat());
    let encoded = Zeroizing::new(BASE64_STANDARD.encode(bytes.as_slice()));
    let line = Zeroizing::new(format!("PRIVATE+KEY+{origin}+{:08x}+{}\n", signer.key_id, encoded.as_str()));

    let new = path.with_extension(format!("new-{}", std::process::id()));
    let placed = (|| {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
        file.write_all(line.as_bytes())?;
        file.sync_all()?;
        // A link, not a rename: it never replaces a key that another process has just made.
        std::fs::hard_link(&new, path)
    })();
    let _ = std::fs::remove_file(&new); // A left-over is a nuisance, not a fault.
    placed.and_then(|()| sync_directory(path)).map_err(|error| KeyError::Io { path: path.to_owned(), error })
}

/// Makes a change of the directory of `path` outlive a power cut.
pub(super) fn sync_directory(path: &Path) -> io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(parent)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::ledger::checkpoint::{CheckpointError, Verifier};

    const ORIGIN: &str = "corp.example/nightlatch";

    fn signer() -> (tempfile::TempDir, PathBuf, Signer) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ledger.key");
        let signer = Signer::load_or_create(&path, ORIGIN).unwrap();
        (dir, path, signer)
    }

    #[test]
    fn a_key_is_made_once_for_its_owner_alone_and_found_again() {
        let (dir, path, signer) = signer();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
        let again = Signer::load_or_create(&path, "another/name").unwrap();
        assert_eq!(again.verifier_key(), signer.verifier_key());
        assert_eq!(again.origin(), ORIGIN);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "no left-over");
        assert!(!format!("{signer:?}").contains(fs::read_to_string(&path).unwrap().rsplit('+').next().unwrap().trim()));
    }

    #[test]
    fn a_key_that_others_can_read_is_refused_with_the_cure() {
        let (_dir, path, _) = signer();
        fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        let told = Signer::load_or_create(&path, ORIGIN).unwrap_err().to_string();
        assert!(told.contains("permissions 0644 are too open"), "{told}");
        assert!(told.ends_with(&format!("run: chmod 600 {}", path.display())), "{told}");
    }

    #[test]
    fn a_link_a_directory_or_a_torn_file_is_no_key() {
        let (dir, path, _) = signer();
        let link = dir.path().join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert!(matches!(Signer::load_or_create(&link, ORIGIN), Err(KeyError::NotAFile { .. })));
        assert!(matches!(Signer::load_or_create(dir.path(), ORIGIN), Err(KeyError::NotAFile { .. })));

        let whole = fs::read_to_string(&path).unwrap();
        for torn in ["", &whole[..whole.len() / 2], &whole.replace("corp", "c0rp")] {
            fs::write(&path, torn).unwrap();
            assert!(matches!(Signer::load_or_create(&path, ORIGIN), Err(KeyError::Malformed { .. })));
        }
    }

    #[test]
    fn a_log_without_a_sayable_name_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        for origin in ["", "two words", "a+b", "a\nb", "a\u{7f}b"] {
            let made = Signer::load_or_create(&dir.path().join("key"), origin);
            assert!(matches!(made, Err(KeyError::Origin { .. })), "{origin:?}");
        }
    }

    #[test]
    fn a_checkpoint_is_what_the_reference_signer_would_have_written() {
        let (_dir, path, signer) = signer();
        let reference = signed_note::StandardSigner::new(fs::read_to_string(&path).unwrap().trim()).unwrap();
        let body = tlog_tiles::Checkpoint::new(ORIGIN, 7, tlog_tiles::Hash([3; 32]), "").unwrap();
        let mut note = signed_note::Note::new(&body.to_bytes(), &[]).unwrap();
        note.add_sigs(&[&reference]).unwrap();
        assert_eq!(signer.sign(7, [3; 32]).into_bytes(), note.to_bytes());
    }

    #[test]
    fn a_checkpoint_verifies_and_a_changed_one_does_not() {
        let (_dir, _, signer) = signer();
        let verifier = Verifier::parse(&signer.verifier_key()).unwrap();
        let note = signer.sign(7, [3; 32]);
        let read = verifier.verify(&note).unwrap();
        assert_eq!((read.origin.as_str(), read.size, read.root), (ORIGIN, 7, [3; 32]));

        let forged = verifier.verify(&note.replacen("\n7\n", "\n8\n", 1));
        assert!(matches!(forged, Err(CheckpointError::Forged { .. })));
        assert!(matches!(verifier.verify("hello"), Err(CheckpointError::Malformed)));

        let dir = tempfile::tempdir().unwrap();
        let other = Signer::load_or_create(&dir.path().join("key"), ORIGIN).unwrap();
        assert!(matches!(verifier.verify(&other.sign(7, [3; 32])), Err(CheckpointError::Unsigned { .. })));
        assert!(Verifier::parse("corp.example/nightlatch+00000000+AAAA").is_err());
    }
}
