//! Stateful stand-ins of the vendors' APIs on loopback HTTP, for the demo, rehearsals and tests; imports nothing of the
//! rest.
//!
//! Each vendor is a path prefix of one listener and keeps to that vendor's published contract: its status codes, error
//! bodies, headers and traps. Three things set it apart from a mock. It has state, so a read-back proves something. It
//! knows the [`Truth`] that the vendors' lagging reads do not tell. And once a call is let in, its effect takes place
//! even if the caller dies meanwhile, because real vendors do not take back what a dead client asked for.
//!
//! A call goes through `server` (connections), `stage` (what every call goes through), a vendor's `route` (what is
//! asked) and the deed that the route carries.

mod account;
mod admin;
mod adobe;
mod alerts;
mod atlassian;
mod bamboohr;
mod clock;
mod credentials;
mod desk;
mod dice;
mod fault;
mod github;
mod gitlab;
mod google;
mod hooks;
mod hubspot;
mod jamf;
mod jwt;
mod lagged;
mod limit;
mod lock;
mod msgraph;
mod okta;
mod pagerduty;
mod people;
mod record;
mod reply;
mod request;
mod route;
mod salesforce;
mod scim;
mod server;
mod slack;
mod stage;
mod tokens;
mod tools;
mod truth;
mod vendor;
mod webhook;
mod world;
mod zoom;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use alerts::{Alerts, Incident, Message};
pub use credentials::Credentials;
pub use fault::Fault;
pub use people::Person;
pub use record::{Call, Kind, Summary};
pub use truth::{DeskTruth, GithubTruth, GoogleTruth, OktaTruth, SlackTruth, Truth};
pub use webhook::SignedWebhook;

use world::World;

/// How a sandbox is set up.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to listen; port 0 takes a free one. The sandbox refuses nobody, so keep it on loopback.
    pub listen: SocketAddr,
    /// Decides the people, their accounts and the order of mishaps.
    pub seed: u64,
    /// How many people the directory has.
    pub people: usize,
    /// Milliseconds for which reads of Google's `suspended`, Okta's `status` and GitHub's membership show the state
    /// before the last write.
    pub read_lag_ms: u64,
    /// How many calls to keep in full; older ones are dropped, totals are not.
    pub record_calls: usize,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            seed: 1,
            people: 250,
            read_lag_ms: 0,
            record_calls: 100_000,
        }
    }
}

/// A running sandbox. Dropping it closes all its connections at once; a deed that waits for its delay still takes place.
pub struct Sandbox {
    world: Arc<World>,
    address: SocketAddr,
    server: JoinHandle<()>,
}

impl Sandbox {
    /// Binds, makes keys and serves from a task of the current tokio runtime. Ready when it returns.
    ///
    /// # Errors
    /// The address cannot be bound, or the system gives no randomness.
    pub async fn start(options: Options) -> std::io::Result<Sandbox> {
        let listener = TcpListener::bind(options.listen).await?;
        let address = listener.local_addr()?;
        let base = format!("http://{address}");
        let world = tokio::task::spawn_blocking(move || {
            let issued = credentials::issue(&base)?;
            Ok::<_, std::io::Error>(Arc::new(World::new(base, issued, &options)))
        })
        .await
        .map_err(std::io::Error::other)??;
        let server = tokio::spawn(server::serve(listener, Arc::clone(&world)));
        Ok(Sandbox { world, address, server })
    }

    /// `http://ADDRESS:PORT`, without a slash at the end.
    pub fn base_url(&self) -> String {
        self.world.base.clone()
    }

    /// The bound address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What clients sign in with.
    pub fn credentials(&self) -> &Credentials {
        &self.world.issued.credentials
    }

    /// The directory, the same for the same seed and count.
    pub fn people(&self) -> Vec<Person> {
        self.world.staff().to_vec()
    }

    /// What is really so of the person with this primary address.
    pub fn truth(&self, email: &str) -> Option<Truth> {
        self.world.truth(email)
    }

    /// What is really so of this person's access to one vendor, in the vendor's own words.
    pub fn state(&self, vendor: &str, email: &str) -> Option<serde_json::Value> {
        let who = self.world.keys.email(email)?;
        vendor::Vendor::of_prefix(vendor).map(|vendor| vendor.state(&self.world, who)).filter(|it| !it.is_null())
    }

    /// The calls that arrived, oldest first; calls to the sandbox's own `/_sandbox` are not among them.
    pub fn calls(&self) -> Vec<Call> {
        self.world.recorder.calls(0, None)
    }

    /// Totals of all calls since the start.
    pub fn summary(&self) -> Summary {
        self.world.recorder.summary()
    }

    /// The alerts that came in.
    pub fn alerts(&self) -> Alerts {
        self.world.alerts.snapshot()
    }

    /// Adds a fault to those already set. One that names an unknown vendor hits nobody.
    pub fn set_fault(&self, fault: Fault) {
        self.world.faults.set(fault);
    }

    /// Takes a scope back that was granted to Google's service account or Okta's service app, as in `apps.licensing`:
    /// whoever asks for it gets no token. Tokens that were given out stay good.
    pub fn withhold_scope(&self, scope: &str) {
        self.world.withhold(scope);
    }

    /// Ends all faults. Calls already delayed stay delayed.
    pub fn clear_faults(&self) {
        self.world.faults.clear();
    }

    /// Writes the person's last day, `YYYY-MM-DD`, into the HR system; `None` takes it back. False if there is no such
    /// person or day.
    pub fn terminate(&self, email: &str, last_day: Option<&str>) -> bool {
        bamboohr::terminate(&self.world, email, last_day)
    }

    /// The signed webhook that the HR system sends when the person's employment status changes. It is thin, as the real
    /// one: the receiver has to read the person back.
    pub fn leaver_webhook(&self, email: &str) -> Option<SignedWebhook> {
        webhook::leaver(&self.world, email)
    }

    /// The same as an `employee_with_fields.updated` webhook, which carries the person's fields.
    pub fn leaver_webhook_with_fields(&self, email: &str) -> Option<SignedWebhook> {
        webhook::leaver_with_fields(&self.world, email)
    }

    /// Closes the listener, which is done when this returns, and every connection.
    pub async fn stop(mut self) {
        self.server.abort();
        // The only possible error is the cancellation just asked for.
        let _cancelled = (&mut self.server).await;
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.server.abort();
    }
}
