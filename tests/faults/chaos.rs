//! A vendor that does to a connection what no vendor should: it resets, drips, floods, lies about lengths, says nothing.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What becomes of a request once it has been read whole.
#[derive(Clone)]
pub(crate) enum Deed {
    /// It is answered with these bytes, and the connection goes on.
    Answer(Vec<u8>),
    /// Nothing comes, ever.
    Silence,
    /// These bytes come, and then an orderly end.
    Break(Vec<u8>),
    /// The connection is reset (RST).
    Reset,
    /// These bytes come one by one, with so much time between them.
    Drip(Vec<u8>, Duration),
    /// The first bytes come, then the second for ever.
    Flood(Vec<u8>, Vec<u8>),
}

/// An answer with a body and its true length.
pub(crate) fn answer(status: &str, headers: &str, body: &str) -> Deed {
    Deed::Answer(text(status, headers, body))
}

pub(crate) fn text(status: &str, headers: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n{headers}\r\n{body}", body.len()).into_bytes()
}

/// The server; its requests are kept, its bytes counted.
pub(crate) struct Chaos {
    pub(crate) base: String,
    seen: Arc<Mutex<Vec<String>>>,
    sent: Arc<AtomicU64>,
    server: tokio::task::JoinHandle<()>,
}

impl Chaos {
    /// Does to each request (head and body) what the function says.
    pub(crate) async fn new(deed: impl Fn(&str) -> Deed + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let (seen, sent, deed) = (Arc::<Mutex<Vec<String>>>::default(), Arc::<AtomicU64>::default(), Arc::new(deed));
        let (kept, counted) = (Arc::clone(&seen), Arc::clone(&sent));
        let server = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (kept, counted, deed) = (Arc::clone(&kept), Arc::clone(&counted), Arc::clone(&deed));
                tokio::spawn(async move {
                    while let Some(request) = request(&mut stream).await {
                        let what = deed(&request);
                        kept.lock().unwrap().push(request);
                        match what {
                            Deed::Reset => return reset(stream),
                            what => match play(&mut stream, what, &counted).await {
                                Ok(true) => {}
                                _ => return,
                            },
                        }
                    }
                });
            }
        });
        Self { base, seen, sent, server }
    }

    /// One that resets every connection before it has read a byte.
    pub(crate) async fn resetting() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                reset(stream);
            }
        });
        Self { base, seen: Arc::default(), sent: Arc::default(), server }
    }

    /// The requests so far.
    pub(crate) fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }

    /// How many requests begin so.
    pub(crate) fn count(&self, beginning: &str) -> usize {
        self.seen.lock().unwrap().iter().filter(|request| request.starts_with(beginning)).count()
    }

    /// Bytes of answers that a client took.
    pub(crate) fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }
}

impl Drop for Chaos {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Does it; `true`: the connection goes on.
async fn play(stream: &mut (impl AsyncWrite + Unpin), what: Deed, sent: &AtomicU64) -> io::Result<bool> {
    match what {
        Deed::Answer(bytes) => {
            stream.write_all(&bytes).await?;
            return Ok(true);
        }
        Deed::Break(bytes) => stream.write_all(&bytes).await?,
        Deed::Drip(bytes, between) => {
            for byte in bytes {
                stream.write_all(&[byte]).await?;
                stream.flush().await?;
                tokio::time::sleep(between).await;
            }
        }
        Deed::Flood(first, rest) => {
            stream.write_all(&first).await?;
            loop {
                stream.write_all(&rest).await?;
                sent.fetch_add(rest.len() as u64, Ordering::Relaxed);
            }
        }
        Deed::Silence | Deed::Reset => std::future::pending().await,
    }
    Ok(false)
}

/// Closes with a reset: what was in flight is thrown away on both sides.
pub(crate) fn reset(stream: TcpStream) {
    rustix::net::sockopt::set_socket_linger(&stream, Some(Duration::ZERO)).unwrap();
    drop(stream);
}

/// A request, head and body; `None`: the client has gone.
pub(crate) async fn request(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut bytes = Vec::new();
    let mut chunk = [0_u8; 4_096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length =
                head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length:").map(str::to_owned));
            if body.len() >= length.map_or(0, |length| length.trim().parse().unwrap()) {
                return Some(text);
            }
        }
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return None,
            Ok(n) => bytes.extend_from_slice(&chunk[..n]),
        }
    }
}
