//! What is the same for everything that is done to a person's devices, done once: whose they are, which are done already,
//! and what is said of them together.

use serde_json::{Value, json};

use super::device::Device;
use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, What, each};
use crate::connectors::vendor::{Act, kept};
use crate::connectors::{BoxFuture, Call};
use crate::model::{Account, Before, Outcome, Verdict};

/// How far one device has come.
pub(super) enum Standing {
    /// It is so: what shows it.
    Done(String),
    /// The command is on its way, and must not be sent again.
    Queued(String),
    /// Nothing was done: what shows it.
    Open(String),
}

/// What is done to one device.
pub(super) trait Task: Send + Sync + 'static {
    /// The person's devices that it is about at all.
    fn devices(&self, name: &str, call: &Call) -> impl Future<Output = Result<Vec<Device>, Failure>> + Send;

    /// How far the device has come. Reads only.
    fn standing(&self, device: &Device, call: &Call) -> impl Future<Output = Result<Standing, Failure>> + Send;

    /// Why a person must decide about this device, if so.
    fn unfit(&self, device: &Device) -> Option<String>;

    /// Does it.
    fn act(&self, device: &Device, call: &Call) -> impl Future<Output = Result<(), Failure>> + Send;

    /// Takes it back for the devices of a before-image.
    fn take_back(&self, devices: &[Value], call: &Call) -> impl Future<Output = Result<Outcome, Failure>> + Send;
}

/// A task for all devices of a person.
pub(super) struct OnDevices<T>(pub(super) T);

/// A person's devices, told apart.
#[derive(Default)]
struct Sorted {
    open: Vec<(Device, String)>,
    queued: Vec<String>,
    done: Vec<String>,
    doubts: Vec<String>,
}

impl<T: Task> OnDevices<T> {
    async fn sorted(&self, account: &Account, call: &Call) -> Result<Sorted, Failure> {
        let mut sorted = Sorted::default();
        for device in self.0.devices(&account.id, call).await? {
            if let Some(doubt) = device.doubt(account) {
                sorted.doubts.push(doubt);
                continue;
            }
            match self.0.standing(&device, call).await? {
                Standing::Done(how) => sorted.done.push(how),
                Standing::Queued(how) => sorted.queued.push(how),
                Standing::Open(how) => match self.0.unfit(&device) {
                    Some(doubt) => sorted.doubts.push(doubt),
                    None => sorted.open.push((device, how)),
                },
            }
        }
        Ok(sorted)
    }
}

impl<T: Task> Act for OnDevices<T> {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let sorted = self.sorted(account, call).await?;
        if sorted.open.is_empty() {
            let settled: Vec<String> = sorted.done.into_iter().chain(sorted.queued).collect();
            if settled.is_empty() && !sorted.doubts.is_empty() {
                return Err(Failure::needs_human(sorted.doubts.join("; ")));
            }
            let note = if settled.is_empty() { "no such device is assigned".to_owned() } else { settled.join("; ") };
            return Ok(Outcome::already(note));
        }
        let images: Vec<Value> = sorted.open.iter().map(|(device, _)| device.image()).collect();
        call.keep(Before::of(json!({ "devices": images }))).await?;
        let acts = sorted
            .open
            .iter()
            .map(|(device, _)| -> BoxFuture<'_, Result<(), Failure>> { Box::pin(self.0.act(device, call)) })
            .collect();
        each::all(acts).await?;
        // Doubts, if there are any, are what the read-back shows.
        Ok(Outcome::Acknowledged)
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        let sorted = self.sorted(account, call).await?;
        let open = sorted.open.into_iter().map(|(_, how)| how);
        let alive: Vec<String> = open.chain(sorted.queued).chain(sorted.doubts).collect();
        Ok(match (alive.as_slice(), sorted.done.as_slice()) {
            ([], []) => Verdict::Dead { evidence: "no such device is assigned".into() },
            ([], done) => Verdict::Dead { evidence: done.join("; ") },
            (alive, _) => Verdict::Alive { evidence: alive.join("; ") },
        })
    }

    async fn undo(&self, _account: &Account, before: &Value, call: &Call) -> Result<Outcome, Failure> {
        let devices = kept(before, "devices");
        self.0.take_back(devices, call).await
    }
}

/// What cannot be taken back from here, and how a person can.
pub(super) fn by_hand(reason: &str, cure: &str) -> Failure {
    Failure::new(Kind::Read, What::Rejected, reason).cure(cure)
}
