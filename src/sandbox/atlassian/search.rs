//! `POST …/directories/-/users/search`: by account ids, addresses or roles; exact matches only.

use serde_json::{Value, json};

use super::super::reply::Reply;
use super::super::route::{Answer, Turn};
use super::allowed;
use super::tenant::{Hold, Seat};

pub(super) fn search(turn: &Turn<'_>) -> Answer {
    allowed(turn, true)?;
    let body = turn.request.json().unwrap_or_default();
    let wanted = |field: &str| -> Option<Vec<String>> {
        let list = body.get(field)?.as_array()?;
        Some(list.iter().filter_map(|one| one.as_str().map(str::to_lowercase)).collect())
    };
    let (ids, emails, roles, status) = (wanted("accountIds"), wanted("emails"), wanted("roleIds"), wanted("status"));
    let limit = body.get("limit").and_then(Value::as_u64).and_then(|limit| usize::try_from(limit).ok()).unwrap_or(50);
    let among = |list: &Option<Vec<String>>, text: &str| {
        list.as_ref().is_none_or(|list| list.iter().any(|one| one.eq_ignore_ascii_case(text)))
    };
    let seats = turn.world.atlassian.seats();
    let found: Vec<Value> = seats
        .iter()
        .filter(|seat| among(&ids, &seat.id) && among(&emails, &seat.email))
        .filter(|seat| roles.is_none() || seat.org_admin)
        .filter(|seat| among(&status, seat.account_status()))
        .flat_map(|seat| {
            let namesake = (seat.namesake && emails.is_some()).then(|| shown(seat, "557058:sandbox-namesake"));
            std::iter::once(shown(seat, &seat.id)).chain(namesake)
        })
        .take(limit)
        .collect();
    Ok(Reply::json(200, &json!({ "data": found, "links": {} })))
}

fn shown(seat: &Seat, id: &str) -> Value {
    let everywhere = !seat.directories.is_empty() && seat.directories.iter().all(|(_, suspended)| *suspended);
    let membership = match seat.directories.len() {
        0 => "no_membership",
        _ if everywhere => "suspended",
        _ => "active",
    };
    let roles: &[&str] = if seat.org_admin { &["atlassian/org-admin"] } else { &[] };
    json!({
        "accountId": id, "accountType": "atlassian", "accountStatus": seat.account_status(),
        "membershipStatus": membership, "email": seat.email, "emailVerified": true,
        "claimStatus": if seat.hold == Hold::Unmanaged { "unmanaged" } else { "managed" },
        "managementSource": if seat.hold == Hold::Google { Value::Null } else { json!("invited") },
        "platformRoles": roles, "forDeletion": seat.for_deletion,
        "productAccess": [{ "key": "jira", "id": "1" }, { "key": "confluence", "id": "2" }],
    })
}
