//! User groups: their users are written whole or not at all, and a group cannot be left without any.

use serde_json::{Value, json};

use super::super::lock::hold;
use super::super::reply::Reply;
use super::super::route::{Answer, Turn};
use super::tenant::Group;
use super::web::{Arguments, allowed, error, ok};

fn users(turn: &Turn<'_>, group: &Group) -> Vec<String> {
    group.users.iter().filter_map(|&who| turn.person(who).slack_id.clone()).collect()
}

pub(super) fn list(turn: &Turn<'_>, arguments: &Arguments) -> Answer {
    allowed(turn)?;
    let disabled_too = arguments.flag("include_disabled");
    let tenant = hold(&turn.world.slack);
    let all: Vec<Value> = tenant
        .groups
        .iter()
        .filter(|(_, group)| disabled_too || !group.disabled)
        .map(|(id, group)| {
            let deleted = if group.disabled { 1_760_000_000 } else { 0 };
            let mut shown = json!({
                "id": id, "handle": group.handle, "name": group.handle, "is_usergroup": true, "auto_type": Value::Null,
                "date_delete": deleted, "user_count": group.users.len(),
            });
            if arguments.flag("include_users") {
                shown["users"] = json!(users(turn, group));
            }
            shown
        })
        .collect();
    Ok(Reply::json(200, &json!({"ok": true, "usergroups": all})))
}

pub(super) fn members(turn: &Turn<'_>, arguments: &Arguments) -> Answer {
    allowed(turn)?;
    let tenant = hold(&turn.world.slack);
    let group = arguments.text("usergroup").and_then(|id| tenant.groups.get(&id));
    let group = group.ok_or_else(|| error(200, "no_such_subteam"))?;
    Ok(Reply::json(200, &json!({"ok": true, "users": users(turn, group)})))
}

pub(super) fn update(turn: &Turn<'_>, arguments: &Arguments) -> Answer {
    allowed(turn)?;
    let ids = arguments.text("users").ok_or_else(|| error(200, "no_users_provided"))?;
    let users: Option<_> = ids.split(',').map(|id| turn.world.keys.slack(id)).collect();
    let users = users.ok_or_else(|| error(200, "invalid_users"))?;
    let mut tenant = hold(&turn.world.slack);
    let group = arguments.text("usergroup").and_then(|id| tenant.groups.get_mut(&id));
    group.ok_or_else(|| error(200, "no_such_subteam"))?.users = users;
    Ok(ok().done())
}

pub(super) fn set_disabled(turn: &Turn<'_>, arguments: &Arguments, disabled: bool) -> Answer {
    allowed(turn)?;
    let mut tenant = hold(&turn.world.slack);
    let group = arguments.text("usergroup").and_then(|id| tenant.groups.get_mut(&id));
    group.ok_or_else(|| error(200, "no_such_subteam"))?.disabled = disabled;
    Ok(ok().done())
}
