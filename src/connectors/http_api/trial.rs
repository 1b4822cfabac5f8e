//! Every template is rendered before anything runs, with made-up values: what is undefined is said with its key.
//!
//! Once with a leaver of whom HR says everything: what is undefined then is a mistake, and the connector is not made.
//! Once with a leaver of whom only the e-mail is known: what is undefined then fails for such people alone, and
//! `nightlatch check` says so.

use serde_json::Value;

use super::client::{self, Client};
use super::config::Request;
use super::template::{self, Values};

/// What was found so far.
pub(super) struct Trial<'a> {
    client: &'a Client,
    /// Undefined for everybody, or wrong.
    mistakes: Vec<String>,
    /// Undefined for people of whom HR says little.
    remarks: Vec<String>,
}

impl<'a> Trial<'a> {
    pub(super) fn new(client: &'a Client) -> Self {
        Self { client, mistakes: Vec::new(), remarks: Vec::new() }
    }

    /// A request, under its key in the section.
    pub(super) fn request(&mut self, key: &str, request: &Request, values: &Values) {
        let found = faults(self.client, key, request, values);
        self.mistakes.extend(found);
    }

    /// A request that names the leaver. `of_everybody`: it is made for people without a number of HR, too.
    pub(super) fn of_leaver(&mut self, key: &str, request: &Request, of_everybody: bool) {
        let found = faults(self.client, key, request, &Values::sample_leaver());
        if found.is_empty() && of_everybody {
            self.remarks.extend(faults(self.client, key, request, &Values::sample_of_an_email()));
        }
        self.mistakes.extend(found);
    }

    /// A text that names the leaver.
    pub(super) fn text_of_leaver(&mut self, key: &str, text: &str) {
        let fault = |values| template::fault(text, false, &values, &[]).map(|why| format!("{key}: {why}"));
        match fault(Values::sample_leaver()) {
            None => self.remarks.extend(fault(Values::sample_of_an_email())),
            found => self.mistakes.extend(found),
        }
    }

    /// A text.
    pub(super) fn text(&mut self, key: &str, text: &str, values: &Values) {
        self.mistakes.extend(template::fault(text, false, values, &[]).map(|why| format!("{key}: {why}")));
    }

    /// A JSON pointer into what was kept before.
    pub(super) fn kept(&mut self, key: &str, pointer: &str, values: &Values) {
        if values.at(&format!("/before{pointer}")).is_none() {
            self.mistakes.push(format!("{key}: `{pointer}` is not among what `before` keeps"));
        }
    }

    /// The remarks, or all mistakes in one text.
    pub(super) fn end(self) -> Result<Vec<String>, String> {
        let Self { mut mistakes, remarks, .. } = self;
        // A header of every request is wrong in every request.
        let mut seen = std::collections::BTreeSet::new();
        mistakes.retain(|mistake| seen.insert(mistake.clone()));
        if mistakes.is_empty() { Ok(remarks) } else { Err(mistakes.join("; ")) }
    }
}

/// What cannot be rendered of one request.
fn faults(client: &Client, key: &str, request: &Request, values: &Values) -> Vec<String> {
    let secrets = client.stand_ins();
    let mut found = Vec::new();
    let mut text = |key: String, text: &str, is_address| {
        found.extend(template::fault(text, is_address, values, &secrets).map(|why| format!("{key}: {why}")));
    };
    text(format!("{key}.url"), &request.url, true);
    for (name, value) in client.headers() {
        text(format!("headers.{name}"), value, false);
    }
    for (name, value) in &request.headers {
        text(format!("{key}.headers.{name}"), value, false);
    }
    for (name, value) in request.form.iter().flatten() {
        text(format!("{key}.form.{name}"), value, false);
    }
    if let Some(body) = &request.body {
        each_text(&format!("{key}.body"), body, &mut |key, value| text(key, value, false));
        each_pointer(&format!("{key}.body"), body, &mut |key, pointer| {
            if values.at(pointer).is_none() {
                found.push(format!("{key}: `{pointer}` is undefined"));
            }
        });
    }
    if found.is_empty() {
        found.extend(client.try_out(request, values).err().map(|why| format!("{key}: {why}")));
    }
    found
}

/// The texts of a body, with their keys.
fn each_text(key: &str, body: &Value, tell: &mut impl FnMut(String, &str)) {
    match body {
        Value::String(text) => tell(key.to_owned(), text),
        _ if client::stands_for(body).is_some() => {}
        _ => inside(key, body).for_each(|(key, value)| each_text(&key, value, tell)),
    }
}

/// What stands for values in a body, with its key.
fn each_pointer(key: &str, body: &Value, tell: &mut impl FnMut(String, &str)) {
    match client::stands_for(body) {
        Some(pointer) => tell(key.to_owned(), pointer),
        None => inside(key, body).for_each(|(key, value)| each_pointer(&key, value, tell)),
    }
}

fn inside<'v>(key: &str, body: &'v Value) -> Box<dyn Iterator<Item = (String, &'v Value)> + 'v> {
    let key = key.to_owned();
    match body {
        Value::Array(items) => {
            Box::new(items.iter().enumerate().map(move |(number, value)| (format!("{key}.{number}"), value)))
        }
        Value::Object(fields) => Box::new(fields.iter().map(move |(name, value)| (format!("{key}.{name}"), value))),
        _ => Box::new(std::iter::empty()),
    }
}
