//! Ids in answers: invented ones are never believed, missing ones cost nobody a keyword, repeated ones count once.

use igny8_core::functions::{Clustered, RunReport};
use igny8_core::pipeline::KeywordStatus;
use igny8_tests::fake_openai::good;
use igny8_tests::{Answer, Asked};
use serde_json::{Value, json};

use super::{Function, Trial};

/// A good answer with ids that stand nowhere in the data.
fn with_invented_ids(asked: &Asked) -> Value {
    let mut answer = good(asked);
    match asked.schema.as_str() {
        "clusters" => answer["clusters"][0]["keyword_ids"].as_array_mut().unwrap().push(json!(4_711)),
        _ => answer["ideas"][0]["target_keyword_ids"] = json!([0, 4_711]),
    }
    answer
}

#[tokio::test]
async fn invented_ids_are_refused_and_repaired() {
    for function in [Function::AutoCluster, Function::GenerateIdeas] {
        let trial = Trial::begin(function, |asked| match asked.turn {
            1 => Answer::json(&with_invented_ids(asked)),
            _ => Answer::json(&good(asked)),
        })
        .await;
        trial.assert_charged_once(2).await;
        let complaint = trial.service.asked()[1].body["messages"][3]["content"].to_string();
        assert!(complaint.contains("4711"), "{complaint}");
    }
}

#[tokio::test]
async fn ids_that_stay_invented_fail_the_item_and_cost_nothing() {
    for function in [Function::AutoCluster, Function::GenerateIdeas] {
        let trial = Trial::begin(function, |asked| Answer::json(&with_invented_ids(asked))).await;
        trial.assert_cost_nothing("unusable_answer", 2).await;
    }
}

/// An answer with one cluster of these ids, and one further.
fn clusters(one: &[u64], other: &[u64], unclustered: &[u64]) -> Answer {
    let cluster = |name: &str, ids: &[u64]| json!({"name": name, "description": "d", "keyword_ids": ids});
    Answer::json(&json!({
        "clusters": [cluster("One", one), cluster("Other", other)], "unclustered": unclustered,
    }))
}

async fn clustered(trial: &Trial) -> Clustered {
    let run = trial.assert_charged_once(1).await;
    serde_json::from_value::<RunReport<Clustered>>(run.result.unwrap()).unwrap().output
}

#[tokio::test]
async fn keywords_that_an_answer_leaves_out_are_unclustered() {
    let trial = Trial::begin(Function::AutoCluster, |_| clusters(&[0, 1, 2], &[3], &[4])).await;
    let output = clustered(&trial).await;
    assert_eq!((output.clusters, output.clustered, output.unclustered), (2, 4, 8));
    let keywords = trial.desk.all_keywords().await;
    let placed = keywords.iter().filter(|keyword| keyword.status == KeywordStatus::Clustered).count();
    let left = keywords.iter().filter(|keyword| keyword.status == KeywordStatus::New).count();
    assert_eq!((placed, left), (4, 8));
    assert!(keywords.iter().all(|keyword| keyword.clusters.len() <= 1));
}

#[tokio::test]
async fn a_keyword_that_is_named_twice_stays_where_it_came_first() {
    let trial = Trial::begin(Function::AutoCluster, |_| clusters(&[0, 1, 1], &[1, 2], &[0, 3, 4, 5])).await;
    let output = clustered(&trial).await;
    assert_eq!((output.clusters, output.clustered, output.unclustered), (2, 3, 9));
    let mut sizes: Vec<(String, u64)> = trial
        .desk
        .all_clusters()
        .await
        .into_iter()
        .map(|cluster| (cluster.name, cluster.keywords_count))
        .collect();
    sizes.sort();
    assert_eq!(sizes, [("One".to_owned(), 2), ("Other".to_owned(), 1)]);
}

#[tokio::test]
async fn a_cluster_of_a_known_name_gets_the_keywords() {
    let trial = Trial::begin(Function::AutoCluster, |_| clusters(&[0, 1], &[2], &[])).await;
    clustered(&trial).await;
    let further = trial.desk.keywords(&["black tea", "white tea"]).await;
    trial.service.answer_now(|_| {
        Answer::json(&json!({
            "clusters": [{"name": "  oNe ", "description": "d", "keyword_ids": [0, 1]}], "unclustered": [],
        }))
    });
    let run = super::start(&trial.desk, igny8_core::functions::AutoCluster::for_keywords(further)).await;
    trial.desk.finished(run).await;
    let known = trial.service.asked().last().unwrap().data["existing_clusters"].clone();
    assert!(known.as_array().unwrap().contains(&json!("One")), "{known}");
    let mut sizes: Vec<(String, u64)> = trial
        .desk
        .all_clusters()
        .await
        .into_iter()
        .map(|cluster| (cluster.name, cluster.keywords_count))
        .collect();
    sizes.sort();
    assert_eq!(sizes, [("One".to_owned(), 4), ("Other".to_owned(), 1)]);
}
