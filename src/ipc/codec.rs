//! One JSON object a line, and no line without an end.

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// What is wrong with a line.
#[derive(Debug, thiserror::Error)]
pub enum CodecError {
    /// The other side has gone, or the socket broke.
    #[error("the connection broke: {0}")]
    Io(#[from] std::io::Error),
    /// A line beyond the limit.
    #[error("a line of more than {limit} bytes")]
    TooLong {
        /// The limit.
        limit: usize,
    },
    /// Not what the protocol says.
    #[error("not a line of the protocol: {0}")]
    Json(#[from] serde_json::Error),
}

/// The next line; `None`: the other side has closed.
pub async fn read<T: DeserializeOwned>(
    from: &mut (impl AsyncBufRead + Unpin),
    limit: usize,
) -> Result<Option<T>, CodecError> {
    let mut line = Vec::new();
    let cap = u64::try_from(limit).unwrap_or(u64::MAX);
    let read = from.take(cap.saturating_add(1)).read_until(b'\n', &mut line).await?;
    if read == 0 {
        return Ok(None);
    }
    if line.last() != Some(&b'\n') {
        return if line.len() > limit { Err(CodecError::TooLong { limit }) } else { Ok(None) };
    }
    Ok(Some(serde_json::from_slice(&line)?))
}

/// Encodes a line, its end included.
pub fn encode(value: &impl Serialize) -> Result<Vec<u8>, CodecError> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    Ok(line)
}

/// Writes a line.
pub async fn write(to: &mut (impl AsyncWrite + Unpin), value: &impl Serialize) -> Result<(), CodecError> {
    to.write_all(&encode(value)?).await?;
    to.flush().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn reads_what_it_wrote_and_refuses_what_is_too_long() {
        let mut wire = Vec::new();
        write(&mut wire, &vec![1, 2]).await.unwrap();
        write(&mut wire, &"x".repeat(40)).await.unwrap();
        let mut from = wire.as_slice();
        assert_eq!(read::<Vec<i32>>(&mut from, 16).await.unwrap(), Some(vec![1, 2]));
        assert!(matches!(read::<String>(&mut from, 16).await, Err(CodecError::TooLong { limit: 16 })));
    }

    #[tokio::test]
    async fn half_a_line_at_the_end_is_an_end() {
        let mut from = b"[1,".as_slice();
        assert_eq!(read::<Vec<i32>>(&mut from, 16).await.unwrap(), None);
    }
}
