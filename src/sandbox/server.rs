//! Connections: an accept loop of its own, so that a call can end by its connection closing without an answer.

use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::stage;
use super::world::World;

/// Serves until its task is aborted, which closes the connections too.
pub(super) async fn serve(listener: TcpListener, world: Arc<World>) {
    let mut connections: JoinSet<()> = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    // Answers are small, and a benchmark of the console must not measure Nagle's algorithm.
                    let _best_effort = stream.set_nodelay(true);
                    let world = Arc::clone(&world);
                    connections.spawn(async move {
                        let service = service_fn(move |call| stage::exchange(Arc::clone(&world), call));
                        let connection = http1::Builder::new()
                            .header_read_timeout(None)
                            .serve_connection(TokioIo::new(stream), service);
                        // An error here is the client's, or the close that a fault asked for.
                        let _ended = connection.await;
                    });
                }
                // Out of file descriptors, most likely: give calls in work the time to free some.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}
