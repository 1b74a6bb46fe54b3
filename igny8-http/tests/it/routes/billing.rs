//! `billing/`.

use igny8_core::tenancy::Role;
use serde_json::{Value, json};

use super::task_progress::clustering;
use crate::checks::{finished, unreadable};
use crate::town::Town;

#[tokio::test]
async fn what_work_costs_is_in_balance_ledger_and_usage() {
    let town = Town::new().await;
    town.drives(&["getBalance", "listTransactions", "listUsage", "summarizeUsage"]);
    let owner = town.acme.owner();
    let before = owner.get("billing/balance/").await;
    assert_eq!(before.data()["balance"], before.data()["available"]);
    let started = clustering(&owner, &town.acme.sector()).await;
    let charged = finished(&owner, &started).await["credits_charged"].as_i64().unwrap();
    assert!(charged > 0);
    let after = owner.get("billing/balance/").await;
    let balance = |reply: &Value| reply["balance"].as_i64().unwrap();
    assert_eq!(balance(after.data()), balance(before.data()) - charged);
    assert_eq!(after.data()["reserved"], 0);

    let spent = owner.get("billing/transactions/?type=usage").await;
    assert_eq!((&spent.body["count"], &spent.results()[0]["amount"]), (&json!(1), &json!(-charged)));
    let all = owner.get("billing/transactions/?page_size=1").await;
    assert_eq!(
        (all.results().len(), all.body["next"].is_string()),
        (1, true),
        "the grant of the month is another"
    );
    assert_eq!(owner.get("billing/transactions/?date_from=2100-01-01T00:00:00Z").await.results().len(), 0);
    let task = started.body["task_id"].as_str().unwrap();
    let usage = owner.get(&format!("billing/usage/?operation_type=auto_cluster&task_id={task}")).await;
    assert_eq!((usage.results().len(), &usage.results()[0]["credits_used"]), (1, &json!(charged)));
    assert_eq!(owner.get("billing/usage/?operation_type=generate_ideas").await.results().len(), 0);
    let summary = owner.get("billing/usage/summary/").await;
    assert_eq!(
        (&summary.results()[0]["operation_type"], &summary.results()[0]["credits_used"]),
        (&json!("auto_cluster"), &json!(charged))
    );
    assert_eq!(town.globex.owner().get("billing/usage/").await.results().len(), 0);
}

#[tokio::test]
async fn developers_grant_credits_once_a_key() {
    let town = Town::new().await;
    town.drives(&["grantCredits"]);
    let developer = town.developer_in(&town.acme);
    let owner = town.acme.owner();
    let balance = async || owner.get("billing/balance/").await.data()["balance"].as_i64().unwrap();
    let before = balance().await;
    let body = json!({"amount": 50, "description": "Thanks", "key": "thanks-1"});
    let granted = developer.post("billing/grant/", body.clone()).await;
    assert_eq!((granted.status, &granted.data()["amount"]), (201, &json!(50)));
    let again = developer.post("billing/grant/", body.clone()).await;
    assert_eq!(again.data()["id"], granted.data()["id"]);
    assert_eq!(balance().await, before + 50);
    for (body, field) in [
        (json!({"amount": 0, "description": "Thanks", "key": "a"}), "amount"),
        (json!({"amount": -5, "description": "Thanks", "key": "b"}), "amount"),
        (json!({"amount": 5, "description": "", "key": "c"}), "description"),
        (json!({"amount": 5, "description": "Thanks", "key": ""}), "key"),
        (json!({"amount": 5, "description": "Thanks"}), "key"),
    ] {
        developer.post("billing/grant/", body).await.complains_of(field);
    }
    for client in [owner.clone(), town.acme.client(Role::Viewer)] {
        assert_eq!(client.post("billing/grant/", body.clone()).await.refusal(), (403, "forbidden"));
    }
    assert_eq!(town.anyone().post("billing/grant/", body).await.refusal(), (401, "unauthenticated"));
}

#[tokio::test]
async fn bills_are_read_by_those_who_may_also_when_suspended() {
    let town = Town::new().await;
    let paths = ["billing/balance/", "billing/transactions/", "billing/usage/", "billing/usage/summary/"];
    unreadable(&town, &paths).await;
    for path in paths {
        for role in [Role::Editor, Role::Viewer] {
            assert_eq!(town.acme.client(role).get(path).await.refusal(), (403, "forbidden"), "{path}");
        }
    }
    let owner = town.acme.owner();
    owner.get("billing/transactions/?type=theft").await.complains_of("type");
    owner.get("billing/transactions/?date_from=monday").await.complains_of("date_from");
    owner.get("billing/usage/?task_id=x").await.complains_of("task_id");
    owner.get("billing/usage/?ordering=cost").await.complains_of("ordering");
    owner.get("billing/usage/summary/?type=usage").await.complains_of("type");
    town.suspend(&town.acme).await;
    for path in paths {
        assert_eq!(owner.get(path).await.status, 200, "{path}");
    }
}
