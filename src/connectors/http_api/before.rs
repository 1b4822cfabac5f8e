//! What is read and kept before an act, so that an undo can give it back.

use serde_json::{Map, Value};

use super::client::{self, Client};
use super::config::Image;
use super::paging::{self, Paging};
use super::rule::{self, check_pointer};
use super::template::Values;
use crate::connectors::Call;
use crate::connectors::http::Failure;
use crate::model::Before;
use crate::model::before::united;

/// What reading before the act has shown.
pub(super) enum Read {
    /// This is about to be taken away.
    Before(Before),
    /// There is nothing left to be done, as this shows.
    Already(String),
}

impl Image {
    pub(super) fn check(&self) -> Result<(), String> {
        if self.keep.is_empty() && self.seats.is_none() && self.already.is_empty() {
            return Err("before: says neither what to `keep` nor `seats` nor what is `already` so".to_owned());
        }
        if self.seat.is_some() && self.seats.is_none() {
            return Err("before.seat: the names in the list of `seats`, which is missing".to_owned());
        }
        for pointer in self.keep.values().chain(&self.seats).chain(&self.seat) {
            check_pointer(pointer).map_err(|why| format!("before: {why}"))?;
        }
        self.paging.iter().try_for_each(Paging::check)?;
        rule::check_all(&self.already, "before.already")
    }

    /// Reads. What the answer does not hold is not kept, and an undo that needs it says so.
    pub(super) async fn read(&self, client: &Client, values: &Values, call: &Call) -> Result<Read, Failure> {
        let first = client.read(&self.request, values, call).await?;
        let body = first.try_json();
        if let Some((_, note)) = rule::first(&self.already, &first, body.as_ref()) {
            return Ok(Read::Already(note));
        }
        if !first.ok() {
            return Err(client::failed(&first));
        }
        let size = |page: &Value| {
            let lists = self.keep.values().chain(&self.seats).filter_map(|at| page.pointer(at)?.as_array());
            lists.map(Vec::len).sum()
        };
        let source = (&self.request, self.paging.as_ref());
        let pages = paging::rest(client, source, values, &first, size, call).await?;
        let image = pages.iter().map(|page| self.image(page)).fold(Value::Null, united);
        let seats = pages.iter().flat_map(|page| self.seats(page));
        Ok(Read::Before(Before::of(image).seats(seats.collect::<Vec<_>>())))
    }

    fn image(&self, page: &Value) -> Value {
        let kept = self.keep.iter().filter_map(|(name, at)| Some((name.clone(), page.pointer(at)?.clone())));
        Value::Object(kept.collect::<Map<_, _>>())
    }

    fn seats(&self, page: &Value) -> Vec<String> {
        let found = self.seats.as_ref().and_then(|at| page.pointer(at));
        let entries = match found {
            Some(Value::Array(entries)) => entries.as_slice(),
            Some(one) => std::slice::from_ref(one),
            None => &[],
        };
        let name = self.seat.as_deref().unwrap_or_default();
        entries.iter().filter_map(|entry| rule::text(entry, name)).filter(|seat| !seat.is_empty()).collect()
    }
}
