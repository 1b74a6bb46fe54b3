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
    GENERATOR.with(|current| current.borrow_mut().take_definitions(true))
}

/// The schema of a body, or a reference to it.
pub(super) fn schema_of<T: JsonSchema>() -> Schema {
    GENERATOR.with(|current| current.borrow_mut().subschema_for::<T>())
}

/// The schema itself, never a reference.
pub(super) fn whole_schema_of<T: JsonSchema>() -> Schema {
    GENERATOR.with(|current| T::json_schema(&mut current.borrow_mut()))
}
