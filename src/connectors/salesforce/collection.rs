//! Many records in one call. It is answered with 200 whatever became of them: each tells for itself.
//!
//! Only setup objects go this way (sessions, assignments of permission sets and their licences), so that they never share a
//! call with data, which Salesforce refuses.

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::client::Client;
use super::said;
use crate::connectors::Call;
use crate::connectors::http::{Answer, Failure, Request, What};

/// Records in a call at most (sObject Collections).
const AT_ONCE: usize = 200;

#[derive(Deserialize)]
struct Made {
    success: bool,
    #[serde(default)]
    errors: Vec<Value>,
}

impl Client {
    /// Deletes them all, whatever objects they are of; who is gone already is no failure.
    pub(super) async fn delete_all(&self, ids: &[&str], call: &Call) -> Result<(), Failure> {
        let url = self.url(&["composite", "sobjects"], call).await?;
        for some in ids.chunks(AT_ONCE) {
            let request = Request::act(Method::DELETE, url.clone());
            let request = request.query(&[("ids", some.join(",").as_str()), ("allOrNone", "false")]);
            judged(&self.send(request, call).await?, some.len())?;
        }
        Ok(())
    }

    /// Creates records of one object; who is there already is no failure.
    pub(super) async fn create_all(&self, object: &str, records: Vec<Value>, call: &Call) -> Result<(), Failure> {
        let url = self.url(&["composite", "sobjects"], call).await?;
        for some in records.chunks(AT_ONCE) {
            let typed = some.iter().cloned().map(|mut record| {
                record["attributes"] = json!({ "type": object });
                record
            });
            let body = json!({ "allOrNone": false, "records": typed.collect::<Vec<_>>() });
            let request = Request::act(Method::POST, url.clone()).json(body);
            judged(&self.send(request, call).await?, some.len())?;
        }
        Ok(())
    }
}

/// Success only if every record says so. What is refused is told before what may be tried again.
fn judged(answer: &Answer, sent: usize) -> Result<(), Failure> {
    let made: Vec<Made> = answer.json()?;
    if made.len() != sent {
        return Err(answer.failure(What::Unknown, format!("{sent} records were sent, {} were answered", made.len())));
    }
    let failures = made.iter().filter(|one| !one.success).filter_map(|one| said::record(answer, &one.errors));
    failures.min_by_key(|failure| matches!(failure.what, What::Busy { .. })).map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(body: &str, sent: usize) -> Result<(), What> {
        judged(&Answer::to_act(200, &[], body), sent).map_err(|failure| failure.what)
    }

    #[test]
    fn a_200_with_success_false_is_no_success() {
        let error = |code: &str| format!(r#"{{"success":false,"errors":[{{"statusCode":"{code}","message":"m"}}]}}"#);
        let good = r#"{"id":"0Pa1","success":true,"errors":[]}"#;
        assert_eq!(of(&format!("[{good}]"), 1), Ok(()));
        assert_eq!(of(&format!("[{good},{}]", error("ENTITY_IS_DELETED")), 2), Ok(()));
        assert_eq!(of(&format!("[{good},{}]", error("INVALID_CROSS_REFERENCE_KEY")), 2), Err(What::Rejected));
        let both = format!("[{},{}]", error("UNABLE_TO_LOCK_ROW"), error("INSUFFICIENT_ACCESS_OR_READONLY"));
        assert_eq!(of(&both, 2), Err(What::Denied));
        assert_eq!(of(&format!("[{}]", error("UNABLE_TO_LOCK_ROW")), 1), Err(What::Busy { after_ms: None }));
        assert_eq!(of("[]", 1), Err(What::Unknown));
    }
}
