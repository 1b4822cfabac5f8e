//! Reads from an HR system: one client, a deadline, no redirects, an answer of bounded size.

use std::time::Duration;

use reqwest::{Client, Url};

const CONNECT_WITHIN: Duration = Duration::from_secs(5);
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// The base address of an API. Credentials go there, so it is HTTPS, or this very machine.
pub(super) fn base(text: &str) -> Result<Url, String> {
    let url = Url::parse(text.trim_end_matches('/')).map_err(|error| format!("`{text}` is not an address: {error}"))?;
    if url.scheme() == "https" || (url.scheme() == "http" && is_this_machine(&url)) {
        Ok(url)
    } else {
        Err(format!("`{text}` is not https: the API key would go out in clear"))
    }
}

pub(super) fn client(base: &Url) -> Result<Client, String> {
    let builder = Client::builder()
        .user_agent(concat!("nightlatch/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT_WITHIN)
        .timeout(ANSWER_WITHIN)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never());
    let builder = if is_this_machine(base) { builder.no_proxy() } else { builder };
    builder.build().map_err(|error| format!("no HTTP client: {error}"))
}

fn is_this_machine(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// The answer's body, if it is at most `at_most` bytes.
pub(super) async fn body(mut answer: reqwest::Response, at_most: usize) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    loop {
        match answer.chunk().await {
            Ok(Some(chunk)) if bytes.len() + chunk.len() <= at_most => bytes.extend_from_slice(&chunk),
            Ok(Some(_)) => return Err(format!("the answer is larger than {at_most} bytes")),
            Ok(None) => return Ok(bytes),
            Err(error) => return Err(format!("the answer broke off: {}", error.without_url())),
        }
    }
}

/// What `Retry-After` asks for; seconds, or a date.
pub(super) fn retry_after(answer: &reqwest::Response) -> Option<Duration> {
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
    fn an_api_key_goes_out_in_clear_to_this_machine_only() {
        assert!(base("https://alfa.bamboohr.com/api/v1/").is_ok());
        assert!(base("http://127.0.0.1:9/x").is_ok());
        assert!(base("http://[::1]:9/x").is_ok());
        assert!(base("http://corp.example/").unwrap_err().contains("https"));
        assert!(base("http://127.0.0.1.corp.example/").is_err());
        assert!(base("corp").is_err());
    }
}
