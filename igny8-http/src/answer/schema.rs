//! What the document says of answers: each envelope is described where it is made.

use aide::generate::GenContext;
use aide::openapi::{MediaType, Operation, Response, SchemaObject, StatusCode};
use aide::operation::OperationOutput;
use schemars::JsonSchema;

use super::envelope::{ListBody, OneBody, StartedBody};
use super::{ApiError, Created, Deleted, Listed, One, Started, Versioned};
use crate::openapi::ErrorBody;

fn json_of<T: JsonSchema>(ctx: &mut GenContext, description: &str) -> Response {
    let json_schema = ctx.schema.subschema_for::<T>();
    let schema = SchemaObject { json_schema, example: None, external_docs: None };
    Response {
        description: description.to_owned(),
        content: [(
            "application/json".to_owned(),
            MediaType { schema: Some(schema), ..MediaType::default() },
        )]
        .into_iter()
        .collect(),
        ..Response::default()
    }
}

/// Says which status an answer comes with and what it holds.
macro_rules! described {
    ([$($generic:tt)*] $answer:ty, $status:literal, $response:expr) => {
        impl<$($generic)*> OperationOutput for $answer {
            type Inner = Self;

            fn operation_response(ctx: &mut GenContext, _: &mut Operation) -> Option<Response> {
                let response: fn(&mut GenContext) -> Response = $response;
                Some(response(ctx))
            }

            fn inferred_responses(
                ctx: &mut GenContext,
                operation: &mut Operation,
            ) -> Vec<(Option<StatusCode>, Response)> {
                Self::operation_response(ctx, operation)
                    .map(|response| (Some(StatusCode::Code($status)), response))
                    .into_iter()
                    .collect()
            }
        }
    };
}

described!([T: JsonSchema] One<T>, 200, |ctx| json_of::<OneBody<T>>(ctx, "As asked."));
described!([T: JsonSchema] Versioned<T>, 200, |ctx| json_of::<OneBody<T>>(ctx, "The row; `ETag` is its version."));
described!([T: JsonSchema] Created<T>, 201, |ctx| json_of::<OneBody<T>>(ctx, "The row that was made."));
described!([T: JsonSchema] Listed<T>, 200, |ctx| json_of::<ListBody<T>>(ctx, "One page of the list."));
described!([] Started, 202, |ctx| json_of::<StartedBody>(ctx, "The run was started; `Location` tells its progress."));
described!([] Deleted, 204, |_| Response { description: "It is gone.".to_owned(), ..Response::default() });

impl OperationOutput for ApiError {
    type Inner = Self;

    fn operation_response(ctx: &mut GenContext, _: &mut Operation) -> Option<Response> {
        Some(json_of::<ErrorBody>(ctx, "Why it was not done; `error.code` is a stable word."))
    }

    fn inferred_responses(
        ctx: &mut GenContext,
        operation: &mut Operation,
    ) -> Vec<(Option<StatusCode>, Response)> {
        Self::operation_response(ctx, operation).map(|response| (None, response)).into_iter().collect()
    }
}
