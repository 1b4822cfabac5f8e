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
    cursor(next.split_once('<')?.1.split_once('>')?.0)
}

/// The cursor in an address.
fn cursor(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    url.query_pairs().find(|(key, _)| key == "after").map(|(_, after)| after.into_owned())
}

/// The items of a page and the cursor of the next: an array with a `Link` header, or, for admin roles, an object with
/// `value` and `_links`.
fn taken(answer: &Answer) -> Result<(Vec<Value>, Option<String>), Failure> {
    match answer.json()? {
        Value::Array(items) => Ok((items, next(answer))),
        mut body => match body.get_mut("value").map(Value::take) {
            Some(Value::Array(items)) => {
                Ok((items, body.pointer("/_links/next/href").and_then(Value::as_str).and_then(cursor)))
            }
            _ => Err(Failure::new(Kind::Read, What::Unknown, "Okta answered with no list where one was expected")),
        },
    }
}

impl Client {
    /// All of a list.
    pub(super) async fn list(&self, scope: Scope, request: &Request, call: &Call) -> Result<Vec<Value>, Failure> {
        let mut all = Vec::new();
        let mut after: Option<String> = None;
        for _ in 0..PAGES {
            let page = match &after {
                Some(cursor) => request.clone().query(&[("after", cursor)]),
                None => request.clone(),
            };
            let (mut items, next) = taken(&self.send(scope, page, call).await?)?;
            all.append(&mut items);
            after = next;
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

    #[test]
    fn lists_come_bare_or_wrapped_and_anything_else_is_none() {
        let page = |body: &str| taken(&Answer::to_act(200, &[], body));
        assert_eq!(page("[1,2]").unwrap().0.len(), 2);
        let wrapped = r#"{"value":[1],"_links":{"next":{"href":"https://corp.okta.com/x?after=u1"}}}"#;
        let (items, after) = page(wrapped).unwrap();
        assert_eq!((items.len(), after.as_deref()), (1, Some("u1")));
        assert!(page("{}").is_err() && page("<html>").is_err());
    }
}
