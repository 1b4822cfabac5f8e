//! The Metadata API, in SOAP: the only one that shows whom the org's settings name.
//!
//! `listMetadata` and `readMetadata` alone are spoken (Metadata API Developer Guide). Both take the session in the body.

use std::sync::Arc;

use super::client::Client;
use super::said;
use crate::connectors::Call;
use crate::connectors::call::Kind;
use crate::connectors::http::token::Token;
use crate::connectors::http::{Answer, Failure, Request, What, is_too_long};
use crate::connectors::xml::{self, Element, escaped};
use crate::vault::Secret;

/// Components that one `readMetadata` takes at most.
const AT_ONCE: usize = 10;

/// Components of one type that are read at most; an org may have 1,000 approval processes, and of all others fewer.
pub(super) const MOST: usize = 1_000;

impl Client {
    /// The API's version as SOAP has it: without the `v` of REST.
    async fn number(&self, call: &Call) -> Result<&str, Failure> {
        Ok(self.version(call).await?.trim_start_matches('v'))
    }

    /// The full names of all components of a type; none where the org has no such type.
    pub(super) async fn components(&self, kind: &str, call: &Call) -> Result<Vec<String>, Failure> {
        let version = self.number(call).await?;
        let asked = format!("<queries><type>{kind}</type></queries><asOfVersion>{version}</asOfVersion>");
        let listed = match self.soap("listMetadata", &asked, call).await {
            Err(failure) if failure.code == "INVALID_TYPE" => return Ok(Vec::new()),
            other => other?,
        };
        let name = |file: &Element| file.of("fullName").map(str::to_owned);
        listed.all("result").map(name).collect::<Option<_>>().ok_or_else(|| {
            Failure::new(Kind::Read, What::Unknown, format!("listMetadata of {kind} gives one without a name"))
        })
    }

    /// The components of these names, up to [`MOST`]. One that is not to be had comes as an element without a name, and
    /// is left out here, as is one that is too long to be read.
    pub(super) async fn component_files(
        &self,
        kind: &str,
        names: &[String],
        call: &Call,
    ) -> Result<Vec<Element>, Failure> {
        let mut files = Vec::new();
        for some in names[..names.len().min(MOST)].chunks(AT_ONCE) {
            match self.read_metadata(kind, some, call).await {
                Err(failure) if is_too_long(&failure) => {
                    for one in some {
                        match self.read_metadata(kind, std::slice::from_ref(one), call).await {
                            Err(failure) if is_too_long(&failure) => {}
                            other => files.extend(other?),
                        }
                    }
                }
                other => files.extend(other?),
            }
        }
        Ok(files)
    }

    async fn read_metadata(&self, kind: &str, names: &[String], call: &Call) -> Result<Vec<Element>, Failure> {
        let names: Vec<String> = names.iter().map(|name| format!("<fullNames>{}</fullNames>", escaped(name))).collect();
        let read = self.soap("readMetadata", &format!("<type>{kind}</type>{}", names.concat()), call).await?;
        let result = read.child("result").ok_or_else(|| {
            Failure::new(Kind::Read, What::Unknown, format!("readMetadata of {kind} gives no result"))
        })?;
        Ok(result.all("records").filter(|record| record.of("fullName").is_some()).cloned().collect())
    }

    /// What stands in `<{operation}Response>`. A session that is no good any more is renewed once, as in REST.
    async fn soap(&self, operation: &str, asked: &str, call: &Call) -> Result<Element, Failure> {
        let refused = |said: &Result<Element, Failure>| matches!(said, Err(failure) if failure.what == What::Locked);
        let attempt = |token: Arc<Token>| async move {
            Ok(response(&self.post(operation, asked, &token.secret, call).await?, operation))
        };
        self.tokens.with(call, refused, || self.mint(call), attempt).await?
    }

    async fn post(&self, operation: &str, asked: &str, session: &Secret, call: &Call) -> Result<Answer, Failure> {
        let version = self.number(call).await?;
        let request = Request::ask(self.config.base_url.at(&["services", "Soap", "m", version])?)
            .operation(operation)
            .header("content-type", "text/xml; charset=UTF-8")
            .header("soapaction", "\"\"")
            .text(envelope(operation, asked, session.expose()))
            .hide(session.clone());
        self.http.send(request, call).await
    }
}

fn envelope(operation: &str, asked: &str, session: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
         <soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" \
         xmlns=\"http://soap.sforce.com/2006/04/metadata\"><soapenv:Header><SessionHeader><sessionId>{}</sessionId>\
         </SessionHeader></soapenv:Header><soapenv:Body><{operation}>{asked}</{operation}></soapenv:Body>\
         </soapenv:Envelope>",
        escaped(session)
    )
}

/// A 2xx with anything else is no success.
fn response(answer: &Answer, operation: &str) -> Result<Element, Failure> {
    let root = xml::parsed(&answer.text()).filter(|root| root.name == "Envelope");
    let body = root.as_ref().and_then(|root| root.child("Body"));
    if let Some(fault) = body.and_then(|body| body.child("Fault")) {
        let text = |name| fault.of(name).unwrap_or_default();
        // As in `sf:INVALID_TYPE`.
        let code = text("faultcode").rsplit(':').next().unwrap_or_default();
        return Err(said::fault(answer, code, text("faultstring")));
    }
    if !answer.ok() {
        return Err(said::failure(answer));
    }
    let found = body.and_then(|body| body.child(&format!("{operation}Response")));
    found
        .cloned()
        .ok_or_else(|| answer.failure(What::Unknown, format!("status {} without {operation}Response", answer.status)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: u16, body: &str) -> Result<Element, Failure> {
        let envelope = format!(
            "<?xml version=\"1.0\"?><soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" \
             xmlns:sf=\"http://soap.sforce.com/2006/04/metadata\"><soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>"
        );
        response(&Answer::to_act(status, &[], &envelope), "listMetadata")
    }

    #[test]
    fn a_fault_means_what_its_code_means_in_rest() {
        for (code, wanted) in [
            ("INSUFFICIENT_ACCESS", What::Denied),
            ("INVALID_SESSION_ID", What::Locked),
            ("REQUEST_LIMIT_EXCEEDED", What::Throttled { after_ms: None }),
            ("INVALID_TYPE", What::Rejected),
            ("SERVER_UNAVAILABLE", What::Unknown),
            ("UNKNOWN_EXCEPTION", What::Unknown),
        ] {
            let fault = format!(
                "<soapenv:Fault><faultcode>sf:{code}</faultcode><faultstring>{code}: why</faultstring></soapenv:Fault>"
            );
            for status in [500, 200] {
                let failure = of(status, &fault).unwrap_err();
                assert_eq!((failure.what, failure.code.as_str()), (wanted.clone(), code), "{status}");
            }
            assert_eq!(of(500, &fault).unwrap_err().reason, format!("500: {code}: why"));
        }
    }

    #[test]
    fn a_200_with_another_body_is_no_success() {
        assert!(of(200, "<listMetadataResponse/>").is_ok());
        assert_eq!(of(200, "<readMetadataResponse/>").unwrap_err().what, What::Unknown);
        let page = Answer::to_act(200, &[], "<html>sign in</html>");
        assert_eq!(response(&page, "listMetadata").unwrap_err().what, What::Unknown);
        let limit = r#"[{"message":"m","errorCode":"REQUEST_LIMIT_EXCEEDED"}]"#;
        let rest = response(&Answer::to_act(403, &[], limit), "listMetadata").unwrap_err();
        assert_eq!(rest.what, What::Throttled { after_ms: None });
    }

    #[test]
    fn what_is_asked_for_ends_no_element() {
        let asked = xml::parsed(&envelope("readMetadata", "<type>Workflow</type>", "00D!a&b<c>")).unwrap();
        let session = asked.child("Header").unwrap().child("SessionHeader").unwrap();
        assert_eq!(session.of("sessionId"), Some("00D!a&b<c>"));
        assert_eq!(asked.child("Body").unwrap().child("readMetadata").unwrap().of("type"), Some("Workflow"));
    }
}
