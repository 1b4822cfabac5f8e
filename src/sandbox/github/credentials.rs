//! Credentials that users have authorised for SAML single sign-on. Taking away the authorisation leaves the key or token
//! itself alive elsewhere.

use serde_json::{Value, json};

use super::super::account::CREDENTIALS_A_PERSON;
use super::super::reply::Reply;
use super::super::route::{Answer, Turn};
use super::super::world::World;
use super::{Needs, allowed, managed, not_found, page};

/// Whose credential it is, which its id tells.
pub(super) fn owner(world: &World, id: u64) -> Option<usize> {
    let number = usize::try_from(id / CREDENTIALS_A_PERSON).ok()?;
    (1..=world.people.len()).contains(&number).then(|| number - 1)
}

/// Whose credentials a list is to show.
#[derive(Clone, Copy)]
pub(super) enum Whose {
    Everybodys,
    One(usize),
    /// A login that nobody has.
    Nobodys,
}

impl Whose {
    pub(super) fn of(world: &World, login: Option<&str>) -> Whose {
        match login.map(|login| managed::named(world, login)) {
            None => Whose::Everybodys,
            Some(Some(who)) => Whose::One(who),
            Some(None) => Whose::Nobodys,
        }
    }

    pub(super) fn subject(self) -> Option<usize> {
        if let Whose::One(who) = self { Some(who) } else { None }
    }
}

pub(super) fn list(turn: &Turn<'_>, whose: Whose) -> Answer {
    allowed(turn, Some(Needs::ReadOrganization))?;
    let people: Vec<usize> = match whose {
        Whose::Everybodys => (0..turn.world.people.len()).collect(),
        Whose::One(who) => vec![who],
        Whose::Nobodys => Vec::new(),
    };
    Ok(page(turn, &people, |who| shown(turn, who)))
}

/// `credential_id` is what a delete takes; `authorized_credential_id` looks like it and is another thing.
fn shown(turn: &Turn<'_>, who: usize) -> Vec<Value> {
    let login = managed::login(turn.world, who);
    let account = turn.account(who);
    let credentials = account.github.iter().flat_map(|github| &github.credentials);
    credentials
        .map(|credential| {
            let key = credential.kind == "SSH key";
            json!({
                "login": login, "credential_id": credential.id, "credential_type": credential.kind,
                "token_last_eight": if key { Value::Null } else { json!("0abcdef0") },
                "fingerprint": if key { json!("SHA256:sandbox") } else { Value::Null },
                "credential_authorized_at": "2025-02-03T09:00:00Z", "credential_accessed_at": "2026-01-05T08:30:00Z",
                "authorized_credential_id": 900_000_000 + credential.id,
                "authorized_credential_title": "laptop", "authorized_credential_expires_at": Value::Null,
                "scopes": if key { Value::Null } else { json!(["repo"]) },
            })
        })
        .collect()
}

pub(super) fn delete(turn: &Turn<'_>, owner: Option<usize>, id: Option<u64>) -> Answer {
    allowed(turn, Some(Needs::WriteOrganization))?;
    let owner = owner.ok_or_else(not_found)?;
    let mut account = turn.account(owner);
    let github = account.github.as_mut().ok_or_else(not_found)?;
    let place = github.credentials.iter().position(|credential| Some(credential.id) == id).ok_or_else(not_found)?;
    github.credentials.remove(place);
    Ok(Reply::empty(204).done())
}

/// 202: queued. A later list proves it.
pub(super) fn revoke(turn: &Turn<'_>, who: Option<usize>) -> Answer {
    allowed(turn, Some(Needs::WriteOrganization))?;
    let who = who.ok_or_else(not_found)?;
    let mut account = turn.account(who);
    let github = account.github.as_mut().ok_or_else(not_found)?;
    github.credentials.clear();
    Ok(Reply::json(202, &json!({})).done())
}
