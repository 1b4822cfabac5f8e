//! The socket that consoles connect to: 0600 in a 0700 directory, and the peer's uid checked all the same.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Semaphore, watch};

use super::DaemonError;
use super::request::Context;
use super::{peer, session};
use crate::paths::PathsError;

/// Consoles and command lines at once.
const CONNECTIONS: usize = 64;

/// Takes the socket's path. The lock is ours already, so that a socket that lies there is a dead engine's.
pub(super) fn bind(path: &Path) -> Result<UnixListener, DaemonError> {
    let io = |error| DaemonError::Paths(PathsError::Io { path: path.to_owned(), error });
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(io(error)),
        _ => {}
    }
    let listener = UnixListener::bind(path).map_err(io)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).map_err(io)?;
    Ok(listener)
}

/// Serves consoles until `ended`.
pub(super) async fn serve(listener: UnixListener, context: Arc<Context>, ended: watch::Receiver<bool>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(place) = places.clone().acquire_owned().await else { return };
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::error!("no console can be accepted: {error}");
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                continue;
            }
        };
        let (context, ended) = (context.clone(), ended.clone());
        tokio::spawn(async move {
            if let Some(actor) = welcome_peer(&stream) {
                session::run(stream, actor, context, ended).await;
            }
            drop(place);
        });
    }
}

/// The peer, if it may come in: the engine's own user, or root.
fn welcome_peer(stream: &UnixStream) -> Option<crate::model::Actor> {
    let actor = peer::of(stream)?;
    let mine = rustix::process::geteuid().as_raw();
    if actor.uid().is_some_and(|uid| uid == mine || uid == 0) {
        return Some(actor);
    }
    tracing::warn!("a connection of {actor} was refused: the engine belongs to uid {mine}");
    None
}
