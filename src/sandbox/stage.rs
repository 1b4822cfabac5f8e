//! What every call goes through: the door, the fault's delay, the deed, the answer.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::http::Response;
use hyper::body::Incoming;
use tokio::sync::oneshot;

use super::admin;
use super::fault::{Outage, Verdict};
use super::limit::Budget;
use super::lock::hold;
use super::record::{Arrival, Entry, Kind};
use super::reply::Reply;
use super::request::Request;
use super::route::{Route, Turn};
use super::vendor::Vendor;
use super::world::World;

/// The connection is to close without an answer.
#[derive(Debug)]
pub(super) struct Closed;

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("closed without an answer")
    }
}

impl std::error::Error for Closed {}

/// Answers one call, or closes its connection.
pub(super) async fn exchange(world: Arc<World>, raw: hyper::Request<Incoming>) -> Result<Response<Body>, Closed> {
    let request = Request::read(raw).await.ok_or(Closed)?;
    let prefix = request.segments.first().map(String::as_str).unwrap_or_default();
    if prefix == admin::PREFIX {
        return Ok(admin::answer(&world, &request).into_response());
    }
    let Some(vendor) = Vendor::of_prefix(prefix) else {
        return Ok(Reply::text(404, "no vendor lives here\n").into_response());
    };

    let route = vendor.route(&world, &request);
    let verdict = world.faults.judge(vendor, route.op, route.kind, &world.dice);
    let entry = world.recorder.arrived(&Arrival {
        vendor: vendor.name(),
        op: route.op,
        kind: route.kind,
        method: request.method.as_str(),
        path: &request.path,
        subject: route.subject.map(|index| world.people[index].email.as_str()),
        let_in: verdict.down.is_none(),
    });
    if let Some(outcome) = at_the_door(&world, vendor, &request, &verdict) {
        let (status, answered) = outcome.as_ref().map_or((0, false), |reply| (reply.status, true));
        world.recorder.refused(&entry, status, answered);
        return outcome.map(Reply::into_response);
    }
    carry_out(world, Case { vendor, request, route, entry, verdict }).await
}

/// A call that was let in.
struct Case {
    vendor: Vendor,
    request: Request,
    route: Route,
    entry: Entry,
    verdict: Verdict,
}

/// The answer of a vendor that does not get to the call itself; `None` lets it in.
fn at_the_door(world: &World, vendor: Vendor, request: &Request, verdict: &Verdict) -> Option<Result<Reply, Closed>> {
    match verdict.down {
        Some(Outage::HangsUp) => return Some(Err(Closed)),
        Some(Outage::Says503) => return Some(Ok(Reply::html(503, "<html><h1>503 Service Unavailable</h1></html>\n"))),
        None => {}
    }
    let (reply, budget) = match (verdict.status, verdict.limit) {
        (Some(status), limit) => (vendor.failed(world, request, status), limit.map(either)),
        (None, Some(Err(budget))) => (vendor.limited(world, request, budget), Some(budget)),
        (None, _) => return None,
    };
    Some(Ok(vendor.dress(world, reply, budget)))
}

fn either(limit: Result<Budget, Budget>) -> Budget {
    match limit {
        Ok(budget) | Err(budget) => budget,
    }
}

/// Waits, acts, waits, answers. With anything to wait for it runs in a task of its own, which goes on when the client
/// is gone; without, the deed is done before the first chance to notice.
async fn carry_out(world: Arc<World>, case: Case) -> Result<Response<Body>, Closed> {
    let Case { vendor, request, route, entry, verdict } = case;
    if verdict.act_delay.is_zero() && verdict.answer_delay.is_zero() {
        let reply = act(&world, vendor, &request, route, &entry, &verdict);
        world.recorder.answered(&entry, !verdict.loses_answer);
        return if verdict.loses_answer { Err(Closed) } else { Ok(reply.into_response()) };
    }
    let (hand_over, handed_over) = oneshot::channel();
    tokio::spawn(async move {
        tokio::time::sleep(verdict.act_delay).await;
        let reply = act(&world, vendor, &request, route, &entry, &verdict);
        tokio::time::sleep(verdict.answer_delay).await;
        // A lost answer drops the sender, and so does a client that has gone drop the receiver.
        let answered = !verdict.loses_answer && hand_over.send(reply).is_ok();
        world.recorder.answered(&entry, answered);
    });
    handed_over.await.map(Reply::into_response).map_err(|_| Closed)
}

fn act(world: &World, vendor: Vendor, request: &Request, route: Route, entry: &Entry, verdict: &Verdict) -> Reply {
    let _alone = (route.kind == Kind::Irreversible).then(|| hold(&world.for_good));
    let turn = Turn { world, request, now: Instant::now() };
    let reply = match (route.act)(&turn) {
        Ok(reply) | Err(reply) => reply,
    };
    world.recorder.acted(entry, reply.status, reply.executed, reply.undoes);
    vendor.dress(world, reply, verdict.limit.map(either))
}
