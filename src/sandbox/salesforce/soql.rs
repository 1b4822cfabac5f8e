//! The part of SOQL that single questions need: `SELECT fields|COUNT() FROM object [WHERE a = b [AND|OR …]] [LIMIT n]`.

use serde_json::Value;

pub(super) struct Query {
    /// Empty: `COUNT()`.
    pub(super) fields: Vec<String>,
    pub(super) object: String,
    /// Alternatives, each a list of conditions that all hold.
    any: Vec<Vec<Condition>>,
    pub(super) limit: Option<usize>,
}

struct Condition {
    field: String,
    equal: bool,
    value: Value,
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Sign(String),
}

impl Query {
    /// `None`: no query that Salesforce would take, or none that this stand-in knows.
    pub(super) fn parse(text: &str) -> Option<Query> {
        let tokens = tokens(text)?;
        let mut rest = tokens.as_slice();
        keyword(&mut rest, "SELECT")?;
        let mut fields = Vec::new();
        loop {
            let field = word(&mut rest)?;
            if field.eq_ignore_ascii_case("count()") {
                break;
            }
            fields.push(field);
            if !sign(&mut rest, ",") {
                break;
            }
        }
        keyword(&mut rest, "FROM")?;
        let object = word(&mut rest)?;
        let mut any = vec![Vec::new()];
        if keyword(&mut rest, "WHERE").is_some() {
            loop {
                any.last_mut()?.push(condition(&mut rest)?);
                if keyword(&mut rest, "OR").is_some() {
                    any.push(Vec::new());
                } else if keyword(&mut rest, "AND").is_none() {
                    break;
                }
            }
        }
        let limit = match keyword(&mut rest, "LIMIT") {
            Some(()) => Some(word(&mut rest)?.parse().ok()?),
            None => None,
        };
        rest.is_empty().then_some(Query { fields, object, any, limit })
    }

    /// Whether the row is asked for; the error names a field that it has not.
    pub(super) fn fits(&self, row: &Value) -> Result<bool, String> {
        for all in &self.any {
            let mut fits = true;
            for condition in all {
                let value = at(row, &condition.field).ok_or_else(|| condition.field.clone())?;
                fits &= same(value, &condition.value) == condition.equal;
            }
            if fits {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// The value at a path such as `Profile.Name`.
pub(super) fn at<'a>(row: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(row, |value, part| value.get(part))
}

/// Texts without regard to case, and ids by their first 15 characters.
fn same(one: &Value, other: &Value) -> bool {
    match (one.as_str(), other.as_str()) {
        (Some(one), Some(other)) if one.len() == 18 && other.len() == 15 => one.starts_with(other),
        (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
        _ => one == other,
    }
}

fn condition(rest: &mut &[Token]) -> Option<Condition> {
    let field = word(rest)?;
    let equal = if sign(rest, "=") {
        true
    } else if sign(rest, "!=") {
        false
    } else {
        return None;
    };
    let value = match rest.split_first()? {
        (Token::Text(text), after) => {
            *rest = after;
            Value::String(text.clone())
        }
        _ => match word(rest)?.to_ascii_lowercase().as_str() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "null" => Value::Null,
            _ => return None,
        },
    };
    Some(Condition { field, equal, value })
}

fn word(rest: &mut &[Token]) -> Option<String> {
    let (Token::Word(word), after) = rest.split_first()? else { return None };
    *rest = after;
    Some(word.clone())
}

fn keyword(rest: &mut &[Token], wanted: &str) -> Option<()> {
    match rest.split_first() {
        Some((Token::Word(word), after)) if word.eq_ignore_ascii_case(wanted) => {
            *rest = after;
            Some(())
        }
        _ => None,
    }
}

fn sign(rest: &mut &[Token], wanted: &str) -> bool {
    match rest.split_first() {
        Some((Token::Sign(sign), after)) if sign == wanted => {
            *rest = after;
            true
        }
        _ => false,
    }
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            ' ' => {}
            ',' | '=' => tokens.push(Token::Sign(letter.to_string())),
            '!' => tokens.push(Token::Sign(format!("!{}", letters.next().filter(|it| *it == '=')?))),
            '\'' => {
                let mut literal = String::new();
                loop {
                    match letters.next()? {
                        '\'' => break,
                        '\\' => literal.push(match letters.next()? {
                            'n' => '\n',
                            'r' => '\r',
                            't' => '\t',
                            escaped @ ('\'' | '"' | '\\') => escaped,
                            _ => return None,
                        }),
                        plain => literal.push(plain),
                    }
                }
                tokens.push(Token::Text(literal));
            }
            _ if is_wordy(letter) => {
                let mut word = letter.to_string();
                while let Some(next) = letters.next_if(|next| is_wordy(*next)) {
                    word.push(next);
                }
                tokens.push(Token::Word(word));
            }
            _ => return None,
        }
    }
    Some(tokens)
}

fn is_wordy(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "_.()".contains(letter)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_escaped_quote_stays_in_its_literal() {
        let row = json!({"Email": "o'brien@corp.example", "Profile": {"Admin": true}, "Id": "005000000000001AAA"});
        let fits = |text: &str| Query::parse(text).map(|query| query.fits(&row));
        assert_eq!(fits(r"SELECT Id FROM User WHERE Email = 'o\'brien@corp.example'"), Some(Ok(true)));
        assert_eq!(fits("SELECT Id FROM User WHERE Email = 'o'brien@corp.example'"), None);
        assert_eq!(
            fits("SELECT COUNT() FROM User WHERE Profile.Admin = true AND Id != '005000000000001'"),
            Some(Ok(false))
        );
        assert_eq!(fits("SELECT Id FROM User WHERE Id = '1' OR Profile.Admin = true LIMIT 3"), Some(Ok(true)));
        assert_eq!(fits("SELECT Id FROM User WHERE Nam = '1'"), Some(Err("Nam".into())));
    }
}
