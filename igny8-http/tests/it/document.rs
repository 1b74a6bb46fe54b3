//! The document at `/openapi.json`: it is whole, it is the committed one, and every operation in it is driven by a test.
//! A test promises operations by `Town::drives` and fails unless it drove each to success; here the promises are read from the
//! tests' sources, so that an operation which no test promises fails, and one that is promised is truly driven.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use crate::operations::{self, SNAPSHOT};
use crate::town::Town;

async fn document() -> Value {
    Town::new().await.anyone().get("/openapi.json").await.body
}

#[tokio::test]
async fn the_document_is_the_committed_one() {
    let served = serde_json::to_string_pretty(&document().await).unwrap() + "\n";
    if std::env::var_os("IGNY8_UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/openapi.json"), &served).unwrap();
        return;
    }
    let at = served.lines().zip(SNAPSHOT.lines()).position(|(served, committed)| served != committed);
    assert!(
        served == SNAPSHOT,
        "/openapi.json is not tests/openapi.json (first at line {:?}). If the change is meant, run the tests once with \
         IGNY8_UPDATE_SNAPSHOTS=1 and commit the file",
        at.map(|at| at + 1)
    );
}

/// Every reference in a value.
fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get("$ref").and_then(Value::as_str));
            fields.values().for_each(|value| references(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

#[tokio::test]
async fn the_document_is_whole() {
    let document = document().await;
    assert_eq!(document["openapi"], "3.1.0");
    assert!(document["info"]["title"].is_string() && document["info"]["version"].is_string());
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(!found.is_empty());
    for reference in &found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
    for name in document["components"]["schemas"].as_object().unwrap().keys() {
        let reference = format!("#/components/schemas/{name}");
        assert!(found.contains(&&*reference), "{name} is used nowhere");
        let plain = name.chars().all(|one| one.is_ascii_alphanumeric() || "._-".contains(one));
        assert!(plain, "{name} is no name of a component");
        assert!(!name.ends_with(|last: char| last.is_ascii_digit()), "{name} is another of the same name");
    }
    let tags: BTreeSet<&str> =
        document["tags"].as_array().unwrap().iter().map(|tag| tag["name"].as_str().unwrap()).collect();
    let mut used = BTreeSet::new();
    let mut ids = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        assert!(path.starts_with("/api/v1/") && path.ends_with('/'), "{path}");
        for (method, operation) in methods.as_object().unwrap() {
            let context = format!("{method} {path}");
            assert!(ids.insert(operation["operationId"].as_str().unwrap()), "{context}");
            assert!(!operation["summary"].as_str().unwrap().is_empty(), "{context}");
            for tag in operation["tags"].as_array().unwrap() {
                assert!(tags.contains(tag.as_str().unwrap()), "{context}: {tag}");
                used.insert(tag.as_str().unwrap());
            }
            assert!(operation["tags"].as_array().is_some_and(|tags| tags.len() == 1), "{context}");
            well_answered(operation, &context);
            well_asked(path, operation, &context);
        }
    }
    assert_eq!(used, tags);
}

fn well_answered(operation: &Value, context: &str) {
    let responses = operation["responses"].as_object().unwrap();
    assert!(responses.keys().any(|status| status.starts_with('2')), "{context}");
    let error = &responses["default"]["content"]["application/json"]["schema"]["$ref"];
    assert_eq!(error, "#/components/schemas/Error", "{context}");
    for response in responses.values() {
        assert!(response["description"].as_str().is_some_and(|text| !text.is_empty()), "{context}");
    }
    let open =
        ["login", "logout", "refresh", "register"].contains(&operation["operationId"].as_str().unwrap());
    let token = serde_json::json!([{"bearer": []}]);
    assert_eq!(operation.get("security"), (!open).then_some(&token), "{context}");
}

fn well_asked(path: &str, operation: &Value, context: &str) {
    let none = Vec::new();
    let parameters = operation["parameters"].as_array().unwrap_or(&none);
    let mut seen = BTreeSet::new();
    for parameter in parameters {
        let (name, place) = (parameter["name"].as_str().unwrap(), parameter["in"].as_str().unwrap());
        assert!(seen.insert((name, place)), "{context}: {name} is there twice");
        assert!(parameter["schema"].is_object(), "{context}: {name}");
        assert!(!parameter["schema"].get("default").is_some_and(Value::is_null), "{context}: {name}");
        assert!(place != "path" || parameter["required"] == true, "{context}: {name}");
    }
    let declared: BTreeSet<&str> =
        seen.iter().filter(|(_, place)| *place == "path").map(|(name, _)| *name).collect();
    let needed: BTreeSet<&str> =
        path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
    assert_eq!(declared, needed, "{context}");
    if let Some(body) = operation.get("requestBody") {
        let content = body["content"].as_object().unwrap();
        assert!(
            content.values().all(|media| media["schema"].is_object()) && !content.is_empty(),
            "{context}"
        );
    }
}

/// The sources of these folders, by file name.
fn sources(folder: &str) -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let name = |path: &Path| path.file_stem().unwrap().to_str().unwrap().to_owned();
    files.map(|path| (name(&path), std::fs::read_to_string(&path).unwrap())).collect()
}

/// The texts between quotes in what follows each `begin`, up to `end`.
fn quoted<'a>(source: &'a str, begin: &str, end: &str) -> Vec<Vec<&'a str>> {
    let after = source.split(begin).skip(1).map(|rest| rest.split(end).next().unwrap());
    after.map(|part| part.split('"').skip(1).step_by(2).collect()).collect()
}

#[test]
fn every_operation_is_promised_by_a_test_of_its_noun() {
    let mut promised = BTreeSet::new();
    let tests = sources("tests/it/routes");
    for source in tests.values() {
        promised.extend(quoted(source, ".drives(&[", "])").concat());
    }
    let documented: BTreeSet<&str> = operations::all().iter().map(|one| one.id.as_str()).collect();
    assert_eq!(promised, documented, "left: promised by tests; right: in the document");
    for noun in
        sources("src/routes").keys().filter(|noun| !["mod", "starting", "following"].contains(&noun.as_str()))
    {
        assert!(tests.contains_key(noun), "tests/it/routes/{noun}.rs is not there");
    }
}

#[tokio::test]
async fn no_route_stands_outside_the_document() {
    // What the sources lay, by the builder whose every route is in the document …
    let mut laid = BTreeSet::new();
    for (noun, source) in sources("src/routes") {
        for method in ["get", "post", "put", "patch", "delete"] {
            for texts in
                quoted(&source, &format!(".{method}("), ",\n").into_iter().filter(|texts| !texts.is_empty())
            {
                if texts[0].ends_with('/') {
                    laid.insert((method.to_uppercase(), format!("/api/v1/{}", texts[0])));
                }
            }
        }
        // … and what they lay without it.
        let beside: Vec<&str> = quoted(&source, ".route(", ",").concat();
        let known: &[&str] = match noun.as_str() {
            "probes" => &["/healthz", "/readyz"],
            "metrics" => &["/metrics"],
            _ => &[],
        };
        assert_eq!(beside, known, "src/routes/{noun}.rs lays routes that are not in the document");
    }
    let documented: BTreeSet<_> =
        operations::all().iter().map(|one| (one.method.clone(), one.path.clone())).collect();
    assert_eq!(laid, documented, "left: in the sources; right: in the document");

    // The router itself takes the documented methods of each path, with its last slash and without, and no others.
    let town = Town::new().await;
    let mut methods: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for one in operations::all() {
        let of_path = methods.entry(&one.path).or_default();
        of_path.insert(&one.method);
        of_path.extend((one.method == "GET").then_some("HEAD"));
    }
    for (path, methods) in methods {
        for path in [path, path.trim_end_matches('/')] {
            let refused = town.anyone().send("TRACE", &path.replace(['{', '}'], ""), None).await;
            assert_eq!(refused.refusal(), (405, "method_not_allowed"), "{path}");
            let allowed: BTreeSet<&str> = refused.header("allow").split(',').collect();
            assert_eq!(allowed, methods, "{path}");
        }
    }
}
