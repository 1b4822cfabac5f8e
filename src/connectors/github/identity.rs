//! From an address to a login: no list of members shows addresses, the organisation's SAML identities do.

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::client::Client;
use super::managed;
use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, Request, What};
use crate::connectors::{Call, Located};
use crate::model::Leaver;

const QUERY: &str = "query($org: String!, $userName: String!) { organization(login: $org) { samlIdentityProvider { \
    externalIdentities(first: 2, userName: $userName) { edges { node { samlIdentity { nameId } user { login } } } } } } }";

/// The other way round; `guid` is the id by which the organisation's SCIM knows the person.
const BY_LOGIN: &str = "query($org: String!, $login: String!) { organization(login: $org) { samlIdentityProvider { \
    externalIdentities(first: 1, login: $login) { edges { node { guid samlIdentity { nameId } user { login } } } } } } }";

/// What the organisation's identity provider knows of a login.
pub(super) struct Identity {
    pub(super) guid: String,
    /// Often an address.
    pub(super) name_id: String,
}

#[derive(Deserialize)]
struct User {
    login: String,
}

/// What the SAML identities tell.
enum Linked {
    Login(String),
    Nobody { searched: String },
    Unsure { reason: String },
}

impl Client {
    /// By id map, else by SAML identity. There is no other safe way: public profiles are anybody's word.
    pub(super) async fn search(&self, leaver: &Leaver, known: Option<&str>, call: &Call) -> Result<Located, Failure> {
        let email = &leaver.email;
        let Some(login) = known else {
            if !self.flavor.has_saml() {
                return Ok(Located::Unsure {
                    reason: format!(
                        "without SAML, GitHub cannot be searched for {email}: put the login into the id map, or leave \
                         this connector out for people without an account"
                    ),
                });
            }
            return Ok(match self.by_saml(email, call).await? {
                Linked::Login(login) => Located::found(&login, &login, "SAML identity"),
                Linked::Nobody { searched } => Located::Nobody { searched },
                Linked::Unsure { reason } => Located::Unsure { reason },
            });
        };
        let user = Request::get(self.config.base_url.at(&["users", login])?);
        if let Some(User { login }) = self.found(user, call).await? {
            return Ok(Located::found(&login, &login, "id map"));
        }
        let other = if self.flavor.has_saml() { Some(self.by_saml(email, call).await?) } else { None };
        Ok(match other {
            Some(Linked::Login(other)) => Located::Unsure {
                reason: format!("the id map names `{login}`, who does not exist, but SAML links {email} to `{other}`"),
            },
            Some(Linked::Unsure { reason }) => Located::Unsure { reason },
            Some(Linked::Nobody { .. }) => {
                Located::Nobody { searched: format!("`{login}` of the id map, then the SAML identity {email}") }
            }
            // Logins can be changed: a wrong one proves nothing.
            None => Located::Unsure { reason: format!("the id map names `{login}`, who does not exist: correct it") },
        })
    }

    /// The identity that is linked to this login.
    pub(super) async fn identity(&self, login: &str, call: &Call) -> Result<Option<Identity>, Failure> {
        let query = json!({ "query": BY_LOGIN, "variables": { "org": self.org(), "login": login } });
        let body = self.query(query, call).await?;
        let edges = body.pointer("/data/organization/samlIdentityProvider/externalIdentities/edges");
        let node = edges.and_then(|edges| edges.pointer("/0/node"));
        let text = |pointer: &str| node.and_then(|node| node.pointer(pointer)).and_then(Value::as_str);
        // Should the filter ever be ignored, it is somebody else's.
        let theirs = text("/user/login").is_some_and(|it| it.eq_ignore_ascii_case(login));
        Ok(text("/guid").filter(|_| theirs).map(|guid| Identity {
            guid: guid.to_owned(),
            name_id: text("/samlIdentity/nameId").unwrap_or_default().to_owned(),
        }))
    }

    /// To an organisation's SCIM, `active: false` is the removal of the member and of the identity.
    pub(super) async fn remove_by_scim(&self, guid: &str, call: &Call) -> Result<(), Failure> {
        let url = self.config.base_url.at(&["scim", "v2", "organizations", self.org(), "Users", guid])?;
        self.act(Request::act(Method::PATCH, url).json(managed::patch(false)), call).await
    }

    async fn by_saml(&self, email: &str, call: &Call) -> Result<Linked, Failure> {
        let query = json!({ "query": QUERY, "variables": { "org": self.org(), "userName": email } });
        let body = self.query(query, call).await?;
        let provider = body.pointer("/data/organization/samlIdentityProvider");
        let edges = provider
            .and_then(|provider| provider.pointer("/externalIdentities/edges"))
            .and_then(Value::as_array)
            .ok_or_else(|| {
                let reason = "GitHub shows no SAML identity provider of this organisation";
                Failure::new(Kind::Read, What::Denied, reason).cure(
                    "use an owner's token; or set flavor = \"org\" and an id map, if the organisation has no SAML",
                )
            })?;
        let text = |edge: &Value, pointer: &str| edge.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        if let [one, other, ..] = edges.as_slice() {
            let name = |edge| text(edge, "/node/user/login").unwrap_or_else(|| "nobody".to_owned());
            return Ok(Linked::Unsure {
                reason: format!(
                    "SAML links {email} to both {} and {}: put the right one into the id map",
                    name(one),
                    name(other)
                ),
            });
        }
        let Some(edge) = edges.first() else {
            return Ok(Linked::Nobody { searched: format!("SAML identity {email}") });
        };
        // A name id may be opaque; one that is an address must be the leaver's.
        let name_id = text(edge, "/node/samlIdentity/nameId").unwrap_or_default();
        if name_id.contains('@') && !name_id.eq_ignore_ascii_case(email) {
            return Ok(Linked::Unsure { reason: format!("{email} finds the SAML identity {name_id}") });
        }
        Ok(match text(edge, "/node/user/login") {
            Some(login) => Linked::Login(login),
            None => Linked::Nobody { searched: format!("SAML identity {email}, which is linked to no login") },
        })
    }
}
