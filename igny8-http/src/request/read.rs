//! Reads typed values out of requests, so that what does not fit is named by field.

use igny8_core::error::FieldErrors;
use serde::de::{DeserializeOwned, Deserializer};

/// Reads a value; the complaint is on the field that does not fit, or on `whole` when it is the value itself.
pub(super) fn fields<'de, T, D>(source: D, whole: &str) -> Result<T, FieldErrors>
where
    T: DeserializeOwned,
    D: Deserializer<'de>,
{
    serde_path_to_error::deserialize(source).map_err(|error| {
        // The name of a map's entry is not on the path when it is the name that does not fit.
        let path = error.path().to_string();
        let path = path.strip_suffix(".?").unwrap_or(&path);
        let message = error.inner().to_string();
        // What is missing or unknown is complained of on the object that should (not) have it.
        let named = ["missing field `", "unknown field `"].iter().find_map(|begin| {
            message.strip_prefix(begin).and_then(|rest| rest.split('`').next()).map(str::to_owned)
        });
        let field = match (path, named) {
            ("." | "?", Some(name)) => name,
            ("." | "?", None) => whole.to_owned(),
            (path, Some(name)) if !path.ends_with(&name) => format!("{path}.{name}"),
            (path, _) => path.to_owned(),
        };
        FieldErrors::one(field, without_place(&message))
    })
}

/// A message without serde_json's line and column, which mean nothing to who wrote the value in a program.
fn without_place(message: &str) -> &str {
    message.rfind(" at line ").map_or(message, |at| message.get(..at).unwrap_or(message))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code, reason = "only read")]
    struct Row {
        keyword: String,
        volume: Option<u32>,
    }

    fn complaint(json: &str) -> String {
        fields::<Row, _>(&mut serde_json::Deserializer::from_str(json), "body").unwrap_err().to_string()
    }

    #[test]
    fn complaints_name_the_field() {
        assert_eq!(complaint(r#"{"volume": 1}"#), "keyword: missing field `keyword`");
        assert!(complaint(r#"{"keyword": "a", "volume": "b"}"#).starts_with("volume: invalid type: string"));
        let unknown = complaint(r#"{"keyword": "a", "account_id": 1}"#);
        assert!(unknown.starts_with("account_id: unknown field `account_id`, expected"), "{unknown}");
        assert!(complaint("[1]").starts_with("[0]: invalid type"), "{}", complaint("[1]"));
        assert!(complaint("{").starts_with("body: EOF"), "{}", complaint("{"));
    }
}
