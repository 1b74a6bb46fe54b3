//! `planner/keywords/`.

use igny8_core::ids::KeywordId;
use serde_json::json;

use crate::checks::{guarded, id_of, succeeded, unreadable};
use crate::town::Town;

#[tokio::test]
async fn a_keyword_is_made_read_changed_and_deleted() {
    let town = Town::new().await;
    town.drives(&["createKeyword", "getKeyword", "updateKeyword", "replaceKeyword", "deleteKeyword"]);
    let owner = town.acme.owner();
    let body = json!({"sector_id": town.acme.sector(), "keyword": "Green  Tea", "volume": 90, "difficulty": 12,
        "intents": ["commercial", "informational"], "cpc": "1.25"});
    let made = owner.post("planner/keywords/", body.clone()).await;
    assert_eq!(made.status, 201, "{made:?}");
    let keyword = made.data();
    assert_eq!(keyword["keyword"], "Green Tea");
    assert_eq!(keyword["intent"], "commercial");
    assert_eq!(keyword["sector_id"], town.acme.sector());
    assert_eq!(owner.post("planner/keywords/", body).await.refusal(), (409, "conflict"));

    let path = format!("planner/keywords/{}/", made.id());
    assert_eq!(owner.get(&path).await.data(), keyword);
    assert_eq!(owner.get(path.trim_end_matches('/')).await.data(), keyword);
    let patched = owner.patch(&path, json!({"difficulty": null, "status": "archived"})).await;
    assert_eq!((&patched.data()["difficulty"], &patched.data()["volume"]), (&json!(null), &json!(90)));
    let replaced = owner.put(&path, json!({"keyword": "oolong"})).await;
    assert_eq!((&replaced.data()["keyword"], &replaced.data()["volume"]), (&json!("oolong"), &json!(null)));
    assert_eq!(owner.delete(&path).await.status, 204);
    assert_eq!(owner.get(&path).await.refusal(), (404, "not_found"));
    assert_eq!(owner.delete(&path).await.refusal(), (404, "not_found"));
}

#[tokio::test]
async fn what_does_not_fit_is_named_by_field() {
    let town = Town::new().await;
    let owner = town.acme.owner();
    let sector = town.acme.sector();
    for (body, field) in [
        (json!({"sector_id": sector}), "keyword"),
        (json!({"keyword": "tea"}), "sector_id"),
        (json!({"sector_id": sector, "keyword": ""}), "keyword"),
        (json!({"sector_id": sector, "keyword": "tea", "difficulty": 101}), "difficulty"),
        (json!({"sector_id": sector, "keyword": "tea", "volume": -1}), "volume"),
        (json!({"sector_id": sector, "keyword": "tea", "intents": ["buy"]}), "intents[0]"),
        (
            json!({"sector_id": sector, "keyword": "tea", "account_id": town.globex.home.account}),
            "account_id",
        ),
    ] {
        let reply = owner.post("planner/keywords/", body).await;
        assert_eq!(reply.refusal(), (400, "invalid"));
        assert!(reply.body["error"]["fields"][field].is_array(), "{field}: {reply:?}");
    }
    for (query, field) in [
        ("volume_min=many", "volume_min"),
        ("status=new,old", "status"),
        ("colour=red", "colour"),
        ("ordering=colour", "ordering"),
        ("page=0", "page"),
        ("page=1&cursor=x", "cursor"),
        ("search=a&search=b", "search"),
    ] {
        let reply = owner.get(&format!("planner/keywords/?{query}")).await;
        assert_eq!(reply.refusal(), (400, "invalid"), "{query}: {reply:?}");
        assert!(reply.body["error"]["fields"][field].is_array(), "{query}: {reply:?}");
    }
}

#[tokio::test]
async fn lists_have_filters_order_and_pages() {
    let town = Town::new().await;
    town.drives(&["listKeywords"]);
    let owner = town.acme.owner();
    for number in 0..25 {
        let body =
            json!({"sector_id": town.acme.sector(), "keyword": format!("tea {number:02}"), "volume": number});
        assert_eq!(owner.post("planner/keywords/", body).await.status, 201);
    }
    let page = owner.get("planner/keywords/?ordering=-volume&volume_min=5&status=new,clustered").await;
    assert_eq!((&page.body["count"], page.results().len()), (&json!(20), 10));
    assert_eq!(page.results()[0]["keyword"], "tea 24");
    let next = page.body["next"].as_str().unwrap().to_owned();
    assert_eq!(page.body["previous"], json!(null));
    let last = owner.get(&next).await;
    assert_eq!(last.results()[9]["keyword"], "tea 05");
    assert_eq!(last.body["next"], json!(null));
    let first = owner.get(last.body["previous"].as_str().unwrap()).await;
    assert_eq!(first.results(), page.results());
    assert_eq!(owner.get("planner/keywords/?page=9").await.refusal(), (404, "invalid_page"));
    assert_eq!(owner.get("planner/keywords/?page_size=1000").await.results().len(), 25);

    let mut path = "planner/keywords/?cursor=&page_size=10&ordering=keyword".to_owned();
    let mut seen = Vec::new();
    loop {
        let page = owner.get(&path).await;
        seen.extend(page.results().iter().map(|row| row["keyword"].as_str().unwrap().to_owned()));
        assert_eq!(page.body["count"], json!(null));
        match page.body["next"].as_str() {
            Some(next) => path = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(seen, (0..25).map(|number| format!("tea {number:02}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_page_far_behind_any_list_is_no_page() {
    let town = Town::new().await;
    let owner = town.acme.owner();
    for page in ["4294967295", "99999999999999999999"] {
        let path = format!("planner/keywords/?page_size=100&page={page}");
        assert_eq!(owner.get(&path).await.refusal(), (404, "invalid_page"), "{page}");
    }
    owner.get("planner/keywords/?cursor=nowhere").await.complains_of("cursor");
    for page in ["-1", "one", "1.5", ""] {
        owner.get(&format!("planner/keywords/?page={page}")).await.complains_of("page");
    }
    assert_eq!(owner.get("planner/keywords/?search=").await.body["count"], 0);
    assert_eq!(owner.get("planner/keywords/%ff/").await.refusal(), (404, "not_found"));
}

#[tokio::test]
async fn keywords_are_clustered_by_a_run() {
    let town = Town::new().await;
    town.drives(&["autoCluster"]);
    let owner = town.acme.owner();
    let mut ids = Vec::new();
    for keyword in ["green tea", "green tea benefits", "green tea caffeine", "oolong tea"] {
        let body = json!({"sector_id": town.acme.sector(), "keyword": keyword, "volume": 10});
        ids.push(id_of(&owner, "planner/keywords/", body).await);
    }
    let start = "planner/keywords/auto_cluster/";
    succeeded(&owner, &owner.post(start, json!({"ids": ids})).await).await;
    let clustered = owner.get("planner/keywords/?clustered=true").await;
    let cluster = clustered.results()[0]["cluster"][0].as_str().unwrap();
    let members = owner.get(&format!("planner/keywords/?cluster_id={cluster}")).await;
    let counted = owner.get(&format!("planner/clusters/{cluster}/")).await;
    assert_eq!(members.body["count"], counted.data()["keywords_count"]);
    town.globex.owner().post(start, json!({"ids": ids})).await.complains_of("ids");
    owner.post(start, json!({"ids": [KeywordId::new()]})).await.complains_of("ids");
    owner.post(start, json!({"ids": ids, "granularity": "grainy"})).await.complains_of("granularity");
    owner.post(start, json!({"keywords": ids})).await.complains_of("keywords");
}

#[tokio::test]
async fn many_keywords_are_moved_and_deleted_at_once() {
    let town = Town::new().await;
    town.drives(&["bulkUpdateKeywordStatus", "bulkDeleteKeywords"]);
    let owner = town.acme.owner();
    let body = json!({"sector_id": town.acme.sector(), "keyword": "tea"});
    let id = id_of(&owner, "planner/keywords/", body).await;
    let absent = KeywordId::new();
    let (update, delete) = ("planner/keywords/bulk_update_status/", "planner/keywords/bulk_delete/");
    let moved = owner.post(update, json!({"ids": [id, absent], "status": "archived"})).await;
    assert_eq!(moved.data()["changed"], json!([id]));
    assert_eq!(moved.data()["refused"][0]["code"], "not_found");
    let illegal = owner.post(update, json!({"ids": [id], "status": "in_use"})).await;
    assert_eq!(illegal.data()["refused"][0]["code"], "illegal_move");
    owner.post(update, json!({"ids": [id], "status": "gone"})).await.complains_of("status");
    owner.post(delete, json!({"ids": [1]})).await.complains_of("ids[0]");
    assert_eq!(town.globex.owner().post(delete, json!({"ids": [id]})).await.data()["changed"], json!([]));
    assert_eq!(owner.post(delete, json!({"ids": [id, absent]})).await.data()["changed"], json!([id]));
    assert_eq!(owner.get("planner/keywords/").await.body["count"], 0);
}

#[tokio::test]
async fn keywords_are_written_by_those_who_may() {
    let town = Town::new().await;
    let owner = town.acme.owner();
    let theirs = json!({"sector_id": town.globex.sector(), "keyword": "tea"});
    assert_eq!(owner.post("planner/keywords/", theirs).await.refusal(), (404, "not_found"));
    let body = json!({"sector_id": town.acme.sector(), "keyword": "tea"});
    let id = id_of(&owner, "planner/keywords/", body.clone()).await;
    let path = format!("planner/keywords/{id}/");
    unreadable(&town, &["planner/keywords/", &path]).await;
    let ids = json!({"ids": [id]});
    guarded(
        &town,
        &[
            ("POST", "planner/keywords/", body),
            ("PUT", &path, json!({"keyword": "teas"})),
            ("PATCH", &path, json!({"keyword": "teas"})),
            ("POST", "planner/keywords/auto_cluster/", ids.clone()),
            ("POST", "planner/keywords/bulk_update_status/", json!({"ids": [id], "status": "archived"})),
            ("POST", "planner/keywords/bulk_delete/", ids),
            ("DELETE", &path, json!({})),
        ],
    )
    .await;
}
