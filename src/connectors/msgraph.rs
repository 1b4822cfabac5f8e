//! Microsoft Graph, shared by the connectors `entra` and `intune`: tokens, calls, errors, lists, and whose user it is.

mod access_token;
mod client;
mod config;
mod credential;
mod said;
pub(super) mod stamp;
mod user;

pub use config::Config;

pub(super) use client::{Graph, type_name};
pub(super) use user::User;
