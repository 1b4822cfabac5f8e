//! One who speaks to Google: the admin or the leaver, with the token of one scope.

use std::borrow::Cow;

use reqwest::Method;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::client::{Client, UNDELEGATED};
use super::said;
use super::scope::{Scope, full};
use crate::connectors::Call;
use crate::connectors::call::Kind;
use crate::connectors::http::{Answer, Failure, Request, Tokens, What, token};

/// A list of more pages than this is none of one person's.
const PAGES: usize = 50;

pub(super) struct Voice<'a> {
    client: &'a Client,
    scope: Scope,
    sub: Cow<'a, str>,
    tokens: Source<'a>,
}

enum Source<'a> {
    /// Kept from call to call.
    Admin(&'a Tokens),
    /// Good for this job: who has left needs no token later.
    Leaver(Box<Tokens>),
}

impl<'a> Voice<'a> {
    pub(super) fn admin(client: &'a Client, scope: Scope, tokens: &'a Tokens) -> Self {
        Self { client, scope, sub: Cow::Borrowed(client.admin()), tokens: Source::Admin(tokens) }
    }

    pub(super) fn leaver(client: &'a Client, scope: Scope, email: &str) -> Self {
        Self { client, scope, sub: Cow::Owned(email.to_owned()), tokens: Source::Leaver(Box::default()) }
    }

    pub(super) async fn read<T: DeserializeOwned>(&self, request: Request, call: &Call) -> Result<T, Failure> {
        self.send(request, call).await?.json()
    }

    /// An act whose success is a resource. A page of some proxy in between is none.
    pub(super) async fn change(&self, request: Request, call: &Call) -> Result<(), Failure> {
        self.send(request, call).await?.json::<Value>().map(drop)
    }

    /// An act whose success has no body; what stands in for one is no success.
    pub(super) async fn act(&self, request: Request, call: &Call) -> Result<(), Failure> {
        let answer = self.send(request, call).await?;
        answer.no_page()
    }

    pub(super) async fn delete(&self, url: reqwest::Url, call: &Call) -> Result<(), Failure> {
        self.act(Request::act(Method::DELETE, url), call).await
    }

    /// All items under `list`, page by page. An empty list has no such key.
    pub(super) async fn pages(&self, request: &Request, list: &str, call: &Call) -> Result<Vec<Value>, Failure> {
        match self.first_pages(request, list, PAGES, call).await? {
            (all, true) => Ok(all),
            (_, false) => Err(Failure::new(Kind::Read, What::Unknown, format!("{list}: more than {PAGES} pages"))),
        }
    }

    /// At most so many pages, and whether that was all.
    pub(super) async fn first_pages(
        &self,
        request: &Request,
        list: &str,
        most: usize,
        call: &Call,
    ) -> Result<(Vec<Value>, bool), Failure> {
        let mut all = Vec::new();
        let mut next: Option<String> = None;
        for _ in 0..most {
            let page = match &next {
                Some(token) => request.clone().query(&[("pageToken", token)]),
                None => request.clone(),
            };
            let mut body: Value = self.read(page, call).await?;
            match body.get_mut(list).map(Value::take) {
                None => {}
                Some(Value::Array(mut items)) => all.append(&mut items),
                Some(_) => {
                    return Err(Failure::new(Kind::Read, What::Unknown, format!("Google's list of {list} is no list")));
                }
            }
            next = body.get("nextPageToken").and_then(Value::as_str).filter(|it| !it.is_empty()).map(str::to_owned);
            if next.is_none() {
                return Ok((all, true));
            }
        }
        Ok((all, false))
    }

    /// A success, or what the answer means.
    pub(super) async fn send(&self, request: Request, call: &Call) -> Result<Answer, Failure> {
        let scopes = self.scope.names();
        let mint = || self.client.mint(&self.sub, scopes, call);
        let tokens = match &self.tokens {
            Source::Admin(tokens) => tokens,
            Source::Leaver(tokens) => tokens.as_ref(),
        };
        let sent = tokens.send(&self.client.http, "Bearer", request, call, token::unauthorised, mint).await;
        let answer = sent.map_err(|failure| self.narrowed(failure))?;
        if answer.ok() { Ok(answer) } else { Err(said::failure(&answer, self.scope)) }
    }

    /// A token that is refused locks everything, but for two: a scope that nobody delegated stops what needs it, and a
    /// leaver who cannot be spoken for stops what is done in their name.
    fn narrowed(&self, failure: Failure) -> Failure {
        let one_scope = failure.code == UNDELEGATED && self.scope != Scope::Users;
        let one_person = matches!(self.tokens, Source::Leaver(_))
            && ["invalid_grant", "access_denied", UNDELEGATED].contains(&failure.code.as_str());
        if failure.what == What::Locked && (one_scope || one_person) {
            let reason = format!("{} (asked for {})", failure.reason, full(self.scope.names()).join(" "));
            return Failure { what: What::Denied, reason, ..failure };
        }
        failure
    }
}
