//! Long lists, page by page: bounded, and never from another host.

use reqwest::Url;
use serde::Deserialize;
use serde_json::Value;

use super::client::{self, At, Client};
use super::config::{List, Request};
use super::rule::{check_pointer, text};
use super::template::Values;
use crate::connectors::Call;
use crate::connectors::call::Kind;
use crate::connectors::http::{Answer, Failure, Lane, What};

/// No list about one person has more pages.
const MAX_PAGES: usize = 50;
/// No list about one person has more entries.
const MAX_ITEMS: usize = 1_000;

/// How the next page is asked for.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "by", rename_all = "kebab-case", deny_unknown_fields)]
pub(super) enum Paging {
    /// The answer holds the next page's address.
    Link {
        /// JSON pointer to it; absent, null or empty on the last page.
        at: String,
    },
    /// The header `Link` has it, with `rel="next"` (RFC 8288).
    Header {},
    /// The answer holds a mark from where to go on.
    Cursor {
        /// JSON pointer to it; absent, null or empty on the last page.
        at: String,
        /// The query parameter that takes it.
        parameter: String,
    },
    /// Pages have numbers; the first that is empty ends the list.
    Page {
        /// The query parameter that takes the number.
        parameter: String,
        /// The first page's number.
        #[serde(default = "one")]
        first: usize,
    },
}

fn one() -> usize {
    1
}

impl Paging {
    pub(super) fn check(&self) -> Result<(), String> {
        match self {
            Self::Link { at } | Self::Cursor { at, .. } => check_pointer(at),
            Self::Header {} | Self::Page { .. } => Ok(()),
        }
    }

    /// Where the page after this one is; `number` pages have been read.
    fn after(&self, answer: &Answer, body: &Value, here: &Url, number: usize) -> Result<Option<At>, Failure> {
        let link = match self {
            Self::Page { parameter, first } => {
                return Ok(Some(At::Query(parameter.clone(), (first + number).to_string())));
            }
            Self::Cursor { at, parameter } => {
                return Ok(text(body, at)
                    .filter(|mark| !mark.is_empty())
                    .map(|mark| At::Query(parameter.clone(), mark)));
            }
            Self::Link { at } => text(body, at),
            Self::Header {} => answer.header("link").and_then(next_of),
        };
        let Some(link) = link.filter(|link| !link.is_empty()) else { return Ok(None) };
        let next = here.join(&link).map_err(|error| refused(format!("the next page's address is none: {error}")))?;
        if next.origin() != here.origin() {
            let reason =
                format!("the next page is said to be at another host, {}", next.origin().ascii_serialization());
            return Err(refused(reason));
        }
        Ok(Some(At::Url(next)))
    }
}

fn refused(reason: String) -> Failure {
    Failure::new(Kind::Read, What::Rejected, reason)
        .cure("correct `paging` or `base_url`: pages are followed on the same host only")
}

/// The target of `rel="next"` in a `Link` header.
fn next_of(header: &str) -> Option<String> {
    // An address may hold commas, and no `<`.
    header.split('<').skip(1).find_map(|link| {
        let (target, parameters) = link.split_once('>')?;
        let is_next = |it: &str| matches!(it.trim().trim_end_matches(',').trim(), "rel=\"next\"" | "rel=next");
        parameters.split(';').any(is_next).then(|| target.to_owned())
    })
}

/// All pages' bodies, the first one's answer being there already. `size`: how many entries a page has.
pub(super) async fn rest(
    client: &Client,
    (request, paging): (&Request, Option<&Paging>),
    values: &Values,
    first: &Answer,
    size: impl Fn(&Value) -> usize,
    call: &Call,
) -> Result<Vec<Value>, Failure> {
    let mut pages: Vec<Value> = vec![first.json()?];
    let Some(paging) = paging else { return Ok(pages) };
    let mut here = client.address(request, values, &At::First, call).await?;
    let mut answer = first.clone();
    let mut entries = 0;
    while let Some(page) = pages.last() {
        let found = size(page);
        entries += found;
        if found == 0 && matches!(paging, Paging::Page { .. }) {
            break;
        }
        let Some(at) = paging.after(&answer, page, &here, pages.len())? else { break };
        let next = client.address(request, values, &at, call).await?;
        if next == here || pages.len() == MAX_PAGES || entries > MAX_ITEMS {
            let reason = format!("a list that does not end: {} pages, {entries} entries", pages.len());
            return Err(Failure::new(Kind::Read, What::Rejected, reason)
                .cure("narrow the request to what is the leaver's, or correct `paging`"));
        }
        answer = client.send((Kind::Read, Lane::Warm), request, &at, values, call).await?;
        if !answer.ok() {
            return Err(client::failed(&answer));
        }
        here = next;
        pages.push(answer.json()?);
    }
    Ok(pages)
}

impl List {
    pub(super) fn check(&self) -> Result<(), String> {
        check_pointer(&self.items)?;
        self.paging.iter().try_for_each(Paging::check)
    }

    /// Reads the whole list, and gives the first answer with it.
    pub(super) async fn read(
        &self,
        client: &Client,
        values: &Values,
        call: &Call,
    ) -> Result<(Vec<Value>, Answer), Failure> {
        let first = client.read(&self.request, values, call).await?;
        if !first.ok() {
            return Err(client::failed(&first));
        }
        let items = self.items_of(client, values, &first, call).await?;
        Ok((items, first))
    }

    /// The whole list, its first page's answer being there already.
    pub(super) async fn items_of(
        &self,
        client: &Client,
        values: &Values,
        first: &Answer,
        call: &Call,
    ) -> Result<Vec<Value>, Failure> {
        let listed = |page: &Value| page.pointer(&self.items).and_then(Value::as_array).map_or(0, Vec::len);
        let pages = rest(client, (&self.request, self.paging.as_ref()), values, first, listed, call).await?;
        let mut items = Vec::new();
        for mut page in pages {
            match page.pointer_mut(&self.items).map(Value::take) {
                Some(Value::Array(page)) => items.extend(page),
                Some(one @ Value::Object(_)) => items.push(one),
                _ => {
                    let reason = format!("the answer holds no list at `{}`", self.items);
                    return Err(Failure::new(Kind::Read, What::Unknown, reason));
                }
            }
        }
        Ok(items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_found_among_the_links() {
        let header =
            "<https://a.example/x?page=1>; rel=\"prev\", </x?ids=1,2&page=3>; rel=\"next\", </x>; rel=\"last\"";
        assert_eq!(next_of(header).as_deref(), Some("/x?ids=1,2&page=3"));
        assert_eq!(next_of("<https://a.example/x>; rel=\"last\""), None);
        assert_eq!(next_of("nonsense"), None);
    }

    #[test]
    fn a_page_at_another_host_is_not_followed() {
        let here = Url::parse("https://wiki.corp.example/api/pages?page=1").unwrap();
        let answer = Answer::to_act(200, &[], "{}");
        let link = Paging::Link { at: "/next".to_owned() };
        let after = |next: &str| link.after(&answer, &serde_json::json!({ "next": next }), &here, 1);
        assert!(matches!(after("/api/pages?page=2"), Ok(Some(At::Url(url))) if url.path() == "/api/pages"));
        assert!(matches!(after(""), Ok(None)));
        for elsewhere in ["https://elsewhere.example/api", "//elsewhere.example/api", "http://wiki.corp.example/api"] {
            assert_eq!(after(elsewhere).unwrap_err().what, What::Rejected, "{elsewhere}");
        }
    }
}
