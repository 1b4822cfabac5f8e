//! What an approval is bound to: the hash of everything that the plan says.

use sha2::{Digest, Sha256};

use super::PlanError;
use crate::model::Plan;

/// SHA-256, in hex, of the plan's canonical JSON (RFC 8785) without its `digest` field.
pub fn digest(plan: &Plan) -> Result<String, PlanError> {
    Ok(hex::encode(Sha256::digest(canonical(plan)?)))
}

fn canonical(plan: &Plan) -> Result<Vec<u8>, PlanError> {
    let mut content = serde_json::to_value(plan).map_err(failed)?;
    if let Some(fields) = content.as_object_mut() {
        fields.remove("digest");
    }
    serde_json_canonicalizer::to_vec(&content).map_err(failed)
}

fn failed(error: impl std::fmt::Display) -> PlanError {
    PlanError::Digest(error.to_string())
}

/// The canonical JSON of plans that differ in the person alone: what stands before the person's key, hashed already, and
/// what stands after it.
#[derive(Debug)]
pub(super) struct Content {
    before: Sha256,
    after: Vec<u8>,
}

impl Content {
    /// Of all plans that are like this one, whose person is left empty.
    pub(super) fn of(plan: &mut Plan) -> Result<Self, PlanError> {
        // Quotes within texts are escaped, so that this can stand nowhere but where it is meant.
        const GAP: &[u8] = b"\"person\":\"\"";
        plan.person.clear();
        let whole = canonical(plan)?;
        let at = whole.windows(GAP.len()).position(|window| window == GAP);
        let at = at.ok_or_else(|| failed("the plan names no person"))? + GAP.len() - 2;
        Ok(Self { before: Sha256::new_with_prefix(&whole[..at]), after: whole[at + 2..].to_vec() })
    }

    /// [`digest`] of the plan for this person.
    pub(super) fn digest(&self, person: &str) -> Result<String, PlanError> {
        let person = serde_json_canonicalizer::to_vec(&person).map_err(failed)?;
        Ok(hex::encode(self.before.clone().chain_update(person).chain_update(&self.after).finalize()))
    }
}
