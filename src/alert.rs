//! Tells people: Slack and PagerDuty, from the journal, so that a crash loses none.
