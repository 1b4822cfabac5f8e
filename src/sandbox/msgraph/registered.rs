//! What lets the user in beside the password, and what lets applications act for them.

use axum::http::Method;
use serde_json::{Value, json};

use super::super::lock::hold;
use super::super::reply::Reply;
use super::super::route::{Answer, Route, Turn};
use super::super::world::World;
use super::groups::GROUPS;
use super::tenant::guid;
use super::users::existing;
use super::{allowed, bad_request, error, not_found, page, unknown};

/// The ids of phones are the same for everybody.
const ALTERNATE_MOBILE: &str = "b6332ec1-7057-4abe-9331-3d72feddfe41";
const MOBILE: &str = "3179e48a-750b-4051-897c-87b9720928f7";

/// An authentication method.
pub(super) struct Registered {
    id: String,
    /// Graph's type without its namespace.
    pub(super) kind: &'static str,
    /// Where it is deleted.
    collection: &'static str,
    /// The default for signing in with more than a password.
    default: bool,
}

/// What an application may do in the user's name.
pub(super) struct Consent {
    id: String,
    client: String,
    scope: &'static str,
}

/// A role in an enterprise application, the user's own or a group's.
pub(super) struct AppRole {
    id: String,
    resource: String,
    role: String,
    pub(super) by_group: bool,
}

impl Registered {
    fn new(id: &str, kind: &'static str, collection: &'static str) -> Registered {
        Registered { id: id.to_owned(), kind, collection, default: false }
    }

    /// A password and a phone for everybody, all kinds for one.
    pub(super) fn some(all: bool) -> Vec<Registered> {
        let password =
            Registered::new("28c10230-6103-485e-b985-444c60001490", "passwordAuthenticationMethod", "passwordMethods");
        let mobile = Registered::new(MOBILE, "phoneAuthenticationMethod", "phoneMethods");
        if !all {
            return vec![password, mobile];
        }
        let authenticator = Registered {
            default: true,
            ..Registered::new("R1", "microsoftAuthenticatorAuthenticationMethod", "microsoftAuthenticatorMethods")
        };
        vec![
            password,
            authenticator,
            mobile,
            Registered::new(ALTERNATE_MOBILE, "phoneAuthenticationMethod", "phoneMethods"),
            Registered::new("-2_GRUg2", "fido2AuthenticationMethod", "fido2Methods"),
            Registered::new("3ddfcfc8", "emailAuthenticationMethod", "emailMethods"),
        ]
    }
}

impl Consent {
    pub(super) fn new(index: usize, app: usize) -> Consent {
        Consent {
            id: format!("consent-{index}-{app}"),
            client: guid(0x10, app + 1),
            scope: ["Mail.Read offline_access", "Files.Read.All"][app % 2],
        }
    }
}

impl AppRole {
    fn new(id: String, resource: String, role: String) -> AppRole {
        AppRole { id, resource, role, by_group: false }
    }

    pub(super) fn own(index: usize) -> AppRole {
        AppRole::new(format!("role-{index}"), guid(0x11, 1), guid(0x12, 1))
    }

    /// Deleting it would take the application from everybody in the group.
    pub(super) fn of_group(index: usize) -> AppRole {
        AppRole { by_group: true, ..AppRole::new(format!("group-role-{index}"), guid(0x11, 2), guid(0x12, 2)) }
    }

    fn resource(&self, user: &str) -> Value {
        let principal = if self.by_group { GROUPS[1].id() } else { user.to_owned() };
        json!({
            "id": self.id, "appRoleId": self.role, "principalId": principal,
            "principalType": if self.by_group { "Group" } else { "User" },
            "resourceId": self.resource, "resourceDisplayName": "Expenses",
        })
    }
}

pub(super) fn route(method: &Method, who: Option<usize>, key: String, rest: &[&str]) -> Route {
    match (method, rest) {
        (&Method::GET, ["authentication", "methods"]) => {
            Route::read("msgraph.methods.list", who, move |turn| methods(turn, &key))
        }
        (&Method::DELETE, ["authentication", collection, id]) => {
            let (collection, id) = ((*collection).to_owned(), (*id).to_owned());
            Route::change("msgraph.methods.delete", who, move |turn| delete_method(turn, &key, &collection, &id))
        }
        (&Method::GET, ["oauth2PermissionGrants"]) => {
            Route::read("msgraph.consents.list", who, move |turn| consents(turn, &key))
        }
        (&Method::GET, ["appRoleAssignments"]) => {
            Route::read("msgraph.app_roles.list", who, move |turn| app_roles(turn, &key))
        }
        (&Method::POST, ["appRoleAssignments"]) => {
            Route::change("msgraph.app_roles.add", who, move |turn| add_app_role(turn, &key))
        }
        (&Method::DELETE, ["appRoleAssignments", id]) => {
            let id = (*id).to_owned();
            Route::change("msgraph.app_roles.delete", who, move |turn| delete_app_role(turn, &key, &id))
        }
        _ => unknown(),
    }
}

fn methods(turn: &Turn<'_>, key: &str) -> Answer {
    allowed(turn, &["UserAuthenticationMethod.ReadWrite.All"])?;
    let tenant = hold(&turn.world.msgraph);
    let user = &tenant.users[existing(&tenant, key)?];
    let shown =
        |method: &Registered| json!({ "@odata.type": format!("#microsoft.graph.{}", method.kind), "id": method.id });
    let methods: Vec<Value> = user.methods.iter().map(shown).collect();
    Ok(page::list(turn, &methods, 100))
}

fn delete_method(turn: &Turn<'_>, key: &str, collection: &str, id: &str) -> Answer {
    allowed(turn, &["UserAuthenticationMethod.ReadWrite.All"])?;
    let mut tenant = hold(&turn.world.msgraph);
    let user = existing(&tenant, key)?;
    let methods = &mut tenant.users[user].methods;
    let at = methods.iter().position(|method| method.id == id && method.collection == collection);
    let at = at.ok_or_else(|| error(404, "ResourceNotFound", "The authentication method was not found."))?;
    if methods[at].default && methods.len() > 2 {
        return Err(error(400, "BadRequest", "The default authentication method cannot be deleted."));
    }
    if id == MOBILE && methods.iter().any(|method| method.id == ALTERNATE_MOBILE) {
        return Err(error(400, "BadRequest", "The mobile number cannot be deleted while there is an alternate one."));
    }
    methods.remove(at);
    Ok(Reply::empty(204).done())
}

fn consents(turn: &Turn<'_>, key: &str) -> Answer {
    allowed(turn, &["DelegatedPermissionGrant.ReadWrite.All"])?;
    let tenant = hold(&turn.world.msgraph);
    let user = &tenant.users[existing(&tenant, key)?];
    let shown = |consent: &Consent| {
        json!({
            "id": consent.id, "clientId": consent.client, "consentType": "Principal", "principalId": user.id,
            "resourceId": guid(0x11, 3), "scope": consent.scope,
        })
    };
    let consents: Vec<Value> = user.consents.iter().map(shown).collect();
    Ok(page::list(turn, &consents, 100))
}

pub(super) fn delete_consent(world: &World, id: &str) -> Route {
    let owner = {
        let tenant = hold(&world.msgraph);
        tenant.users.iter().position(|user| user.consents.iter().any(|consent| consent.id == id))
    };
    let (who, id) = (owner.filter(|&user| user < world.people.len()), id.to_owned());
    Route::change("msgraph.consents.delete", who, move |turn| {
        allowed(turn, &["DelegatedPermissionGrant.ReadWrite.All"])?;
        let mut tenant = hold(&turn.world.msgraph);
        let consents = &mut tenant.users[owner.ok_or_else(|| not_found(&id))?].consents;
        let before = consents.len();
        consents.retain(|consent| consent.id != id);
        if consents.len() == before { Err(not_found(&id)) } else { Ok(Reply::empty(204).done()) }
    })
}

fn app_roles(turn: &Turn<'_>, key: &str) -> Answer {
    allowed(turn, &["AppRoleAssignment.ReadWrite.All"])?;
    let tenant = hold(&turn.world.msgraph);
    let user = &tenant.users[existing(&tenant, key)?];
    let roles: Vec<Value> = user.app_roles.iter().map(|role| role.resource(&user.id)).collect();
    Ok(page::list(turn, &roles, 100))
}

fn add_app_role(turn: &Turn<'_>, key: &str) -> Answer {
    allowed(turn, &["AppRoleAssignment.ReadWrite.All"])?;
    let body = turn.request.json().unwrap_or(Value::Null);
    let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
    let (Some(resource), Some(role)) = (text("resourceId"), text("appRoleId")) else {
        return Err(bad_request("Invalid value specified for property 'resourceId' of resource 'AppRoleAssignment'."));
    };
    let mut tenant = hold(&turn.world.msgraph);
    let user = existing(&tenant, key)?;
    let roles = &mut tenant.users[user].app_roles;
    if roles.iter().any(|one| !one.by_group && one.resource == resource && one.role == role) {
        return Err(bad_request("Permission being assigned already exists on the object"));
    }
    let id = format!("role-again-{user}-{}", roles.len());
    roles.push(AppRole::new(id.clone(), resource, role));
    Ok(Reply::json(201, &json!({ "id": id })).done())
}

fn delete_app_role(turn: &Turn<'_>, key: &str, id: &str) -> Answer {
    allowed(turn, &["AppRoleAssignment.ReadWrite.All"])?;
    let mut tenant = hold(&turn.world.msgraph);
    let user = existing(&tenant, key)?;
    let roles = &mut tenant.users[user].app_roles;
    let before = roles.len();
    roles.retain(|role| role.id != id);
    if roles.len() == before { Err(not_found(id)) } else { Ok(Reply::empty(204).done()) }
}
