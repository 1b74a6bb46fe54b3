//! What the document says of everything a handler takes.

use aide::generate::GenContext;
use aide::openapi::{
    MediaType, Operation, Parameter, ParameterData, ParameterSchemaOrContent, PathStyle, QueryStyle,
    ReferenceOr, RequestBody, SchemaObject,
};
use aide::operation::OperationInput;
use schemars::{JsonSchema, Schema, json_schema};
use serde_json::Value;

use super::{BEARER, PATH_PARAMETER, requests};
use crate::request::{Body, Id, IfMatch, InSector, List, ListParams, Query, Tenant};

fn data(name: &str, mut schema: Schema, required: bool) -> ParameterData {
    // What is left out of a query is not null but not there.
    if schema.get("default").is_some_and(Value::is_null) {
        schema.remove("default");
    }
    let is_list = schema.get("type").and_then(Value::as_str) == Some("array");
    ParameterData {
        name: name.to_owned(),
        description: schema.get("description").and_then(Value::as_str).map(str::to_owned),
        required,
        deprecated: None,
        format: ParameterSchemaOrContent::Schema(SchemaObject {
            json_schema: schema,
            example: None,
            external_docs: None,
        }),
        example: None,
        examples: Default::default(),
        explode: is_list.then_some(false),
        extensions: Default::default(),
    }
}

fn query_parameter(operation: &mut Operation, data: ParameterData) {
    operation.parameters.push(ReferenceOr::Item(Parameter::Query {
        parameter_data: data,
        allow_reserved: false,
        style: QueryStyle::Form,
        allow_empty_value: None,
    }));
}

/// Each property of the type is a parameter.
pub(crate) fn query_parameters<T: JsonSchema>(operation: &mut Operation) {
    let schema = requests::whole_schema_of::<T>();
    let required = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let Ok(property) = Schema::try_from(property.clone()) else { continue };
        query_parameter(operation, data(name, property, required.iter().any(|one| one == name.as_str())));
    }
}

pub(crate) fn body(operation: &mut Operation, media_types: &[(&str, Schema)], required: bool) {
    let content = media_types.iter().map(|(media_type, schema)| {
        let schema = SchemaObject { json_schema: schema.clone(), example: None, external_docs: None };
        ((*media_type).to_owned(), MediaType { schema: Some(schema), ..MediaType::default() })
    });
    operation.request_body = Some(ReferenceOr::Item(RequestBody {
        description: None,
        content: content.collect(),
        required,
        extensions: Default::default(),
    }));
}

impl OperationInput for Tenant {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        operation.security = vec![[(BEARER.to_owned(), Vec::new())].into_iter().collect()];
    }
}

impl<T: JsonSchema> OperationInput for Body<T> {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        body(operation, &[("application/json", requests::schema_of::<T>())], true);
    }
}

impl<T: JsonSchema> OperationInput for InSector<T> {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        let mut schema = requests::whole_schema_of::<T>();
        let sector = json_schema!({
            "type": "string", "format": "uuid", "description": "The sector that the new row belongs to."
        });
        let object = schema.ensure_object();
        if let Some(properties) =
            object.entry("properties").or_insert_with(|| Value::Object(Default::default())).as_object_mut()
        {
            properties.insert("sector_id".to_owned(), sector.to_value());
        }
        if let Some(required) =
            object.entry("required").or_insert_with(|| Value::Array(Vec::new())).as_array_mut()
        {
            required.insert(0, Value::from("sector_id"));
        }
        let mut schema = schema.to_value();
        requests::tell_defaults_in_words(&mut schema);
        let schema = Schema::try_from(schema).unwrap_or_default();
        body(operation, &[("application/json", schema)], true);
    }
}

impl<T: JsonSchema> OperationInput for Id<T> {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        operation.parameters.push(ReferenceOr::Item(Parameter::Path {
            parameter_data: data(PATH_PARAMETER, requests::whole_schema_of::<T>(), true),
            style: PathStyle::Simple,
        }));
    }
}

impl<T: JsonSchema> OperationInput for Query<T> {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        query_parameters::<T>(operation);
    }
}

impl<P: ListParams + JsonSchema> OperationInput for List<P> {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        query_parameters::<P>(operation);
        let number = |about: &str| json_schema!({"type": "integer", "minimum": 1, "description": about});
        query_parameter(operation, data("page", number("The page, from 1."), false));
        query_parameter(
            operation,
            data("page_size", number("Rows a page: 10 by default, 100 at most."), false),
        );
        let cursor = json_schema!({"type": "string", "description": "Pages by place instead of number: empty \
            for the first, then what `next` says. Costs the same however deep the page lies."});
        query_parameter(operation, data("cursor", cursor, false));
        let names: Vec<String> =
            P::ORDERING.iter().flat_map(|(name, _)| [(*name).to_owned(), format!("-{name}")]).collect();
        if !names.is_empty() {
            let ordering = json_schema!({"type": "array", "items": {"type": "string", "enum": names},
                "description": "Sort keys, the most important first; `-` turns one round."});
            query_parameter(operation, data("ordering", ordering, false));
        }
    }
}

impl OperationInput for IfMatch {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        let schema = json_schema!({"type": "string", "description": "The row's `ETag`: the change is refused \
            with 412 when someone else changed the row meanwhile."});
        operation.parameters.push(ReferenceOr::Item(Parameter::Header {
            parameter_data: data("If-Match", schema, false),
            style: aide::openapi::HeaderStyle::Simple,
        }));
    }
}
