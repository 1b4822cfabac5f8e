//! Enterprise Managed Users: accounts that belong to the enterprise, known by their SCIM id. Suspension hides the login and
//! the address of an account, so nothing but the id finds it afterwards.

use std::sync::Arc;

use reqwest::{Method, Url};
use serde::Deserialize;
use serde_json::{Value, json};

use super::client::Client;
use crate::connectors::http::{Failure, Request, What};
use crate::connectors::vendor::{Act, Given, gone};
use crate::connectors::{Call, Located};
use crate::model::{Account, ActionSpec, Before, Danger, Leaver, Outcome, Stage, StepClass, Verdict};

/// Between a user name or a login and the SCIM id, which is the `guid`. Either provider may be the one.
const QUERY: &str = "query($slug: String!, $userName: String, $login: String) { enterprise(slug: $slug) { ownerInfo { \
    samlIdentityProvider { externalIdentities(first: 2, userName: $userName, login: $login) { edges { node { guid \
    user { login } } } } } \
    oidcProvider { externalIdentities(first: 2, userName: $userName, login: $login) { edges { node { guid \
    user { login } } } } } } } }";

/// A SCIM `User` (RFC 7643 4.1) of the enterprise.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Managed {
    id: String,
    #[serde(default)]
    user_name: String,
    #[serde(default)]
    active: Option<bool>,
    #[serde(default)]
    emails: Vec<Email>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Email {
    value: String,
}

#[derive(Deserialize)]
struct Page {
    #[serde(rename = "Resources", default)]
    resources: Vec<Managed>,
}

impl Managed {
    fn goes_by(&self, email: &str) -> bool {
        self.user_name.eq_ignore_ascii_case(email) || self.emails.iter().any(|it| it.value.eq_ignore_ascii_case(email))
    }

    fn suspended(&self) -> bool {
        self.active == Some(false)
    }
}

impl Client {
    fn managed_url(&self, id: &str) -> Result<Url, Failure> {
        self.config.base_url.at(&["scim", "v2", "enterprises", self.enterprise_slug(), "Users", id])
    }

    async fn managed(&self, id: &str, call: &Call) -> Result<Option<Managed>, Failure> {
        self.enterprise().found(Request::get(self.managed_url(id)?), call).await
    }

    /// Changes `active`. The same words to an organisation's SCIM would remove a member for good.
    async fn set_active(&self, id: &str, active: bool, call: &Call) -> Result<(), Failure> {
        let request = Request::act(Method::PATCH, self.managed_url(id)?).json(patch(active));
        self.enterprise().act(request, call).await
    }

    async fn by_user_name(&self, name: &str, call: &Call) -> Result<Vec<Managed>, Failure> {
        let quoted = name.replace('\\', "\\\\").replace('"', "\\\"");
        let url = self.config.base_url.at(&["scim", "v2", "enterprises", self.enterprise_slug(), "Users"])?;
        let filter = format!("userName eq \"{quoted}\"");
        let request = Request::get(url).query(&[("filter", &filter), ("count", "2")]);
        Ok(self.enterprise().read::<Page>(request, call).await?.resources)
    }

    pub(super) async fn reads_managed(&self, call: &Call) -> Result<(), Failure> {
        let url = self.config.base_url.at(&["scim", "v2", "enterprises", self.enterprise_slug(), "Users"])?;
        self.enterprise().read::<Value>(Request::get(url).query(&[("count", "1")]), call).await.map(drop)
    }

    /// By the SCIM id of the id map, else by user name. A suspended account is found by its id alone.
    pub(super) async fn search_managed(
        &self,
        leaver: &Leaver,
        known: Option<&str>,
        call: &Call,
    ) -> Result<Located, Failure> {
        let email = &leaver.email;
        if let Some(id) = known
            && let Some(user) = self.managed(id, call).await?
        {
            return Ok(Located::found(&user.id, &user.user_name, "id map"));
        }
        let found = self.by_user_name(email, call).await?;
        Ok(match (known, found.as_slice()) {
            (_, []) => Located::Nobody {
                searched: format!(
                    "SCIM user name {email}; a suspended user is found by the SCIM id of the id map alone"
                ),
            },
            (Some(id), [user, ..]) => Located::Unsure {
                reason: format!("the id map names {id}, who does not exist, but {email} finds {}", user.id),
            },
            (None, [user]) if user.goes_by(email) => Located::found(&user.id, &user.user_name, "SCIM user name"),
            (None, [user]) => Located::Unsure {
                reason: format!(
                    "{email} finds {} ({}): put the right SCIM id into the id map",
                    user.id, user.user_name
                ),
            },
            (None, [one, other, ..]) => Located::Unsure {
                reason: format!("{email} finds both {} and {}: put the right one into the id map", one.id, other.id),
            },
        })
    }

    /// The login that goes with a SCIM id now; `None`: GitHub does not show it.
    pub(super) async fn managed_login(&self, id: &str, call: &Call) -> Result<Option<String>, Failure> {
        let Some(user) = self.managed(id, call).await? else { return Ok(None) };
        let linked = self.linked("userName", &user.user_name, call).await?;
        Ok(linked.into_iter().find(|one| one.guid == id).map(|one| one.login))
    }

    /// The SCIM id of the token's own person, if they are managed: it is never touched.
    pub(super) async fn own_managed_id(&self, call: &Call) -> Option<String> {
        let login = self.enterprise().own_login(call).await?;
        let look = || async {
            let linked = self.linked("login", &login, call).await?;
            let own = linked.into_iter().find(|one| one.login.eq_ignore_ascii_case(&login));
            Ok::<_, Failure>(own.map(|one| one.guid))
        };
        self.own_managed.get_or_try_init(look).await.ok().cloned().flatten()
    }

    /// The identities that a user name or a login finds.
    async fn linked(&self, by: &str, name: &str, call: &Call) -> Result<Vec<Linked>, Failure> {
        let variables = json!({ "slug": self.enterprise_slug(), by: name });
        let body = self.enterprise().query(json!({ "query": QUERY, "variables": variables }), call).await?;
        let edges = ["samlIdentityProvider", "oidcProvider"].into_iter().filter_map(|provider| {
            body.pointer(&format!("/data/enterprise/ownerInfo/{provider}/externalIdentities/edges"))?.as_array()
        });
        Ok(edges.flatten().filter_map(Linked::of).collect())
    }
}

/// An identity of the enterprise's provider, and the account that it is linked to.
struct Linked {
    guid: String,
    login: String,
}

impl Linked {
    fn of(edge: &Value) -> Option<Self> {
        let text = |pointer: &str| edge.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        Some(Self { guid: text("/node/guid")?, login: text("/node/user/login")? })
    }
}

/// RFC 7644 3.5.2, as GitHub documents it.
pub(super) fn patch(active: bool) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "replace", "value": { "active": active } }],
    })
}

struct Suspend {
    client: Arc<Client>,
}

pub(super) fn suspend(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        destroys: vec![given.fact("active-account")],
        undo: Some("activates the account again, with its login and address".into()),
        scopes: vec!["scim:enterprise".into()],
        ..given.spec("suspend", "Suspends the managed user everywhere in the enterprise")
    };
    (spec, Suspend { client: Arc::clone(client) })
}

impl Act for Suspend {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let Some(user) = self.client.managed(&account.id, call).await? else { return Ok(gone(account)) };
        if user.suspended() {
            return Ok(Outcome::already("active: false"));
        }
        // Afterwards only the id is left of who it was.
        let image = json!({ "scim_id": user.id, "user_name": user.user_name, "active": true });
        call.keep(Before::of(image).seats(["enterprise member"])).await?;
        self.client.set_active(&account.id, false, call).await?;
        Ok(Outcome::Acknowledged)
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        Ok(match self.client.managed(&account.id, call).await? {
            None => Verdict::Dead { evidence: "no such managed user".into() },
            Some(user) if user.suspended() => Verdict::Dead { evidence: "active: false".into() },
            Some(_) => Verdict::Alive { evidence: "active: true".into() },
        })
    }

    async fn undo(&self, account: &Account, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        let id = before.get("scim_id").and_then(Value::as_str).unwrap_or(&account.id);
        self.client.set_active(id, true, call).await?;
        Ok(Outcome::Acknowledged)
    }
}

struct Delete {
    client: Arc<Client>,
}

pub(super) fn delete(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        stage: Stage::Purge,
        danger: Danger::Irreversible,
        class: StepClass::Reconcile,
        destroys: vec![given.fact("account")],
        scopes: vec!["scim:enterprise".into()],
        ..given.spec("delete-user", "Deletes the managed user, with its keys, tokens and data")
    };
    (spec, Delete { client: Arc::clone(client) })
}

impl Act for Delete {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let Some(user) = self.client.managed(&account.id, call).await? else { return Ok(gone(account)) };
        if !user.suspended() {
            // A deletion never stands in for a suspension that did not work.
            return Err(Failure::new(crate::connectors::call::Kind::Read, What::Rejected, "the user is not suspended")
                .cure("suspend the user first, then retry the step"));
        }
        call.keep(Before::of(json!({ "scim_id": user.id }))).await?;
        let request = Request::act(Method::DELETE, self.client.managed_url(&account.id)?).fresh();
        match self.client.enterprise().act(request, call).await {
            Err(failure) if failure.what == What::Gone => Ok(gone(account)),
            other => other.map(|()| Outcome::Acknowledged),
        }
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        Ok(match self.client.managed(&account.id, call).await? {
            None => Verdict::Dead { evidence: "no such managed user".into() },
            Some(user) => Verdict::Alive { evidence: format!("managed user {} exists", user.id) },
        })
    }
}
