//! `POST action/{org}`: commands, each with its steps. The answer is 200 whatever came of them.

use serde_json::{Value, json};

use super::super::reply::Reply;
use super::super::request::Request;
use super::super::route::{Answer, Route, Turn};
use super::super::world::World;
use super::allowed;
use super::tenant::User;

pub(super) const DELETE: &str = "adobe.action.delete-account";

/// Commands in one request, and groups in one step, at most.
const AT_ONCE: usize = 10;

pub(super) fn route(world: &World, request: &Request) -> Route {
    let body = request.json().unwrap_or_default();
    let who = body.pointer("/0/user").and_then(Value::as_str).and_then(|name| world.adobe.commanded(name));
    let steps = body.pointer("/0/do").cloned().unwrap_or_default();
    let last = steps.as_array().and_then(|steps| steps.last()).cloned().unwrap_or_default();
    if request.query("testOnly") == Some("true") {
        return Route::read("adobe.action.test", who, |turn| act(turn, true));
    }
    match last.pointer("/removeFromOrg/deleteAccount") {
        Some(Value::Bool(true)) => Route::for_good(DELETE, who, |turn| act(turn, false)),
        Some(_) => Route::change("adobe.action.remove-from-org", who, |turn| act(turn, false)),
        None if last.get("remove").is_some() => Route::change("adobe.action.remove", who, |turn| act(turn, false)),
        None => Route::change("adobe.action.add", who, |turn| act(turn, false)),
    }
}

fn act(turn: &Turn<'_>, test_mode: bool) -> Answer {
    allowed(turn)?;
    let malformed = || Reply::json(400, &json!({ "result": "error.command.malformed", "message": "Bad command" }));
    let body = turn.request.json().ok_or_else(malformed)?;
    let commands = body.as_array().filter(|list| (1..=AT_ONCE).contains(&list.len())).ok_or_else(malformed)?;
    let (mut completed, mut errors) = (0, Vec::new());
    for (index, command) in commands.iter().enumerate() {
        match carry_out(turn, command, test_mode) {
            Ok(()) => completed += 1,
            Err((code, message)) => errors.push(json!({
                "index": index, "step": 0, "requestID": command.get("requestID"), "user": command.get("user"),
                "message": message, "errorCode": code,
            })),
        }
    }
    let result = match (completed, errors.len()) {
        (_, 0) => "success",
        (0, _) => "error",
        _ => "partial",
    };
    let mut answer = json!({
        "result": result, "completed": if test_mode { 0 } else { completed },
        "completedInTestMode": if test_mode { completed } else { 0 }, "notCompleted": errors.len(),
    });
    if !errors.is_empty() {
        answer["errors"] = json!(errors);
    }
    let reply = Reply::json(200, &answer);
    Ok(if completed > 0 && !test_mode { reply.done() } else { reply })
}

type Told = (&'static str, String);

fn carry_out(turn: &Turn<'_>, command: &Value, test_mode: bool) -> Result<(), Told> {
    let name = command.get("user").and_then(Value::as_str).unwrap_or_default();
    let steps = command.get("do").and_then(Value::as_array).cloned().unwrap_or_default();
    if name.is_empty() || steps.is_empty() {
        return Err(("error.command.user.missing", "no user, or nothing to do".to_owned()));
    }
    if !name.contains('@') && command.get("domain").is_none() {
        return Err(("error.command.domain.missing", format!("no domain for {name}")));
    }
    let last = steps.len() - 1;
    if steps.iter().position(|step| step.get("removeFromOrg").is_some()).is_some_and(|at| at != last) {
        return Err(("error.command.removefromorg.not_last", "removeFromOrg must be the last step".to_owned()));
    }
    if test_mode {
        return Ok(());
    }
    let who = turn.world.adobe.commanded(name);
    let mut users = turn.world.adobe.users();
    let mut user = who.map(|who| &mut users[who]);
    let removes = steps.iter().any(|step| step.get("removeFromOrg").is_some());
    if user.is_none() && !removes {
        return Err(("error.user.nonexistent", format!("User Id does not exist: {name}")));
    }
    for step in &steps {
        // For somebody who never was there, a removal is a success.
        if let Some(user) = user.as_deref_mut() {
            take(user, step)?;
        }
    }
    Ok(())
}

fn take(user: &mut User, step: &Value) -> Result<(), Told> {
    if let Some(removal) = step.get("removeFromOrg") {
        (user.in_org, user.groups, user.admin_roles) = (false, Vec::new(), Vec::new());
        user.deleted |= removal.get("deleteAccount") == Some(&Value::Bool(true)) && user.kind != "adobeID";
        return Ok(());
    }
    if ["addAdobeID", "createEnterpriseID", "createFederatedID"].iter().any(|step_name| step.get(step_name).is_some()) {
        user.in_org = true;
        return Ok(());
    }
    if !user.in_org {
        return Err(("error.user.not_in_org", format!("{} is not in this organization", user.email)));
    }
    if step.get("remove") == Some(&json!("all")) {
        user.groups.clear();
        user.admin_roles.retain(|role| role == "org");
        return Ok(());
    }
    let Some(groups) = step.pointer("/add/group").and_then(Value::as_array) else {
        return Err(("error.command.step.unknown", "no such step".to_owned()));
    };
    if groups.len() > AT_ONCE {
        return Err(("error.command.add_remove.list_too_long", "too many groups".to_owned()));
    }
    for group in groups.iter().filter_map(Value::as_str) {
        if group == "Gone Group" {
            return Err(("error.group.not_found", format!("Group {group} was not found")));
        }
        if !user.groups.iter().any(|own| own == group) {
            user.groups.push(group.to_owned());
        }
    }
    Ok(())
}
