//! Lists, page by page, and the properties that are asked for.

use serde_json::{Map, Value, json};

use super::super::reply::Reply;
use super::super::route::Turn;

/// A list of at most `size` items a page; the next page is named by an address that is to be taken as it is.
pub(super) fn list(turn: &Turn<'_>, items: &[Value], size: usize) -> Reply {
    let start = turn.request.query_number("$skiptoken").unwrap_or(0).min(items.len());
    let end = (start + size).min(items.len());
    let select = turn.request.query("$select");
    let value: Vec<Value> = items[start..end].iter().map(|item| selected(item, select)).collect();
    let mut body = json!({ "@odata.context": format!("{}/msgraph/v1.0/$metadata", turn.world.base), "value": value });
    if end < items.len() {
        let select = select.map_or_else(String::new, |select| format!("&$select={select}"));
        let next = format!("{}{}?$skiptoken={end}{select}", turn.world.base, turn.request.path);
        body["@odata.nextLink"] = Value::String(next);
    }
    Reply::json(200, &body)
}

/// The properties of `$select`, and what `OData` says of the object.
pub(super) fn selected(item: &Value, select: Option<&str>) -> Value {
    let (Some(select), Value::Object(all)) = (select, item) else { return item.clone() };
    let wanted = |name: &str| name.starts_with("@odata") || select.split(',').any(|one| one.trim() == name);
    let some: Map<String, Value> =
        all.iter().filter(|(name, _)| wanted(name)).map(|(name, value)| (name.clone(), value.clone())).collect();
    Value::Object(some)
}

/// What stands between the quotes of the first text in a `$filter`.
pub(super) fn quoted(filter: &str) -> Option<String> {
    let (_, rest) = filter.split_once('\'')?;
    let (text, _) = rest.rsplit_once('\'')?;
    Some(text.replace("''", "'"))
}
