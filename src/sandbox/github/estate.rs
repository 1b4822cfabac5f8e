//! What outlives a member: deploy keys, webhooks, secrets of Actions and self-hosted runners, of repositories and of the
//! organisation.

use serde_json::{Value, json};

use super::super::route::{Answer, Turn};
use super::{Needs, allowed, not_found, paged, paged_under};

/// The repositories, the one that was pushed to last first.
const REPOSITORIES: [&str; 3] = ["api", "web", "infra"];

pub(super) fn repositories(turn: &Turn<'_>) -> Answer {
    allowed(turn, None)?;
    let all: Vec<Value> = REPOSITORIES.iter().map(|name| json!({"name": name, "private": true})).collect();
    Ok(paged(turn, &all))
}

/// Every fifth person has added a key; of an old one it is not known who did.
pub(super) fn deploy_keys(turn: &Turn<'_>, repository: &str) -> Answer {
    allowed(turn, Some(Needs::ReadAdministration))?;
    let key = |id: usize, title: String, by: Value| json!({"id": id, "title": title, "read_only": false, "added_by": by, "enabled": true, "last_used": Value::Null});
    let all: Vec<Value> = match repository {
        "api" => {
            let adds = |(index, _): &(usize, &super::super::people::Person)| index.is_multiple_of(5);
            let theirs = turn.world.people.iter().enumerate().filter(adds).filter_map(|(index, person)| {
                let login = person.github_login.as_ref()?;
                Some(key(600_000 + index, format!("{login} laptop"), json!(login)))
            });
            [key(599_999, "before 2019".to_owned(), Value::Null)].into_iter().chain(theirs).collect()
        }
        "web" | "infra" => Vec::new(),
        _ => return Err(not_found()),
    };
    Ok(paged(turn, &all))
}

/// `place`: a repository, or `None` for the organisation.
pub(super) fn hooks(turn: &Turn<'_>, place: Option<&str>) -> Answer {
    allowed(turn, Some(Needs::ReadHooks))?;
    let all = match place {
        Some("api") => vec![hook(1, "https://ci.corp.example/hook")],
        None => vec![hook(2, "https://audit.corp.example/hook")],
        _ => Vec::new(),
    };
    Ok(paged(turn, &all))
}

fn hook(id: u64, url: &str) -> Value {
    json!({"id": id, "name": "web", "active": true, "events": ["push"], "config": {"url": url, "content_type": "json"}})
}

pub(super) fn secrets(turn: &Turn<'_>, place: Option<&str>) -> Answer {
    allowed(turn, Some(Needs::ReadSecrets))?;
    let all = match place {
        Some("api") => vec![json!({"name": "DEPLOY_TOKEN", "updated_at": "2026-01-05T08:30:00Z"})],
        None => vec![json!({"name": "REGISTRY_TOKEN", "updated_at": "2026-01-05T08:30:00Z"})],
        _ => Vec::new(),
    };
    Ok(paged_under(turn, "secrets", &all))
}

pub(super) fn runners(turn: &Turn<'_>, place: Option<&str>) -> Answer {
    allowed(turn, Some(Needs::ReadRunners))?;
    let all = match place {
        Some("infra") => vec![json!({"id": 31, "name": "basement", "os": "linux", "status": "online"})],
        None => vec![json!({"id": 32, "name": "shared", "os": "linux", "status": "online"})],
        _ => Vec::new(),
    };
    Ok(paged_under(turn, "runners", &all))
}
