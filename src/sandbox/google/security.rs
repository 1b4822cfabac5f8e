//! What else signs a person in: cookies, app passwords, OAuth grants, backup codes. Of a suspended user Google refuses
//! all of these but the sign-out (GAM: "suspended users' backup codes can't be retrieved"), so they come first.

use serde_json::{Value, json};

use super::super::reply::Reply;
use super::super::route::{Answer, Turn};
use super::{SECURITY, allowed, error, existing};

/// The user, if the call may be made and the user is not suspended.
fn signed_in(turn: &Turn<'_>, who: Option<usize>) -> Result<usize, Reply> {
    allowed(turn, &[SECURITY])?;
    let who = existing(turn, who)?;
    if turn.account(who).google.suspended.now() {
        return Err(error(400, "invalid", "Invalid Input: userKey"));
    }
    Ok(who)
}

pub(super) fn sign_out(turn: &Turn<'_>, who: Option<usize>) -> Answer {
    allowed(turn, &[SECURITY])?;
    let who = existing(turn, who)?;
    turn.account(who).google.web_sessions = 0;
    Ok(Reply::empty(200).done())
}

/// A list with nothing in it has no `items`.
fn listing(kind: &str, items: Vec<Value>) -> Reply {
    let mut body = json!({"kind": kind, "etag": "\"sandbox\""});
    if !items.is_empty() {
        body["items"] = Value::Array(items);
    }
    Reply::json(200, &body)
}

pub(super) fn asps(turn: &Turn<'_>, who: Option<usize>) -> Answer {
    let who = signed_in(turn, who)?;
    let id = &turn.person(who).google_id;
    let asp = |code: &u32| {
        json!({
            "kind": "admin#directory#asp", "codeId": code, "name": format!("Mail on device {code}"),
            "creationTime": "1617264000000", "lastTimeUsed": "1767571200000", "userKey": id,
        })
    };
    Ok(listing("admin#directory#aspList", turn.account(who).google.app_passwords.iter().map(asp).collect()))
}

/// An unknown id is a 400, where every other list of Google's says 404.
pub(super) fn delete_asp(turn: &Turn<'_>, who: Option<usize>, id: Option<u32>) -> Answer {
    let who = signed_in(turn, who)?;
    let mut account = turn.account(who);
    let asps = &mut account.google.app_passwords;
    let place = asps.iter().position(|asp| Some(*asp) == id);
    let place = place.ok_or_else(|| error(400, "invalid", "Invalid Input: codeId"))?;
    asps.remove(place);
    Ok(Reply::empty(204).done())
}

pub(super) fn tokens(turn: &Turn<'_>, who: Option<usize>) -> Answer {
    let who = signed_in(turn, who)?;
    let id = &turn.person(who).google_id;
    let token = |(client, name): &(String, &'static str)| {
        json!({
            "kind": "admin#directory#token", "clientId": client, "displayText": name, "anonymous": false,
            "nativeApp": false, "userKey": id, "scopes": ["https://www.googleapis.com/auth/drive"],
        })
    };
    Ok(listing("admin#directory#tokenList", turn.account(who).google.tokens.iter().map(token).collect()))
}

pub(super) fn delete_token(turn: &Turn<'_>, who: Option<usize>, client: &str) -> Answer {
    let who = signed_in(turn, who)?;
    let mut account = turn.account(who);
    let tokens = &mut account.google.tokens;
    let before = tokens.len();
    tokens.retain(|(id, _)| id != client);
    if tokens.len() == before {
        return Err(error(404, "notFound", "Resource Not Found: clientId"));
    }
    Ok(Reply::empty(204).done())
}

pub(super) fn codes(turn: &Turn<'_>, who: Option<usize>) -> Answer {
    let who = signed_in(turn, who)?;
    let id = &turn.person(who).google_id;
    let code = |number: usize| {
        json!({
            "kind": "admin#directory#verificationCode", "userId": id,
            "verificationCode": format!("{:08}", 10_000_000 + number),
        })
    };
    let count = turn.account(who).google.backup_codes;
    Ok(listing("admin#directory#verificationCodesList", (0..count).map(code).collect()))
}

/// With no codes left there is nothing to invalidate, and that is an error.
pub(super) fn invalidate_codes(turn: &Turn<'_>, who: Option<usize>) -> Answer {
    let who = signed_in(turn, who)?;
    let mut account = turn.account(who);
    if std::mem::take(&mut account.google.backup_codes) == 0 {
        return Err(error(400, "invalid", "Invalid Input"));
    }
    Ok(Reply::empty(200).done())
}

pub(super) fn generate_codes(turn: &Turn<'_>, who: Option<usize>) -> Answer {
    let who = signed_in(turn, who)?;
    turn.account(who).google.backup_codes = 10;
    Ok(Reply::empty(204).done())
}
