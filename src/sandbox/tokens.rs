//! Opaque bearer tokens handed out by the token endpoints.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use super::credentials::random_hex;

/// What a bearer may do.
pub(super) struct Grant {
    /// Which vendor gave it; a token is good there only.
    pub(super) vendor: &'static str,
    /// Number of the person it acts as, where the vendor has such a notion.
    pub(super) acts_as: Option<usize>,
    pub(super) scopes: Vec<String>,
}

impl Grant {
    pub(super) fn has(&self, scope: &str) -> bool {
        self.scopes.iter().any(|granted| granted == scope)
    }
}

#[derive(Default)]
pub(super) struct Tokens(RwLock<HashMap<String, (Arc<Grant>, Instant)>>);

impl Tokens {
    /// A new token starting with `prefix`, good for `life`.
    pub(super) fn mint(&self, prefix: &str, grant: Grant, life: Duration) -> String {
        let token = format!("{prefix}{}", random_hex(24).unwrap_or_default());
        let mut tokens = self.0.write().unwrap_or_else(PoisonError::into_inner);
        tokens.insert(token.clone(), (Arc::new(grant), Instant::now() + life));
        token
    }

    pub(super) fn look_up(&self, vendor: &str, token: &str) -> Option<Arc<Grant>> {
        let tokens = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let (grant, until) = tokens.get(token)?;
        (grant.vendor == vendor && Instant::now() < *until).then(|| Arc::clone(grant))
    }

    /// Ends the life of every token at once, as a vendor's key rotation does.
    pub(super) fn expire_all(&self) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
