//! What stands in the way of a deactivation. Salesforce names one reason at a time; here all are looked up at once.
//!
//! The kinds are those of Considerations for Deactivating Users and of the help articles 000384586 and 000384761.

use std::sync::Arc;

use super::client::{Client, READS_METADATA};
use super::user::User;
use crate::connectors::Call;
use crate::connectors::http::Failure;
use crate::connectors::vendor::{Act, Given, gone};
use crate::model::{Account, ActionSpec, Finding, Outcome, Stage, StepClass, Verdict};

/// What blocks as well and stands neither in a query nor in the metadata, or there not as a user.
pub(super) const UNREADABLE: &str = "default lead owner (Lead Settings), default lead creator (Web-to-Lead), default workflow \
     user (Process Automation Settings), Big Deal Alert and update reminders (Opportunities), criteria of workflow rules \
     (which hold a name, not a user), and deleted hierarchy fields that are not erased yet";

/// So many are told in one sentence; the list has all of them.
const TOLD: usize = 40;

/// The kind of a note on what could not be looked at.
const UNSEEN: &str = "not looked at";

/// What was found of one person.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// A deactivation is refused for these, by Salesforce or by us.
    pub(super) blockers: Vec<Finding>,
    /// What a person should know, and no reason to refuse: what could not be looked at, say.
    pub(super) notes: Vec<Finding>,
}

impl Found {
    pub(super) fn block(&mut self, what: &str, id: &str, detail: String) {
        self.blockers.push(Finding { what: what.into(), id: id.into(), detail });
    }

    pub(super) fn note(&mut self, what: &str, id: &str, detail: String) {
        self.notes.push(Finding { what: what.into(), id: id.into(), detail });
    }

    /// Notes what could not be looked at.
    pub(super) fn unseen(&mut self, id: &str, detail: String) {
        self.note(UNSEEN, id, detail);
    }

    fn unseen_count(&self) -> usize {
        self.notes.iter().filter(|note| note.what == UNSEEN).count()
    }

    pub(super) fn join(&mut self, mut more: Found) {
        self.blockers.append(&mut more.blockers);
        self.notes.append(&mut more.notes);
    }
}

struct ListBlockers {
    client: Arc<Client>,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        stage: Stage::Handover,
        class: StepClass::Pure,
        scopes: vec!["ViewSetup".into(), "CustomizeApplication".into(), READS_METADATA.into()],
        ..given.spec("list-blockers", "Lists what has to be handed over before the user can be deactivated")
    };
    (spec, ListBlockers { client: Arc::clone(client) })
}

impl Client {
    /// All that an API shows.
    pub(super) async fn blockers(&self, user: &User, call: &Call) -> Result<Found, Failure> {
        let (mut found, settings) = tokio::try_join!(self.records(user, call), self.settings(user, call))?;
        found.join(settings);
        Ok(found)
    }
}

/// Findings in one sentence.
pub(super) fn told(findings: &[Finding]) -> String {
    let one = |it: &Finding| format!("{} {} ({})", it.what, it.id, it.detail);
    let mut told: Vec<String> = findings.iter().take(TOLD).map(one).collect();
    if findings.len() > TOLD {
        told.push(format!("and {} more, which list-blockers lists", findings.len() - TOLD));
    }
    told.join("; ")
}

impl Act for ListBlockers {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let Some(user) = self.client.user(&account.id, call).await? else { return Ok(gone(account)) };
        let mut found = self.client.blockers(&user, call).await?;
        found.note("settings that no API shows", "Setup", UNREADABLE.into());
        Ok(Outcome::Listed { findings: [found.blockers, found.notes].concat() })
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        let Some(user) = self.client.user(&account.id, call).await? else {
            return Ok(Verdict::Dead { evidence: "no such user".into() });
        };
        let found = self.client.blockers(&user, call).await?;
        Ok(match (found.blockers.as_slice(), found.unseen_count()) {
            ([], 0) => Verdict::Dead { evidence: "no blocker that an API shows".into() },
            ([], unseen) => {
                Verdict::Dead { evidence: format!("no blocker in what could be looked at ({unseen} could not)") }
            }
            (blockers, _) => Verdict::Alive { evidence: told(blockers) },
        })
    }
}
