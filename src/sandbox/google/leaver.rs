//! What a user may ask in their own name: mail settings, their files, their calendars.

use serde_json::{Value, json};

use super::super::lock::hold;
use super::super::reply::Reply;
use super::super::route::{Answer, Turn};
use super::{CALENDAR, DRIVE, MAIL_BASIC, MAIL_SHARING, error, granted};

/// Whose bearer it is.
fn myself(turn: &Turn<'_>, scopes: &[&str]) -> Result<usize, Reply> {
    let grant = granted(turn, scopes)?;
    grant.acts_as.ok_or_else(|| error(403, "forbidden", "Not Authorized to access this resource/api"))
}

/// The same, for mail settings: they cannot be touched while the user is suspended.
fn mailbox(turn: &Turn<'_>, scope: &str) -> Result<usize, Reply> {
    let who = myself(turn, &[scope])?;
    if turn.account(who).google.suspended.now() {
        return Err(error(400, "failedPrecondition", "Precondition check failed."));
    }
    Ok(who)
}

/// An empty list has no such key.
fn listing(key: &str, items: &[Value]) -> Reply {
    Reply::json(200, &if items.is_empty() { json!({}) } else { json!({ key: items }) })
}

pub(super) fn forwarding(turn: &Turn<'_>) -> Answer {
    let who = mailbox(turn, MAIL_BASIC)?;
    let mut tenant = hold(&turn.world.google);
    let body = match &tenant.of(who).mail.forwarding {
        Some(to) => json!({"enabled": true, "emailAddress": to, "disposition": "leaveInInbox"}),
        None => json!({"enabled": false}),
    };
    Ok(Reply::json(200, &body))
}

pub(super) fn forward(turn: &Turn<'_>, body: Option<&Value>) -> Answer {
    let who = mailbox(turn, MAIL_SHARING)?;
    let body = body.ok_or_else(|| error(400, "parseError", "Parse Error"))?;
    let on = body.get("enabled").and_then(Value::as_bool).unwrap_or_default();
    let to = body.get("emailAddress").and_then(Value::as_str);
    if on && to.is_none() {
        return Err(error(400, "invalidArgument", "Unrecognized forwarding address"));
    }
    hold(&turn.world.google).of(who).mail.forwarding = to.filter(|_| on).map(str::to_owned);
    Ok(Reply::json(200, body).done())
}

/// The lists of settings that have the same three verbs.
#[derive(Clone, Copy)]
pub(super) enum Setting {
    Filters,
    Delegates,
    SendAs,
}

impl Setting {
    pub(super) fn named(path: &str) -> Option<Setting> {
        match path {
            "filters" => Some(Setting::Filters),
            "delegates" => Some(Setting::Delegates),
            "sendAs" => Some(Setting::SendAs),
            _ => None,
        }
    }

    fn writes_with(self) -> &'static str {
        if matches!(self, Setting::Filters) { MAIL_BASIC } else { MAIL_SHARING }
    }
}

pub(super) fn list(turn: &Turn<'_>, setting: Setting) -> Answer {
    let who = mailbox(turn, MAIL_BASIC)?;
    let mut tenant = hold(&turn.world.google);
    let mail = &tenant.of(who).mail;
    Ok(match setting {
        Setting::Filters => {
            let mut all = vec![json!({"id": "harmless", "criteria": {"from": "news@vendor.example"},
                "action": {"addLabelIds": ["TRASH"]}})];
            all.extend(mail.filters.iter().cloned());
            listing("filter", &all)
        }
        Setting::Delegates => {
            let all: Vec<Value> = mail
                .delegates
                .iter()
                .map(|it| json!({"delegateEmail": it, "verificationStatus": "accepted"}))
                .collect();
            listing("delegates", &all)
        }
        Setting::SendAs => {
            let mut all = vec![json!({"sendAsEmail": turn.person(who).email, "isPrimary": true, "isDefault": true})];
            all.extend(mail.senders.iter().cloned());
            listing("sendAs", &all)
        }
    })
}

pub(super) fn remove(turn: &Turn<'_>, setting: Setting, id: &str) -> Answer {
    let who = mailbox(turn, setting.writes_with())?;
    let mut tenant = hold(&turn.world.google);
    let mail = &mut tenant.of(who).mail;
    let before = mail.filters.len() + mail.delegates.len() + mail.senders.len();
    match setting {
        Setting::Filters => mail.filters.retain(|it| it["id"] != id),
        Setting::Delegates => mail.delegates.retain(|it| it != id),
        Setting::SendAs => mail.senders.retain(|it| it["sendAsEmail"] != id),
    }
    if mail.filters.len() + mail.delegates.len() + mail.senders.len() == before {
        return Err(error(404, "notFound", "Requested entity was not found."));
    }
    Ok(Reply::empty(204).done())
}

pub(super) fn add(turn: &Turn<'_>, setting: Setting, body: Option<Value>) -> Answer {
    let who = mailbox(turn, setting.writes_with())?;
    let mut item = body.ok_or_else(|| error(400, "parseError", "Parse Error"))?;
    let mut tenant = hold(&turn.world.google);
    let mail = &mut tenant.of(who).mail;
    let there = || error(409, "alreadyExists", "Requested entity already exists");
    match setting {
        Setting::Filters => {
            item["id"] = json!(format!("new{}", mail.filters.len()));
            mail.filters.push(item.clone());
        }
        Setting::Delegates => {
            let delegate = item["delegateEmail"].as_str().unwrap_or_default().to_owned();
            if mail.delegates.contains(&delegate) {
                return Err(there());
            }
            mail.delegates.push(delegate);
        }
        Setting::SendAs => {
            if mail.senders.iter().any(|it| it["sendAsEmail"] == item["sendAsEmail"]) {
                return Err(there());
            }
            item["isPrimary"] = json!(false);
            mail.senders.push(item.clone());
        }
    }
    Ok(Reply::json(200, &item).done())
}

/// Pages of at most 1,000, as asked for.
pub(super) fn files(turn: &Turn<'_>) -> Answer {
    let who = myself(turn, &[DRIVE])?;
    let total = hold(&turn.world.google).of(who).files;
    let size = turn.request.query_number("pageSize").unwrap_or(100).clamp(1, 1_000);
    let start = turn.request.query_number("pageToken").unwrap_or(0);
    let end = total.min(start + size);
    let files: Vec<Value> = (start..end).map(|number| json!({"id": format!("1file{who:06}{number:06}")})).collect();
    let mut body = json!({"incompleteSearch": false, "files": files});
    if end < total {
        body["nextPageToken"] = json!(end.to_string());
    }
    Ok(Reply::json(200, &body))
}

/// A suspended user has no calendar to look at.
pub(super) fn calendars(turn: &Turn<'_>) -> Answer {
    let who = myself(turn, &[CALENDAR])?;
    if turn.account(who).google.suspended.now() {
        return Err(error(403, "notACalendarUser", "The user must be signed up for Google Calendar."));
    }
    let mut items =
        vec![json!({"id": turn.person(who).email, "summary": "Own", "primary": true, "accessRole": "owner"})];
    let mut tenant = hold(&turn.world.google);
    items.extend(
        tenant.of(who).calendars.iter().map(|(id, name)| json!({"id": id, "summary": name, "accessRole": "owner"})),
    );
    Ok(listing("items", &items))
}
