//! What an approval is bound to: the hash of everything that the plan says.

use sha2::{Digest, Sha256};

use super::PlanError;
use crate::model::Plan;

/// SHA-256, in hex, of the plan's canonical JSON (RFC 8785) without its `digest` field.
pub fn digest(plan: &Plan) -> Result<String, PlanError> {
    let failed = |error: serde_json::Error| PlanError::Digest(error.to_string());
    let mut content = serde_json::to_value(plan).map_err(failed)?;
    if let Some(fields) = content.as_object_mut() {
        fields.remove("digest");
    }
    Ok(hex::encode(Sha256::digest(serde_json_canonicalizer::to_vec(&content).map_err(failed)?)))
}
