//! Applications and their assignments.

use serde_json::{Value, json};

use super::super::lock::hold;
use super::super::reply::Reply;
use super::super::route::{Answer, Turn};
use super::page::page;
use super::tenant::APPS;
use super::users::existing;
use super::{Key, MANAGE_APPS, READ_APPS, allowed, error};

fn id_of(app: usize) -> String {
    format!("0oaapp{app:04}")
}

fn assignment(app: usize, user: &str) -> Value {
    json!({"id": user, "scope": if APPS[app].1 { "GROUP" } else { "USER" }, "status": "ACTIVE"})
}

/// All, or with `filter=user.id eq "…"` those of one user, with the assignment inside if `expand` asks for it.
pub(super) fn list(turn: &Turn<'_>, key: Option<&Key>) -> Answer {
    allowed(turn, &[READ_APPS, MANAGE_APPS])?;
    let resource = |app: usize| json!({"id": id_of(app), "label": APPS[app].0, "name": "template", "status": "ACTIVE"});
    let Some(key) = key else {
        return Ok(page(turn, &(0..APPS.len()).map(resource).collect::<Vec<_>>()));
    };
    let who = existing(turn, key)?;
    let expand = turn.request.query("expand") == Some(format!("user/{}", key.text).as_str());
    let mut tenant = hold(&turn.world.okta);
    let apps = tenant.of(who).apps.iter().map(|&app| {
        let mut resource = resource(app);
        if expand {
            resource["_embedded"] = json!({ "user": assignment(app, &key.text) });
        }
        resource
    });
    Ok(page(turn, &apps.collect::<Vec<_>>()))
}

fn app_of(id: &str) -> Result<usize, Reply> {
    let missing = || error(404, "E0000007", &format!("Not found: Resource not found: {id} (AppInstance)"));
    (0..APPS.len()).find(|app| id_of(*app) == id).ok_or_else(missing)
}

fn not_assigned(user: &str) -> Reply {
    error(404, "E0000007", &format!("Not found: Resource not found: {user} (AppUser)"))
}

pub(super) fn get(turn: &Turn<'_>, id: &str, key: &Key) -> Answer {
    allowed(turn, &[READ_APPS, MANAGE_APPS])?;
    let app = app_of(id)?;
    let who = existing(turn, key)?;
    if !hold(&turn.world.okta).of(who).apps.contains(&app) {
        return Err(not_assigned(&key.text));
    }
    Ok(Reply::json(200, &assignment(app, &key.text)))
}

/// What comes by a group cannot be taken back from one of its members.
pub(super) fn unassign(turn: &Turn<'_>, id: &str, key: &Key) -> Answer {
    allowed(turn, &[MANAGE_APPS])?;
    let app = app_of(id)?;
    let who = existing(turn, key)?;
    let mut tenant = hold(&turn.world.okta);
    let apps = &mut tenant.of(who).apps;
    let place = apps.iter().position(|it| *it == app).ok_or_else(|| not_assigned(&key.text))?;
    if APPS[app].1 {
        return Err(error(403, "E0000006", "You do not have permission to perform the requested action"));
    }
    apps.remove(place);
    Ok(Reply::empty(204).done())
}

pub(super) fn assign(turn: &Turn<'_>, id: &str, key: &Key) -> Answer {
    allowed(turn, &[MANAGE_APPS])?;
    let app = app_of(id)?;
    let who = existing(turn, key)?;
    let mut tenant = hold(&turn.world.okta);
    let apps = &mut tenant.of(who).apps;
    if !apps.contains(&app) {
        apps.push(app);
        apps.sort_unstable();
    }
    Ok(Reply::json(200, &assignment(app, &key.text)).done())
}
