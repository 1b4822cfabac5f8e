//! The HTTP client that all connectors share: deadlines, lanes, limits, and the redacted record of every exchange.
//!
//! What it promises: an act is sent once, when its intent is on disk, and never after its deadline; a redirect is never followed, so a token never
//! leaves for another host; an answer is read up to `MAX_ANSWER` bytes; nothing that is recorded holds a secret.

pub(crate) mod address;
pub(crate) mod answer;
pub(crate) mod each;
pub(crate) mod guard;
pub(crate) mod jwt;
pub(crate) mod limits;
pub(crate) mod mask;
pub(crate) mod request;
pub(crate) mod token;

use std::error::Error as _;
use std::time::{Duration, Instant};

use super::BuildError;
use super::call::{Call, Kind};
use crate::failpoint;
use crate::model::Exchange;

pub(crate) use super::failure::{Failure, What};
pub(crate) use answer::Answer;
pub(crate) use request::{Lane, Request};
pub(crate) use token::{Minted, Tokens};

/// Longest answer that is read, in bytes. Nothing asks for compression, so this is its true size.
pub(crate) const MAX_ANSWER: usize = 8 << 20;

/// What is said of a longer one.
const TOO_LONG: &str = "an answer of more than";

/// How long one read may take, whatever is left of the job.
const READ_TIMEOUT: Duration = Duration::from_secs(8);

/// Name, address, handshake. Shorter than most jobs' deadlines, so that "never connected" is told from "no answer"; for
/// acts that must not happen twice, `guard` sees to it that it always is.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(4);

/// Shorter than the keep-alive of common servers and proxies, so that a pooled connection is rarely a dead one.
const IDLE: Duration = Duration::from_secs(20);

/// The shared client. Cheap to clone; the clones share their connections.
#[derive(Debug, Clone)]
pub struct Http {
    /// Reads, and acts that may be repeated: pooled connections. hyper-util sends a request anew by itself only if it
    /// had not begun to write it, on a connection that turned out closed, so even that is one sending.
    warm: reqwest::Client,
    /// Acts that must not happen twice: a new connection each, HTTP/1.1, so that nothing below may send anew and a
    /// failure before the handshake's end is certainly "not sent".
    fresh: reqwest::Client,
}

impl Http {
    /// A client with no connections yet.
    pub fn new() -> Result<Self, BuildError> {
        let client = || {
            reqwest::Client::builder()
                .user_agent(concat!("nightlatch/", env!("CARGO_PKG_VERSION")))
                .redirect(reqwest::redirect::Policy::none())
                .retry(reqwest::retry::never())
                .referer(false)
                .connect_timeout(CONNECT_TIMEOUT)
                .tcp_nodelay(true)
        };
        let failed = |error: reqwest::Error| BuildError::Client(chain(&error));
        Ok(Self {
            warm: client()
                .pool_idle_timeout(IDLE)
                .http2_keep_alive_interval(IDLE)
                .http2_keep_alive_timeout(CONNECT_TIMEOUT)
                .build()
                .map_err(failed)?,
            fresh: client()
                .pool_max_idle_per_host(0)
                .http1_only()
                .connector_layer(guard::InTime)
                .build()
                .map_err(failed)?,
        })
    }

    /// Sends the request once and reads the answer, whatever its status.
    ///
    /// `Err`: no answer, and [`What`] says whether it may have taken effect.
    pub(crate) async fn send(&self, request: Request, call: &Call) -> Result<Answer, Failure> {
        let kind = request.kind;
        let client = match request.lane {
            Lane::Warm => &self.warm,
            Lane::Fresh => &self.fresh,
        };
        let (shown, hidden) = (request.shown(), request.hidden.clone());
        let (addressed, host) = (request.addressed(), request.host());
        let wire = request.into_wire(client)?;
        call.budget(kind).await;
        let budget = match kind {
            Kind::Act => call.may_act().await?,
            Kind::Read => call
                .remaining()
                .map(|left| left.min(READ_TIMEOUT))
                .ok_or_else(|| Failure::new(kind, What::NotSent, "the job's time was over before anything was sent"))?,
        };
        let acts = usize::from(kind == Kind::Act);
        failpoint::reached("before-call", acts);
        let started = Instant::now();
        let talk = guard::DEADLINE.scope(call.deadline, exchange(client, wire));
        let heard = match tokio::time::timeout(budget, talk).await {
            Ok(heard) => heard,
            Err(_) => Err((What::Unknown, format!("no answer within {} ms", budget.as_millis()))),
        };
        failpoint::reached("after-call", acts);
        let ms = u32::try_from(started.elapsed().as_millis()).unwrap_or(u32::MAX);
        match heard {
            Ok((status, headers, body)) => {
                let answer = Answer::new(kind, addressed, status, headers, body, hidden);
                call.record(Exchange { request: shown, status: Some(status), ms, said: answer.said().to_owned() });
                call.observe(limits::observed(&answer));
                Ok(answer)
            }
            Err((what, reason)) => {
                let reason = mask::masked(&format!("{host}: {reason}"), &hidden);
                call.record(Exchange { request: shown, status: None, ms, said: reason.clone() });
                let cure = cure(&reason);
                Err(Failure::new(kind, what, reason).cure(cure))
            }
        }
    }
}

type Heard = (u16, reqwest::header::HeaderMap, Vec<u8>);

async fn exchange(client: &reqwest::Client, wire: reqwest::Request) -> Result<Heard, (What, String)> {
    let mut response = client.execute(wire).await.map_err(lost)?;
    let status = response.status().as_u16();
    let too_long = || (What::Unknown, format!("{TOO_LONG} {} MiB (status {status})", MAX_ANSWER >> 20));
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(lost)? {
        if body.len() + chunk.len() > MAX_ANSWER {
            return Err(too_long());
        }
        body.extend_from_slice(&chunk);
    }
    Ok((status, response.headers().clone(), body))
}

/// A failure to connect certainly sent nothing; all others may have.
fn lost(error: reqwest::Error) -> (What, String) {
    let error = error.without_url();
    let what = if error.is_connect() || error.is_builder() { What::NotSent } else { What::Unknown };
    (what, chain(&error))
}

/// The answer came and was longer than [`MAX_ANSWER`]: less has to be asked for at once.
pub(crate) fn is_too_long(failure: &Failure) -> bool {
    failure.what == What::Unknown && failure.reason.contains(TOO_LONG)
}

/// What helps where it is not the network that failed.
fn cure(reason: &str) -> &'static str {
    if reason.contains("certificate") {
        "set the host that the certificate is for, or have its authority among those that this machine trusts"
    } else if reason.contains(TOO_LONG) {
        "look at the address: this is not that system's API"
    } else if reason.contains("Connection refused") {
        "nothing listens there: look at the address, and whether the system is up"
    } else if reason.contains("dns error") {
        "this machine knows no such name: look at the address, and at the machine's DNS"
    } else {
        ""
    }
}

/// An error and its causes in one line, each said once.
fn chain(error: &reqwest::Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let text = inner.to_string();
        if !line.contains(&text) {
            line = format!("{line}: {text}");
        }
        cause = inner.source();
    }
    line
}
