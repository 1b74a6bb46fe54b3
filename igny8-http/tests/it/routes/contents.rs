//! `writer/content/`.

use serde_json::{Value, json};

use crate::checks::{guarded, id_of, succeeded, unreadable};
use crate::client::Client;
use crate::town::Town;

/// An article that the offline provider has written; its id.
pub(super) async fn article(owner: &Client, sector: &str, title: &str) -> String {
    let task = json!({"sector_id": sector, "title": title, "keywords": ["green tea"]});
    let task = id_of(owner, "writer/tasks/", task).await;
    let started = owner.post("writer/tasks/auto_generate_content/", json!({"ids": [task]})).await;
    succeeded(owner, &started).await;
    let list = owner.get(&format!("writer/content/?task_id={task}")).await;
    list.results()[0]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn another_text_is_another_revision_and_the_old_one_stays() {
    let town = Town::new().await;
    town.drives(&["listContent", "getContent", "updateContent", "listRevisions"]);
    let owner = town.acme.owner();
    let id = article(&owner, &town.acme.sector(), "How to brew green tea").await;
    let path = format!("writer/content/{id}/");
    let first = owner.get(&path).await;
    assert_eq!((&first.data()["revision"], &first.data()["status"]), (&json!(1), &json!("draft")));
    let body =
        json!({"html_content": "<h2>Water</h2><p>Boil it.</p><script>alert(1)</script>", "meta_title": null});
    let second = owner.patch(&path, body).await;
    let shown = (&second.data()["revision"], &second.data()["title"], &second.data()["meta_title"]);
    assert_eq!(shown, (&json!(2), &first.data()["title"], &json!(null)));
    assert_eq!(second.data()["word_count"], 3);
    assert!(!second.text.contains("alert"), "{}", second.text);
    assert!(!second.data()["written_by"].as_str().unwrap().is_empty());

    let revisions = owner.get(&format!("{path}revisions/")).await;
    let numbers: Vec<&Value> = revisions.results().iter().map(|one| &one["revision"]).collect();
    assert_eq!(numbers, [&json!(2), &json!(1)]);
    assert_eq!(revisions.results()[1]["html_content"], first.data()["html_content"]);
    let moved = owner.patch(&path, json!({"status": "review"})).await;
    assert_eq!((&moved.data()["status"], &moved.data()["revision"]), (&json!("review"), &json!(2)));
    for query in ["search=BREW", "status=review,draft", "ordering=-seo_score,title"] {
        assert_eq!(owner.get(&format!("writer/content/?{query}")).await.results().len(), 1, "{query}");
    }
}

#[tokio::test]
async fn a_change_that_is_based_on_an_older_version_is_refused() {
    let town = Town::new().await;
    let owner = town.acme.owner();
    let path = format!("writer/content/{}/", article(&owner, &town.acme.sector(), "Green tea").await);
    let tag = owner.get(&path).await.header("etag").to_owned();
    assert!(tag.starts_with('"') && tag.ends_with('"'), "{tag}");
    let based = owner.clone().header("if-match", &*tag);
    let saved = based.patch(&path, json!({"title": "Greener tea"})).await;
    assert_eq!(saved.status, 200, "{saved:?}");
    assert_ne!(saved.header("etag"), tag);
    assert_eq!(saved.header("etag"), owner.get(&path).await.header("etag"));
    assert_eq!(based.patch(&path, json!({"title": "Lost"})).await.refusal(), (412, "precondition_failed"));
    assert_eq!(based.patch(&path, json!({"status": "review"})).await.refusal(), (412, "precondition_failed"));
    let any = owner.clone().header("if-match", "*").patch(&path, json!({"title": "Any"})).await;
    assert_eq!(any.data()["title"], "Any");
    let listed = format!("\"1-1\", {}", any.header("etag"));
    let one_of = owner.clone().header("if-match", listed).patch(&path, json!({"title": "One"})).await;
    assert_eq!(one_of.data()["title"], "One");
}

#[tokio::test]
async fn a_change_is_made_whole_or_not_at_all() {
    let town = Town::new().await;
    let owner = town.acme.owner();
    let path = format!("writer/content/{}/", article(&owner, &town.acme.sector(), "Green tea").await);
    let body = json!({"title": "Half", "status": "scheduled"});
    assert_eq!(owner.patch(&path, body).await.refusal(), (400, "illegal_move"));
    let unchanged = owner.get(&path).await;
    assert_eq!((&unchanged.data()["revision"], &unchanged.data()["status"]), (&json!(1), &json!("draft")));
    let both = owner.patch(&path, json!({"title": "Whole", "status": "review"})).await;
    assert_eq!((&both.data()["revision"], &both.data()["status"]), (&json!(2), &json!("review")));
}

#[tokio::test]
async fn an_article_is_exported_as_a_page_and_as_markdown() {
    let town = Town::new().await;
    town.drives(&["exportContent"]);
    let owner = town.acme.owner();
    let path = format!("writer/content/{}/", article(&owner, &town.acme.sector(), "Green tea").await);
    let body = json!({"title": "Tea <&> more", "html_content": "<h2>Water</h2><p>Boil it.</p>"});
    assert_eq!(owner.patch(&path, body).await.status, 200);
    let page = owner.get(&format!("{path}export/")).await;
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(page.header("content-disposition").starts_with("attachment; filename=\""));
    assert!(
        page.text.starts_with("<!doctype html>") && page.text.contains("<p>Boil it.</p>"),
        "{}",
        page.text
    );
    assert!(page.text.contains("Tea &lt;&amp;&gt; more") && !page.text.contains("<&>"), "{}", page.text);
    let markdown = owner.get(&format!("{path}export/?format=markdown")).await;
    assert_eq!(markdown.header("content-type"), "text/markdown; charset=utf-8");
    assert!(markdown.text.starts_with("# Tea") && markdown.text.contains("## Water"), "{}", markdown.text);
    owner.get(&format!("{path}export/?format=pdf")).await.complains_of("format");
}

#[tokio::test]
async fn prompts_for_images_are_written_for_an_article() {
    let town = Town::new().await;
    town.drives(&["generateImagePrompts"]);
    let owner = town.acme.owner();
    let id = article(&owner, &town.acme.sector(), "Green tea").await;
    let start = "writer/content/generate_image_prompts/";
    succeeded(&owner, &owner.post(start, json!({"ids": [id]})).await).await;
    let images =
        owner.get(&format!("writer/images/?content_id={id}&status=pending&image_type=featured")).await;
    assert_eq!(images.results().len(), 1);
    town.globex.owner().post(start, json!({"ids": [id]})).await.complains_of("ids");
    owner.post(start, json!({"id": id})).await.complains_of("id");
}

#[tokio::test]
async fn articles_are_written_by_those_who_may_and_complaints_name_the_field() {
    let town = Town::new().await;
    let owner = town.acme.owner();
    let id = article(&owner, &town.acme.sector(), "Green tea").await;
    let path = format!("writer/content/{id}/");
    for (body, field) in [
        (json!({"title": ""}), "title"),
        (json!({"meta_title": "x".repeat(61)}), "meta_title"),
        (json!({"meta_description": "x".repeat(161)}), "meta_description"),
        (json!({"status": "gone"}), "status"),
        (json!({"word_count": 9}), "word_count"),
        (json!({"seo": {}}), "seo"),
    ] {
        owner.patch(&path, body).await.complains_of(field);
    }
    assert_eq!(owner.get(&path).await.data()["revision"], 1);
    unreadable(&town, &["writer/content/", &path, &format!("{path}revisions/"), &format!("{path}export/")])
        .await;
    guarded(
        &town,
        &[
            ("PATCH", &path, json!({"title": "Teas"})),
            ("POST", "writer/content/generate_image_prompts/", json!({"ids": [id]})),
        ],
    )
    .await;
}
