//! JSON from strangers: a depth limit before the parser sees it.

use serde::de::DeserializeOwned;

/// Deeper nesting than this is nobody's webhook.
const DEPTH_AT_MOST: u32 = 32;

/// Reads `bytes` as `T`. The error says what is wrong and where, and quotes nothing of the text but a value's kind.
pub(super) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    if too_deep(bytes) {
        return Err(format!("nested deeper than {DEPTH_AT_MOST} levels"));
    }
    serde_json::from_slice(bytes).map_err(|error| error.to_string().chars().take(300).collect())
}

fn too_deep(bytes: &[u8]) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_u32, false, false);
    for byte in bytes {
        match (in_string, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => in_string = !in_string,
            (false, b'[' | b'{') => depth += 1,
            (false, b']' | b'}') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEPTH_AT_MOST {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_is_counted_outside_strings_only() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(read::<serde_json::Value>(nested(32).as_bytes()).is_ok());
        assert!(read::<serde_json::Value>(nested(33).as_bytes()).unwrap_err().contains("deeper"));
        assert!(read::<serde_json::Value>("[".repeat(100_000).as_bytes()).unwrap_err().contains("deeper"));
        let text = format!(r#"{{"a":"{}\"{}"}}"#, "[".repeat(50), "{".repeat(50));
        assert!(read::<serde_json::Value>(text.as_bytes()).is_ok());
    }
}
