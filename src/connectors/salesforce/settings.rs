//! Whom the org's settings name: support settings, rules, workflow actions, approval processes, portals.
//!
//! Metadata names a user by user name. Rules and processes that are inactive count as well.

use futures_util::future::try_join_all;

use super::blockers::Found;
use super::client::{Client, READS_METADATA};
use super::metadata::MOST;
use super::user::User;
use crate::connectors::Call;
use crate::connectors::http::{Failure, What};
use crate::connectors::xml::Element;

/// A metadata type, and what its components say of a person.
struct Kind {
    name: &'static str,
    /// Its only component, where it has but one.
    only: Option<&'static str>,
    /// What a person calls those that were looked through.
    said: &'static str,
    look: fn(&Element, &User, &mut Found),
}

const SUPPORT_SETTINGS: Kind =
    Kind { name: "CaseSettings", only: Some("Case"), said: "support settings", look: support_settings };

const KINDS: [Kind; 6] = [
    Kind { name: "AssignmentRules", only: None, said: "assignment rules", look: assignment_rules },
    Kind { name: "AutoResponseRules", only: None, said: "auto-response rules", look: auto_response_rules },
    Kind { name: "EscalationRules", only: None, said: "escalation rules", look: escalation_rules },
    Kind {
        name: "Workflow",
        only: None,
        said: "e-mail alerts, field updates, tasks and outbound messages of workflows",
        look: workflow_actions,
    },
    Kind { name: "ApprovalProcess", only: None, said: "approval processes", look: approval_process },
    Kind { name: "Portal", only: None, said: "customer portals", look: portal },
];

const SUPPORT: &str = "Setup > Feature Settings > Service > Support Settings";

impl Client {
    /// All that the Metadata API shows. What it does not show to us is noted, and is no error.
    pub(super) async fn settings(&self, user: &User, call: &Call) -> Result<Found, Failure> {
        // Asked for first: this tells whether there is anything to be had at all.
        let support = self.looked_through(&SUPPORT_SETTINGS, user, call).await;
        if matches!(&support, Err(failure) if is_hidden(failure)) {
            let kinds = KINDS.map(|kind| kind.said).join(", ");
            return unless_hidden("Metadata API", &format!("{}, {kinds}", SUPPORT_SETTINGS.said), support);
        }
        let mut found = unless_hidden(SUPPORT_SETTINGS.name, SUPPORT_SETTINGS.said, support)?;
        let looks = KINDS
            .iter()
            .map(|kind| async { unless_hidden(kind.name, kind.said, self.looked_through(kind, user, call).await) });
        for of_one_kind in try_join_all(looks).await? {
            found.join(of_one_kind);
        }
        Ok(found)
    }

    async fn looked_through(&self, kind: &Kind, user: &User, call: &Call) -> Result<Found, Failure> {
        let names = match kind.only {
            Some(name) => vec![name.to_owned()],
            None => self.components(kind.name, call).await?,
        };
        let files = self.component_files(kind.name, &names, call).await?;
        let mut found = Found::default();
        for file in &files {
            (kind.look)(file, user, &mut found);
        }
        let (read, all) = (files.len(), names.len());
        if read < all {
            let why = if all > MOST {
                format!("only the first {MOST} are read")
            } else {
                "Salesforce did not give them, or they are too long to be read".into()
            };
            found.unseen(kind.name, format!("{} of {all} {}: {why}", all - read, kind.said));
        }
        Ok(found)
    }
}

/// The integration user may not see it.
fn is_hidden(failure: &Failure) -> bool {
    matches!(failure.what, What::Denied | What::Locked)
}

/// A note in place of what cannot be seen.
fn unless_hidden(id: &str, said: &str, looked: Result<Found, Failure>) -> Result<Found, Failure> {
    let (failure, cure) = match looked {
        Err(failure) if is_hidden(&failure) => {
            let cure = format!(
                "; give the integration user the permission Modify Metadata Through Metadata API Functions \
                 ({READS_METADATA}), and have the app issue opaque access tokens: those based on JWT are for REST alone"
            );
            (failure, cure)
        }
        Err(failure) if failure.what == What::Rejected => (failure, String::new()),
        other => return other,
    };
    let mut found = Found::default();
    found.unseen(id, format!("{said}: {}{cure}", failure.reason));
    Ok(found)
}

impl User {
    fn is(&self, name: Option<&str>) -> bool {
        name.is_some_and(|name| name.eq_ignore_ascii_case(&self.username))
    }

    fn has_address(&self, address: Option<&str>) -> bool {
        matches!((&self.email, address), (Some(own), Some(address)) if own.eq_ignore_ascii_case(address))
    }
}

/// Whether the field names the person, where the one beside it says what sort of name it is: `User` or `user`.
fn names(element: &Element, field: &str, sort: &str, user: &User) -> bool {
    user.is(element.of(field)) && element.of(sort).is_some_and(|sort| sort.eq_ignore_ascii_case("user"))
}

fn name(element: &Element) -> &str {
    element.of("fullName").unwrap_or_default()
}

fn inactive(element: &Element) -> &'static str {
    if element.of("active") == Some("true") { "" } else { " (inactive)" }
}

/// `CaseSettings`. A queue may have the name of a user, so its type is looked at.
fn support_settings(file: &Element, user: &User, found: &mut Found) {
    if names(file, "defaultCaseOwner", "defaultCaseOwnerType", user) {
        found.block("default case owner", "Case", format!("name another in {SUPPORT}"));
    }
    if user.is(file.of("defaultCaseUser")) {
        found.block("automated case user", "Case", format!("name another in {SUPPORT}"));
    }
    let addresses = file.child("emailToCase").into_iter().flat_map(|settings| settings.all("routingAddresses"));
    for address in addresses.filter(|address| names(address, "caseOwner", "caseOwnerType", user)) {
        let id = address.of("routingName").or_else(|| address.of("emailAddress")).unwrap_or_default();
        found.block("owner of cases that come by e-mail", id, "name another in Setup > Email-to-Case".into());
    }
}

/// The rules of one object whose entries fit; each is told with the numbers of those entries.
fn rules(file: &Element, list: &str, what: &str, fits: impl Fn(&Element) -> bool, found: &mut Found) {
    for rule in file.all(list) {
        let entries = rule.all("ruleEntry").enumerate().filter(|(_, entry)| fits(entry));
        let entries: Vec<String> = entries.map(|(at, _)| (at + 1).to_string()).collect();
        if entries.is_empty() {
            continue;
        }
        let object = name(file);
        let detail = format!("entry {}{}: change it in Setup > {object} {what}s", entries.join(", "), inactive(rule));
        found.block(what, &format!("{object}.{}", name(rule)), detail);
    }
}

fn assignment_rules(file: &Element, user: &User, found: &mut Found) {
    let fits = |entry: &Element| names(entry, "assignedTo", "assignedToType", user);
    rules(file, "assignmentRule", "assignment rule", fits, found);
}

/// These name senders by address.
fn auto_response_rules(file: &Element, user: &User, found: &mut Found) {
    let fits = |entry: &Element| ["senderEmail", "replyToEmail"].iter().any(|field| user.has_address(entry.of(field)));
    rules(file, "autoResponseRule", "auto-response rule", fits, found);
}

fn escalation_rules(file: &Element, user: &User, found: &mut Found) {
    let fits = |entry: &Element| {
        entry.all("escalationAction").any(|action| {
            names(action, "assignedTo", "assignedToType", user)
                || user.is(action.of("notifyTo"))
                || action.all("notifyEmail").any(|address| user.has_address(Some(&address.text)))
        })
    };
    rules(file, "escalationRule", "escalation rule", fits, found);
}

/// `Workflow`: the actions of one object, whichever rules and processes they are of.
fn workflow_actions(file: &Element, user: &User, found: &mut Found) {
    let object = name(file);
    let block = |found: &mut Found, what: &str, action: &Element, menu: &str| {
        let detail = format!("name another in Setup > Process Automation > Workflow Actions > {menu}");
        found.block(what, &format!("{object}.{}", name(action)), detail);
    };
    for alert in file.all("alerts") {
        let mine = |to: &Element| names(to, "recipient", "type", user);
        let (mine, others): (Vec<&Element>, Vec<&Element>) = alert.all("recipients").partition(|to| mine(to));
        match (mine.is_empty(), others.len()) {
            (true, _) => {}
            (false, 0) => block(found, "e-mail alert with this recipient alone", alert, "Email Alerts"),
            // Salesforce minds a sole recipient only (Considerations for Deactivating Users).
            (false, others) => {
                let detail = format!("one of {} recipients: deactivation leaves {others}", others + 1);
                found.note("e-mail alert", &format!("{object}.{}", name(alert)), detail);
            }
        }
    }
    for update in file.all("fieldUpdates").filter(|it| names(it, "lookupValue", "lookupValueType", user)) {
        block(found, "field update to this user", update, "Field Updates");
    }
    for task in file.all("tasks").filter(|it| names(it, "assignedTo", "assignedToType", user)) {
        block(found, "task for this user", task, "Tasks");
    }
    for message in file.all("outboundMessages").filter(|it| user.is(it.of("integrationUser"))) {
        block(found, "outbound message sent as this user", message, "Outbound Messages");
    }
}

fn approval_process(file: &Element, user: &User, found: &mut Found) {
    let asks = |step: &&Element| {
        let mut approvers = step.child("assignedApprover").into_iter().flat_map(|one| one.all("approver"));
        approvers.any(|approver| names(approver, "name", "type", user))
    };
    let steps: Vec<&str> = file.all("approvalStep").filter(asks).filter_map(|step| step.of("name")).collect();
    if !steps.is_empty() {
        let detail = format!(
            "approver of {}{}: name another in Setup > Process Automation > Approval Processes",
            steps.join(", "),
            inactive(file)
        );
        found.block("approval process", name(file), detail);
    }
}

fn portal(file: &Element, user: &User, found: &mut Found) {
    if user.is(file.of("admin")) {
        found.block("administrator of a portal", name(file), "name another in Setup > Customer Portal Settings".into());
    }
}
