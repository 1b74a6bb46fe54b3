//! The operations of the document, and which of them a request belongs to. The document is the committed one, which
//! `document.rs` holds to the served one.

use std::sync::OnceLock;

use serde_json::Value;

/// The committed document.
pub(crate) const SNAPSHOT: &str = include_str!("../openapi.json");

/// One operation of the document.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) id: String,
}

/// Every operation, as the committed document has them.
pub(crate) fn all() -> &'static [Operation] {
    static ALL: OnceLock<Vec<Operation>> = OnceLock::new();
    ALL.get_or_init(|| in_document(&serde_json::from_str(SNAPSHOT).unwrap()))
}

/// Every operation of a document.
pub(crate) fn in_document(document: &Value) -> Vec<Operation> {
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap().to_owned();
            operations.push(Operation { method: method.to_uppercase(), path: path.clone(), id });
        }
    }
    operations
}

/// The operation that a request belongs to. Names win over parameters, as in the router.
pub(crate) fn of(method: &str, path: &str) -> Option<&'static str> {
    let path = path.split('?').next().unwrap_or_default().trim_end_matches('/');
    let fits = all().iter().filter(|one| one.method == method && matches(&one.path, path));
    fits.min_by_key(|one| one.path.matches('{').count()).map(|one| one.id.as_str())
}

fn matches(template: &str, path: &str) -> bool {
    let mut given = path.split('/');
    template
        .trim_end_matches('/')
        .split('/')
        .all(|part| given.next().is_some_and(|one| part.starts_with('{') || part == one))
        && given.next().is_none()
}
