//! Lists in pages, of which the next is named in a `Link` header of its own, beside that of the page itself.

use serde_json::Value;

use super::super::reply::Reply;
use super::super::route::Turn;

/// The largest page of one user's things. Small, so that whoever forgets the second page is found out.
const AT_MOST: usize = 3;

/// The page that the query asks for.
pub(super) fn page(turn: &Turn<'_>, all: &[Value]) -> Reply {
    page_of(turn, all, AT_MOST)
}

/// The same, with at most so many items.
pub(super) fn page_of(turn: &Turn<'_>, all: &[Value], most: usize) -> Reply {
    let start = turn.request.query("after").and_then(|cursor| cursor.strip_prefix("cur")?.parse().ok()).unwrap_or(0);
    let size = turn.request.query_number("limit").unwrap_or(most).clamp(1, most);
    let address = format!("{}{}", turn.world.base, turn.request.path);
    let items: Vec<Value> = all.iter().skip(start).take(size).cloned().collect();
    let reply = Reply::json(200, &Value::Array(items)).with("link", format!("<{address}>; rel=\"self\""));
    if all.len() > start + size {
        return reply.with("link", format!("<{address}?after=cur{}&limit={size}>; rel=\"next\"", start + size));
    }
    reply
}
