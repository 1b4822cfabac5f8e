//! What no call takes away, listed for a person to deal with.

use std::sync::Arc;

use serde::Deserialize;

use super::Entra;
use crate::connectors::Call;
use crate::connectors::http::{Failure, Request, What};
use crate::connectors::msgraph::type_name;
use crate::connectors::vendor::{Act, Given};
use crate::model::{Account, ActionSpec, Finding, Outcome, Stage, StepClass, Verdict};

#[derive(Clone, Copy)]
enum Place {
    Inherited,
    Owned,
    Inbox,
}

struct Look {
    place: Place,
    entra: Arc<Entra>,
}

/// Something that the user is an owner of.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Owned {
    id: String,
    #[serde(default, rename = "@odata.type")]
    kind: String,
    display_name: Option<String>,
}

/// A `messageRule` of the inbox.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: String,
    display_name: Option<String>,
    actions: Option<Actions>,
}

#[derive(Deserialize)]
struct Actions {
    #[serde(rename = "forwardTo")]
    forwards: Option<Vec<Recipient>>,
    #[serde(rename = "forwardAsAttachmentTo")]
    attaches: Option<Vec<Recipient>>,
    #[serde(rename = "redirectTo")]
    redirects: Option<Vec<Recipient>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recipient {
    email_address: Option<Address>,
}

#[derive(Deserialize)]
struct Address {
    address: Option<String>,
}

fn look(given: &Given, entra: &Arc<Entra>, place: Place, name: &str, title: &str) -> (ActionSpec, Look) {
    let scope = match place {
        Place::Inbox => "MailboxSettings.Read",
        Place::Inherited | Place::Owned => "User.Read.All",
    };
    let spec = ActionSpec {
        stage: Stage::Handover,
        class: StepClass::Pure,
        needs: vec![given.fact("account")],
        // Each shows less when these are done.
        precedes: vec![given.id.action("remove-groups"), given.id.action("remove-licences")],
        scopes: vec![scope.into()],
        ..given.spec(name, title)
    };
    (spec, Look { place, entra: Arc::clone(entra) })
}

/// Licences by group, and memberships that Graph cannot end.
pub(super) fn inherited(given: &Given, entra: &Arc<Entra>) -> (ActionSpec, impl Act) {
    let title = "Lists licences that groups give, and memberships that are ended elsewhere";
    look(given, entra, Place::Inherited, "list-inherited", title)
}

/// Groups, applications and service principals.
pub(super) fn owned(given: &Given, entra: &Arc<Entra>) -> (ActionSpec, impl Act) {
    look(given, entra, Place::Owned, "list-owned", "Lists the groups and applications that the user owns")
}

/// Rules that go on sending mail away, also from a disabled account.
pub(super) fn forwarding(given: &Given, entra: &Arc<Entra>) -> (ActionSpec, impl Act) {
    look(given, entra, Place::Inbox, "list-forwarding", "Lists inbox rules that forward or redirect mail")
}

impl Actions {
    fn addresses(self) -> Vec<String> {
        let all = [self.forwards, self.attaches, self.redirects];
        let recipients = all.into_iter().flatten().flatten();
        recipients.filter_map(|recipient| recipient.email_address?.address).collect()
    }
}

impl Look {
    async fn inherited(&self, account: &Account, call: &Call) -> Result<Vec<Finding>, Failure> {
        let mut findings = Vec::new();
        if let Some(licences) = self.entra.licences(account, call).await? {
            findings.extend(licences.inherited().map(|it| Finding {
                what: "licence by group".into(),
                id: licences.name(it).to_owned(),
                detail: format!("goes when group {} is left", it.assigned_by_group.as_deref().unwrap_or_default()),
            }));
        }
        let memberships = self.entra.memberships(account, call).await?;
        findings.extend(memberships.into_iter().filter_map(|it| {
            let (what, cure) = it.is_out_of_reach()?;
            Some(Finding { what: what.into(), id: it.id.clone(), detail: format!("{}: {cure}", it.name()) })
        }));
        Ok(findings)
    }

    async fn owned(&self, account: &Account, call: &Call) -> Result<Vec<Finding>, Failure> {
        let url = self.entra.graph.user_url(&account.id, &["ownedObjects"])?;
        let request = Request::get(url).query(&[("$select", "id,displayName"), ("$top", "100")]);
        let owned: Vec<Owned> = self.entra.graph.list(request, call).await?;
        Ok(owned
            .into_iter()
            .map(|it| {
                let (what, cure) = match type_name(&it.kind) {
                    "application" => {
                        ("owned application", "its secrets and certificates go on working: give it an owner")
                    }
                    "servicePrincipal" => ("owned enterprise application", "give it another owner"),
                    "group" => ("owned group", "give it another owner; the last one cannot be removed"),
                    _ => ("owned object", "give it another owner"),
                };
                let name = it.display_name.unwrap_or_else(|| it.id.clone());
                Finding { what: what.into(), id: it.id, detail: format!("{name}: {cure}") }
            })
            .collect())
    }

    async fn forwarding(&self, account: &Account, call: &Call) -> Result<Vec<Finding>, Failure> {
        let url = self.entra.graph.user_url(&account.id, &["mailFolders", "inbox", "messageRules"])?;
        let rules: Vec<Rule> = self.entra.graph.list(Request::get(url), call).await?;
        Ok(rules
            .into_iter()
            .filter_map(|rule| {
                let addresses = rule.actions.map(Actions::addresses).filter(|addresses| !addresses.is_empty())?;
                let name = rule.display_name.unwrap_or_default();
                let detail = format!("{name}: to {}; delete it, if nobody needs it", addresses.join(", "));
                Some(Finding { what: "forwarding inbox rule".into(), id: rule.id, detail })
            })
            .collect())
    }
}

impl Act for Look {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let looked = match self.place {
            Place::Inherited => self.inherited(account, call).await,
            Place::Owned => self.owned(account, call).await,
            Place::Inbox => self.forwarding(account, call).await,
        };
        match looked {
            Ok(findings) => Ok(Outcome::Listed { findings }),
            // No such user any more, or one without a mailbox.
            Err(failure) if failure.what == What::Gone => Ok(Outcome::Listed { findings: Vec::new() }),
            Err(failure) => Err(failure),
        }
    }

    async fn verify(&self, _account: &Account, _call: &Call) -> Result<Verdict, Failure> {
        Ok(Verdict::CannotTell { reason: "nothing was changed, only listed".into(), after_ms: None, again: false })
    }
}
