//! A row of the source, read by whatever its columns are called there.
//! A column that is not there reads as null.

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use igny8_core::ids::AccountId;

/// A row.
pub(super) struct Row(Map<String, Value>);

impl Row {
    pub(super) fn of(value: Value) -> Self {
        match value {
            Value::Object(fields) => Self(fields),
            _ => Self(Map::new()),
        }
    }

    /// The whole row.
    pub(super) fn whole(&self) -> &Map<String, Value> {
        &self.0
    }

    /// Django's own primary key.
    pub(super) fn id(&self) -> i64 {
        self.int(&["id"]).unwrap_or_default()
    }

    /// The first of these columns that has a value.
    fn value(&self, names: &[&str]) -> Option<&Value> {
        names.iter().find_map(|name| self.0.get(*name).filter(|value| !value.is_null()))
    }

    /// A text that is not just white space.
    pub(super) fn text(&self, names: &[&str]) -> Option<String> {
        match self.value(names)? {
            Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// A text, empty when there is none.
    pub(super) fn text_or_empty(&self, names: &[&str]) -> String {
        self.text(names).unwrap_or_default()
    }

    /// A whole number, also one that is kept as a text or a decimal.
    pub(super) fn int(&self, names: &[&str]) -> Option<i64> {
        match self.value(names)? {
            Value::Number(number) => number.as_i64().or_else(|| number.as_f64().map(|number| number as i64)),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// A truth, `default` when there is none.
    pub(super) fn truth(&self, names: &[&str], default: bool) -> bool {
        self.value(names).and_then(Value::as_bool).unwrap_or(default)
    }

    /// Any JSON; one that is kept as a text is read.
    pub(super) fn json(&self, names: &[&str]) -> Option<Value> {
        match self.value(names)? {
            Value::String(text) => {
                serde_json::from_str(text).ok().or_else(|| Some(Value::String(text.clone())))
            }
            value => Some(value.clone()),
        }
    }

    /// A list of texts: a JSON array, or a text with commas or line ends between.
    pub(super) fn list(&self, names: &[&str]) -> Vec<String> {
        let texts: Vec<String> = match self.json(names) {
            Some(Value::Array(values)) => {
                values.iter().filter_map(Value::as_str).map(str::to_owned).collect()
            }
            Some(Value::String(text)) => text.split([',', '\n', ';']).map(str::to_owned).collect(),
            _ => Vec::new(),
        };
        let trimmed = texts.iter().map(|text| text.trim()).filter(|text| !text.is_empty());
        trimmed.map(str::to_owned).collect()
    }
}

/// The id that a row of the source has here: the same at every import into the same account.
pub(super) fn id_of(account: AccountId, table: &str, id: i64) -> Uuid {
    own_id(account.as_uuid().as_bytes(), table, id)
}

/// The id of a row that is no tenant's.
pub(super) fn shared_id(table: &str, id: i64) -> Uuid {
    own_id(b"the catalogue", table, id)
}

fn own_id(owner: &[u8], table: &str, id: i64) -> Uuid {
    let mut hash = Sha256::new();
    hash.update(b"igny8 from django\0");
    hash.update(owner);
    hash.update(b"\0");
    hash.update(table.as_bytes());
    hash.update(id.to_be_bytes());
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(hash.finalize()).for_each(|(byte, hashed)| *byte = hashed);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}
