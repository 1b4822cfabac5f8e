//! `POST /services/Soap/m/{version}`: `listMetadata` and `readMetadata`, and faults as Salesforce words them.

use super::super::lock::hold;
use super::super::reply::Reply;
use super::super::request::Request;
use super::super::route::{Answer, Route, Turn};
use super::setup;
use super::tenant::Tenant;
use super::token::MAY_READ_METADATA;

/// Components that one `readMetadata` takes.
const AT_ONCE: usize = 10;

pub(super) fn route(request: &Request) -> Route {
    let body = String::from_utf8_lossy(&request.body).into_owned();
    if body.contains("<listMetadata>") {
        return Route::read("salesforce.metadata.list", None, move |turn| list(turn, &body));
    }
    Route::read("salesforce.metadata.read", None, move |turn| read(turn, &body))
}

/// A fault has 500, whatever it is about.
fn fault(code: &str, message: &str) -> Reply {
    envelope(
        500,
        &format!(
            "<soapenv:Fault><faultcode>sf:{code}</faultcode><faultstring>{code}: {message}</faultstring></soapenv:Fault>"
        ),
    )
}

fn envelope(status: u16, body: &str) -> Reply {
    Reply::xml(
        status,
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
             <soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" \
             xmlns:sf=\"http://soap.sforce.com/2006/04/metadata\" xmlns=\"http://soap.sforce.com/2006/04/metadata\" \
             xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>"
        ),
    )
}

/// The texts of all elements of this name; they hold no other elements.
fn texts<'a>(body: &'a str, name: &str) -> Vec<&'a str> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    body.split(open.as_str()).skip(1).filter_map(|rest| Some(rest.split_once(close.as_str())?.0)).collect()
}

/// The type that is asked for, by a session that may. The session stands in the body.
fn asked<'a>(turn: &Turn<'_>, body: &'a str) -> Result<&'a str, Reply> {
    let session = texts(body, "sessionId").first().copied().unwrap_or_default().to_owned();
    let Some(grant) = turn.world.tokens.look_up("salesforce", &session) else {
        return Err(fault("INVALID_SESSION_ID", "Invalid Session ID found in SessionHeader: Illegal Session"));
    };
    if !grant.has(MAY_READ_METADATA) {
        let message = "use of the Metadata API requires a user with the ModifyAllData or ModifyMetadata permissions";
        return Err(fault("INSUFFICIENT_ACCESS", message));
    }
    let kind = texts(body, "type").first().copied().unwrap_or_default();
    match kind {
        "CaseSettings" | "AssignmentRules" | "AutoResponseRules" | "EscalationRules" | "Workflow"
        | "ApprovalProcess" => Ok(kind),
        // This org has no portals.
        "Portal" => Err(fault("INVALID_TYPE", "Cannot use: Portal in this organization")),
        _ => Err(fault("INVALID_TYPE", &format!("Unknown type:{kind}"))),
    }
}

fn components(turn: &Turn<'_>, kind: &str) -> Vec<(String, String)> {
    let mut tenant = hold(&turn.world.salesforce);
    tenant.calls += 1;
    let tenant: &Tenant = &tenant;
    setup::components(tenant, kind)
}

fn list(turn: &Turn<'_>, body: &str) -> Answer {
    let kind = asked(turn, body)?;
    let results: Vec<String> = components(turn, kind)
        .iter()
        .map(|(name, _)| format!("<result><fullName>{name}</fullName><type>{kind}</type></result>"))
        .collect();
    Ok(envelope(200, &format!("<listMetadataResponse>{}</listMetadataResponse>", results.concat())))
}

fn read(turn: &Turn<'_>, body: &str) -> Answer {
    let kind = asked(turn, body)?;
    let names = texts(body, "fullNames");
    if names.len() > AT_ONCE {
        let message = format!("record limit reached. cannot submit more than {AT_ONCE} records in this operation");
        return Err(fault("EXCEEDED_ID_LIMIT", &message));
    }
    let components = components(turn, kind);
    let record = |name: &&str| match components.iter().find(|(own, _)| own == name) {
        Some((own, inside)) => {
            format!("<records xsi:type=\"{kind}\"><fullName>{own}</fullName>{inside}</records>")
        }
        None => "<records xsi:nil=\"true\"/>".to_owned(),
    };
    let records: Vec<String> = names.iter().map(record).collect();
    Ok(envelope(200, &format!("<readMetadataResponse><result>{}</result></readMetadataResponse>", records.concat())))
}
