//! An entry as a search gives it.

use ldap3::{ResultEntry, SearchEntry};

use super::name;

pub(super) struct Entry {
    pub(super) dn: String,
    found: SearchEntry,
}

impl From<ResultEntry> for Entry {
    fn from(found: ResultEntry) -> Self {
        let found = SearchEntry::construct(found);
        Self { dn: found.dn.clone(), found }
    }
}

impl Entry {
    /// An attribute's values that are text.
    pub(super) fn texts(&self, attribute: &str) -> &[String] {
        let is_it = |(name, _): &(&String, _)| name.eq_ignore_ascii_case(attribute);
        self.found.attrs.iter().find(is_it).map_or(&[], |(_, values)| values)
    }

    /// The first of them.
    pub(super) fn text(&self, attribute: &str) -> Option<&str> {
        self.texts(attribute).first().map(String::as_str)
    }

    /// An attribute's value as it came. Bytes that happen to be text are given as text.
    pub(super) fn bytes(&self, attribute: &str) -> Option<&[u8]> {
        let is_it = |(name, _): &(&String, _)| name.eq_ignore_ascii_case(attribute);
        let binary = self.found.bin_attrs.iter().find(is_it).and_then(|(_, values)| values.first());
        binary.map(Vec::as_slice).or_else(|| self.text(attribute).map(str::as_bytes))
    }

    /// Its `objectGUID`; empty if it was not asked for.
    pub(super) fn id(&self) -> String {
        self.bytes("objectGUID").and_then(name::guid).unwrap_or_default()
    }

    /// What people call it.
    pub(super) fn label(&self) -> &str {
        ["userPrincipalName", "mail", "sAMAccountName"]
            .into_iter()
            .find_map(|attribute| self.text(attribute))
            .unwrap_or(&self.dn)
    }
}
