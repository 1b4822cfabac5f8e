//! Google Workspace: the OAuth token endpoint, the Admin SDK Directory API (discovery document `directory_v1`), and what
//! an offboarding needs of Licensing, Cloud Identity, Gmail, Drive and Calendar, all under one prefix.

mod chromeos;
mod cloud_identity;
mod devices;
mod groups;
mod leaver;
mod licences;
mod roles;
mod security;
mod tenant;
mod token;
mod users;

use std::sync::Arc;

use axum::http::Method;
use serde_json::{Value, json};

use super::lock::hold;
use super::reply::Reply;
use super::request::Request;
use super::route::{Route, Turn};
use super::tokens::Grant;
use super::world::World;
use leaver::Setting;
pub(super) use tenant::Tenant;

/// What a scope name starts with.
const SCOPE_PREFIX: &str = "https://www.googleapis.com/auth/";
const READ_USERS: &str = "admin.directory.user.readonly";
const WRITE_USERS: &str = "admin.directory.user";
const SECURITY: &str = "admin.directory.user.security";
const READ_GROUPS: &str = "admin.directory.group.readonly";
const MEMBERS: &str = "admin.directory.group.member";
const ROLES: &str = "admin.directory.rolemanagement";
const MOBILE: &str = "admin.directory.device.mobile.action";
const DEVICES: &str = "cloud-identity.devices";
const CHROMEOS: &str = "admin.directory.device.chromeos";
const LICENSING: &str = "apps.licensing";
const MAIL_BASIC: &str = "gmail.settings.basic";
const MAIL_SHARING: &str = "gmail.settings.sharing";
const DRIVE: &str = "drive.metadata.readonly";
const CALENDAR: &str = "calendar.readonly";

/// The scopes entered for the service account under domain-wide delegation.
const DELEGATED: [&str; 14] = [
    READ_USERS,
    WRITE_USERS,
    SECURITY,
    READ_GROUPS,
    MEMBERS,
    ROLES,
    MOBILE,
    DEVICES,
    CHROMEOS,
    LICENSING,
    MAIL_BASIC,
    MAIL_SHARING,
    DRIVE,
    CALENDAR,
];

/// What is really so beside what [`super::Truth`] tells.
pub(super) fn state(world: &World, who: usize) -> Value {
    let mut tenant = hold(&world.google);
    let mut truth = tenant.of(who).truth();
    let chromebooks = tenant.chromebooks.statuses_of(&world.people[who].email);
    truth["activeChromebooks"] = json!(chromebooks.iter().filter(|status| **status == "ACTIVE").count());
    truth["chromebooks"] = json!(chromebooks);
    truth
}

pub(super) fn route(world: &World, request: &Request) -> Route {
    let parts: Vec<&str> = request.segments.iter().skip(1).map(String::as_str).collect();
    match (&request.method, parts.as_slice()) {
        (&Method::POST, ["token"]) => Route::read("google.token", None, token::mint),
        (&Method::GET, ["admin", "directory", "v1", "users"]) => Route::read("google.users.list", None, users::list),
        (method, ["admin", "directory", "v1", "users", key, rest @ ..]) => user(world, request, method, key, rest),
        (method, ["admin", "directory", "v1", "groups", rest @ ..]) => group(world, request, method, rest),
        (method, ["admin", "directory", "v1", "customer", _, rest @ ..]) => customer(world, request, method, rest),
        (method, ["apps", "licensing", "v1", "product", product, "sku", sku, "user", rest @ ..]) => {
            licence(world, request, method, product, sku, rest)
        }
        (method, ["v1", "devices", rest @ ..]) => device(world, method, rest),
        (method, ["gmail", "v1", "users", "me", "settings", rest @ ..]) => mail(request, method, rest),
        (&Method::GET, ["drive", "v3", "files"]) => Route::read("google.files.list", None, leaver::files),
        (&Method::GET, ["calendar", "v3", "users", "me", "calendarList"]) => {
            Route::read("google.calendars.list", None, leaver::calendars)
        }
        _ => unknown(),
    }
}

fn group(world: &World, request: &Request, method: &Method, rest: &[&str]) -> Route {
    let member = |key: &str| world.keys.google(key);
    match (method, rest) {
        (&Method::GET, []) => {
            let who = request.query("userKey").and_then(member);
            Route::read("google.groups.list", who, move |turn| groups::list(turn, who))
        }
        (&Method::POST, [group, "members"]) => {
            let (group, body) = ((*group).to_owned(), request.json());
            let who = body.as_ref().and_then(|body| body.get("email")).and_then(Value::as_str).and_then(member);
            Route::change("google.members.insert", who, move |turn| groups::add(turn, &group, body.as_ref()))
        }
        (&Method::GET, [group, "members", key]) => {
            let (group, who) = ((*group).to_owned(), member(key));
            Route::read("google.members.get", who, move |turn| groups::get(turn, &group, who))
        }
        (&Method::DELETE, [group, "members", key]) => {
            let (group, who) = ((*group).to_owned(), member(key));
            Route::change("google.members.delete", who, move |turn| groups::remove(turn, &group, who))
        }
        _ => unknown(),
    }
}

fn customer(world: &World, request: &Request, method: &Method, rest: &[&str]) -> Route {
    match (method, rest) {
        (&Method::GET, ["roleassignments"]) => {
            let who = request.query("userKey").and_then(|key| world.keys.google(key));
            Route::read("google.roles.list", who, move |turn| roles::list(turn, who))
        }
        (&Method::POST, ["roleassignments"]) => {
            let body = request.json();
            Route::change("google.roles.insert", None, move |turn| roles::insert(turn, body.as_ref()))
        }
        (&Method::DELETE, ["roleassignments", id]) => {
            let id = id.parse().ok();
            Route::change("google.roles.delete", None, move |turn| roles::delete(turn, id))
        }
        (&Method::GET, ["devices", "mobile"]) => Route::read("google.mobile.list", None, devices::phones),
        (&Method::POST, ["devices", "mobile", id, "action"]) => {
            let (id, body) = ((*id).to_owned(), request.json());
            Route::change("google.mobile.action", None, move |turn| devices::phone_action(turn, &id, body.as_ref()))
        }
        (&Method::GET, ["devices", "chromeos"]) => Route::read("google.chromeos.list", None, chromeos::list),
        (&Method::GET, ["devices", "chromeos", id]) => {
            let id = (*id).to_owned();
            Route::read("google.chromeos.get", None, move |turn| chromeos::get(turn, &id))
        }
        (&Method::POST, ["devices", "chromeos:batchChangeStatus"]) => chromeos_status(world, request),
        _ => unknown(),
    }
}

fn licence(world: &World, request: &Request, method: &Method, product: &str, sku: &str, rest: &[&str]) -> Route {
    let (product, sku) = (product.to_owned(), sku.to_owned());
    match (method, rest) {
        (&Method::POST, []) => {
            let body = request.json();
            Route::change("google.licences.insert", None, move |turn| {
                licences::insert(turn, &product, &sku, body.as_ref())
            })
        }
        (&Method::GET, [email]) => {
            let (email, who) = ((*email).to_owned(), world.keys.email(email));
            Route::read("google.licences.get", who, move |turn| licences::get(turn, &product, &sku, &email))
        }
        (&Method::DELETE, [email]) => {
            let (email, who) = ((*email).to_owned(), world.keys.email(email));
            Route::change("google.licences.delete", who, move |turn| licences::delete(turn, &product, &sku, &email))
        }
        _ => unknown(),
    }
}

/// The first device that it is about tells whom it is about.
fn chromeos_status(world: &World, request: &Request) -> Route {
    let body = request.json();
    let first = body.as_ref().and_then(|body| body.pointer("/deviceIds/0")).and_then(Value::as_str);
    let whose = first.and_then(|id| hold(&world.google).chromebooks.whose(id));
    let who = whose.and_then(|email| world.keys.google(&email));
    let op = chromeos::order_name(body.as_ref());
    Route::change(op, who, move |turn| chromeos::change_status(turn, body.as_ref()))
}

fn device(world: &World, method: &Method, rest: &[&str]) -> Route {
    match (method, rest) {
        (&Method::GET, [device, "deviceUsers"]) => {
            let device = (*device).to_owned();
            Route::read("google.device_users.list", None, move |turn| cloud_identity::device_users(turn, &device))
        }
        (&Method::GET, [device, "deviceUsers", user]) => {
            let (device, user) = ((*device).to_owned(), (*user).to_owned());
            Route::read("google.device_users.get", None, move |turn| cloud_identity::device_user(turn, &device, &user))
        }
        (&Method::POST, [device, "deviceUsers", order]) => {
            let Some((user, verb)) = order.split_once(':') else { return unknown() };
            let (device, user) = ((*device).to_owned(), user.to_owned());
            let who = cloud_identity::whose(world, &device);
            match verb {
                "block" => Route::change("google.device_users.block", who, move |turn| {
                    cloud_identity::set_account(turn, &device, &user, "BLOCKED")
                }),
                "approve" => Route::change("google.device_users.approve", who, move |turn| {
                    cloud_identity::set_account(turn, &device, &user, "APPROVED")
                }),
                _ => unknown(),
            }
        }
        (&Method::GET, [device]) => {
            let device = (*device).to_owned();
            Route::read("google.devices.get", None, move |turn| cloud_identity::device(turn, &device))
        }
        (&Method::POST, [order]) => {
            let Some((device, verb)) = order.split_once(':') else { return unknown() };
            let device = device.to_owned();
            let who = cloud_identity::whose(world, &device);
            match verb {
                "wipe" => {
                    Route::for_good(cloud_identity::WIPE, who, move |turn| cloud_identity::order(turn, &device, true))
                }
                "cancelWipe" => {
                    Route::change("google.devices.cancel", who, move |turn| cloud_identity::order(turn, &device, false))
                }
                _ => unknown(),
            }
        }
        _ => unknown(),
    }
}

fn mail(request: &Request, method: &Method, rest: &[&str]) -> Route {
    match (method, rest) {
        (&Method::GET, ["autoForwarding"]) => Route::read("google.mail.settings", None, leaver::forwarding),
        (&Method::PUT, ["autoForwarding"]) => {
            let body = request.json();
            Route::change("google.mail.forward", None, move |turn| leaver::forward(turn, body.as_ref()))
        }
        (method, [setting, rest @ ..]) => {
            let Some(setting) = Setting::named(setting) else { return unknown() };
            match (method, rest) {
                (&Method::GET, []) => Route::read("google.mail.list", None, move |turn| leaver::list(turn, setting)),
                (&Method::POST, []) => {
                    let body = request.json();
                    Route::change("google.mail.add", None, move |turn| leaver::add(turn, setting, body))
                }
                (&Method::DELETE, [id]) => {
                    let id = (*id).to_owned();
                    Route::change("google.mail.remove", None, move |turn| leaver::remove(turn, setting, &id))
                }
                _ => unknown(),
            }
        }
        _ => unknown(),
    }
}

fn unknown() -> Route {
    Route::read("google.unknown", None, |_| Err(error(404, "notFound", "Not Found")))
}

fn user(world: &World, request: &Request, method: &Method, key: &str, rest: &[&str]) -> Route {
    let who = world.keys.google(key);
    match (method, rest) {
        (&Method::GET, []) => Route::read("google.users.get", who, move |turn| users::get(turn, who)),
        // The verbs differ in HTTP's theory only: the update has patch semantics.
        (&Method::PUT | &Method::PATCH, []) => {
            let body = request.json();
            let op = users::update_name(body.as_ref());
            Route::change(op, who, move |turn| users::update(turn, who, body))
        }
        (&Method::DELETE, []) => Route::for_good(users::DELETE, who, move |turn| users::delete(turn, who)),
        (&Method::POST, ["undelete"]) => {
            let by_id = who.filter(|&index| world.people[index].google_id == key);
            Route::change("google.users.undelete", by_id, move |turn| users::undelete(turn, by_id))
        }
        (&Method::POST, ["makeAdmin"]) => {
            let body = request.json();
            Route::change("google.users.make_admin", who, move |turn| roles::make_admin(turn, who, body.as_ref()))
        }
        (&Method::POST, ["signOut"]) => {
            Route::change("google.users.sign_out", who, move |turn| security::sign_out(turn, who))
        }
        (&Method::GET, ["asps"]) => Route::read("google.asps.list", who, move |turn| security::asps(turn, who)),
        (&Method::DELETE, ["asps", id]) => {
            let id = id.parse().ok();
            Route::change("google.asps.delete", who, move |turn| security::delete_asp(turn, who, id))
        }
        (&Method::GET, ["tokens"]) => Route::read("google.tokens.list", who, move |turn| security::tokens(turn, who)),
        (&Method::DELETE, ["tokens", client]) => {
            let client = (*client).to_owned();
            Route::change("google.tokens.delete", who, move |turn| security::delete_token(turn, who, &client))
        }
        (&Method::GET, ["verificationCodes"]) => {
            Route::read("google.backup_codes.list", who, move |turn| security::codes(turn, who))
        }
        (&Method::POST, ["verificationCodes", "invalidate"]) => {
            Route::change("google.backup_codes.invalidate", who, move |turn| security::invalidate_codes(turn, who))
        }
        (&Method::POST, ["verificationCodes", "generate"]) => {
            Route::change("google.backup_codes.generate", who, move |turn| security::generate_codes(turn, who))
        }
        _ => unknown(),
    }
}

/// The classic error body of Google's JSON APIs; the `reason` is what clients have to decide by.
fn error(code: u16, reason: &str, message: &str) -> Reply {
    let status = match code {
        400 => "INVALID_ARGUMENT",
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        409 => "ALREADY_EXISTS",
        412 => "FAILED_PRECONDITION",
        429 => "RESOURCE_EXHAUSTED",
        503 => "UNAVAILABLE",
        _ => "INTERNAL",
    };
    Reply::json(
        code,
        &json!({"error": {
            "code": code,
            "message": message,
            "errors": [{"domain": "global", "reason": reason, "message": message}],
            "status": status,
        }}),
    )
}

/// Quota is told by a 403 with a reason, and no `Retry-After`.
pub(super) fn limited() -> Reply {
    Reply::json(
        403,
        &json!({"error": {
            "code": 403,
            "message": "User Rate Limit Exceeded",
            "errors": [{"domain": "usageLimits", "reason": "userRateLimitExceeded", "message": "User Rate Limit Exceeded"}],
            "status": "PERMISSION_DENIED",
        }}),
    )
}

/// Google's front ends answer in text and HTML as often as in JSON (the strings are those that GAM looks for).
pub(super) fn failed(status: u16) -> Reply {
    match status {
        403 => limited(),
        429 => Reply::text(429, "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute per user'"),
        500 => error(500, "backendError", "Backend Error"),
        503 => Reply::text(503, "Quota exceeded for the current request"),
        502 | 504 => {
            Reply::html(status, "<!DOCTYPE html><html lang=en><title>Error (Server Error)!!1</title></html>\n")
        }
        _ => error(status, "internalError", "Internal error encountered."),
    }
}

/// The bearer is good and has one of the scopes.
fn granted(turn: &Turn<'_>, scopes: &[&str]) -> Result<Arc<Grant>, Reply> {
    let invalid = || error(401, "authError", "Invalid Credentials");
    let bearer = turn.request.authorization("bearer");
    let bearer = bearer.ok_or_else(|| error(401, "required", "Login Required."))?;
    let grant = turn.world.tokens.look_up("google", bearer).ok_or_else(invalid)?;
    if !scopes.iter().any(|scope| grant.has(scope)) {
        let message = "Request had insufficient authentication scopes.";
        return Err(error(403, "insufficientPermissions", message));
    }
    Ok(grant)
}

/// The same, and it acts as an admin.
fn allowed(turn: &Turn<'_>, scopes: &[&str]) -> Result<(), Reply> {
    let grant = granted(turn, scopes)?;
    if !grant.acts_as.is_some_and(|index| turn.person(index).privileged) {
        return Err(error(403, "forbidden", "Not Authorized to access this resource/api"));
    }
    Ok(())
}

/// The person, unless there is no such user (any more).
fn existing(turn: &Turn<'_>, who: Option<usize>) -> Result<usize, Reply> {
    let gone = || error(404, "notFound", "Resource Not Found: userKey");
    let who = who.ok_or_else(gone)?;
    if turn.account(who).google.deleted_at_ms.is_some() { Err(gone()) } else { Ok(who) }
}
