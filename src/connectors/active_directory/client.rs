//! Who connects where, and as whom.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use ldap3::{Ldap, LdapConnAsync, LdapConnSettings, LdapError, Scope};
use reqwest::Url;
use tokio::sync::OnceCell;

use super::config::Config;
use super::name;
use super::said;
use super::session::Session;
use super::tls;
use crate::connectors::Call;
use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, Tokens, What, token};
use crate::model::Exchange;
use crate::vault::Secret;

/// Name, address, handshake: shorter than a job, so that the next controller has its turn.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(4);

pub(super) struct Client {
    pub(super) config: Config,
    passwords: Tokens,
    /// Which of the controllers worked last.
    current: AtomicUsize,
    own: OnceCell<Option<String>>,
}

impl Client {
    pub(super) fn new(config: Config) -> Self {
        Self { config, passwords: Tokens::default(), current: AtomicUsize::new(0), own: OnceCell::new() }
    }

    /// A connection to the first controller that answers, bound. It is the caller's alone.
    pub(super) async fn open<'c>(&'c self, call: &'c Call) -> Result<Session<'c>, Failure> {
        let mint = || token::stored(&self.config.password);
        let password = self.passwords.get(call, mint).await?;
        let (count, first) = (self.config.urls.len(), self.current.load(Ordering::Relaxed));
        let mut failed = Failure::new(Kind::Read, What::NotSent, "no domain controller");
        for at in (0..count).map(|turn| (first + turn) % count) {
            match self.connect(&self.config.urls[at].0, call).await {
                Ok((connection, ldap)) => {
                    self.current.store(at, Ordering::Relaxed);
                    let session = Session::on(connection, ldap, &self.config, &password.secret, call);
                    let bound = self.bind(&session, &password.secret).await;
                    if bound.as_ref().is_err_and(|failure| failure.code == said::INVALID_CREDENTIALS.to_string()) {
                        self.passwords.forget(&password).await;
                    }
                    return bound.map(|()| session);
                }
                Err(failure) => failed = failure,
            }
        }
        Err(failed)
    }

    /// A handshake with one controller. That it fails is certainly no act.
    async fn connect(&self, url: &Url, call: &Call) -> Result<(LdapConnAsync, Ldap), Failure> {
        let not_sent = |why: String| Failure::new(Kind::Read, What::NotSent, why);
        let mut settings = LdapConnSettings::new().set_starttls(self.config.start_tls);
        if let Some(ca) = &self.config.ca {
            let trusted = tls::trusting(ca).await.map_err(|why| {
                Failure::new(Kind::Read, What::Locked, why)
                    .cure("give the authority's certificate as a PEM file that the engine may read")
            })?;
            settings = settings.set_config(trusted);
        }
        let left =
            call.remaining().ok_or_else(|| not_sent("the job's time was over before anything was sent".into()))?;
        let started = Instant::now();
        let connecting = LdapConnAsync::with_settings(settings, url.as_str());
        let why = match tokio::time::timeout(left.min(CONNECT_TIMEOUT), connecting).await {
            Ok(Ok(connected)) => return Ok(connected),
            Ok(Err(error)) => format!("{}{}", unwrapped(&error), tls::advice(&error)),
            Err(_) => "no connection in time".to_owned(),
        };
        let ms = u32::try_from(started.elapsed().as_millis()).unwrap_or(u32::MAX);
        call.record(Exchange { request: format!("LDAP connect {url}"), status: None, ms, said: why.clone() });
        Err(not_sent(format!("{url}: {why}")))
    }

    async fn bind(&self, session: &Session<'_>, password: &Secret) -> Result<(), Failure> {
        let (mut ldap, who) = (session.ldap.clone(), &self.config.bind_as);
        let binding = async move { ldap.simple_bind(who, password.expose()).await.map(|result| ((), result)) };
        session.talk(Kind::Read, format!("LDAP bind {who}"), binding).await
    }

    /// The account that binds.
    pub(super) async fn own_account(&self, call: &Call) -> Option<String> {
        self.own.get_or_try_init(|| self.looked_up(call)).await.ok().cloned().flatten()
    }

    async fn looked_up(&self, call: &Call) -> Result<Option<String>, Failure> {
        let who = &self.config.bind_as;
        let short = who.rsplit_once('\\').map(|(_, name)| name).or_else(|| who.split_once('@').map(|(name, _)| name));
        let (who, short) = (name::literal(who), name::literal(short.unwrap_or(who)));
        let filter = format!("(|(distinguishedName={who})(userPrincipalName={who})(sAMAccountName={short}))");
        let session = self.open(call).await?;
        let found = session.search(&self.config.base_dn, Scope::Subtree, &filter, &["objectGUID"]).await?;
        Ok(match found.as_slice() {
            [one] => Some(one.id()),
            _ => None,
        })
    }
}

/// The cause, without the library's frame around it.
fn unwrapped(error: &LdapError) -> String {
    match error {
        LdapError::Io { source } => source.to_string(),
        LdapError::LdapResult { result } => said::told(result, &[]),
        other => other.to_string(),
    }
}
