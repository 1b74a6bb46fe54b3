//! Lists in a query string, and fields of a patch that may be emptied.

use std::marker::PhantomData;

use rust_decimal::Decimal;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{self, Deserialize, DeserializeOwned, Deserializer, IntoDeserializer, Visitor};

/// Values separated by commas: `new,clustered`. Over HTTP an array in the style `form`, not exploded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Words<T>(pub(crate) Vec<T>);

impl<T> Default for Words<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Words<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Separated<T>(PhantomData<T>);

        impl<T: DeserializeOwned> Visitor<'_> for Separated<T> {
            type Value = Words<T>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("values separated by commas")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Words<T>, E> {
                let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
                words
                    .map(|word| T::deserialize(word.into_deserializer()))
                    .collect::<Result<_, E>>()
                    .map(Words)
            }
        }

        deserializer.deserialize_str(Separated(PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for Words<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("Words_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({"type": "array", "items": generator.subschema_for::<T>()})
    }
}

/// A decimal as a number or as text, whose digits are kept.
pub(crate) fn decimal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Decimal>, D::Error> {
    #[derive(serde::Deserialize)]
    #[serde(untagged)]
    enum Given {
        Number(serde_json::Number),
        Text(String),
    }

    let text = match Option::<Given>::deserialize(deserializer)? {
        None => return Ok(None),
        Some(Given::Number(number)) => number.to_string(),
        Some(Given::Text(text)) => text,
    };
    let parsed = text.parse().or_else(|_| Decimal::from_scientific(&text));
    parsed
        .map(Some)
        .map_err(|_| de::Error::custom(format!("`{text}` is not a decimal number that can be kept")))
}

/// A difficulty: 0 to 100.
pub(crate) fn difficulty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u8>, D::Error> {
    match Option::<u8>::deserialize(deserializer)? {
        Some(over) if over > 100 => Err(de::Error::custom(format!("{over} is not 0 to 100"))),
        difficulty => Ok(difficulty),
    }
}

/// A decimal of a patch, which may be emptied.
pub(crate) fn nullable_decimal<'de, D>(deserializer: D) -> Result<Option<Option<Decimal>>, D::Error>
where
    D: Deserializer<'de>,
{
    decimal(deserializer).map(Some)
}

/// Tells a field that is null from one that is not there: for fields of a patch that may be emptied.
pub(crate) fn nullable<'de, T, D>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::<T>::deserialize(deserializer).map(Some)
}
