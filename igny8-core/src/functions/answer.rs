//! Reads the JSON object out of what a model wrote, in a fixed order, and checks it against its schema.

use serde_json::Value;

use super::AnswerFault;
use crate::ports::AnswerSchema;

/// The answer as JSON that fits the schema.
///
/// Tried in this order: the whole text; the content of a fence that encloses the whole text; the first balanced object,
/// with strings understood, so that braces within them do not count.
///
/// # Errors
/// An [`AnswerFault`] in words that a model can act on.
pub(super) fn read_answer(text: &str, schema: &AnswerSchema) -> Result<Value, AnswerFault> {
    let text = text.trim_start_matches('\u{feff}').trim();
    let json = object(text)
        .or_else(|| fenced(text).and_then(object))
        .or_else(|| first_object(text).and_then(object))
        .ok_or_else(|| AnswerFault("it is not one complete JSON object".to_owned()))?;
    check(&json, schema)?;
    Ok(json)
}

fn object(text: &str) -> Option<Value> {
    serde_json::from_str::<Value>(text).ok().filter(Value::is_object)
}

/// What stands within a fence that opens at the first line and closes at the last.
fn fenced(text: &str) -> Option<&str> {
    let inner = text.strip_prefix("```")?.strip_suffix("```")?;
    let (language, body) = inner.split_once('\n')?;
    language.trim().chars().all(char::is_alphanumeric).then(|| body.trim())
}

/// The first balanced `{…}`.
fn first_object(text: &str) -> Option<&str> {
    let start = text.find('{')?;
    let mut depth = 0_u32;
    let mut in_string = false;
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(start) {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' => depth += 1,
            b'}' => {
                depth -= 1;
                if depth == 0 {
                    return text.get(start..=at);
                }
            }
            _ => {}
        }
    }
    None
}

fn check(json: &Value, schema: &AnswerSchema) -> Result<(), AnswerFault> {
    let validator = jsonschema::validator_for(&schema.schema)
        .map_err(|error| AnswerFault(format!("the answer's schema `{}` is broken: {error}", schema.name)))?;
    let faults: Vec<String> = validator
        .iter_errors(json)
        .take(5)
        .map(|error| {
            let place = error.instance_path().to_string();
            let place = if place.is_empty() { "the root".to_owned() } else { place };
            let message: String = error.to_string().chars().take(200).collect();
            format!("{place}: {message}")
        })
        .collect();
    if faults.is_empty() {
        Ok(())
    } else {
        Err(AnswerFault(format!("it does not fit its schema: {}", faults.join("; "))))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(text: &str) -> Result<Value, AnswerFault> {
        let schema = AnswerSchema {
            name: "a".to_owned(),
            schema: json!({
                "type": "object", "properties": {"a": {"type": "string"}},
                "required": ["a"], "additionalProperties": false,
            }),
        };
        read_answer(text, &schema)
    }

    #[test]
    fn answers_are_found_where_models_put_them() {
        let plain = json!({"a": "x } y"});
        for text in [
            r#"{"a": "x } y"}"#,
            "  \u{feff}{\"a\": \"x } y\"}\n",
            "```json\n{\"a\": \"x } y\"}\n```",
            "```\n{\"a\": \"x } y\"}\n```",
            "Here you are: {\"a\": \"x } y\"} I hope {this} helps.",
        ] {
            assert_eq!(read(text).as_ref(), Ok(&plain), "{text}");
        }
        assert_eq!(read(r#"{"a": "say \"}\" twice"} tail"#), Ok(json!({"a": "say \"}\" twice"})));
    }

    #[test]
    fn what_is_no_answer_is_refused_in_words() {
        for text in ["", "no", "[1]", "{\"a\": \"cut o", "{\"a\": 1}", "{\"b\": \"x\"}", "```json\n{\"a\":"] {
            let fault = read(text).unwrap_err();
            assert!(!fault.0.is_empty(), "{text}");
        }
    }
}
