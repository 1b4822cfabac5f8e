//! The before-image: what an undo gives back, captured before the act and journalled before it leaves.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a step is about to take away.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Before {
    /// What undo needs, in the connector's own shape.
    pub image: Value,
    /// Licences and seats that the step frees, by the vendor's name of them, one entry a seat.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seats: Vec<String>,
}

impl Before {
    /// An image that frees no seat.
    pub fn of(image: Value) -> Self {
        Self { image, seats: Vec::new() }
    }

    /// The same, and these seats become free.
    #[must_use]
    pub fn seats<S: Into<String>>(self, seats: impl IntoIterator<Item = S>) -> Self {
        Self { seats: seats.into_iter().map(Into::into).collect(), ..self }
    }
}

/// The image of a step that was tried more than once. A later try sees what the earlier ones have left: where both say
/// something, the first was right; what is listed is united.
pub fn united(first: Value, later: Value) -> Value {
    match (first, later) {
        (Value::Null, later) => later,
        (Value::Array(mut first), Value::Array(later)) => {
            for item in later {
                if !first.contains(&item) {
                    first.push(item);
                }
            }
            Value::Array(first)
        }
        (Value::Object(mut first), Value::Object(later)) => {
            for (key, later) in later {
                let united = match first.remove(&key) {
                    Some(first) => united(first, later),
                    None => later,
                };
                first.insert(key, united);
            }
            Value::Object(first)
        }
        (first, _) => first,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_first_word_counts_and_lists_are_united() {
        let first = json!({ "suspended": false, "groups": ["a", "b"], "plan": { "seats": ["x"] } });
        let later = json!({ "suspended": true, "groups": ["b", "c"], "plan": { "seats": ["y"] }, "new": 1 });
        let both = json!({ "suspended": false, "groups": ["a", "b", "c"], "plan": { "seats": ["x", "y"] }, "new": 1 });
        assert_eq!(united(first.clone(), later), both);
        assert_eq!(united(Value::Null, first.clone()), first);
        assert_eq!(united(first.clone(), Value::Null), first);
    }
}
