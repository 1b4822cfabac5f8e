//! Three made-up internal tools, as firms have them and nobody else: a wiki, a VPN appliance and a licence server. The
//! examples in `assets/` declare them.

mod licences;
mod vpn;
mod wiki;

use std::sync::{Mutex, MutexGuard};

use serde_json::{Value, json};

use super::lock::hold;
use super::people::Person;
use super::reply::Reply;
use super::request::Request;
use super::route::{Route, Turn};
use super::world::World;

/// Everybody's accounts in the three, by the person's number.
pub(super) struct Tools(Vec<Mutex<Accounts>>);

#[derive(Clone)]
struct Accounts {
    wiki: wiki::User,
    vpn: vpn::User,
    licences: licences::Holder,
}

impl Tools {
    pub(super) fn fresh(people: &[Person]) -> Tools {
        Tools(people.iter().enumerate().map(|(who, person)| Mutex::new(Accounts::fresh(who, person))).collect())
    }

    /// Puts a person's accounts back to how they were at the start.
    pub(super) fn restore(&self, who: usize, person: &Person) {
        *self.of(who) = Accounts::fresh(who, person);
    }

    /// What is really so of one person.
    pub(super) fn state(&self, who: usize) -> Value {
        let accounts = self.of(who);
        json!({ "wiki": accounts.wiki.state(), "vpn": accounts.vpn.state(), "licences": accounts.licences.state() })
    }

    fn of(&self, who: usize) -> MutexGuard<'_, Accounts> {
        hold(&self.0[who])
    }
}

impl Accounts {
    fn fresh(who: usize, person: &Person) -> Accounts {
        Accounts {
            wiki: wiki::User::fresh(who, person),
            vpn: vpn::User::fresh(who),
            licences: licences::Holder::fresh(who),
        }
    }
}

pub(super) fn route(world: &World, request: &Request) -> Route {
    let parts: Vec<&str> = request.segments.iter().skip(1).map(String::as_str).collect();
    match parts.as_slice() {
        ["wiki", rest @ ..] => wiki::route(world, request, rest),
        ["vpn", rest @ ..] => vpn::route(world, request, rest),
        ["licences", rest @ ..] => licences::route(world, request, rest),
        _ => unknown("tools.unknown"),
    }
}

pub(super) fn limited(retry_after: u64) -> Reply {
    failed(429).with_number("retry-after", retry_after)
}

pub(super) fn failed(status: u16) -> Reply {
    Reply::json(status, &json!({ "message": "the tool is not itself today" }))
}

fn unknown(op: &'static str) -> Route {
    Route::read(op, None, |_| Err(not_found("no such thing")))
}

fn not_found(message: &str) -> Reply {
    Reply::json(404, &json!({ "message": message }))
}

/// Whose id this is: people are numbered from 1 after a letter or two.
fn numbered(world: &World, id: &str, prefix: &str) -> Option<usize> {
    let number: usize = id.strip_prefix(prefix)?.parse().ok()?;
    (1..=world.people.len()).contains(&number).then(|| number - 1)
}

impl Turn<'_> {
    /// The person's accounts in the tools, locked; hold them for the deed only.
    fn tools(&self, who: usize) -> MutexGuard<'_, Accounts> {
        self.world.tools.of(who)
    }
}
