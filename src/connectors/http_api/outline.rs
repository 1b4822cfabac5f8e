//! What an answer has, as JSON pointers (RFC 6901): for a person who has to mend a pointer that leads to nothing.

use serde_json::Value;

/// So many are named; the rest is left out.
const NAMED: usize = 12;

/// The pointers to an answer's values, without the values: of a list, to those of its first entry.
pub(super) fn pointers(answer: &Value) -> String {
    let mut all = Vec::new();
    each(answer, "", &mut |pointer, _| all.push(format!("`{pointer}`")));
    match all.as_slice() {
        [] => "nothing".to_owned(),
        few if few.len() <= NAMED => few.join(", "),
        many => format!("{}, and {} more", many[..NAMED].join(", "), many.len() - NAMED),
    }
}

/// Where this text stands, whatever its case.
pub(super) fn place_of(text: &str, answer: &Value) -> Option<String> {
    let mut found = None;
    each(answer, "", &mut |pointer, value| {
        if found.is_none() && value.as_str().is_some_and(|it| it.eq_ignore_ascii_case(text)) {
            found = Some(pointer.to_owned());
        }
    });
    found
}

fn each(value: &Value, pointer: &str, tell: &mut impl FnMut(&str, &Value)) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (name, value) in fields {
                let name = name.replace('~', "~0").replace('/', "~1");
                each(value, &format!("{pointer}/{name}"), tell);
            }
        }
        Value::Array(entries) => match entries.first() {
            Some(first) => each(first, &format!("{pointer}/0"), tell),
            None => tell(pointer, value),
        },
        _ => tell(pointer, value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_value_is_named_by_its_pointer_and_none_is_shown() {
        let answer =
            json!({ "items": [{ "a/b": 1, "holder": { "mail": "A@corp.example" } }, {}], "none": [], "e": {} });
        assert_eq!(pointers(&answer), "`/e`, `/items/0/a~1b`, `/items/0/holder/mail`, `/none`");
        assert_eq!(place_of("a@corp.example", &answer).as_deref(), Some("/items/0/holder/mail"));
        assert_eq!(place_of("b@corp.example", &answer), None);
        let many: Value = (0..20).map(|number| (format!("field{number:02}"), json!(number))).collect();
        assert!(pointers(&many).ends_with("`/field11`, and 8 more"), "{}", pointers(&many));
    }
}
