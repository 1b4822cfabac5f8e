//! Names of directory objects: GUIDs, SIDs, distinguished names (RFC 4514), and their place in filters (RFC 4515).

use std::fmt::Write as _;

use uuid::Uuid;

/// Escapes a value for a filter: `*`, `(`, `)`, `\` and NUL.
pub(super) fn literal(value: &str) -> String {
    ldap3::ldap_escape(value).into_owned()
}

/// The same for bytes, as of a SID.
fn literal_bytes(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "\\{byte:02x}");
        text
    })
}

/// An `objectGUID` as people write it: its first three fields are little-endian on the wire.
pub(super) fn guid(bytes: &[u8]) -> Option<String> {
    Some(Uuid::from_bytes_le(bytes.try_into().ok()?).to_string())
}

/// A text that is a GUID as a name that any request takes in place of a DN ([MS-ADTS] 3.1.1.3.1.2.4).
pub(super) fn by_guid(text: &str) -> Option<String> {
    let uuid = Uuid::parse_str(text.trim_matches(['{', '}'])).ok()?;
    Some(format!("<GUID={uuid}>"))
}

/// A filter for the group of this number in the domain of `sid`: its SID differs from the user's in the last four bytes.
pub(super) fn of_domain(sid: &[u8], number: u32) -> Option<String> {
    let domain = sid.len().checked_sub(4).filter(|length| *length >= 8)?;
    let sid = [&sid[..domain], &number.to_le_bytes()].concat();
    Some(format!("(objectSid={})", literal_bytes(&sid)))
}

/// The first part of a distinguished name, and what it lies under. An escaped comma separates nothing.
pub(super) fn split(dn: &str) -> Option<(&str, &str)> {
    let mut escaped = false;
    let comma = dn.find(|c| {
        let separates = c == ',' && !escaped;
        escaped = c == '\\' && !escaped;
        separates
    })?;
    Some((&dn[..comma], &dn[comma + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guid_is_written_as_windows_does() {
        let bytes = [0x04, 0x03, 0x02, 0x01, 0x06, 0x05, 0x08, 0x07, 9, 10, 11, 12, 13, 14, 15, 16];
        let text = guid(&bytes).unwrap();
        assert_eq!(text, "01020304-0506-0708-090a-0b0c0d0e0f10");
        assert_eq!(by_guid(&text), Some(format!("<GUID={text}>")));
        assert_eq!(by_guid(&format!("{{{}}}", text.to_uppercase())), Some(format!("<GUID={text}>")));
        assert_eq!((by_guid("CN=Doe"), guid(&[1, 2])), (None, None));
    }

    #[test]
    fn an_escaped_comma_separates_nothing() {
        assert_eq!(split(r"CN=Doe\, Alfa,OU=Staff,DC=x"), Some((r"CN=Doe\, Alfa", "OU=Staff,DC=x")));
        assert_eq!(split(r"CN=ends in \\,OU=Staff"), Some((r"CN=ends in \\", "OU=Staff")));
        assert_eq!(split("DC=x"), None);
    }

    #[test]
    fn a_filter_takes_no_orders_from_a_value() {
        assert_eq!(literal(r"*)(uid=\"), r"\2a\29\28uid=\5c");
        let sid = [1, 2, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 0xf4, 1, 0, 0];
        let admins = of_domain(&sid, 512).unwrap();
        assert!(admins.ends_with(r"\15\00\00\00\00\02\00\00)") && admins.starts_with(r"(objectSid=\01\02"), "{admins}");
        assert_eq!(of_domain(&[1, 2, 3], 512), None);
    }
}
