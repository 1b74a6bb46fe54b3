//! The schemas of bodies and parameters, collected while the routes are made.

use std::cell::RefCell;

use schemars::generate::SchemaGenerator;
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value};

thread_local! {
    static GENERATOR: RefCell<SchemaGenerator> = RefCell::new(SchemaGenerator::default());
}

/// Begins a new collection.
pub(super) fn begin(generator: SchemaGenerator) {
    GENERATOR.with(|current| *current.borrow_mut() = generator);
}

/// What was collected, by name.
pub(super) fn end() -> Map<String, Value> {
    let mut schemas = GENERATOR.with(|current| current.borrow_mut().take_definitions(true));
    schemas.values_mut().for_each(tell_defaults_in_words);
    schemas
}

/// A field with a default may be left out. Generators of types take `default` for "is always there", which holds for answers and
/// not for what a client sends, so it is told in the description instead.
pub(super) fn tell_defaults_in_words(schema: &mut Value) {
    let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
    for property in properties.into_iter().flat_map(Map::values_mut).filter_map(Value::as_object_mut) {
        let told = match property.remove("default") {
            None | Some(Value::Null) => continue,
            Some(Value::Array(values)) if values.is_empty() => continue,
            Some(Value::Object(values)) if values.is_empty() => continue,
            Some(Value::String(text)) if text.is_empty() => continue,
            Some(default) => format!("Default: `{default}`."),
        };
        let description = property.get("description").and_then(Value::as_str).unwrap_or_default();
        let description = format!("{description} {told}").trim().to_owned();
        property.insert("description".to_owned(), Value::String(description));
    }
}

/// The schema of a body, or a reference to it.
pub(super) fn schema_of<T: JsonSchema>() -> Schema {
    GENERATOR.with(|current| current.borrow_mut().subschema_for::<T>())
}

/// The schema itself, never a reference.
pub(super) fn whole_schema_of<T: JsonSchema>() -> Schema {
    GENERATOR.with(|current| T::json_schema(&mut current.borrow_mut()))
}
