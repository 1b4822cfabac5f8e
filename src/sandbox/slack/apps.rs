//! What people have installed: a log of changes, newest first, in which a number is now a number and now a text; and the
//! apps that admins approved for the workspace.

use serde_json::{Value, json};

use super::super::reply::Reply;
use super::super::route::{Answer, Turn};
use super::web::{Arguments, TEAM, allowed, error};

/// A workspace whose logs the token's owner may not see, for they are not in it.
const ANOTHERS: &str = "T0SANDBOX02";

/// Approved apps a page.
const A_PAGE: usize = 20;

/// Every second person has installed a bot and a webhook, and an app that they took away again.
fn log_of(turn: &Turn<'_>, who: usize) -> Vec<Value> {
    let person = turn.person(who);
    let Some(id) = person.slack_id.as_deref().filter(|_| who.is_multiple_of(2)) else { return Vec::new() };
    let entry = |fields: Value| {
        let mut entry = json!({"user_id": id, "user_name": person.login});
        if let (Some(entry), Value::Object(fields)) = (entry.as_object_mut(), fields) {
            entry.extend(fields);
        }
        entry
    };
    vec![
        entry(json!({"service_id": 70_000 + who, "service_type": "Incoming WebHooks", "change_type": "enabled",
            "date": "1730000000", "channel": format!("G0TEAM{:05}", who / 5), "scope": "incoming-webhook"})),
        entry(json!({"app_id": format!("A0BOT{who:05}"), "app_type": "Stand-up", "change_type": "expanded",
            "date": "1720000000", "scope": "bot,chat:write"})),
        entry(json!({"app_id": format!("A0BOT{who:05}"), "app_type": "Stand-up", "change_type": "added",
            "date": "1710000000", "scope": "bot"})),
        entry(
            json!({"service_id": (80_000 + who).to_string(), "service_type": "Old Alerts", "change_type": "disabled",
            "date": "1700000000", "reason": "user", "scope": "incoming-webhook"}),
        ),
        entry(json!({"app_id": format!("A0OLD{who:05}"), "app_type": "Old Notes", "change_type": "removed",
            "date": "1690000000", "scope": "files:read"})),
        entry(json!({"app_id": format!("A0OLD{who:05}"), "app_type": "Old Notes", "change_type": "added",
            "date": "1680000000", "scope": "files:read"})),
    ]
}

/// `team.integrationLogs`, paged by number. A workspace that the token's owner is not in is answered as if the token were
/// bad.
pub(super) fn logs(turn: &Turn<'_>, arguments: &Arguments, who: Option<usize>) -> Answer {
    allowed(turn)?;
    match arguments.text("team_id").as_deref() {
        Some(ANOTHERS) => return Err(error(200, "invalid_auth")),
        Some(team) if team != TEAM => return Err(error(200, "team_not_found")),
        _ => {}
    }
    let people: Vec<usize> = match (arguments.text("user"), who) {
        (Some(_), None) => return Err(error(200, "user_not_found")),
        (Some(_), Some(who)) => vec![who],
        (None, _) => (0..turn.world.people.len()).collect(),
    };
    let all: Vec<Value> = people.into_iter().flat_map(|who| log_of(turn, who)).collect();
    let number = |name: &str, usual: usize| arguments.text(name).and_then(|text| text.parse().ok()).unwrap_or(usual);
    let (count, page) = (number("count", 100).clamp(1, 4), number("page", 1).max(1));
    let shown: Vec<&Value> = all.iter().skip((page - 1) * count).take(count).collect();
    let paging = json!({"count": count, "total": all.len(), "page": page, "pages": all.len().div_ceil(count)});
    Ok(Reply::json(200, &json!({"ok": true, "logs": shown, "paging": paging})))
}

/// `admin.apps.approved.list`: every sixth person once approved an app.
pub(super) fn approved(turn: &Turn<'_>, arguments: &Arguments) -> Answer {
    allowed(turn)?;
    let approver = |who: &usize| who.is_multiple_of(6) && turn.person(*who).slack_id.is_some();
    let all: Vec<usize> = (0..turn.world.people.len()).filter(approver).collect();
    let start: usize = arguments.text("cursor").and_then(|cursor| cursor.parse().ok()).unwrap_or(0);
    let shown: Vec<Value> = all
        .iter()
        .skip(start)
        .take(A_PAGE)
        .map(|&who| {
            json!({
                "app": {"id": format!("A0YES{who:05}"), "name": "Form Builder"}, "date_updated": 1_720_000_000,
                "last_resolved_by": {"actor_id": turn.person(who).slack_id, "actor_type": "user"}, "scopes": [],
            })
        })
        .collect();
    let next = start + shown.len();
    let cursor = if next < all.len() { next.to_string() } else { String::new() };
    Ok(Reply::json(200, &json!({"ok": true, "approved_apps": shown, "response_metadata": {"next_cursor": cursor}})))
}
