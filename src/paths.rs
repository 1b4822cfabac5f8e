//! Where Nightlatch keeps its state, its socket and its configuration.

use std::ffi::OsStr;
use std::fs::{DirBuilder, Metadata};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use directories::ProjectDirs;
use sha2::{Digest, Sha256};

/// The longest path of a Unix socket in bytes: `sun_path` of unix(7) has 108, one of them the closing NUL.
const LONGEST_SOCKET: usize = 107;

/// Where everything is. Made without touching the disk; [`Paths::prepare`] creates and checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    state_dir: PathBuf,
    socket: PathBuf,
    config: PathBuf,
}

/// Why the places cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PathsError {
    /// Neither told nor to be found.
    #[error("no home directory is known: name the state directory with --state-dir")]
    NoHome,
    /// The system refused.
    #[error("{path}: {error}")]
    Io {
        /// Where.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// Somebody else's.
    #[error(
        "{path} belongs to uid {uid}, not to uid {euid}; run as its owner, choose another with --state-dir, or run: chown -R {euid} {path}"
    )]
    NotYours {
        /// Where.
        path: PathBuf,
        /// Its owner.
        uid: u32,
        /// Who runs.
        euid: u32,
    },
    /// Others could change it.
    #[error("{path}: permissions {mode:04o} are too open; run: chmod {cure} {path}")]
    TooOpen {
        /// Where.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
        /// The mode to set.
        cure: &'static str,
    },
    /// A file or a link stands there.
    #[error("{path} is not a directory")]
    NotADirectory {
        /// Where.
        path: PathBuf,
    },
}

impl Paths {
    /// The places of one engine. `state_dir`: as told with `--state-dir`; by default `$XDG_STATE_HOME/nightlatch`.
    pub fn new(state_dir: Option<&Path>) -> Result<Self, PathsError> {
        Self::of(state_dir, ProjectDirs::from("", "", "nightlatch").as_ref())
    }

    fn of(told: Option<&Path>, home: Option<&ProjectDirs>) -> Result<Self, PathsError> {
        let default = || home.map(|home| home.state_dir().unwrap_or(home.data_local_dir()).to_owned());
        let state_dir = settled(&told.map(Path::to_owned).or_else(default).ok_or(PathsError::NoHome)?)?;
        let config = home.map_or_else(|| PathBuf::from("/etc/nightlatch"), |home| home.config_dir().to_owned());
        Ok(Self { socket: socket_for(&state_dir), config: config.join("config.toml"), state_dir })
    }

    /// Everything of one engine.
    pub fn state_dir(&self) -> &Path {
        &self.state_dir
    }

    /// The engine's Unix socket: in the state directory, or where its name is too long, in a short folder of `/tmp`
    /// that [`Paths::prepare`] checks. A function of the state directory and the user alone, so that an engine under
    /// systemd and a console over SSH, with different environments, agree on it.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// Locked by the engine while it runs.
    pub fn lock(&self) -> PathBuf {
        self.state_dir.join("engine.lock")
    }

    /// The journal.
    pub fn journal(&self) -> PathBuf {
        self.state_dir.join("journal.db")
    }

    /// Where `store backup` puts copies of the journal that are given no other place.
    pub fn backups(&self) -> PathBuf {
        self.state_dir.join("backups")
    }

    /// Where evidence that a console asks for is written, one directory each.
    pub fn exports(&self) -> PathBuf {
        self.state_dir.join("exports")
    }

    /// The key that signs the log's checkpoints.
    pub fn signing_key(&self) -> PathBuf {
        self.state_dir.join("ledger.key")
    }

    /// SQLite's write-ahead log beside the journal.
    pub fn wal(&self) -> PathBuf {
        let mut name = self.journal().into_os_string();
        name.push("-wal");
        name.into()
    }

    /// The last checkpoint that was signed, outside the journal: by it a journal that was set back is noticed.
    pub fn anchor(&self) -> PathBuf {
        self.state_dir.join("ledger.anchor")
    }

    /// What verifying the log last gave.
    pub fn verified(&self) -> PathBuf {
        self.state_dir.join("ledger.verified")
    }

    /// What the engine notes for people.
    pub fn log(&self) -> PathBuf {
        self.state_dir.join("engine.log")
    }

    /// The configuration's usual place: `$XDG_CONFIG_HOME/nightlatch/config.toml`.
    pub fn config(&self) -> &Path {
        &self.config
    }

    /// Creates the state directory and the socket's folder (0700), and refuses ones that others own or may write.
    pub fn prepare(&self) -> Result<(), PathsError> {
        prepare(&self.state_dir, 0o022, "go-w")?;
        match self.socket.parent() {
            // In `/tmp` somebody else may have made the folder before us, or a link to one.
            Some(folder) if folder != self.state_dir => prepare(folder, 0o077, "700"),
            _ => Ok(()),
        }
    }
}

/// Absolute, and without links as far as it exists: one state directory has one name.
fn settled(path: &Path) -> Result<PathBuf, PathsError> {
    let absolute = std::path::absolute(path).map_err(|error| PathsError::Io { path: path.to_owned(), error })?;
    for existing in absolute.ancestors() {
        if let (Ok(real), Ok(rest)) = (existing.canonicalize(), absolute.strip_prefix(existing)) {
            // Joining nothing would leave a slash at the end.
            return Ok(if rest.as_os_str().is_empty() { real } else { real.join(rest) });
        }
    }
    Ok(absolute)
}

fn socket_for(state_dir: &Path) -> PathBuf {
    let socket = state_dir.join("engine.sock");
    if socket.as_os_str().as_bytes().len() <= LONGEST_SOCKET {
        return socket;
    }
    let hash = hex::encode(Sha256::digest(state_dir.as_os_str().as_bytes()));
    let uid = rustix::process::geteuid().as_raw();
    Path::new("/tmp").join(format!("nightlatch-{uid}-{}", &hash[..16])).join(OsStr::new("engine.sock"))
}

/// A folder that others reach: there, a directory of this user's or root's, and nobody else may write it. Whoever may
/// could put a socket of their own in the place of the engine's.
pub fn check_shared(folder: &Path) -> Result<(), PathsError> {
    let found = folder.symlink_metadata().map_err(|error| PathsError::Io { path: folder.to_owned(), error })?;
    let root = 0;
    check(folder, &found, &[rustix::process::geteuid().as_raw(), root], 0o022, "go-w")
}

fn prepare(folder: &Path, forbidden: u32, cure: &'static str) -> Result<(), PathsError> {
    let failed = |error| PathsError::Io { path: folder.to_owned(), error };
    DirBuilder::new().recursive(true).mode(0o700).create(folder).or_else(|error| match error.kind() {
        // Something else stands there; said below what.
        io::ErrorKind::AlreadyExists => Ok(()),
        _ => Err(failed(error)),
    })?;
    let found = folder.symlink_metadata().map_err(failed)?;
    check(folder, &found, &[rustix::process::geteuid().as_raw()], forbidden, cure)
}

/// Whether it is a folder of one of `owners`, the first of whom runs this, with none of the forbidden permissions.
fn check(
    folder: &Path,
    found: &Metadata,
    owners: &[u32],
    forbidden: u32,
    cure: &'static str,
) -> Result<(), PathsError> {
    if !found.is_dir() {
        return Err(PathsError::NotADirectory { path: folder.to_owned() });
    }
    if !owners.contains(&found.uid()) {
        return Err(PathsError::NotYours { path: folder.to_owned(), uid: found.uid(), euid: owners[0] });
    }
    if found.mode() & forbidden != 0 {
        return Err(PathsError::TooOpen { path: folder.to_owned(), mode: found.mode() & 0o7777, cure });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn a_new_state_directory_is_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::new(Some(&folder.path().join("a/state"))).unwrap();
        paths.prepare().unwrap();
        paths.prepare().unwrap();
        assert_eq!(paths.state_dir().metadata().unwrap().mode() & 0o7777, 0o700);
        assert_eq!(paths.socket(), paths.state_dir().join("engine.sock"));
        assert_eq!(paths.journal(), paths.state_dir().join("journal.db"));
    }

    #[test]
    fn a_folder_that_others_reach_may_be_written_by_nobody_else() {
        let folder = tempfile::tempdir().unwrap();
        let set = |mode| std::fs::set_permissions(folder.path(), Permissions::from_mode(mode)).unwrap();
        set(0o755);
        check_shared(folder.path()).unwrap();
        set(0o777);
        let told = check_shared(folder.path()).unwrap_err().to_string();
        assert!(told.contains("chmod go-w"), "{told}");
        set(0o755);
        assert!(matches!(check_shared(&folder.path().join("none")), Err(PathsError::Io { .. })));
        let link = folder.path().join("link");
        symlink(folder.path(), &link).unwrap();
        assert!(matches!(check_shared(&link), Err(PathsError::NotADirectory { .. })));
    }

    #[test]
    fn a_directory_that_others_may_write_is_refused_with_the_cure() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(folder.path(), Permissions::from_mode(0o775)).unwrap();
        let paths = Paths::new(Some(folder.path())).unwrap();
        let told = paths.prepare().unwrap_err().to_string();
        let shown = paths.state_dir().display();
        assert_eq!(told, format!("{shown}: permissions 0775 are too open; run: chmod go-w {shown}"));
        std::fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        paths.prepare().unwrap();
    }

    #[test]
    fn a_file_in_its_place_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("state");
        std::fs::write(&file, "").unwrap();
        let told = Paths::new(Some(&file)).unwrap().prepare();
        assert!(matches!(told, Err(PathsError::NotADirectory { .. })), "{told:?}");
    }

    #[test]
    fn a_long_state_directory_gets_a_short_socket_that_is_checked_too() {
        let folder = tempfile::tempdir().unwrap();
        let long = folder.path().join("x".repeat(120));
        let paths = Paths::new(Some(&long)).unwrap();
        let socket = paths.socket().to_owned();
        assert!(socket.as_os_str().len() <= LONGEST_SOCKET && socket.starts_with("/tmp"), "{socket:?}");
        assert_eq!(Paths::new(Some(&long)).unwrap().socket(), socket);
        let short = socket.parent().unwrap();

        symlink(folder.path(), short).unwrap();
        assert!(matches!(paths.prepare(), Err(PathsError::NotADirectory { .. })));
        std::fs::remove_file(short).unwrap();

        paths.prepare().unwrap();
        std::fs::set_permissions(short, Permissions::from_mode(0o755)).unwrap();
        assert!(matches!(paths.prepare(), Err(PathsError::TooOpen { .. })));
        std::fs::remove_dir(short).unwrap();
    }

    #[test]
    fn one_directory_has_one_name() {
        let folder = tempfile::tempdir().unwrap();
        let real = folder.path().join("real");
        std::fs::create_dir(&real).unwrap();
        let link = folder.path().join("link");
        symlink(&real, &link).unwrap();
        assert_eq!(Paths::new(Some(&link)).unwrap(), Paths::new(Some(&real)).unwrap());
        assert_eq!(Paths::new(Some(&link.join("new"))).unwrap(), Paths::new(Some(&real.join("new"))).unwrap());
    }

    #[test]
    fn without_a_home_the_state_directory_must_be_told() {
        assert!(matches!(Paths::of(None, None), Err(PathsError::NoHome)));
        assert_eq!(Paths::of(Some(Path::new("/x")), None).unwrap().config(), Path::new("/etc/nightlatch/config.toml"));
    }
}
