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
