//! Posting an alert: a deadline, no redirects, no retries of the client's own, and no address in any error.

use std::error::Error;
use std::time::Duration;

use reqwest::{Client, Response, Url};

use super::channel::Failure;
use crate::web;

const ANSWER_WITHIN: Duration = Duration::from_secs(15);
const ANSWER_AT_MOST: usize = 64 * 1024;

/// An address that a secret may be sent to. `called` stands for it in the error.
pub(super) fn address(text: &str, called: &str) -> Result<Url, String> {
    web::address(text).map_err(|error| format!("{called} {error}"))
}

pub(super) fn client(url: &Url) -> Result<Client, String> {
    web::client(url, ANSWER_WITHIN)
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
