//! Servers with certificates that may not be believed, and one that may.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::chaos::{Deed, request, reset};
use crate::declared::Vendor;

/// A certificate and its key.
pub(crate) type Identity = Arc<(CertificateDer<'static>, Vec<u8>)>;

/// Whoever signs certificates.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn named(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::OrganizationName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// What a client is told to trust.
    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    pub(crate) fn good(&self) -> Identity {
        self.issue("localhost", |_| ())
    }

    pub(crate) fn expired(&self) -> Identity {
        self.issue("localhost", |params| params.not_after = date_time_ymd(2020, 1, 1))
    }

    pub(crate) fn of_another_host(&self) -> Identity {
        self.issue("elsewhere.example", |_| ())
    }

    fn issue(&self, host: &str, change: impl FnOnce(&mut CertificateParams)) -> Identity {
        let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        Arc::new((certificate.der().clone(), key.serialize_der()))
    }
}

/// Signed by nobody but itself.
pub(crate) fn homemade() -> Identity {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    Arc::new((certificate.der().clone(), key.serialize_der()))
}

/// What a server shows to who says hello.
#[derive(Clone)]
pub(crate) enum Shown {
    Certificate(Identity),
    /// It speaks TLS 1.0 (0x01) or 1.1 (0x02) and nothing newer.
    Version1(u8),
    /// It resets the connection in the middle of the handshake.
    Reset,
}

/// A server on `https://localhost`.
pub(crate) struct Server {
    pub(crate) base: String,
    seen: Arc<Mutex<Vec<String>>>,
    connections: Arc<AtomicUsize>,
    task: tokio::task::JoinHandle<()>,
}

impl Server {
    pub(crate) async fn new(shown: Shown, vendor: Vendor) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        let (seen, connections, vendor) =
            (Arc::<Mutex<Vec<String>>>::default(), Arc::<AtomicUsize>::default(), Arc::new(vendor));
        let (kept, counted) = (Arc::clone(&seen), Arc::clone(&connections));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::Relaxed);
                let (kept, vendor) = (Arc::clone(&kept), Arc::clone(&vendor));
                match shown.clone() {
                    Shown::Certificate(identity) => {
                        tokio::spawn(async move { talk(stream, &identity, &vendor, &kept).await });
                    }
                    Shown::Version1(minor) => {
                        tokio::spawn(old_hello(stream, minor));
                    }
                    Shown::Reset => {
                        tokio::spawn(hang_up(stream));
                    }
                }
            }
        });
        Self { base, seen, connections, task }
    }

    /// The requests that came through the handshake.
    pub(crate) fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn talk(stream: TcpStream, identity: &Identity, vendor: &Vendor, seen: &Mutex<Vec<String>>) {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(identity.1.clone()));
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![identity.0.clone()], key)
        .unwrap();
    let Ok(mut stream) = TlsAcceptor::from(Arc::new(config)).accept(stream).await else { return };
    while let Some(request) = request(&mut stream).await {
        let Deed::Answer(bytes) = vendor.answer(&request) else { return };
        seen.lock().unwrap().push(request);
        if stream.write_all(&bytes).await.is_err() {
            return;
        }
    }
}

/// Waits for the client's hello.
async fn hello(stream: &mut TcpStream) {
    let _ = stream.read(&mut [0; 1_024]).await;
}

/// The hello of a server that knows TLS 1.0 or 1.1 only (RFC 2246 and 4346, 7.4.1.3).
async fn old_hello(mut stream: TcpStream, minor: u8) {
    hello(&mut stream).await;
    let mut body = vec![3, minor];
    body.extend([7; 32]); // Its random bytes.
    body.extend([0, 0xc0, 0x13, 0]); // No session, ECDHE_RSA_WITH_AES_128_CBC_SHA, no compression.
    let length = u8::try_from(body.len()).unwrap();
    let record = [&[22, 3, minor, 0, length + 4, 2, 0, 0, length][..], &body].concat();
    let _ = stream.write_all(&record).await;
    hello(&mut stream).await;
}

async fn hang_up(mut stream: TcpStream) {
    hello(&mut stream).await;
    reset(stream);
}
