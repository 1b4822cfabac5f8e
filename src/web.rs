//! HTTP to everybody but the connected systems: HR systems that are read, channels that are told.
//!
//! One way of doing it: secrets go out over HTTPS or to this very machine, a deadline, no redirects, no retries of the
//! client's own. Connectors have their own client, which knows acts from reads.

use std::time::Duration;

use reqwest::{Client, Response, Url};

const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// An address that a secret may not be sent to. The address is not repeated: it may be the secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    /// Not an address at all.
    #[error("is not an address")]
    NoAddress,
    /// Anybody on the way could read along.
    #[error("is not https: the secret would go out in clear")]
    InClear,
}

/// An address that a secret may be sent to: HTTPS, or this very machine.
pub fn address(text: &str) -> Result<Url, BadAddress> {
    let url = Url::parse(text).map_err(|_| BadAddress::NoAddress)?;
    let private = url.scheme() == "https" || (url.scheme() == "http" && is_this_machine(&url));
    if private { Ok(url) } else { Err(BadAddress::InClear) }
}

/// A client for `url` whose answers come `within` this time or not at all.
pub fn client(url: &Url, within: Duration) -> Result<Client, String> {
    let builder = Client::builder()
        .user_agent(concat!("nightlatch/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT_WITHIN)
        .timeout(within)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never());
    let builder = if is_this_machine(url) { builder.no_proxy() } else { builder };
    builder.build().map_err(|error| format!("no HTTP client: {error}"))
}

fn is_this_machine(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// What `Retry-After` asks for: seconds, or a date (RFC 9110, 10.2.3).
pub fn retry_after(answer: &Response) -> Option<Duration> {
    let text = answer.headers().get(reqwest::header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(Duration::from_millis(u64::try_from(at.duration_since(jiff::Timestamp::now()).as_millis()).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_goes_out_in_clear_to_this_machine_only() {
        assert!(address("https://alfa.bamboohr.com/api/v1/").is_ok());
        assert!(address("http://127.0.0.1:9/x").is_ok());
        assert!(address("http://[::1]:9/x").is_ok());
        assert_eq!(address("http://corp.example/"), Err(BadAddress::InClear));
        assert_eq!(address("http://127.0.0.1.corp.example/"), Err(BadAddress::InClear));
        assert_eq!(address("corp"), Err(BadAddress::NoAddress));
    }
}
