//! GitHub: the organisation endpoints of the REST API (description `ghec` 2022-11-28), the App's way to a token, and the
//! one GraphQL query that leads from an address to a login.

mod app;
mod collaborators;
mod copilot;
mod credentials;
mod estate;
mod grants;
mod identity;
mod invitations;
mod managed;
mod members;
mod org_scim;
mod teams;
mod tenant;

use axum::http::Method;
use serde_json::{Value, json};

use super::limit::Budget;
use super::reply::Reply;
use super::request::Request;
use super::route::{Answer, Route, Turn};
use super::world::World;
use teams::Deed;
pub(super) use tenant::Tenant;

/// The one organisation.
pub(super) const ORG: &str = "corp-example";
const ORG_ID: u64 = 70_000_001;

pub(super) fn route(world: &World, request: &Request) -> Route {
    let mut route = endpoint(world, request);
    if request.header("user-agent").is_none_or(str::is_empty) {
        route.act = Box::new(|_| {
            Err(Reply::text(
                403,
                "Request forbidden by administrative rules. Please make sure your request has a User-Agent header \
                 (https://docs.github.com/en/rest/overview/resources-in-the-rest-api#user-agent-required).\n",
            ))
        });
    }
    route
}

fn endpoint(world: &World, request: &Request) -> Route {
    let parts: Vec<&str> = request.segments.iter().skip(1).map(String::as_str).collect();
    match (&request.method, parts.as_slice()) {
        (&Method::GET, ["rate_limit"]) => Route::read("github.rate_limit", None, rate_limit),
        (&Method::POST, ["app", "installations", id, "access_tokens"]) => {
            let id = id.parse().ok();
            Route::read("github.token", None, move |turn| app::token(turn, id))
        }
        (&Method::POST, ["graphql"]) => identity::route(world, request),
        (&Method::GET, ["users", login]) => {
            let who = world.keys.github(login);
            Route::read("github.users.get", who, move |turn| user(turn, who))
        }
        (method, ["orgs", org, rest @ ..]) if org.eq_ignore_ascii_case(ORG) => of_org(world, request, method, rest),
        (&Method::GET, ["repos", org, repository, rest @ ..]) if org.eq_ignore_ascii_case(ORG) => {
            things(Some((*repository).to_owned()), rest)
        }
        (method, ["enterprises", managed::ENTERPRISE, rest @ ..]) => of_enterprise(world, method, rest),
        (method, ["scim", "v2", whose, name, "Users", rest @ ..]) => {
            of_scim(world, request, method, (whose, name), rest)
        }
        _ => unknown(),
    }
}

fn unknown() -> Route {
    Route::read("github.unknown", None, |turn| {
        allowed(turn, None)?;
        Err(not_found())
    })
}

/// Keys, hooks, secrets and runners of a repository, or of the organisation.
fn things(place: Option<String>, rest: &[&str]) -> Route {
    match rest {
        ["keys"] => Route::read("github.keys.list", None, move |turn| {
            estate::deploy_keys(turn, place.as_deref().unwrap_or_default())
        }),
        ["hooks"] => Route::read("github.hooks.list", None, move |turn| estate::hooks(turn, place.as_deref())),
        ["actions", "secrets"] => {
            Route::read("github.secrets.list", None, move |turn| estate::secrets(turn, place.as_deref()))
        }
        ["actions", "runners"] => {
            Route::read("github.runners.list", None, move |turn| estate::runners(turn, place.as_deref()))
        }
        _ => unknown(),
    }
}

fn of_enterprise(world: &World, method: &Method, rest: &[&str]) -> Route {
    match (method, rest) {
        (&Method::POST, ["credential-authorizations", login, "revoke"]) => {
            let who = managed::named(world, login);
            Route::change("github.managed.revoke", who, move |turn| managed::revoke(turn, who))
        }
        (method, ["teams", slug, "memberships", login]) => {
            let (slug, who) = ((*slug).to_owned(), world.keys.github(login));
            let act = move |deed| move |turn: &Turn<'_>| teams::of_enterprise(turn, &slug, who, deed);
            match *method {
                Method::PUT => Route::change("github.enterprise_teams.set", who, act(Deed::Set)),
                Method::DELETE => Route::change("github.enterprise_teams.delete", who, act(Deed::Remove)),
                _ => Route::read("github.enterprise_teams.get", who, act(Deed::Read)),
            }
        }
        _ => unknown(),
    }
}

/// SCIM of the enterprise, or of the organisation: one form, two meanings.
fn of_scim(world: &World, request: &Request, method: &Method, whose: (&str, &str), rest: &[&str]) -> Route {
    let who = rest.first().and_then(|id| world.keys.okta(id));
    let active = managed::active_of(request.json());
    match (whose, method, rest) {
        (("enterprises", managed::ENTERPRISE), &Method::GET, []) => {
            let who = managed::filtered(request.query("filter")).and_then(|name| managed::named(world, &name));
            Route::read("github.managed.find", who, move |turn| managed::find(turn, who))
        }
        (("enterprises", managed::ENTERPRISE), &Method::GET, [_]) => {
            Route::read("github.managed.get", who, move |turn| managed::get(turn, who))
        }
        (("enterprises", managed::ENTERPRISE), &Method::PATCH, [_]) => {
            let op = if active == Some(true) { "github.managed.activate" } else { "github.managed.suspend" };
            Route::change(op, who, move |turn| managed::patch(turn, who, active))
        }
        (("enterprises", managed::ENTERPRISE), &Method::DELETE, [_]) => {
            Route::for_good("github.managed.delete", who, move |turn| managed::delete(turn, who))
        }
        (("organizations", ORG), &Method::GET, [_]) => {
            Route::read("github.org_scim.get", who, move |turn| org_scim::get(turn, who))
        }
        (("organizations", ORG), &Method::PATCH, [_]) => {
            Route::change("github.org_scim.patch", who, move |turn| org_scim::patch(turn, who, active))
        }
        _ => unknown(),
    }
}

fn of_org(world: &World, request: &Request, method: &Method, rest: &[&str]) -> Route {
    let login = rest.get(1).copied().unwrap_or_default();
    let who = world.keys.github(login);
    match (method, rest) {
        (&Method::GET, []) => Route::read("github.orgs.get", None, org),
        (&Method::GET, ["installation"]) => Route::read("github.installation", None, app::installation),
        (&Method::GET, ["memberships", _]) => {
            Route::read("github.memberships.get", who, move |turn| members::membership(turn, who))
        }
        (&Method::DELETE, ["memberships", _]) => {
            Route::change("github.memberships.delete", who, move |turn| members::remove(turn, who))
        }
        (&Method::PUT, ["memberships", _]) => {
            Route::change("github.memberships.set", who, move |turn| members::invite(turn, who))
        }
        (&Method::GET, ["members"]) => Route::read("github.members.list", None, members::owners),
        (&Method::GET, ["members", _, "copilot"]) => {
            Route::read("github.copilot.get", who, move |turn| copilot::seat(turn, who))
        }
        (&Method::DELETE | &Method::POST, ["copilot", "billing", "selected_users"]) => {
            let cancel = *method == Method::DELETE;
            let op = if cancel { "github.copilot.cancel" } else { "github.copilot.assign" };
            Route::change(op, None, move |turn| copilot::select(turn, cancel))
        }
        (method, ["teams", slug, "memberships", login]) => {
            let (slug, who) = ((*slug).to_owned(), world.keys.github(login));
            let act = move |deed| move |turn: &Turn<'_>| teams::membership(turn, &slug, who, deed);
            match *method {
                Method::PUT => Route::change("github.teams.set", who, act(Deed::Set)),
                Method::DELETE => Route::change("github.teams.delete", who, act(Deed::Remove)),
                _ => Route::read("github.teams.get", who, act(Deed::Read)),
            }
        }
        (&Method::GET, ["invitations"]) => Route::read("github.invitations.list", None, invitations::list),
        (&Method::POST, ["invitations"]) => {
            let body = request.json().unwrap_or_default();
            let by_email = body.get("email").and_then(Value::as_str).and_then(|email| world.keys.email(email));
            let by_number = || usize::try_from(body.get("invitee_id")?.as_u64()?.checked_sub(user_id(0))?).ok();
            let who = by_email.or_else(by_number).filter(|who| *who < world.people.len());
            Route::change("github.invitations.create", who, move |turn| invitations::create(turn, who))
        }
        (&Method::DELETE, ["invitations", id]) => {
            let id = id.parse().ok();
            Route::change("github.invitations.delete", None, move |turn| invitations::cancel(turn, id))
        }
        (&Method::GET, ["personal-access-tokens"]) => {
            let owner = request.query("owner[]").and_then(|login| world.keys.github(login));
            Route::read("github.grants.list", owner, move |turn| grants::list(turn, owner))
        }
        (&Method::POST, ["personal-access-tokens"]) => Route::change("github.grants.revoke", None, grants::revoke),
        (&Method::GET, ["repos"]) => Route::read("github.repos.list", None, estate::repositories),
        (&Method::GET, ["hooks"] | ["actions", "secrets" | "runners"]) => things(None, rest),
        (&Method::GET, ["members", _]) => {
            Route::read("github.members.check", who, move |turn| members::check(turn, who))
        }
        (&Method::GET, ["outside_collaborators"]) => {
            Route::read("github.collaborators.list", None, collaborators::list)
        }
        (&Method::DELETE, ["outside_collaborators", _]) => {
            Route::change("github.collaborators.delete", who, move |turn| collaborators::remove(turn, who))
        }
        (&Method::GET, ["credential-authorizations"]) => {
            let whose = credentials::Whose::of(world, request.query("login"));
            Route::read("github.credentials.list", whose.subject(), move |turn| credentials::list(turn, whose))
        }
        (&Method::DELETE, ["credential-authorizations", id]) => {
            let id = id.parse().ok();
            let owner = id.and_then(|id| credentials::owner(world, id));
            Route::change("github.credentials.delete", owner, move |turn| credentials::delete(turn, owner, id))
        }
        (&Method::POST, ["credential-authorizations", _, "revoke"]) => {
            Route::change("github.credentials.revoke", who, move |turn| credentials::revoke(turn, who))
        }
        _ => unknown(),
    }
}

fn error(status: u16, message: &str) -> Reply {
    let documentation = "https://docs.github.com/rest";
    Reply::json(status, &json!({"message": message, "documentation_url": documentation, "status": status.to_string()}))
}

fn not_found() -> Reply {
    error(404, "Not Found")
}

/// The primary limit. The headers, added to every reply, say when to come again.
pub(super) fn limited() -> Reply {
    error(403, "API rate limit exceeded for installation ID 52000001.")
}

/// A 403 or 429 out of the blue is the secondary limit, which has its own clock.
pub(super) fn failed(status: u16) -> Reply {
    match status {
        403 | 429 => {
            error(status, "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.")
                .with_number("retry-after", 1)
        }
        502..=504 => Reply::html(status, "<html><head><title>Unicorn! &middot; GitHub</title></head></html>\n"),
        _ => error(status, "Server Error"),
    }
}

pub(super) fn dress(reply: Reply, budget: Budget) -> Reply {
    reply
        .with_number("x-ratelimit-limit", budget.limit)
        .with_number("x-ratelimit-remaining", budget.remaining)
        .with_number("x-ratelimit-used", budget.used())
        .with_number("x-ratelimit-reset", budget.reset())
        .with("x-ratelimit-resource", "core")
        .with("x-github-media-type", "github.v3; format=json")
        .with("x-github-api-version-selected", "2022-11-28")
}

/// Which permission an installation's token must have for the call; the owner's personal token may do anything.
#[derive(Clone, Copy)]
enum Needs {
    ReadMembers,
    WriteMembers,
    ReadOrganization,
    WriteOrganization,
    ReadTokens,
    WriteTokens,
    ReadCopilot,
    WriteCopilot,
    ReadAdministration,
    ReadHooks,
    ReadSecrets,
    ReadRunners,
}

impl Needs {
    /// As `X-Accepted-GitHub-Permissions` has it.
    fn name(self) -> &'static str {
        match self {
            Needs::ReadMembers => "members=read",
            Needs::WriteMembers => "members=write",
            Needs::ReadOrganization => "organization_administration=read",
            Needs::WriteOrganization => "organization_administration=write",
            Needs::ReadTokens => "organization_personal_access_tokens=read",
            Needs::WriteTokens => "organization_personal_access_tokens=write",
            Needs::ReadCopilot => "organization_copilot_seat_management=read",
            Needs::WriteCopilot => "organization_copilot_seat_management=write",
            Needs::ReadAdministration => "administration=read",
            Needs::ReadHooks => "repository_hooks=read",
            Needs::ReadSecrets => "secrets=read",
            Needs::ReadRunners => "organization_self_hosted_runners=read",
        }
    }

    /// Whoever may write may read.
    fn met_by(self, granted: &str) -> bool {
        granted == self.name()
            || self.name().strip_suffix("=read").is_some_and(|name| granted.strip_suffix("=write") == Some(name))
    }
}

fn allowed(turn: &Turn<'_>, needs: Option<Needs>) -> Result<(), Reply> {
    let request = turn.request;
    let bearer = request.authorization("bearer").or_else(|| request.authorization("token"));
    let bearer = bearer.ok_or_else(|| error(401, "Requires authentication"))?;
    if bearer == turn.world.issued.credentials.github_token {
        return Ok(());
    }
    let grant = turn.world.tokens.look_up("github", bearer).ok_or_else(|| error(401, "Bad credentials"))?;
    match needs {
        Some(needs) if !grant.scopes.iter().any(|granted| needs.met_by(granted)) => {
            Err(error(403, "Resource not accessible by integration")
                .with("x-accepted-github-permissions", needs.name()))
        }
        _ => Ok(()),
    }
}

/// GitHub's number for a user.
fn user_id(who: usize) -> u64 {
    90_000_000 + who as u64
}

fn simple_user(turn: &Turn<'_>, who: usize) -> Value {
    let login = turn.person(who).github_login.as_deref().unwrap_or_default();
    json!({
        "login": login, "id": user_id(who), "node_id": format!("U_sandbox{who}"), "type": "User", "site_admin": false,
        "url": format!("{}/github/users/{login}", turn.world.base),
    })
}

fn user(turn: &Turn<'_>, who: Option<usize>) -> Answer {
    allowed(turn, None)?;
    let who = who.ok_or_else(not_found)?;
    let mut user = simple_user(turn, who);
    user["name"] = json!(turn.person(who).name);
    // Few make their address public.
    user["email"] = Value::Null;
    Ok(Reply::json(200, &user))
}

fn org(turn: &Turn<'_>) -> Answer {
    allowed(turn, None)?;
    Ok(Reply::json(
        200,
        &json!({
            "login": ORG, "id": ORG_ID, "node_id": "O_sandbox", "type": "Organization", "name": "Corp Example",
            "url": format!("{}/github/orgs/{ORG}", turn.world.base), "two_factor_requirement_enabled": true,
            "plan": {"name": "enterprise"},
        }),
    ))
}

/// Asking costs nothing.
fn rate_limit(turn: &Turn<'_>) -> Answer {
    allowed(turn, None)?;
    let budget = turn.world.github_window.count(0);
    let core = json!({
        "limit": budget.limit, "used": budget.used(), "remaining": budget.remaining, "reset": budget.reset(),
    });
    Ok(Reply::json(200, &json!({"resources": {"core": core}, "rate": core})))
}

/// One page of what `items` show.
fn page(turn: &Turn<'_>, items: &[usize], show: impl Fn(usize) -> Vec<Value>) -> Reply {
    paged(turn, &items.iter().flat_map(|&who| show(who)).collect::<Vec<_>>())
}

/// One page of them, bare.
fn paged(turn: &Turn<'_>, all: &[Value]) -> Reply {
    a_page(turn, all, |rows| json!(rows))
}

/// One page of them under `key`, with their number.
fn paged_under(turn: &Turn<'_>, key: &str, all: &[Value]) -> Reply {
    a_page(turn, all, |rows| json!({"total_count": all.len(), key: rows}))
}

/// `per_page` of at most 100 (else 30), and the `Link` header that leads on.
fn a_page(turn: &Turn<'_>, all: &[Value], body: impl Fn(&[&Value]) -> Value) -> Reply {
    let size = turn.request.query_number("per_page").unwrap_or(30).clamp(1, 100);
    let number = turn.request.query_number("page").unwrap_or(1).max(1);
    let rows: Vec<&Value> = all.iter().skip((number - 1).saturating_mul(size)).take(size).collect();
    let reply = Reply::json(200, &body(&rows));
    let last = all.len().div_ceil(size);
    if number >= last {
        return reply;
    }
    let link = |page: usize, rel: &str| {
        let url = format!("{}{}?per_page={size}&page={page}", turn.world.base, turn.request.path);
        format!("<{url}>; rel=\"{rel}\"")
    };
    reply.with("link", format!("{}, {}", link(number + 1, "next"), link(last, "last")))
}
