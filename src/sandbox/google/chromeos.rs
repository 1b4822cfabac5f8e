//! `ChromeOS` devices by the Directory API: whose they are annotated to be, who signed in, and whether they are disabled.

use serde_json::{Value, json};

use super::super::dice::Draw;
use super::super::lock::hold;
use super::super::people::{DOMAIN, Person};
use super::super::reply::Reply;
use super::super::route::{Answer, Turn};
use super::{CHROMEOS, allowed, error};

/// All of the domain's.
pub(super) struct Chromebooks(Vec<Chromebook>);

struct Chromebook {
    id: String,
    model: &'static str,
    /// Free text.
    annotated: String,
    /// The latest first.
    recent: Vec<String>,
    status: &'static str,
}

impl Chromebooks {
    /// Number 0 has one, and one in three; of every ninth person it is disabled already. A kiosk at the front desk is
    /// everybody's.
    pub(super) fn fresh(seed: u64, people: &[Person]) -> Self {
        let owns = |index: usize| index == 0 || Draw::new(seed ^ 0x6368_726f_6d65_0001, index).one_in(3);
        let mut all: Vec<Chromebook> = people
            .iter()
            .enumerate()
            .filter(|(index, _)| owns(*index))
            .map(|(index, person)| Chromebook {
                id: format!("c4r0me{index:06}"),
                model: "Book 12",
                annotated: person.email.clone(),
                // The console's admin enrolled it.
                recent: vec![person.email.clone(), format!("zulu.console@{DOMAIN}")],
                status: if index % 9 == 8 { "DISABLED" } else { "ACTIVE" },
            })
            .collect();
        all.push(Chromebook {
            id: "c4r0mekiosk".to_owned(),
            model: "Box 3",
            annotated: "Front desk".to_owned(),
            recent: people.iter().take(3).map(|person| person.email.clone()).collect(),
            status: "ACTIVE",
        });
        Self(all)
    }

    /// Puts what is annotated to one person back.
    pub(super) fn restore(&mut self, fresh: Self, email: &str) {
        self.0.retain(|it| it.annotated != email);
        self.0.extend(fresh.0.into_iter().filter(|it| it.annotated == email));
    }

    pub(super) fn statuses_of(&self, email: &str) -> Vec<&'static str> {
        self.0.iter().filter(|it| it.annotated == email).map(|it| it.status).collect()
    }

    /// To whom it is annotated.
    pub(super) fn whose(&self, id: &str) -> Option<String> {
        self.0.iter().find(|it| it.id == id).map(|it| it.annotated.clone())
    }
}

impl Chromebook {
    fn shown(&self) -> Value {
        let recent: Vec<Value> =
            self.recent.iter().map(|it| json!({"type": "USER_TYPE_MANAGED", "email": it})).collect();
        json!({"kind": "admin#directory#chromeosdevice", "deviceId": self.id, "status": self.status,
            "model": self.model, "serialNumber": self.id.to_uppercase(), "annotatedUser": self.annotated,
            "recentUsers": recent})
    }
}

/// `?query=user:…` or `recent_user:…`: a search, that finds whatever begins so.
pub(super) fn list(turn: &Turn<'_>) -> Answer {
    allowed(turn, &[CHROMEOS])?;
    let query = turn.request.query("query").unwrap_or_default().to_lowercase();
    let begins = |text: &str, with: &str| text.to_lowercase().starts_with(with);
    let tenant = hold(&turn.world.google);
    let all = tenant.chromebooks.0.iter();
    let found: Vec<Value> = match query.split_once(':') {
        Some(("user", whom)) => all.filter(|it| begins(&it.annotated, whom)).map(Chromebook::shown).collect(),
        Some(("recent_user", whom)) => {
            all.filter(|it| it.recent.iter().any(|it| begins(it, whom))).map(Chromebook::shown).collect()
        }
        _ => return Err(error(400, "invalid", "Invalid Input: query")),
    };
    let mut body = json!({"kind": "admin#directory#chromeosdevices", "etag": "\"sandbox\""});
    if !found.is_empty() {
        body["chromeosdevices"] = json!(found);
    }
    Ok(Reply::json(200, &body))
}

pub(super) fn get(turn: &Turn<'_>, id: &str) -> Answer {
    allowed(turn, &[CHROMEOS])?;
    let tenant = hold(&turn.world.google);
    let found = tenant.chromebooks.0.iter().find(|it| it.id == id);
    let device = found.ok_or_else(|| error(404, "notFound", "Resource Not Found: deviceId"))?;
    Ok(Reply::json(200, &device.shown()))
}

fn asked(body: Option<&Value>) -> &str {
    let action = body.and_then(|body| body.get("changeChromeOsDeviceStatusAction")).and_then(Value::as_str);
    action.unwrap_or_default()
}

/// Named by what it does.
pub(super) fn order_name(body: Option<&Value>) -> &'static str {
    if asked(body).ends_with("_REENABLE") { "google.chromeos.reenable" } else { "google.chromeos.disable" }
}

/// The answer is 200 whatever became of each device.
pub(super) fn change_status(turn: &Turn<'_>, body: Option<&Value>) -> Answer {
    allowed(turn, &[CHROMEOS])?;
    let (from, to) = match asked(body) {
        "CHANGE_CHROME_OS_DEVICE_STATUS_ACTION_DISABLE" => ("ACTIVE", "DISABLED"),
        "CHANGE_CHROME_OS_DEVICE_STATUS_ACTION_REENABLE" => ("DISABLED", "ACTIVE"),
        _ => return Err(error(400, "invalid", "Invalid Input: changeChromeOsDeviceStatusAction")),
    };
    let ids = body.and_then(|body| body.get("deviceIds")).and_then(Value::as_array).map(Vec::as_slice);
    let ids: Vec<&str> = ids.unwrap_or_default().iter().filter_map(Value::as_str).collect();
    if !(1..=50).contains(&ids.len()) {
        return Err(error(400, "invalid", "Invalid Input: deviceIds"));
    }
    let mut tenant = hold(&turn.world.google);
    let results: Vec<Value> = ids
        .iter()
        .map(|id| match tenant.chromebooks.0.iter_mut().find(|it| it.id == *id) {
            None => json!({"deviceId": id, "error": {"code": 5, "message": "Device not found."}}),
            Some(device) if device.status != from => {
                json!({"deviceId": id, "error": {"code": 9, "message": "The device is not in a state that allows this."}})
            }
            Some(device) => {
                device.status = to;
                json!({"deviceId": id, "response": {}})
            }
        })
        .collect();
    Ok(Reply::json(200, &json!({"changeChromeOsDeviceStatusResults": results})).done())
}
