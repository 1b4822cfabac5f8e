//! `[intake]`: where webhooks are taken, and how much of one sender is put up with.

use std::net::SocketAddr;
use std::time::Duration;

use jiff::tz::TimeZone;
use serde::Deserialize;

use crate::config::{ConfigError, Section};

const CONNECTIONS_AT_MOST: usize = 10_000;

/// `[intake]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IntakeConfig {
    /// Where to listen. Plain HTTP: a reverse proxy on this machine speaks TLS to the world.
    pub listen: SocketAddr,
    /// A larger body is refused with 413.
    pub max_body_bytes: usize,
    /// A request's headers have to be there within this, and then its body within this again; ms.
    pub header_timeout_ms: u64,
    /// A connection is closed after this, whatever it is doing; ms.
    pub connection_timeout_ms: u64,
    /// Connections at once; those beyond get 503.
    pub max_connections: usize,
    /// How far a signed timestamp may be from now, into the past or the future; seconds.
    pub tolerance_s: u64,
    /// IANA zone in which a last day ends when the work site's zone is not known.
    pub default_zone: String,
}

impl Default for IntakeConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8787)),
            max_body_bytes: 256 * 1024,
            header_timeout_ms: 5_000,
            connection_timeout_ms: 30_000,
            max_connections: 256,
            tolerance_s: 300,
            default_zone: "UTC".to_owned(),
        }
    }
}

impl IntakeConfig {
    /// Reads `[intake]`; a configuration without it has the defaults.
    pub fn read(section: &Section) -> Result<Self, ConfigError> {
        let config = if section.is_present() { section.parse()? } else { Self::default() };
        config.fault().map_or(Ok(config), |(key, what, cure)| Err(section.fault(key, what, cure)))
    }

    fn fault(&self) -> Option<(&'static str, String, &'static str)> {
        if TimeZone::get(&self.default_zone).is_err() {
            let what = format!("`{}` is not a time zone known here", self.default_zone);
            return Some(("default_zone", what, "use an IANA name, as in Europe/Berlin"));
        }
        if self.max_connections > CONNECTIONS_AT_MOST {
            let what = format!("more than {CONNECTIONS_AT_MOST}");
            return Some(("max_connections", what, "a few hundred are enough for any HR system"));
        }
        let zeroes = [
            ("max_body_bytes", self.max_body_bytes == 0),
            ("header_timeout_ms", self.header_timeout_ms == 0),
            ("connection_timeout_ms", self.connection_timeout_ms == 0),
            ("max_connections", self.max_connections == 0),
            ("tolerance_s", self.tolerance_s == 0),
        ];
        let (key, _) = zeroes.into_iter().find(|(_, is_zero)| *is_zero)?;
        Some((key, "0 would refuse every webhook".to_owned(), "leave the key out for the default"))
    }

    pub(super) fn header_timeout(&self) -> Duration {
        Duration::from_millis(self.header_timeout_ms)
    }

    pub(super) fn connection_timeout(&self) -> Duration {
        Duration::from_millis(self.connection_timeout_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_zone_is_told_at_its_key() {
        let section = Section::from_toml("intake", "default_zone = 'Europe/Berlim'").unwrap();
        let told = IntakeConfig::read(&section).unwrap_err().to_string();
        assert!(told.contains("default_zone") && told.contains("Europe/Berlin"), "{told}");
    }

    #[test]
    fn limits_that_cannot_work_are_refused() {
        for text in ["max_connections = 0", "max_connections = 99999999999", "tolerance_s = 0", "max_body_bytes = 0"] {
            assert!(IntakeConfig::read(&Section::from_toml("intake", text).unwrap()).is_err(), "{text}");
        }
    }

    #[test]
    fn an_unknown_key_is_refused_and_an_empty_section_has_the_defaults() {
        assert!(IntakeConfig::read(&Section::from_toml("intake", "listn = '127.0.0.1:1'").unwrap()).is_err());
        let empty = IntakeConfig::read(&Section::from_toml("intake", "").unwrap()).unwrap();
        assert_eq!(empty, IntakeConfig::default());
    }
}
