//! The sockets that consoles connect to: one that is the engine's own, 0600 in a 0700 directory; and where others may come
//! in, one that everybody reaches. Who may come in is decided by what the kernel says of the peer, at both.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use tokio::net::UnixListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::DaemonError;
use super::request::Context;
use super::{peer, session};
use crate::config::AccessConfig;
use crate::paths::{self, PathsError};

/// Consoles and command lines at once.
const CONNECTIONS: usize = 64;

/// Takes the path of the engine's own socket. The lock is ours already, so that a socket that lies there is a dead engine's.
pub(super) fn bind(path: &Path) -> Result<UnixListener, DaemonError> {
    bind_with(path, 0o600)
}

/// Takes the path of the socket for others, whose folder is there. Another program's file is left alone.
pub(super) fn bind_for_others(path: &Path) -> Result<UnixListener, DaemonError> {
    use std::os::unix::fs::FileTypeExt as _;
    paths::check_shared(path.parent().unwrap_or(Path::new("/"))).map_err(DaemonError::Door)?;
    match path.symlink_metadata() {
        Ok(found) if !found.file_type().is_socket() => {
            let error = std::io::Error::new(std::io::ErrorKind::AlreadyExists, "something that is no socket is there");
            Err(DaemonError::Door(PathsError::Io { path: path.to_owned(), error }))
        }
        _ => bind_with(path, 0o666),
    }
}

fn bind_with(path: &Path, mode: u32) -> Result<UnixListener, DaemonError> {
    let io = |error| DaemonError::Paths(PathsError::Io { path: path.to_owned(), error });
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(io(error)),
        _ => {}
    }
    let listener = UnixListener::bind(path).map_err(io)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).map_err(io)?;
    Ok(listener)
}

/// Serves consoles until `ended`, and then until each of them has been told.
pub(super) async fn serve(
    listener: UnixListener,
    access: Arc<AccessConfig>,
    context: Arc<Context>,
    ended: watch::Receiver<bool>,
) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let mut sessions = JoinSet::new();
    let mut over = ended.clone();
    loop {
        let Ok(place) = places.clone().acquire_owned().await else { return };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = session::over(&mut over) => break,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::error!("no console can be accepted: {error}");
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                continue;
            }
        };
        let (access, context, ended) = (access.clone(), context.clone(), ended.clone());
        while sessions.try_join_next().is_some() {}
        sessions.spawn(async move {
            match peer::of(&stream, &access).await {
                Ok(peer) => session::run(stream, peer, context, ended).await,
                Err(Some(actor)) => {
                    tracing::warn!("a connection of {actor} was refused: no role is given to them");
                    session::turn_away(stream, &actor).await;
                }
                Err(None) => tracing::warn!("a connection was refused: the kernel does not say whose it is"),
            }
            drop(place);
        });
    }
    drop(listener);
    sessions.join_all().await;
}
