//! `planner/keywords/`.

use serde_json::json;

use crate::town::Town;

#[tokio::test]
async fn a_keyword_is_made_read_changed_and_deleted() {
    let town = Town::new().await;
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
