//! Reads from an HR system: one client, a deadline, no redirects, an answer of bounded size.

use std::time::Duration;

use reqwest::{Client, Url};

use crate::web;

const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// The base address of an API, to which credentials go.
pub(super) fn base(text: &str) -> Result<Url, String> {
    web::address(text.trim_end_matches('/')).map_err(|error| format!("`{text}` {error}"))
}

pub(super) fn client(base: &Url) -> Result<Client, String> {
    web::client(base, ANSWER_WITHIN)
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
