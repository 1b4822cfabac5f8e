//! The accept loop: how many, for how long, and how it ends.
//!
//! A loop of its own, because `axum::serve` has no timeout for headers: slow and silent sockets would stay for ever.

use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::config::IntakeConfig;
use super::counts::{Counts, one_more, worth_a_line};
use super::door::{self, Door};
use super::feeds::Feeds;
use super::reader::{Reader, Reading};
use crate::engine::{Handle, Parked};

/// What connections beyond the limit are told.
const FULL: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 2\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
/// How long requests in work may go on after the shutdown.
const GRACE: Duration = Duration::from_secs(5);
/// How much, and how long, is read from a sender that was refused, so that the refusal reaches it.
const LINGER_BYTES: usize = 1 << 20;
const LINGER: Duration = Duration::from_millis(500);

/// Why the intake cannot start.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// The address cannot be had.
    #[error("webhooks cannot be taken on {addr}: {source}; {cure}")]
    Listen {
        /// Which.
        addr: SocketAddr,
        /// What the operating system says.
        source: std::io::Error,
        /// What to do.
        cure: &'static str,
    },
}

/// The webhook server, listening but not yet serving.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    addr: SocketAddr,
    door: Arc<Door>,
    reading: Reading,
}

impl Server {
    /// Takes the address. Senders can connect from here on, and are answered when [`Server::run`] runs.
    pub async fn bind(config: &IntakeConfig, feeds: Feeds, handle: Handle) -> Result<Self, IntakeError> {
        let listen = |source: std::io::Error| {
            let cure = match source.kind() {
                std::io::ErrorKind::AddrInUse => {
                    "another program has it, perhaps another engine: stop that one, or set intake.listen to another port"
                }
                std::io::ErrorKind::PermissionDenied => "set intake.listen to a port from 1024 on",
                _ => "set intake.listen to an address of this machine",
            };
            IntakeError::Listen { addr: config.listen, source, cure }
        };
        let listener = TcpListener::bind(config.listen).await.map_err(listen)?;
        let addr = listener.local_addr().map_err(listen)?;
        if !addr.ip().is_loopback() {
            tracing::warn!(%addr, "webhooks are taken without TLS on an address that others can reach: put a TLS proxy before it");
        }
        let counts = Arc::new(Counts::default());
        let (reader, reading) = Reader::new(&feeds, handle.clone(), Arc::clone(&counts));
        let door = Arc::new(Door { config: config.clone(), feeds, handle, counts, reader });
        Ok(Self { listener, addr, door, reading })
    }

    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.addr
    }

    /// The live counters.
    pub fn counts(&self) -> Arc<Counts> {
        Arc::clone(&self.door.counts)
    }

    /// Takes up the webhooks that were parked, and not read, when the last process ended.
    pub fn resume(&self, parked: Vec<Parked>) {
        self.door.reader.resume(parked);
    }

    /// Serves until `shutdown`; then takes no more, and gives requests in work a few seconds.
    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        let Self { listener, door, reading, .. } = self;
        let mut reads = JoinSet::new();
        reads.spawn(reading.run());
        let places = Arc::new(Semaphore::new(door.config.max_connections));
        let router = door::router(Arc::clone(&door));
        let (stop, stopped) = watch::channel(false);
        let mut connections = JoinSet::new();
        let mut shutdown = pin!(shutdown);
        loop {
            tokio::select! {
                () = &mut shutdown => break,
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => match Arc::clone(&places).try_acquire_owned() {
                        Ok(place) => {
                            let (door, router, stopped) = (Arc::clone(&door), router.clone(), stopped.clone());
                            connections.spawn(async move {
                                let within = door.config.connection_timeout();
                                // Cut off, or ended by an error of the sender's: either way it is over.
                                let _over = tokio::time::timeout(within, serve(stream, router, &door, stopped)).await;
                                drop(place);
                            });
                        }
                        Err(_) => turn_away(&stream, &door.counts),
                    },
                    Err(error) => {
                        // Out of file descriptors, most likely: let connections in work free some.
                        tracing::error!("no webhook connection can be accepted: {error}");
                        tokio::time::sleep(Duration::from_millis(100)).await;
                    }
                },
                Some(_) = connections.join_next() => {}
            }
        }
        drop(listener);
        let _nobody_left = stop.send(true);
        let _cut_off = tokio::time::timeout(GRACE, async { while connections.join_next().await.is_some() {} }).await;
    }
}

fn turn_away(stream: &TcpStream, counts: &Counts) {
    let so_far = one_more(&counts.connections_refused);
    if worth_a_line(so_far) {
        tracing::warn!(so_far, "more connections than intake.max_connections: turned away");
    }
    // If it does not fit into the socket's buffer, the sender sees a closed connection, which says the same.
    let _said = stream.try_write(FULL);
}

async fn serve(stream: TcpStream, router: Router, door: &Door, mut stopped: watch::Receiver<bool>) {
    // An answer is one small segment, and must not wait for the sender's acknowledgement.
    let _best_effort = stream.set_nodelay(true);
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(door.config.header_timeout())
        .max_buf_size(64 * 1024)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let mut stopping = false;
    let ended = loop {
        tokio::select! {
            ended = poll_fn(|cx| connection.poll_without_shutdown(cx)) => break ended,
            _ = stopped.wait_for(|stop| *stop), if !stopping => {
                stopping = true;
                std::pin::Pin::new(&mut connection).graceful_shutdown();
            }
        }
    };
    if ended.is_ok() {
        linger(connection.into_parts().io.into_inner()).await;
    }
}

/// Closes our side and reads what still comes, a little: closing at once would make the sender's system throw away the
/// answer that it has not read yet.
async fn linger(mut stream: TcpStream) {
    let discard = async {
        stream.shutdown().await?;
        let mut left = LINGER_BYTES;
        let mut buffer = vec![0; 16 * 1024];
        while left > 0 {
            match stream.read(&mut buffer).await? {
                0 => break,
                read => left = left.saturating_sub(read),
            }
        }
        Ok::<(), std::io::Error>(())
    };
    let _over = tokio::time::timeout(LINGER, discard).await;
}
