//! `[engine]`: how the engine keeps its log and its patience.

use serde::Deserialize;

use super::ConfigError;
use super::section::Section;

/// `[engine]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EngineConfig {
    /// The log's name in its checkpoints; no spaces, no plus signs. By default `nightlatch/<hostname>`.
    pub origin: String,
    /// An offboarding that ended is no longer kept in memory after this time, in s. The journal keeps it.
    pub forget_ended_after_s: u64,
    /// A checkpoint of the log is signed this often while there is news, in s.
    pub checkpoint_every_s: u64,
    /// A step that is ambiguous for this long beyond its quarantine is alerted, in s.
    pub alert_ambiguous_after_s: u64,
    /// People are told that steps wait for a system that is out after so long, and again after each of these, in s.
    pub alert_outage_after_s: Vec<u64>,
    /// Jobs at once, over all systems.
    pub max_concurrent: u32,
    /// With less room than this on the state directory's disk, nothing new is taken, in MiB.
    pub disk_floor_mib: u64,
    /// How long a read-back may go on saying "alive" before a person is asked, in s.
    pub verify_patience_s: u64,
    /// More people than this named by HR systems within an hour are held for a person; 0: no limit.
    pub flood_limit_per_hour: u32,
    /// Each connector is asked this often, by reading alone, whether it can be used, in s; 0: never.
    pub probe_every_s: u64,
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self {
            origin: format!("nightlatch/{}", hostname()),
            forget_ended_after_s: 86_400,
            checkpoint_every_s: 10,
            alert_ambiguous_after_s: 60,
            alert_outage_after_s: vec![900, 3_600, 86_400],
            max_concurrent: 256,
            disk_floor_mib: 64,
            verify_patience_s: 120,
            flood_limit_per_hour: 25,
            probe_every_s: 300,
        }
    }
}

impl EngineConfig {
    pub(super) fn read(section: &Section) -> Result<Self, ConfigError> {
        let engine: Self = section.parse()?;
        let bad_in_a_key_name = |c: char| c.is_whitespace() || c.is_control() || c == '+';
        if engine.origin.is_empty() || engine.origin.chars().any(bad_in_a_key_name) {
            return Err(section.fault(
                "origin",
                "the log's name may not be empty, nor hold spaces or plus signs",
                "choose one as in `nightlatch.corp.example/offboarding`, and keep it for ever",
            ));
        }
        if engine.checkpoint_every_s == 0 {
            return Err(section.fault("checkpoint_every_s", "must be at least 1", ""));
        }
        if !engine.alert_outage_after_s.is_sorted_by(|earlier, later| earlier < later) {
            let cure = "write them as in `[900, 3600, 86400]`";
            return Err(section.fault("alert_outage_after_s", "each time must be longer than the one before", cure));
        }
        if engine.max_concurrent == 0 {
            return Err(section.fault("max_concurrent", "must be at least 1: with 0 nothing would ever be cut", ""));
        }
        Ok(engine)
    }
}

fn hostname() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname")
        .or_else(|_| std::fs::read_to_string("/etc/hostname"))
        .unwrap_or_default();
    let name: String = name.trim().chars().filter(|c| c.is_ascii_alphanumeric() || "-._".contains(*c)).collect();
    if name.is_empty() { "localhost".to_owned() } else { name }
}
