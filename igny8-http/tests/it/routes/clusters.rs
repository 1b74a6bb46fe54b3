//! `planner/clusters/`.

use serde_json::json;

use crate::checks::{guarded, id_of, made, succeeded, unreadable};
use crate::town::Town;

#[tokio::test]
async fn a_cluster_is_made_read_changed_and_deleted() {
    let town = Town::new().await;
    town.drives(&[
        "createCluster",
        "listClusters",
        "getCluster",
        "replaceCluster",
        "updateCluster",
        "deleteCluster",
    ]);
    let owner = town.acme.owner();
    let body = json!({"sector_id": town.acme.sector(), "name": "Green Tea", "description": "All of it"});
    let cluster = made(&owner, "planner/clusters/", body).await;
    let again = json!({"sector_id": town.acme.sector(), "name": "green tea"});
    assert_eq!(owner.post("planner/clusters/", again).await.refusal(), (409, "conflict"));
    let path = format!("planner/clusters/{}/", cluster.id());
    assert_eq!(owner.get(&path).await.data(), cluster.data());
    for (text, volume) in [("sencha", 70), ("matcha", 30)] {
        let keyword = json!({"sector_id": town.acme.sector(), "keyword": text, "volume": volume, "cluster": cluster.id()});
        made(&owner, "planner/keywords/", keyword).await;
    }
    let counted = owner.get(&path).await;
    assert_eq!((&counted.data()["keywords_count"], &counted.data()["volume"]), (&json!(2), &json!(100)));
    let list = owner.get("planner/clusters/?ordering=-keywords_count,name&search=TEA&status=new").await;
    assert_eq!((&list.body["count"], &list.results()[0]["id"]), (&json!(1), &json!(cluster.id())));

    let patched = owner.patch(&path, json!({"description": null, "status": "pending"})).await;
    assert_eq!(
        (&patched.data()["description"], &patched.data()["status"]),
        (&json!(null), &json!("pending"))
    );
    let replaced = owner.put(&path, json!({"name": "Greens"})).await;
    assert_eq!((&replaced.data()["name"], &replaced.data()["status"]), (&json!("Greens"), &json!("pending")));
    let illegal = json!({"sector_id": town.acme.sector(), "name": "Old"});
    let old = format!("planner/clusters/{}/", id_of(&owner, "planner/clusters/", illegal).await);
    owner.patch(&old, json!({"status": "archived"})).await.data();
    assert_eq!(owner.patch(&old, json!({"status": "finalized"})).await.refusal(), (400, "illegal_move"));
    assert_eq!(owner.delete(&path).await.status, 204);
    assert_eq!(owner.get(&path).await.refusal(), (404, "not_found"));
    let orphans = owner.get("planner/keywords/?status=orphaned").await;
    assert_eq!(orphans.body["count"], 2);
}

#[tokio::test]
async fn ideas_are_worked_out_for_clusters() {
    let town = Town::new().await;
    town.drives(&["autoGenerateIdeas"]);
    let owner = town.acme.owner();
    let body = json!({"sector_id": town.acme.sector(), "name": "Green Tea"});
    let cluster = id_of(&owner, "planner/clusters/", body).await;
    for text in ["green tea benefits", "green tea caffeine", "how to brew green tea"] {
        let keyword =
            json!({"sector_id": town.acme.sector(), "keyword": text, "volume": 10, "cluster": cluster});
        made(&owner, "planner/keywords/", keyword).await;
    }
    let started = owner.post("planner/clusters/auto_generate_ideas/", json!({"ids": [cluster]})).await;
    succeeded(&owner, &started).await;
    let ideas = owner.get(&format!("planner/ideas/?keyword_cluster_id={cluster}")).await;
    assert!((3..=5).contains(&ideas.results().len()), "{ideas:?}");
    let theirs = town.globex.owner();
    let theirs = theirs.post("planner/clusters/auto_generate_ideas/", json!({"ids": [cluster]})).await;
    theirs.complains_of("ids");
    owner
        .post("planner/clusters/auto_generate_ideas/", json!({"clusters": [cluster]}))
        .await
        .complains_of("clusters");
    owner.post("planner/clusters/auto_generate_ideas/", json!({"ids": []})).await.complains_of("ids");
}

#[tokio::test]
async fn clusters_are_written_by_those_who_may_and_complaints_name_the_field() {
    let town = Town::new().await;
    let owner = town.acme.owner();
    let sector = town.acme.sector();
    for (body, field) in [
        (json!({"sector_id": sector}), "name"),
        (json!({"name": "Tea"}), "sector_id"),
        (json!({"sector_id": sector, "name": ""}), "name"),
        (json!({"sector_id": sector, "name": "Tea", "volume": 5}), "volume"),
        (json!({"sector_id": sector, "name": "Tea", "keywords_count": 5}), "keywords_count"),
    ] {
        owner.post("planner/clusters/", body).await.complains_of(field);
    }
    owner.get("planner/clusters/?ordering=description").await.complains_of("ordering");
    let theirs = json!({"sector_id": town.globex.sector(), "name": "Tea"});
    assert_eq!(owner.post("planner/clusters/", theirs).await.refusal(), (404, "not_found"));
    let body = json!({"sector_id": sector, "name": "Tea"});
    let id = id_of(&owner, "planner/clusters/", body.clone()).await;
    let path = format!("planner/clusters/{id}/");
    unreadable(&town, &["planner/clusters/", &path]).await;
    guarded(
        &town,
        &[
            ("POST", "planner/clusters/", body),
            ("PUT", &path, json!({"name": "Teas"})),
            ("PATCH", &path, json!({"name": "Teas"})),
            ("POST", "planner/clusters/auto_generate_ideas/", json!({"ids": [id]})),
            ("DELETE", &path, json!({})),
        ],
    )
    .await;
}
