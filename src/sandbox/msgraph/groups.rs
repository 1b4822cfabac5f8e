//! Groups, directory roles and teams, and who is in them.

use axum::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::super::lock::hold;
use super::super::reply::Reply;
use super::super::route::{Answer, Route, Turn};
use super::super::world::World;
use super::tenant::{awkward, guid};
use super::users::{self, existing};
use super::{allowed, bad_request, denied, error, not_found, page, unknown};

/// Place of the group that gives licences.
pub(super) const LICENSING: usize = 5;
/// Place of the group whose members are Global Administrators.
const ADMINS: usize = 7;
const GLOBAL_ADMINISTRATOR: &str = "62e90394-69f5-4237-9190-012177145e10";

pub(super) struct Group {
    pub(super) name: &'static str,
    /// Graph's `groupTypes`.
    types: &'static [&'static str],
    synced: bool,
    mail: bool,
    /// Roles can be assigned to it.
    role_assignable: bool,
    /// Anybody may be a member.
    pub(super) open: bool,
}

const PLAIN: Group = Group { name: "", types: &[], synced: false, mail: false, role_assignable: false, open: true };

pub(super) const GROUPS: [Group; 8] = [
    Group { name: "All Staff", types: &["DynamicMembership"], ..PLAIN },
    Group { name: "VPN", ..PLAIN },
    Group { name: "Project X", types: &["Unified"], mail: true, ..PLAIN },
    Group { name: "File Shares", synced: true, ..PLAIN },
    Group { name: "Newsletter", mail: true, ..PLAIN },
    Group { name: "Licences", ..PLAIN },
    Group { name: "Helpdesk Admins", role_assignable: true, open: false, ..PLAIN },
    Group { name: "Global Admins", role_assignable: true, open: false, ..PLAIN },
];

pub(super) const TEAMS: [&str; 3] = ["Project X", "Coffee", "Incidents"];

impl Group {
    pub(super) fn id(&self) -> String {
        let place = GROUPS.iter().position(|group| group.name == self.name).unwrap_or_default();
        guid(2, place)
    }

    fn resource(&self) -> Value {
        json!({
            "@odata.type": "#microsoft.graph.group", "id": self.id(), "displayName": self.name,
            "groupTypes": self.types, "onPremisesSyncEnabled": self.synced.then_some(true), "mailEnabled": self.mail,
            "securityEnabled": !self.mail, "isAssignableToRole": self.role_assignable,
        })
    }

    /// Why Graph does not change its members, if so.
    fn refuses(&self, turn: &Turn<'_>) -> Result<(), Reply> {
        if self.types.contains(&"DynamicMembership") {
            return Err(bad_request("Insufficient privileges to update members of a group with dynamic membership."));
        }
        if self.synced {
            let told = "Unable to update the specified properties for on-premises mastered Directory Sync objects or \
                        objects currently undergoing migration.";
            return Err(bad_request(told));
        }
        if self.mail && !self.types.contains(&"Unified") {
            return Err(bad_request("Cannot Update a mail-enabled security groups and or distribution list."));
        }
        if self.role_assignable && allowed(turn, &["RoleManagement.ReadWrite.Directory"]).is_err() {
            return Err(denied());
        }
        Ok(())
    }
}

fn group(id: &str) -> Result<usize, Reply> {
    GROUPS.iter().position(|group| group.id() == id).ok_or_else(|| not_found(id))
}

fn team(id: &str) -> Result<usize, Reply> {
    (0..TEAMS.len())
        .find(|&team| guid(3, team) == id)
        .ok_or_else(|| error(404, "NotFound", "No team found with the id."))
}

/// A membership of a team: opaque, and not the user's id.
fn membership(team: usize, user: &str) -> String {
    STANDARD.encode(format!("{}##{user}", guid(3, team)))
}

pub(super) fn route(world: &World, method: &Method, parts: &[&str]) -> Route {
    let who = |id: &str| hold(&world.msgraph).who(id);
    let own = |id: &&str| (*id).to_owned();
    match (method, parts) {
        (&Method::DELETE, ["groups", group, "members", user, "$ref"]) => {
            let (subject, group, user) = (who(user), own(group), own(user));
            Route::change("msgraph.groups.remove", subject, move |turn| remove(turn, &group, &user))
        }
        // Without `/$ref` the path names the user, and that is what is deleted.
        (&Method::DELETE, ["groups", _, "members", user]) => {
            let (subject, user) = (who(user), own(user));
            Route::for_good(users::DELETE, subject, move |turn| users::delete(turn, &user))
        }
        (&Method::POST, ["groups", group, "members", "$ref"]) => {
            let group = own(group);
            Route::change("msgraph.groups.add", None, move |turn| add(turn, &group))
        }
        (&Method::GET, ["groups", group, "transitiveMembers"]) => {
            let group = own(group);
            Route::read("msgraph.groups.members", None, move |turn| admins_by_group(turn, &group))
        }
        (&Method::GET, ["directoryRoles", role, "members"]) => {
            let role = own(role);
            Route::read("msgraph.roles.members", None, move |turn| admins(turn, &role))
        }
        (&Method::GET, ["teams", team, "members"]) => {
            let team = own(team);
            Route::read("msgraph.teams.members", None, move |turn| members(turn, &team))
        }
        (&Method::POST, ["teams", team, "members"]) => {
            let team = own(team);
            Route::change("msgraph.teams.add", None, move |turn| join(turn, &team))
        }
        (&Method::DELETE, ["teams", team, "members", member]) => {
            let (team, member) = (own(team), own(member));
            Route::change("msgraph.teams.remove", None, move |turn| leave(turn, &team, &member))
        }
        _ => unknown(),
    }
}

pub(super) fn of_user(who: Option<usize>, key: String, what: &str) -> Route {
    match what {
        "memberOf" => Route::read("msgraph.groups.of", who, move |turn| of(turn, &key)),
        "joinedTeams" => Route::read("msgraph.teams.of", who, move |turn| teams_of(turn, &key)),
        _ => Route::read("msgraph.users.owned", who, move |turn| owned(turn, &key)),
    }
}

/// A page may hold fewer than asked for, as here always.
fn of(turn: &Turn<'_>, key: &str) -> Answer {
    allowed(turn, &["User.Read.All", "GroupMember.ReadWrite.All"])?;
    let tenant = hold(&turn.world.msgraph);
    let user = &tenant.users[existing(&tenant, key)?];
    let groups: Vec<Value> = user.groups.iter().map(|&group| GROUPS[group].resource()).collect();
    Ok(page::list(turn, &groups, 2))
}

fn owned(turn: &Turn<'_>, key: &str) -> Answer {
    allowed(turn, &["User.Read.All"])?;
    let tenant = hold(&turn.world.msgraph);
    let user = &tenant.users[existing(&tenant, key)?];
    let application =
        json!({ "@odata.type": "#microsoft.graph.application", "id": guid(4, 1), "displayName": "Nightly Export" });
    let group = json!({ "@odata.type": "#microsoft.graph.group", "id": GROUPS[2].id(), "displayName": GROUPS[2].name });
    let owned = if user.owns_application { vec![application, group] } else { Vec::new() };
    Ok(page::list(turn, &owned, 100))
}

fn remove(turn: &Turn<'_>, id: &str, key: &str) -> Answer {
    allowed(turn, &["GroupMember.ReadWrite.All"])?;
    let group = group(id)?;
    GROUPS[group].refuses(turn)?;
    let mut tenant = hold(&turn.world.msgraph);
    let user = existing(&tenant, key)?;
    let user = &mut tenant.users[user];
    if !user.groups.remove(&group) {
        // Graph says it now this way, now that.
        return Err(if turn.world.every_other_time() {
            bad_request(
                "One or more removed object references do not exist for the following modified properties: 'members'.",
            )
        } else {
            not_found(key)
        });
    }
    // What a group gives goes with it.
    user.licences.retain(|licence| licence.by_group != Some(group));
    Ok(Reply::empty(204).done())
}

fn add(turn: &Turn<'_>, id: &str) -> Answer {
    allowed(turn, &["GroupMember.ReadWrite.All"])?;
    let group = group(id)?;
    GROUPS[group].refuses(turn)?;
    let body = turn.request.json().unwrap_or(Value::Null);
    let object = body.get("@odata.id").and_then(Value::as_str).unwrap_or_default();
    let key = object.rsplit_once("/v1.0/directoryObjects/").map(|(_, key)| key);
    let key = key.ok_or_else(|| bad_request("Invalid URL specified for property '@odata.id'."))?;
    let mut tenant = hold(&turn.world.msgraph);
    let user = existing(&tenant, key)?;
    if !tenant.users[user].groups.insert(group) {
        let told =
            "One or more added object references already exist for the following modified properties: 'members'.";
        return Err(bad_request(told));
    }
    Ok(Reply::empty(204).done())
}

/// One direct member, and a group.
fn admins(turn: &Turn<'_>, role: &str) -> Answer {
    allowed(turn, &["RoleManagement.Read.Directory"])?;
    if role != format!("roleTemplateId={GLOBAL_ADMINISTRATOR}") {
        return Err(not_found(role));
    }
    let mut members = admin(turn, awkward::LAST_ADMIN);
    members.push(GROUPS[ADMINS].resource());
    Ok(page::list(turn, &members, 100))
}

fn admins_by_group(turn: &Turn<'_>, id: &str) -> Answer {
    allowed(turn, &["User.Read.All", "GroupMember.ReadWrite.All"])?;
    let members = if group(id)? == ADMINS { admin(turn, awkward::DISABLED_ADMIN) } else { Vec::new() };
    Ok(page::list(turn, &members, 100))
}

fn admin(turn: &Turn<'_>, who: usize) -> Vec<Value> {
    let tenant = hold(&turn.world.msgraph);
    let user = tenant.users.get(who).filter(|user| user.who == Some(who) && !user.deleted);
    let shown = user.map(
        |user| json!({ "@odata.type": "#microsoft.graph.user", "id": user.id, "accountEnabled": user.enabled.now() }),
    );
    shown.into_iter().collect()
}

fn teams_of(turn: &Turn<'_>, key: &str) -> Answer {
    allowed(turn, &["Team.ReadBasic.All"])?;
    let tenant = hold(&turn.world.msgraph);
    let user = &tenant.users[existing(&tenant, key)?];
    let teams: Vec<Value> =
        user.teams.iter().map(|&(team, _)| json!({ "id": guid(3, team), "displayName": TEAMS[team] })).collect();
    Ok(page::list(turn, &teams, 100))
}

/// All members, or the one that `$filter` names by user id.
fn members(turn: &Turn<'_>, id: &str) -> Answer {
    allowed(turn, &["TeamMember.ReadWrite.All"])?;
    let team = team(id)?;
    let only = turn.request.query("$filter").and_then(page::quoted);
    let tenant = hold(&turn.world.msgraph);
    let mut members = Vec::new();
    for user in tenant.users.iter().filter(|user| only.as_ref().is_none_or(|only| *only == user.id)) {
        let Some(&(_, owner)) = user.teams.iter().find(|(one, _)| *one == team) else { continue };
        members.push(json!({
            "@odata.type": "#microsoft.graph.aadUserConversationMember", "id": membership(team, &user.id),
            "userId": user.id, "email": user.mail, "roles": if owner { vec!["owner"] } else { Vec::new() },
        }));
    }
    Ok(page::list(turn, &members, 100))
}

fn join(turn: &Turn<'_>, id: &str) -> Answer {
    allowed(turn, &["TeamMember.ReadWrite.All"])?;
    let team = team(id)?;
    let body = turn.request.json().unwrap_or(Value::Null);
    let key = body.get("user@odata.bind").and_then(Value::as_str).and_then(page::quoted);
    let key = key.ok_or_else(|| error(400, "BadRequest", "Bind requests expected to contain the user."))?;
    let owner =
        body.get("roles").and_then(Value::as_array).is_some_and(|roles| roles.iter().any(|role| role == "owner"));
    let mut tenant = hold(&turn.world.msgraph);
    let user = existing(&tenant, &key)?;
    let teams = &mut tenant.users[user].teams;
    teams.retain(|(one, _)| *one != team);
    teams.push((team, owner));
    Ok(Reply::json(201, &json!({ "id": membership(team, &key) })).done())
}

fn leave(turn: &Turn<'_>, id: &str, member: &str) -> Answer {
    allowed(turn, &["TeamMember.ReadWrite.All"])?;
    let team = team(id)?;
    let mut tenant = hold(&turn.world.msgraph);
    let user = tenant.users.iter_mut().find(|user| membership(team, &user.id) == member);
    let user = user.ok_or_else(|| error(400, "BadRequest", "The membership id is not valid."))?;
    let before = user.teams.len();
    user.teams.retain(|(one, _)| *one != team);
    if user.teams.len() == before {
        return Err(error(404, "NotFound", "The member was not found."));
    }
    Ok(Reply::empty(204).done())
}
