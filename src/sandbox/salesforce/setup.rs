//! The org's setup: whom it names, as metadata shows it and as a refused deactivation tells it.

use super::tenant::{Tenant, User};

/// People by number whom the setup names.
const LEAD_OWNER: usize = 3;
const CASE_OWNER: usize = 9;
const IN_RULES: usize = 10;
const IN_WORKFLOWS: usize = 11;
const APPROVER: usize = 12;
/// Is one of two recipients, which stands in nobody's way.
const ALERTED: usize = 13;

/// Full name and content of all components of a type.
pub(super) fn components(tenant: &Tenant, kind: &str) -> Vec<(String, String)> {
    let user = |number: usize| tenant.users.get(number).map(|user| user.username.clone()).unwrap_or_default();
    let one = |name: &str, content: String| vec![(name.to_owned(), content)];
    match kind {
        "CaseSettings" => one("Case", support(&user(CASE_OWNER))),
        "AssignmentRules" => ["Case", "Lead"].map(|of| (of.to_owned(), assignment(&user(IN_RULES)))).to_vec(),
        "AutoResponseRules" => one("Lead", auto_response(&user(IN_RULES))),
        "EscalationRules" => one("Case", escalation(&user(IN_RULES))),
        "Workflow" => workflows(&user(IN_WORKFLOWS), &user(ALERTED)),
        "ApprovalProcess" => one("Opportunity.Discount", approval(&user(APPROVER))),
        _ => Vec::new(),
    }
}

fn support(user: &str) -> String {
    format!(
        "<defaultCaseOwner>{user}</defaultCaseOwner><defaultCaseOwnerType>User</defaultCaseOwnerType>\
         <defaultCaseUser>{user}</defaultCaseUser><emailToCase><routingAddresses><caseOwner>{user}</caseOwner>\
         <caseOwnerType>User</caseOwnerType><emailAddress>help@corp.example</emailAddress><routingName>Help desk\
         </routingName></routingAddresses><routingAddresses><caseOwner>{user}</caseOwner><caseOwnerType>Queue\
         </caseOwnerType><routingName>A queue of that name</routingName></routingAddresses></emailToCase>"
    )
}

fn assignment(user: &str) -> String {
    format!(
        "<assignmentRule><fullName>Standard</fullName><active>true</active>\
         <ruleEntry><assignedTo>Renewals</assignedTo><assignedToType>Queue</assignedToType></ruleEntry>\
         <ruleEntry><assignedTo>{user}</assignedTo><assignedToType>User</assignedToType></ruleEntry></assignmentRule>\
         <assignmentRule><fullName>Old</fullName><active>false</active>\
         <ruleEntry><assignedTo>{user}</assignedTo><assignedToType>User</assignedToType></ruleEntry></assignmentRule>"
    )
}

fn auto_response(user: &str) -> String {
    format!(
        "<autoResponseRule><fullName>Thanks</fullName><active>true</active><ruleEntry><senderEmail>{user}</senderEmail>\
         <senderName>Sales</senderName></ruleEntry></autoResponseRule>"
    )
}

fn escalation(user: &str) -> String {
    format!(
        "<escalationRule><fullName>Late</fullName><active>true</active><ruleEntry><escalationAction>\
         <minutesToEscalation>60</minutesToEscalation><notifyTo>{user}</notifyTo></escalationAction></ruleEntry>\
         </escalationRule>"
    )
}

/// More objects than one reading takes; the last of them has actions that name people.
fn workflows(user: &str, alerted: &str) -> Vec<(String, String)> {
    let owner = "<recipients><type>owner</type></recipients>";
    let to = |user: &str| format!("<recipients><recipient>{user}</recipient><type>user</type></recipients>");
    let alert = |name: &str, to: String| format!("<alerts><fullName>{name}</fullName>{to}</alerts>");
    let plain = (1..=11).map(|number| (format!("Custom_{number}__c"), alert("Told", owner.to_owned())));
    let named = [
        alert("Big_case", to(user)),
        alert("Shared", format!("{}{owner}", to(alerted))),
        format!(
            "<fieldUpdates><fullName>Hand_on</fullName><lookupValue>{user}</lookupValue>\
             <lookupValueType>User</lookupValueType></fieldUpdates>"
        ),
        format!(
            "<tasks><fullName>Call_back</fullName><assignedTo>{user}</assignedTo><assignedToType>user</assignedToType>\
             </tasks>"
        ),
        format!(
            "<outboundMessages><fullName>To_billing</fullName><integrationUser>{user}</integrationUser>\
             </outboundMessages>"
        ),
    ];
    plain.chain([("Case".to_owned(), named.concat())]).collect()
}

fn approval(user: &str) -> String {
    format!(
        "<active>false</active><approvalStep><assignedApprover><approver><name>{user}</name><type>user</type></approver>\
         </assignedApprover><name>Finance</name></approvalStep><approvalStep><assignedApprover><approver>\
         <type>userHierarchyField</type></approver></assignedApprover><name>Manager</name></approvalStep>"
    )
}

/// The first reason why Salesforce does not deactivate this user. Owned records are none.
pub(super) fn refusal(tenant: &Tenant, place: usize) -> Option<String> {
    let cannot = |why: &str| Some(format!("You cannot deactivate this user. You cannot deactivate a user who {why}"));
    match place {
        LEAD_OWNER => return cannot("is the default owner of leads"),
        CASE_OWNER => return cannot("is the default owner of cases"),
        IN_RULES => return cannot("is used in an assignment rule"),
        IN_WORKFLOWS => return cannot("is the only recipient of a workflow email alert"),
        APPROVER => return cannot("is an approver in an approval process"),
        _ => {}
    }
    let id = &tenant.users[place].id;
    let named = |user: &User| user.approver.as_ref() == Some(id);
    tenant
        .users
        .iter()
        .any(named)
        .then(|| "Cannot inactivate user that is the value of a hierarchy field: Approver".to_owned())
}
