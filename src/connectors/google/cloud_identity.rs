//! Devices of every kind, and the people who sign in to them, by Cloud Identity (discovery document `cloudidentity.v1`).

use reqwest::{Method, Url};
use serde_json::{Value, json};

use super::client::Client;
use super::config::Api;
use super::said;
use super::scope::Scope;
use crate::connectors::Call;
use crate::connectors::http::{Failure, Request};
use crate::connectors::vendor::text;

/// How Cloud Identity calls the admin's own organisation.
const CUSTOMER: &str = "customers/my_customer";

impl Client {
    /// A resource by its name, as in `devices/abc/deviceUsers/def`.
    fn resource(&self, name: &str) -> Result<Url, Failure> {
        self.at(Api::CloudIdentity, &name.split('/').collect::<Vec<_>>())
    }

    /// Who signs in to a device; `devices/-` for all devices.
    pub(super) async fn device_users(
        &self,
        of: &str,
        filter: Option<&str>,
        call: &Call,
    ) -> Result<Vec<Value>, Failure> {
        let mut request = Request::get(self.resource(&format!("{of}/deviceUsers"))?)
            .query(&[("customer", CUSTOMER), ("pageSize", "20")]);
        if let Some(filter) = filter {
            request = request.query(&[("filter", filter)]);
        }
        self.with(Scope::Devices).pages(&request, "deviceUsers", call).await
    }

    /// Everywhere that this address signs in. The filter is a search, so each is looked at.
    pub(super) async fn signed_in(&self, email: &str, call: &Call) -> Result<Vec<Value>, Failure> {
        let mut users = self.device_users("devices/-", Some(&format!("email:{email}")), call).await?;
        users.retain(|it| text(it, "userEmail").eq_ignore_ascii_case(email));
        Ok(users)
    }

    /// A device, or a user of one.
    pub(super) async fn device(&self, name: &str, call: &Call) -> Result<Value, Failure> {
        let request = Request::get(self.resource(name)?).query(&[("customer", CUSTOMER)]);
        self.with(Scope::Devices).read(request, call).await
    }

    /// What asks a verb of a device or of a user of one, as in `devices/abc:wipe`.
    pub(super) fn order(&self, name: &str, verb: &str) -> Result<Request, Failure> {
        let url = self.resource(&format!("{name}:{verb}"))?;
        Ok(Request::act(Method::POST, url).json(json!({ "customer": CUSTOMER })))
    }

    /// Sends it. The answer is an operation: that it was taken is no proof, but it may have failed already, in a 200.
    pub(super) async fn ordered(&self, order: Request, call: &Call) -> Result<(), Failure> {
        let answer = self.with(Scope::Devices).send(order, call).await?;
        match answer.json::<Value>()?.get("error") {
            Some(error) => Err(said::status(&answer, Scope::Devices, error)),
            None => Ok(()),
        }
    }
}
