//! `auth/plans/`.

use igny8_core::ids::PlanId;
use serde_json::json;

use crate::checks::made;
use crate::town::Town;

#[tokio::test]
async fn everybody_reads_plans_and_developers_write_them() {
    let town = Town::new().await;
    town.drives(&["listPlans", "getPlan", "createPlan", "replacePlan"]);
    let (owner, developer) = (town.acme.owner(), town.developer());
    let all = owner.get("auth/plans/").await;
    let slugs: Vec<_> = all.results().iter().map(|plan| plan["slug"].as_str().unwrap()).collect();
    for slug in ["free", "starter", "growth", "scale", "unlimited"] {
        assert!(slugs.contains(&slug), "{slugs:?}");
    }
    let body = json!({"name": "Tiny", "slug": "tiny", "max_keywords": 2, "credits_per_month": 5});
    assert_eq!(owner.post("auth/plans/", body.clone()).await.refusal(), (403, "forbidden"));
    assert_eq!(town.anyone().get("auth/plans/").await.refusal(), (401, "unauthenticated"));
    let plan = made(&developer, "auth/plans/", body.clone()).await;
    let path = format!("auth/plans/{}/", plan.id());
    assert_eq!(owner.get(&path).await.data(), plan.data());
    assert_eq!(owner.put(&path, body.clone()).await.refusal(), (403, "forbidden"));
    let replaced = developer.put(&path, json!({"name": "Tinier", "slug": "tiny", "max_keywords": 1})).await;
    assert_eq!(
        (&replaced.data()["max_keywords"], &replaced.data()["credits_per_month"]),
        (&json!(1), &json!(null))
    );
    assert_eq!(developer.post("auth/plans/", body.clone()).await.refusal(), (409, "conflict"));
    developer.post("auth/plans/", json!({"name": "No slug"})).await.complains_of("slug");
    developer
        .post("auth/plans/", json!({"name": "Odd", "slug": "odd", "max_sites": -1}))
        .await
        .complains_of("max_sites");
    developer.post("auth/plans/", json!({"name": "", "slug": "empty"})).await.complains_of("name");
    let nothing = format!("auth/plans/{}/", PlanId::new());
    assert_eq!(developer.get(&nothing).await.refusal(), (404, "not_found"));
    assert_eq!(developer.put(&nothing, body).await.refusal(), (404, "not_found"));
}

#[tokio::test]
async fn a_plans_limit_is_told_with_its_figures() {
    let town = Town::new().await;
    let developer = town.developer();
    let body = json!({"name": "Tiny", "slug": "tiny", "max_keywords": 1, "credits_per_month": 5});
    let plan = made(&developer, "auth/plans/", body).await.id();
    let account = format!("auth/accounts/{}/", town.acme.home.account);
    assert_eq!(developer.patch(&account, json!({"plan": plan})).await.status, 200);
    let owner = town.acme.owner();
    let keyword = |text: &str| json!({"sector_id": town.acme.sector(), "keyword": text});
    made(&owner, "planner/keywords/", keyword("tea")).await;
    let over = owner.post("planner/keywords/", keyword("oolong")).await;
    assert_eq!(over.refusal(), (402, "plan_limit"));
    assert_eq!(over.body["error"]["details"], json!({"limit": "keywords", "used": 1, "allowed": 1}));
}
