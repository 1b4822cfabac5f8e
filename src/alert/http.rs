//! Posting an alert: a deadline, no redirects, no retries of the client's own, and no address in any error.

use std::error::Error;
use std::time::Duration;

use reqwest::{Client, Response, Url};

use super::channel::Failure;

const CONNECT_WITHIN: Duration = Duration::from_secs(5);
const ANSWER_WITHIN: Duration = Duration::from_secs(15);
const ANSWER_AT_MOST: usize = 64 * 1024;

/// An address that a secret may be sent to: HTTPS, or this very machine. `called` stands for it in the error.
pub(super) fn address(text: &str, called: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|_| format!("{called} is not an address"))?;
    if url.scheme() == "https" || (url.scheme() == "http" && is_this_machine(&url)) {
        Ok(url)
    } else {
        Err(format!("{called} is not https: the secret would go out in clear"))
    }
}

pub(super) fn client(url: &Url) -> Result<Client, String> {
    let builder = Client::builder()
        .user_agent(concat!("nightlatch/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT_WITHIN)
        .timeout(ANSWER_WITHIN)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never());
    let builder = if is_this_machine(url) { builder.no_proxy() } else { builder };
    builder.build().map_err(|error| format!("no HTTP client: {error}"))
}

fn is_this_machine(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// An answer that never came.
pub(super) fn lost(error: reqwest::Error, whose: &str) -> Failure {
    let error = error.without_url();
    let mut told = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        told = format!("{told}: {cause}");
        source = cause.source();
    }
    Failure::later(format!("{whose} cannot be reached: {told}"))
}

/// The answer's text, as far as anybody wants to read it.
pub(super) async fn text(mut answer: Response) -> String {
    let mut bytes = Vec::new();
    while let Ok(Some(chunk)) = answer.chunk().await {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > ANSWER_AT_MOST {
            break;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What `Retry-After` asks for, in seconds.
pub(super) fn retry_after(answer: &Response) -> Option<Duration> {
    let seconds = answer.headers().get(reqwest::header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}
