//! `system/webhooks/`: what an account wants to hear of. That it does is in `deliveries`.

use igny8_core::tenancy::Role;
use serde_json::json;

use crate::town::Town;

const SECRET: &str = "sixteen characters or more";

#[tokio::test]
async fn a_webhook_is_made_read_changed_and_deleted() {
    let town = Town::new().await;
    town.drives(&[
        "listWebhooks",
        "createWebhook",
        "getWebhook",
        "replaceWebhook",
        "updateWebhook",
        "deleteWebhook",
        "listDeliveries",
    ]);
    let owner = town.acme.owner();
    let hook = json!({"url": "https://example.com/hook", "events": ["credits.low"], "secret": SECRET});
    let made = owner.post("system/webhooks/", hook).await;
    assert_eq!(made.status, 201, "{made:?}");
    assert!(!made.text.contains(SECRET) && made.data()["has_secret"] == true, "{made:?}");
    let path = format!("system/webhooks/{}/", made.id());
    assert_eq!(owner.get(&path).await.data(), made.data());
    assert_eq!(owner.get("system/webhooks/").await.results().len(), 1);
    let patched = owner.patch(&path, json!({"is_active": false, "secret": "****more"})).await;
    assert_eq!(patched.data()["is_active"], false);
    let other = json!({"url": "https://example.org/", "events": ["run.failed", "run.finished"], "secret": "another one, longer"});
    let replaced = owner.put(&path, other).await;
    assert_eq!(replaced.data()["events"], json!(["run.finished", "run.failed"]));
    assert!(!replaced.text.contains("another one"), "{replaced:?}");
    assert!(owner.get(&format!("{path}deliveries/")).await.results().is_empty());
    assert_eq!(owner.delete(&path).await.status, 204);
    assert_eq!(owner.get(&path).await.refusal(), (404, "not_found"));
}

#[tokio::test]
async fn webhooks_are_for_those_who_run_the_account_and_complaints_name_the_field() {
    let town = Town::new().await;
    let owner = town.acme.owner();
    let hook = json!({"url": "https://example.com/hook", "events": ["credits.low"], "secret": SECRET});
    let made = owner.post("system/webhooks/", hook.clone()).await;
    let path = format!("system/webhooks/{}/", made.id());
    assert_eq!(town.globex.owner().get(&path).await.refusal(), (404, "not_found"));
    assert_eq!(town.globex.owner().get(&format!("{path}deliveries/")).await.refusal(), (404, "not_found"));
    for role in [Role::Editor, Role::Viewer] {
        let client = town.acme.client(role);
        assert_eq!(client.get(&path).await.refusal(), (403, "forbidden"));
        assert_eq!(client.post("system/webhooks/", hook.clone()).await.refusal(), (403, "forbidden"));
    }
    let bad = json!({"url": "ftp://example.com", "events": [], "secret": "short"});
    let refused = owner.post("system/webhooks/", bad).await;
    assert_eq!(refused.refusal(), (400, "invalid"));
    for field in ["url", "events", "secret"] {
        assert!(refused.body["error"]["fields"][field].is_array(), "{field}: {refused:?}");
    }
}
