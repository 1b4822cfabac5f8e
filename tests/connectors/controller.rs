//! A domain controller that answers changes with anything, to see what is made of it. It knows one person, one group and
//! two organisational units; what it says of changes is the test's.

use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

pub(crate) const ALFA: &str = "CN=Alfa Doe,OU=Staff,DC=corp,DC=example";
pub(crate) const GUID: &str = "01020304-0506-0708-090a-0b0c0d0e0f10";
const GUID_BYTES: [u8; 16] = [4, 3, 2, 1, 6, 5, 8, 7, 9, 10, 11, 12, 13, 14, 15, 16];

/// What it says to a request.
#[derive(Clone)]
pub(crate) enum Said {
    /// A result code and a diagnostic message.
    Code(u8, &'static str),
    /// Nothing, and the connection stays open.
    Silence,
    /// Nothing, and the connection ends.
    HangsUp,
    /// Something that is BER and no answer.
    Nonsense,
}

/// Its certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    Good,
    OfAnotherHost,
    Expired,
}

pub(crate) struct Controller {
    pub(crate) url: String,
    /// The authority that signed its certificate.
    pub(crate) ca: String,
    seen: Arc<Mutex<Vec<String>>>,
    server: tokio::task::JoinHandle<()>,
}

impl Controller {
    /// It takes binds, and answers changes like this.
    pub(crate) async fn new(shown: Shown, said: Said) -> Self {
        let (acceptor, ca) = identity(shown);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ldaps://{}", listener.local_addr().unwrap());
        let seen: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = Arc::clone(&seen);
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, kept, said) = (acceptor.clone(), Arc::clone(&kept), said.clone());
                tokio::spawn(async move {
                    let Ok(mut stream) = acceptor.accept(stream).await else { return };
                    while let Some((id, op, text)) = read(&mut stream).await {
                        if op == MODIFY || op == MODIFY_DN {
                            kept.lock().unwrap().push(text.clone());
                        }
                        let Some(bytes) = answer(&id, op, &text, &said) else { return };
                        if stream.write_all(&bytes).await.is_err() {
                            return;
                        }
                    }
                });
            }
        });
        Self { url, ca, seen, server }
    }

    /// The changes that were asked for, as text.
    pub(crate) fn changes(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

impl Drop for Controller {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn identity(shown: Shown) -> (TlsAcceptor, String) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::OrganizationName, format!("Corp Example CA {shown:?}"));
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let host = if shown == Shown::OfAnotherHost { "dc2.corp.example" } else { "127.0.0.1" };
    let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
    if shown == Shown::Expired {
        params.not_after = date_time_ymd(2020, 1, 1);
    }
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, &authority).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    (TlsAcceptor::from(Arc::new(config)), authority.pem())
}

// Tags of RFC 4511 4: the answer to a request has the next number.
const BIND: u8 = 0x60;
const SEARCH: u8 = 0x63;
const ENTRY: u8 = 0x64;
const MODIFY: u8 = 0x66;
const MODIFY_DN: u8 = 0x6c;

fn coded(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    [&[tag, 0x82, length[0], length[1]], content].concat()
}

fn text(text: &str) -> Vec<u8> {
    coded(4, text.as_bytes())
}

fn result(id: &[u8], op: u8, code: u8, words: &str) -> Vec<u8> {
    let answer = coded(op, &[coded(10, &[code]), text(""), text(words)].concat());
    coded(0x30, &[id.to_vec(), answer].concat())
}

fn entry(id: &[u8], dn: &str, attributes: &[(&str, &[u8])]) -> Vec<u8> {
    let listed: Vec<u8> = attributes
        .iter()
        .flat_map(|(name, value)| coded(0x30, &[text(name), coded(0x31, &coded(4, value))].concat()))
        .collect();
    let answer = coded(ENTRY, &[text(dn), coded(0x30, &listed)].concat());
    coded(0x30, &[id.to_vec(), answer].concat())
}

/// What there is under the name or the filter of a search.
fn found(id: &[u8], asked: &str) -> Vec<u8> {
    if asked.contains("member") {
        return entry(id, "CN=Sales,DC=corp,DC=example", &[("objectGUID", &[7; 16]), ("sAMAccountName", b"Sales")]);
    }
    if asked.contains("OU=Leavers") {
        return entry(id, "OU=Leavers,DC=corp,DC=example", &[("objectGUID", &[8; 16])]);
    }
    if asked.contains("<GUID=") {
        let attributes: [(&str, &[u8]); 4] = [
            ("objectGUID", &GUID_BYTES),
            ("userPrincipalName", b"alfa.doe@corp.example"),
            ("userAccountControl", b"512"),
            ("accountExpires", b"0"),
        ];
        return entry(id, ALFA, &attributes);
    }
    Vec::new()
}

/// `None`: the connection ends.
fn answer(id: &[u8], op: u8, asked: &str, said: &Said) -> Option<Vec<u8>> {
    match op {
        BIND => Some(result(id, BIND + 1, 0, "")),
        SEARCH => Some([found(id, asked), result(id, SEARCH + 2, 0, "")].concat()),
        MODIFY | MODIFY_DN => match said {
            Said::Code(code, words) => Some(result(id, op + 1, *code, words)),
            Said::Silence => Some(Vec::new()),
            Said::Nonsense => Some(coded(0x30, &[id.to_vec(), coded(op + 1, &text("nonsense"))].concat())),
            Said::HangsUp => None,
        },
        _ => None,
    }
}

/// One message: its id as it came, its operation, and all of it as text.
async fn read(stream: &mut (impl tokio::io::AsyncRead + Unpin)) -> Option<(Vec<u8>, u8, String)> {
    let mut head = [0_u8; 2];
    stream.read_exact(&mut head).await.ok()?;
    let mut length = usize::from(head[1]);
    if head[1] > 0x80 {
        let mut more = vec![0; usize::from(head[1] - 0x80)];
        stream.read_exact(&mut more).await.ok()?;
        length = more.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
    }
    let mut message = vec![0; length];
    stream.read_exact(&mut message).await.ok()?;
    let (id, rest) = message.split_at(2 + usize::from(message[1]));
    Some((id.to_vec(), rest[0], String::from_utf8_lossy(rest).into_owned()))
}
