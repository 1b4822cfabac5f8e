//! A system that is declared in the configuration and nowhere else, and the answers that it gives when it is well.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use crate::chaos::{Deed, answer};

/// Its section; the one action is `<name>.cut`.
pub(crate) fn section(name: &str, base: &str, more: &str) -> String {
    format!(
        r#"
[connectors.{name}]
type = "http"
base_url = "{base}"
deadline = "2s"
quarantine = "1500ms"
{more}
[connectors.{name}.locate]
request = {{ url = "/who?email={{{{ leaver.email }}}}" }}
id = "/id"
match = "/email"

[connectors.{name}.probe]
url = "/well"

[[connectors.{name}.actions]]
name = "cut"
title = "Cuts the account"
danger = "reversible"
class = "reconcile"
request = {{ method = "POST", url = "/cut/{{{{ account.id }}}}" }}
done = [{{ status = 200, pointer = "/cut", equals = true }}]

[connectors.{name}.actions.verify]
request = {{ url = "/state/{{{{ account.id }}}}" }}
dead = [{{ pointer = "/cut", equals = true }}]
alive = [{{ pointer = "/cut", equals = false }}]
"#
    )
}

/// Everybody has an account there, whose id is the address; who is cut stays cut.
#[derive(Default)]
pub(crate) struct Vendor {
    cut: Mutex<BTreeSet<String>>,
}

impl Vendor {
    pub(crate) fn answer(&self, request: &str) -> Deed {
        let path = request.split(' ').nth(1).unwrap_or_default().replace("%40", "@");
        let mut cut = self.cut.lock().unwrap_or_else(PoisonError::into_inner);
        let body = if let Some(email) = path.strip_prefix("/who?email=") {
            format!(r#"{{"id":"{email}","email":"{email}"}}"#)
        } else if let Some(id) = path.strip_prefix("/cut/") {
            cut.insert(id.to_owned());
            r#"{"cut":true}"#.to_owned()
        } else if let Some(id) = path.strip_prefix("/state/") {
            format!(r#"{{"cut":{}}}"#, cut.contains(id))
        } else {
            "{}".to_owned()
        };
        answer("200 OK", "", &body)
    }
}

/// A configuration with these systems and no other.
pub(crate) fn alone(config: &str, sections: &[String]) -> String {
    let (head, _) = config.split_once("[connectors.google]").unwrap();
    format!("{head}{}", sections.concat())
}
