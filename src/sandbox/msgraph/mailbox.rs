//! The inbox's rules.

use serde_json::{Value, json};

use super::super::lock::hold;
use super::super::route::{Answer, Route, Turn};
use super::users::existing;
use super::{allowed, page};

pub(super) fn rules(who: Option<usize>, key: String) -> Route {
    Route::read("msgraph.mailbox.rules", who, move |turn| list(turn, &key))
}

/// Everybody has one that only files; some have one that sends mail away.
fn list(turn: &Turn<'_>, key: &str) -> Answer {
    allowed(turn, &["MailboxSettings.Read"])?;
    let tenant = hold(&turn.world.msgraph);
    let user = &tenant.users[existing(&tenant, key)?];
    let mut rules = vec![json!({
        "id": "AQAAAA0=", "displayName": "Newsletters", "isEnabled": true, "actions": { "moveToFolder": "AAMk" },
    })];
    rules.extend(user.forwards_to.iter().map(|address| {
        let to: Value = json!([{ "emailAddress": { "name": "Me", "address": address } }]);
        json!({ "id": "AQAAAA4=", "displayName": "Copy home", "isEnabled": true, "actions": { "forwardTo": to } })
    }));
    Ok(page::list(turn, &rules, 100))
}
