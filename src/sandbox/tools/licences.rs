//! A licence server: a key in a header of its own, leases listed page by page with `Link` headers, and a lease that is
//! borrowed for work without a network.

use axum::http::Method;
use serde_json::{Value, json};

use super::super::reply::Reply;
use super::super::request::Request;
use super::super::route::{Answer, Route, Turn};
use super::super::world::World;
use super::{not_found, numbered, unknown};

/// Leases on a page.
const PAGE: usize = 2;
const PRODUCTS: [&str; 3] = ["cad-pro", "simulator", "renderer"];

#[derive(Clone)]
pub(super) struct Holder {
    exists: bool,
    leases: Vec<Lease>,
}

#[derive(Clone)]
struct Lease {
    id: String,
    product: String,
    features: Value,
}

impl Holder {
    pub(super) fn fresh(who: usize) -> Holder {
        let lease = |(number, product): (usize, &&str)| Lease {
            id: format!("l{}-{number}", who + 1),
            product: (*product).to_owned(),
            features: json!({ "cores": 8 * (number + 1), "borrow": number == 0 }),
        };
        Holder { exists: true, leases: PRODUCTS.iter().enumerate().map(lease).collect() }
    }

    pub(super) fn state(&self) -> Value {
        let leases: Vec<Value> =
            self.leases.iter().map(|lease| json!({ "product": lease.product, "features": lease.features })).collect();
        json!({ "exists": self.exists, "leases": leases })
    }
}

pub(super) fn route(world: &World, request: &Request, parts: &[&str]) -> Route {
    match (&request.method, parts) {
        (&Method::GET, ["health"]) => Route::read("tools.licences.health", None, |turn| {
            allowed(turn)?;
            Ok(Reply::json(200, &json!({ "ok": true })))
        }),
        (&Method::GET, ["holders"]) => {
            let by_number = request.query("employee").and_then(|id| world.keys.employee(id));
            let who = by_number.or_else(|| request.query("login").and_then(|login| world.keys.login(login)));
            Route::read("tools.licences.holders.find", who, move |turn| find(turn, who))
        }
        (&Method::GET, ["holders", id]) => {
            let who = numbered(world, id, "h");
            Route::read("tools.licences.holders.get", who, move |turn| {
                let who = theirs(turn, who)?;
                Ok(Reply::json(200, &shown(turn, who)))
            })
        }
        (&Method::DELETE, ["holders", id]) => {
            let who = numbered(world, id, "h");
            Route::for_good("tools.licences.holders.remove", who, move |turn| {
                let who = theirs(turn, who)?;
                turn.tools(who).licences = Holder { exists: false, leases: Vec::new() };
                Ok(Reply::empty(204).done())
            })
        }
        (&Method::GET, ["holders", id, "leases"]) => {
            let who = numbered(world, id, "h");
            Route::read("tools.licences.leases.list", who, move |turn| leases(turn, who))
        }
        (&Method::POST, ["holders", id, "leases"]) => {
            let who = numbered(world, id, "h");
            Route::change("tools.licences.leases.grant", who, move |turn| grant(turn, who))
        }
        (&Method::DELETE, ["leases", id]) => {
            let id = (*id).to_owned();
            let holds = |who: &usize| world.tools.of(*who).licences.leases.iter().any(|lease| lease.id == id);
            let who = (0..world.people.len()).find(holds);
            Route::change("tools.licences.leases.release", who, move |turn| release(turn, who, &id))
        }
        _ => unknown("tools.licences.unknown"),
    }
}

fn allowed(turn: &Turn<'_>) -> Result<(), Reply> {
    if turn.request.header("x-api-key") == Some(turn.world.issued.credentials.licence_api_key.as_str()) {
        return Ok(());
    }
    Err(Reply::json(401, &json!({ "message": "unknown API key" })))
}

fn theirs(turn: &Turn<'_>, who: Option<usize>) -> Result<usize, Reply> {
    allowed(turn)?;
    who.filter(|who| turn.tools(*who).licences.exists).ok_or_else(|| not_found("no such holder"))
}

fn shown(turn: &Turn<'_>, who: usize) -> Value {
    let person = turn.person(who);
    json!({ "id": format!("h{}", who + 1), "employee": person.employee_id, "login": person.login, "mail": person.email })
}

fn find(turn: &Turn<'_>, who: Option<usize>) -> Answer {
    allowed(turn)?;
    let found = who.filter(|who| turn.tools(*who).licences.exists).map(|who| shown(turn, who));
    Ok(Reply::json(200, &json!(found.into_iter().collect::<Vec<_>>())))
}

fn leases(turn: &Turn<'_>, who: Option<usize>) -> Answer {
    let who = theirs(turn, who)?;
    let from = turn.request.query_number("from").unwrap_or(0);
    let all = turn.tools(who).licences.leases.clone();
    let page: Vec<Value> = all
        .iter()
        .skip(from)
        .take(PAGE)
        .map(|lease| json!({ "lease": lease.id, "product": lease.product, "features": lease.features }))
        .collect();
    let reply = Reply::json(200, &json!({ "leases": page }));
    if from + PAGE < all.len() {
        return Ok(reply.with("link", format!("<{}?from={}>; rel=\"next\"", turn.request.path, from + PAGE)));
    }
    Ok(reply)
}

fn release(turn: &Turn<'_>, who: Option<usize>, id: &str) -> Answer {
    allowed(turn)?;
    let who = who.ok_or_else(|| not_found("no such lease"))?;
    turn.tools(who).licences.leases.retain(|lease| lease.id != id);
    Ok(Reply::empty(204).done())
}

fn grant(turn: &Turn<'_>, who: Option<usize>) -> Answer {
    let who = theirs(turn, who)?;
    let body = turn.request.json().unwrap_or_default();
    let wrong = |message: &str| Reply::json(422, &json!({ "message": message }));
    let product = body.get("product").and_then(Value::as_str).filter(|product| PRODUCTS.contains(product));
    let product = product.ok_or_else(|| wrong("no such product"))?.to_owned();
    let features = body.get("features").filter(|it| it.is_object()).ok_or_else(|| wrong("features is an object"))?;
    let leases = &mut turn.tools(who).licences.leases;
    if leases.iter().any(|lease| lease.product == product) {
        return Err(Reply::json(409, &json!({ "message": "they hold one already" })));
    }
    let id = format!("l{}-{product}", who + 1);
    leases.push(Lease { id, product, features: features.clone() });
    Ok(Reply::json(201, &json!({ "result": "granted" })).done())
}
