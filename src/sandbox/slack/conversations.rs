//! Private channels. Lists are restricted to those that the token's own person is in, and may give fewer than asked for.

use std::sync::MutexGuard;

use serde_json::{Value, json};

use super::super::lock::hold;
use super::super::reply::Reply;
use super::super::route::{Answer, Turn};
use super::tenant::{Channel, Tenant};
use super::web::{Arguments, TEAM, allowed, error, ok, user};

/// Fewer than anybody asks for: only an empty cursor is the end.
const A_PAGE: usize = 1;

/// What is done to a channel.
#[derive(Clone, Copy)]
pub(super) enum Deed {
    Kick,
    Invite,
    Archive,
    Unarchive,
}

fn tenant<'a>(turn: &Turn<'a>) -> MutexGuard<'a, Tenant> {
    hold(&turn.world.slack)
}

/// One page, and the cursor to the next.
fn page(items: &[Value], key: &str, arguments: &Arguments) -> Reply {
    let start: usize = arguments.text("cursor").and_then(|cursor| cursor.parse().ok()).unwrap_or(0);
    let shown: Vec<&Value> = items.iter().skip(start).take(A_PAGE).collect();
    let next = start + shown.len();
    let cursor = if next < items.len() { next.to_string() } else { String::new() };
    Reply::json(200, &json!({"ok": true, key: shown, "response_metadata": {"next_cursor": cursor}}))
}

/// `users.conversations` of private channels.
pub(super) fn of_user(turn: &Turn<'_>, arguments: &Arguments, who: Option<usize>) -> Answer {
    allowed(turn)?;
    if arguments.text("team_id").is_some_and(|team| team != TEAM) {
        return Err(error(200, "team_access_not_granted"));
    }
    let who = who.ok_or_else(|| error(200, "user_not_found"))?;
    let open = arguments.flag("exclude_archived");
    let tenant = tenant(turn);
    let theirs = tenant.channels.iter().filter(|(_, channel)| {
        channel.members.contains(&who) && channel.members.contains(&turn.world.admin()) && !(open && channel.archived)
    });
    let all: Vec<Value> = theirs.map(|(id, channel)| shown(turn, id, channel)).collect();
    Ok(page(&all, "channels", arguments))
}

fn shown(turn: &Turn<'_>, id: &str, channel: &Channel) -> Value {
    // Whoever made it has an account; the fictitious firm does not keep to that.
    let creator = turn.person(channel.creator).slack_id.as_ref().or(turn.person(turn.world.admin()).slack_id.as_ref());
    json!({
        "id": id, "name": channel.name, "is_channel": true, "is_private": true, "is_archived": channel.archived,
        "is_ext_shared": channel.shared, "is_shared": channel.shared, "is_org_shared": false,
        "creator": creator, "context_team_id": TEAM,
    })
}

pub(super) fn members(turn: &Turn<'_>, arguments: &Arguments) -> Answer {
    allowed(turn)?;
    let id = arguments.text("channel").unwrap_or_default();
    let tenant = tenant(turn);
    let channel = tenant.channels.get(&id).ok_or_else(|| error(200, "channel_not_found"))?;
    let ids: Vec<&String> =
        channel.members.iter().filter_map(|&member| turn.person(member).slack_id.as_ref()).collect();
    Ok(Reply::json(200, &json!({"ok": true, "members": ids, "response_metadata": {"next_cursor": ""}})))
}

pub(super) fn change(turn: &Turn<'_>, arguments: &Arguments, deed: Deed) -> Answer {
    allowed(turn)?;
    let id = arguments.text("channel").unwrap_or_default();
    let who = || {
        let name = if matches!(deed, Deed::Invite) { "users" } else { "user" };
        user(turn.world, arguments, name).ok_or_else(|| error(200, "user_not_found"))
    };
    let mut tenant = tenant(turn);
    let channel = tenant.channels.get_mut(&id).ok_or_else(|| error(200, "channel_not_found"))?;
    let admin = turn.world.admin();
    match deed {
        Deed::Kick if who()? == admin => return Err(error(200, "cant_kick_self")),
        Deed::Kick | Deed::Invite if channel.archived => return Err(error(200, "is_archived")),
        Deed::Kick if !channel.members.remove(&who()?) => return Err(error(200, "not_in_channel")),
        Deed::Invite if !channel.members.insert(who()?) => return Err(error(200, "already_in_channel")),
        Deed::Archive if channel.archived => return Err(error(200, "already_archived")),
        Deed::Unarchive if !channel.archived => return Err(error(200, "not_archived")),
        Deed::Kick | Deed::Invite => {}
        Deed::Archive => channel.archived = true,
        Deed::Unarchive => {
            channel.archived = false;
            channel.members.insert(admin);
        }
    }
    Ok(ok().done())
}
