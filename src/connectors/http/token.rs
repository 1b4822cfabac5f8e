//! Tokens: had once, kept until shortly before they end, fetched by one at a time.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;

use super::{Answer, Failure, Http, Request, What};
use crate::connectors::call::{Call, Kind, boot_now};
use crate::vault::{Secret, SecretRef};

/// A token is not used in the last minutes of its life.
const MARGIN: Duration = Duration::from_secs(300);

/// A refusal is believed for so long, so that a crowd of steps does not ask one by one.
const BELIEVED: Duration = Duration::from_secs(1);

/// A token and how long it holds; `None`: until it is refused.
#[derive(Debug, Clone)]
pub(crate) struct Minted {
    pub(crate) token: Secret,
    pub(crate) holds: Option<Duration>,
}

/// A token in use. The number tells a token from its successor.
#[derive(Debug)]
pub(crate) struct Token {
    pub(crate) secret: Secret,
    number: u64,
    ends: Option<Duration>,
}

/// One connector's token.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    slot: Mutex<Slot>,
}

#[derive(Debug, Default)]
struct Slot {
    token: Option<Arc<Token>>,
    minted: u64,
    refused: Option<(Duration, Failure)>,
}

impl Tokens {
    /// The token, minted if there is none that holds. Whoever asks while it is being minted waits for that one.
    pub(crate) async fn get<M, F>(&self, call: &Call, mint: M) -> Result<Arc<Token>, Failure>
    where
        M: FnOnce() -> F,
        F: Future<Output = Result<Minted, Failure>>,
    {
        let late = || Failure::new(Kind::Read, What::NotSent, "no token could be had before the job's time was over");
        let mut slot =
            tokio::time::timeout(call.remaining().ok_or_else(late)?, self.slot.lock()).await.map_err(|_| late())?;
        let now = boot_now();
        if let Some(token) = slot.token.as_ref().filter(|token| token.ends.is_none_or(|ends| now < ends)) {
            return Ok(Arc::clone(token));
        }
        if let Some((at, failure)) = &slot.refused
            && now < *at + BELIEVED
        {
            return Err(failure.clone());
        }
        let minting = tokio::time::timeout(call.remaining().ok_or_else(late)?, mint());
        match minting.await.unwrap_or_else(|_| Err(late())) {
            Ok(Minted { token, holds }) => {
                let holds = holds.map(|holds| holds.saturating_sub(MARGIN).max(holds / 2));
                slot.minted += 1;
                slot.refused = None;
                let token =
                    Arc::new(Token { secret: token, number: slot.minted, ends: holds.map(|holds| now + holds) });
                slot.token = Some(Arc::clone(&token));
                Ok(token)
            }
            Err(mut failure) => {
                // Without a token nothing works, whatever was refused about it.
                if matches!(failure.what, What::Denied | What::Gone | What::Rejected) {
                    failure.what = What::Locked;
                }
                if matches!(failure.what, What::Locked | What::Throttled { .. }) {
                    slot.refused = Some((boot_now(), failure.clone()));
                }
                Err(failure)
            }
        }
    }

    /// Drops this token, unless another has taken its place.
    pub(crate) async fn forget(&self, token: &Token) {
        let mut slot = self.slot.lock().await;
        if slot.token.as_ref().is_some_and(|current| current.number == token.number) {
            slot.token = None;
        }
    }

    /// Tries with the token; if what comes of it says that the token is refused, once more with a new one. A refused token
    /// certainly did nothing.
    pub(crate) async fn with<T, M, F, A, R>(
        &self,
        call: &Call,
        refused: impl Fn(&T) -> bool,
        mint: M,
        attempt: A,
    ) -> Result<T, Failure>
    where
        M: Fn() -> F,
        F: Future<Output = Result<Minted, Failure>>,
        A: Fn(Arc<Token>) -> R,
        R: Future<Output = Result<T, Failure>>,
    {
        let token = self.get(call, &mint).await?;
        let answer = attempt(Arc::clone(&token)).await?;
        if !refused(&answer) {
            return Ok(answer);
        }
        self.forget(&token).await;
        attempt(self.get(call, &mint).await?).await
    }

    /// Sends with the token in the `Authorization` header.
    pub(crate) async fn send<M, F>(
        &self,
        http: &Http,
        scheme: &str,
        request: Request,
        call: &Call,
        refused: impl Fn(&Answer) -> bool,
        mint: M,
    ) -> Result<Answer, Failure>
    where
        M: Fn() -> F,
        F: Future<Output = Result<Minted, Failure>>,
    {
        let attempt = |token: Arc<Token>| http.send(request.clone().authorised(scheme, &token.secret), call);
        self.with(call, refused, mint, attempt).await
    }
}

/// The token is not good (RFC 9110 15.5.2).
pub(crate) fn unauthorised(answer: &Answer) -> bool {
    answer.status == 401
}

/// A token that somebody made and stored: it holds until it is refused.
pub(crate) async fn stored(secret: &SecretRef) -> Result<Minted, Failure> {
    Ok(Minted { token: fetch(secret).await?, holds: None })
}

/// Fetches a secret off the async threads, for it may be a program's output.
pub(crate) async fn fetch(secret: &SecretRef) -> Result<Secret, Failure> {
    let wanted = secret.clone();
    let denied = |why: String| {
        let failure = Failure::new(Kind::Read, What::Locked, format!("a secret cannot be had: {why}"));
        failure.cure(match secret {
            SecretRef::Env(name) => {
                format!(
                    "an engine that runs sees no new variable: `nightlatch stop`, then start it where {name} is set"
                )
            }
            _ => "make the secret available to the engine: it is asked for again by itself, within a minute".to_owned(),
        })
    };
    match tokio::task::spawn_blocking(move || wanted.resolve()).await {
        Ok(Ok(secret)) => Ok(secret),
        Ok(Err(error)) => Err(denied(error.to_string())),
        Err(_) => Err(denied("its look-up failed".to_owned())),
    }
}
