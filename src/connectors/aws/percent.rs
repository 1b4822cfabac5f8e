//! Text that AWS gives percent-encoded.

/// Decodes it (RFC 3986), as policy documents need it; `None`: it is not percent-encoded.
pub(super) fn decoded(text: &str) -> Option<String> {
    let (mut out, mut bytes) = (Vec::with_capacity(text.len()), text.bytes());
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digits = [bytes.next()?, bytes.next()?];
            let mut decoded = [0];
            hex::decode_to_slice(digits, &mut decoded).ok()?;
            out.push(decoded[0]);
        } else {
            out.push(byte);
        }
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_percent_decoded_and_a_plus_stays() {
        assert_eq!(decoded("%7B%22a%22%3A%20%22b+c%22%7D").as_deref(), Some("{\"a\": \"b+c\"}"));
        assert_eq!((decoded("%7"), decoded("%zz"), decoded("%ff")), (None, None, None));
    }
}
