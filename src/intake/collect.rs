//! Takes in a request's body, up to a limit and not for ever.

use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::http::{HeaderMap, header};
use futures_util::StreamExt;

/// Why a body was not taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoBody {
    TooLarge,
    TooSlow,
    Broken,
}

/// The body's bytes. One that says that it is too large is not read at all.
pub(super) async fn body(headers: &HeaderMap, body: Body, at_most: usize, within: Duration) -> Result<Vec<u8>, NoBody> {
    let told = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if told.unwrap_or(0).max(body.size_hint().lower()) > at_most as u64 {
        return Err(NoBody::TooLarge);
    }
    tokio::time::timeout(within, take(body, at_most)).await.unwrap_or(Err(NoBody::TooSlow))
}

async fn take(body: Body, at_most: usize) -> Result<Vec<u8>, NoBody> {
    let mut bytes = Vec::new();
    let mut stream = body.into_data_stream();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_| NoBody::Broken)?;
        if bytes.len() + chunk.len() > at_most {
            return Err(NoBody::TooLarge);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}
