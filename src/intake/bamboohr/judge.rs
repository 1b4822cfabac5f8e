//! Has this person left, will they, or not at all? Pure.
//!
//! Three things are told. The record's status is of today. The employment status is a history, and a read that asks for
//! future rows shows the row to come. The termination date is a date, and it may stay behind when somebody is hired again.

use super::config::{ArmOn, BambooConfig};
use super::record::{self, Record};
use crate::intake::{day, person};
use crate::model::Timestamp;

/// Where a person stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Has left, or will.
    Leaving {
        /// When access ends; `None`: now.
        effective_at: Option<Timestamp>,
    },
    /// Works here, and no end is known.
    Employed,
    /// The record does not say.
    Unknown,
}

pub(super) fn standing(config: &BambooConfig, default_zone: &str, record: &Record, now: Timestamp) -> Standing {
    let (status, employment) = (record.get(&config.fields.status), record.get(&config.fields.employment_status));
    let gone = status.is_some_and(|status| config.is_terminated(status));
    let gone_by_history = employment.is_some_and(|status| config.is_terminated(status));
    let Some(last_day) = record.get(&config.fields.last_day).and_then(day::date) else {
        return match (gone || gone_by_history, status.is_none() && employment.is_none()) {
            (true, _) => Standing::Leaving { effective_at: None },
            (false, true) => Standing::Unknown,
            (false, false) => Standing::Employed,
        };
    };
    let zone = person::zone(&record::zone(config, default_zone, record)).unwrap_or(jiff::tz::TimeZone::UTC);
    let (Some(end), Some(today)) = (config.end_of_day.of(last_day, &zone), day::today(now, &zone)) else {
        // A date beyond the calendar.
        return if gone || gone_by_history { Standing::Leaving { effective_at: None } } else { Standing::Employed };
    };
    let says_nothing = status.is_none() && employment.is_none();
    if end <= now {
        // A last day that is over, of somebody who works here: they were hired again.
        let left = gone || gone_by_history || says_nothing;
        return if left { Standing::Leaving { effective_at: None } } else { Standing::Employed };
    }
    // The vendor's own midnight may be a day ahead of the work site's. A status of today is believed that far, and a row
    // of history on its own day; further ahead the date counts, for access that was cut too early is an outage.
    let a_day_ahead = today.tomorrow().is_ok_and(|tomorrow| last_day <= tomorrow);
    let now_already = (gone && a_day_ahead) || (gone_by_history && last_day == today);
    if now_already || config.arm_on == ArmOn::Notice {
        Standing::Leaving { effective_at: None }
    } else {
        Standing::Leaving { effective_at: Some(end) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Noon of 23 November 2026 in Berlin.
    const NOW: Timestamp = Timestamp(1_795_431_600_000);

    #[track_caller]
    fn judged(fields: &serde_json::Value, more: &str) -> Standing {
        let text = format!("webhook_keys = ['env:K']\nzones = {{ Berlin = 'Europe/Berlin' }}\n{more}");
        let config = crate::config::Section::from_toml("hr", &text).unwrap().parse::<BambooConfig>().unwrap();
        standing(&config, "UTC", &Record::read(fields.as_object().unwrap()), NOW)
    }

    const NOW_GONE: Standing = Standing::Leaving { effective_at: None };

    #[test]
    fn a_status_alone_means_now() {
        assert_eq!(judged(&json!({"status": "Inactive"}), ""), NOW_GONE);
        assert_eq!(judged(&json!({"employmentHistoryStatus": " terminated "}), ""), NOW_GONE);
        assert_eq!(judged(&json!({"status": "Active", "terminationDate": "0000-00-00"}), ""), Standing::Employed);
        assert_eq!(judged(&json!({"workEmail": "alfa.doe@corp.example"}), ""), Standing::Unknown);
        assert_eq!(judged(&json!({"status": "Garden"}), "terminated_statuses = ['garden']"), NOW_GONE);
    }

    #[test]
    fn a_last_day_to_come_is_armed_for_its_end_at_the_work_site() {
        let armed = |text: &str| {
            let at = text.parse::<jiff::Timestamp>().unwrap();
            Standing::Leaving { effective_at: Some(at.into()) }
        };
        let fields = json!({"status": "Active", "terminationDate": "2026-11-30", "location": "Berlin"});
        assert_eq!(judged(&fields, ""), armed("2026-11-30T23:00:00Z"));
        assert_eq!(judged(&fields, "end_of_day = '18:00'"), armed("2026-11-30T17:00:00Z"));
        assert_eq!(judged(&fields, "arm_on = 'notice'"), NOW_GONE);
        let elsewhere = json!({"status": "Active", "terminationDate": "2026-11-30", "location": "Atlantis"});
        assert_eq!(judged(&elsewhere, ""), armed("2026-12-01T00:00:00Z"));
        // A row of history that lies in the future is no reason to cut today.
        let row = json!({"status": "Active", "employmentHistoryStatus": "Terminated", "terminationDate": "2026-11-30"});
        assert_eq!(judged(&row, ""), armed("2026-12-01T00:00:00Z"));
        let today = json!({"status": "Active", "terminationDate": "2026-11-23", "location": "Berlin"});
        assert_eq!(judged(&today, ""), armed("2026-11-23T23:00:00Z"));
    }

    #[test]
    fn a_last_day_that_the_status_confirms_or_that_is_over_means_now() {
        assert_eq!(
            judged(&json!({"employmentHistoryStatus": "Terminated", "terminationDate": "2026-11-23"}), ""),
            NOW_GONE
        );
        assert_eq!(judged(&json!({"status": "Inactive", "terminationDate": "2026-11-24"}), ""), NOW_GONE);
        assert_eq!(judged(&json!({"status": "Inactive", "terminationDate": "2026-11-01"}), ""), NOW_GONE);
        assert_eq!(judged(&json!({"terminationDate": "2026-11-01"}), ""), NOW_GONE);
        let today = json!({"status": "Active", "terminationDate": "2026-11-23", "location": "Berlin"});
        assert_eq!(judged(&today, "end_of_day = '09:00'"), Standing::Employed, "over, and HR says active: hired again");
    }

    #[test]
    fn somebody_hired_again_is_not_cut_for_the_date_that_stayed_behind() {
        let fields =
            json!({"status": "Active", "employmentHistoryStatus": "Full-Time", "terminationDate": "2024-01-31"});
        assert_eq!(judged(&fields, ""), Standing::Employed);
    }
}
