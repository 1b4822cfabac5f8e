//! AWS: IAM users of one account, or the users of IAM Identity Center. Several accounts are several connectors.
//!
//! The requests are made here by hand, from Amazon's service models, and signed by Amazon's own crate (`aws-sigv4`). The
//! service SDKs are left out on purpose: they bring an HTTP client of their own that sends anew by itself, and every act
//! here has to pass the one client that knows the deadline, waits for the intent to be on disk, sends once, and keeps a
//! redacted record.
//!
//! Two things are AWS's own. Most IAM calls take `UserName` as optional and mean *the caller* without it: so a call
//! cannot be made here without a `UserName` (`iam.rs`), which is never empty. And a deny on an IAM user ends neither the
//! sessions of roles that the user assumed before, nor those that Identity Center gave out: the first are cut by a deny
//! on the roles that the configuration names, narrowed to the person; the others run to their end, because the one
//! inline policy of a permission set belongs to everybody who uses it, and is not rewritten for a single person.

mod center;
mod client;
mod config;
mod iam;
mod percent;
mod said;
mod sign;

pub use config::Config;

use super::vendor::Given;
use super::{BuildError, Connector};
use config::Directory;

/// The name of this kind in a section's `type`.
pub const KIND: &str = "aws";

/// Makes the connector. Fetches no secret and sends nothing.
pub fn build(given: &Given, config: Config) -> Result<Box<dyn Connector>, BuildError> {
    config.check().map_err(|problem| given.wrong(problem))?;
    match config.directory {
        Directory::Iam => iam::build(given, config),
        Directory::IdentityCenter => center::build(given, config),
    }
}
