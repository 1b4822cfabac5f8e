//! Lists in pages. Okta names the next page in a `Link` header, whose cursor alone is taken over: a token must not go
//! where a header points.

use reqwest::Url;
use serde_json::Value;

use super::client::Client;
use super::scope::Scope;
use crate::connectors::Call;
use crate::connectors::call::Kind;
use crate::connectors::http::{Answer, Failure, Request, What};

/// A list of more pages than this is none of one person's, nor of one org's admins.
const PAGES: usize = 50;

/// The cursor in the `Link` with `rel="next"`. `self` comes in a header of its own, or in the same one.
fn next(answer: &Answer) -> Option<String> {
    let links = answer.headers.get_all("link").iter().filter_map(|value| value.to_str().ok());
    let next = links.flat_map(|links| links.split(", ")).find(|link| link.contains("rel=\"next\""))?;
    let address = next.split_once('<')?.1.split_once('>')?.0;
    let (_, after) = Url::parse(address).ok()?.query_pairs().find(|(key, _)| key == "after")?;
    Some(after.into_owned())
}

impl Client {
    /// All of a list that is an array.
    pub(super) async fn list(&self, scope: Scope, request: &Request, call: &Call) -> Result<Vec<Value>, Failure> {
        let mut all = Vec::new();
        let mut after: Option<String> = None;
        for _ in 0..PAGES {
            let page = match &after {
                Some(cursor) => request.clone().query(&[("after", cursor)]),
                None => request.clone(),
            };
            let answer = self.send(scope, page, call).await?;
            all.append(&mut answer.json::<Vec<Value>>()?);
            after = next(&answer);
            if after.is_none() {
                return Ok(all);
            }
        }
        Err(Failure::new(Kind::Read, What::Unknown, format!("a list of more than {PAGES} pages")))
    }

    /// All of a list that is an object with its items under `value`, as those of admin roles are.
    pub(super) async fn wrapped(&self, scope: Scope, request: &Request, call: &Call) -> Result<Vec<Value>, Failure> {
        let mut all = Vec::new();
        let mut after: Option<String> = None;
        for _ in 0..PAGES {
            let page = match &after {
                Some(cursor) => request.clone().query(&[("after", cursor)]),
                None => request.clone(),
            };
            let mut body: Value = self.read(scope, page, call).await?;
            let Some(Value::Array(mut items)) = body.get_mut("value").map(Value::take) else {
                return Err(Failure::new(Kind::Read, What::Unknown, "Okta's list has no `value`"));
            };
            all.append(&mut items);
            let address = body.pointer("/_links/next/href").and_then(Value::as_str);
            let url = address.and_then(|address| Url::parse(address).ok());
            let cursor = url.as_ref().and_then(|url| url.query_pairs().find(|(key, _)| key == "after"));
            after = cursor.map(|(_, after)| after.into_owned());
            if after.is_none() {
                return Ok(all);
            }
        }
        Err(Failure::new(Kind::Read, What::Unknown, format!("a list of more than {PAGES} pages")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_is_taken_from_whichever_link_says_next() {
        let cursor = |link: &'static str| next(&Answer::to_act(200, &[("link", link)], "[]"));
        let own = "<https://corp.okta.com/api/v1/groups?limit=200>; rel=\"self\"";
        assert_eq!(cursor(own), None);
        let both = "<https://corp.okta.com/api/v1/groups?limit=200>; rel=\"self\", \
                    <https://corp.okta.com/api/v1/groups?after=00g%2B1&limit=200>; rel=\"next\"";
        assert_eq!(cursor(both).as_deref(), Some("00g+1"));
        let elsewhere = "<https://attacker.example/?after=x>; rel=\"next\"";
        assert_eq!(cursor(elsewhere).as_deref(), Some("x"), "only the cursor is used");
        assert_eq!(cursor("next"), None);
    }
}
