//! Limits, names and links that many would pass, take or make at once.

use std::collections::BTreeSet;

use igny8_core::exchange::{KeywordRow, normalize_keyword};
use igny8_core::ids::ImportId;
use igny8_core::paging::Page;
use igny8_core::pipeline::{
    ClusterQuery, Draft, KeywordQuery, NewCluster, NewIdea, NewKeyword, NewTask, TaskQuery,
};
use igny8_core::settings::NewAuthorProfile;
use igny8_core::tenancy::{NewSector, NewUser, Role};
use igny8_core::vocabulary::Tone;
use serde_json::json;

use super::{AT_ONCE, Desk, let_through};
use crate::databases::{Database, on_each_database};

on_each_database!(
    a_plan_is_not_passed,
    a_plan_is_not_passed_by_imports,
    five_sectors_are_active,
    a_name_is_taken_once,
    a_keyword_of_many_imports_is_in_one_cluster,
    an_idea_gets_one_task,
    every_text_is_a_revision_of_its_own,
    one_author_is_the_default,
);

fn row(text: &str, cluster: Option<&str>) -> KeywordRow {
    let (keyword, key) = normalize_keyword(text).unwrap();
    KeywordRow { keyword, key, cluster: cluster.map(str::to_owned), ..KeywordRow::default() }
}

async fn import(desk: &Desk, rows: Vec<KeywordRow>) -> igny8_core::Result<u64> {
    let (scope, sector) = (&desk.tenant.scope, desk.tenant.home.sector);
    let mut session = desk.store.begin_import(scope, sector, ImportId::new()).await?;
    session.push(rows).await?;
    session.commit().await.map(|totals| totals.created)
}

async fn a_plan_is_not_passed(database: &impl Database) {
    let desk = Desk::open(database, "free").await;
    let rows = (0..95).map(|number| row(&format!("tea {number}"), None)).collect();
    assert_eq!(import(&desk, rows).await.unwrap(), 95);
    let answers = desk
        .at_once(|desk, number| async move {
            let (keyword, key) = NewKeyword::new(format!("coffee {number}")).checked().unwrap();
            desk.store.create_keyword(&desk.tenant.scope, desk.tenant.home.sector, keyword, &key).await
        })
        .await;
    assert_eq!(let_through(&answers, "plan_limit"), 5);
    let users = desk
        .at_once(|desk, number| async move {
            let user = NewUser::new(format!("{number}@acme.example"), Role::Editor).checked().unwrap();
            desk.store.create_user(&desk.tenant.scope, user).await
        })
        .await;
    assert_eq!(let_through(&users, "plan_limit"), 0);
}

async fn a_plan_is_not_passed_by_imports(database: &impl Database) {
    let desk = Desk::open(database, "free").await;
    let answers = desk
        .at_once(|desk, number| async move {
            import(&desk, (0..30).map(|row_number| row(&format!("{number} {row_number}"), None)).collect())
                .await
        })
        .await;
    assert_eq!(let_through(&answers, "plan_limit"), 3);
    assert_eq!(desk.store.plan_usage(&desk.tenant.scope).await.unwrap().keywords, 90);
}

async fn five_sectors_are_active(database: &impl Database) {
    let desk = Desk::open(database, "unlimited").await;
    let answers = desk
        .at_once(|desk, number| async move {
            let sector = NewSector::named(format!("Sector {number}")).checked().unwrap();
            desk.store.create_sector(&desk.tenant.scope, desk.tenant.home.site, sector).await
        })
        .await;
    assert_eq!(let_through(&answers, "conflict"), 4);
}

async fn a_name_is_taken_once(database: &impl Database) {
    let desk = Desk::open(database, "unlimited").await;
    let clusters = desk
        .at_once(|desk, _| async move {
            desk.store
                .create_cluster(&desk.tenant.scope, desk.tenant.home.sector, NewCluster::named("Tea"))
                .await
        })
        .await;
    assert_eq!(let_through(&clusters, "conflict"), 1);
    let keywords = desk
        .at_once(|desk, _| async move {
            let (keyword, key) = NewKeyword::new("green tea").checked().unwrap();
            desk.store.create_keyword(&desk.tenant.scope, desk.tenant.home.sector, keyword, &key).await
        })
        .await;
    assert_eq!(let_through(&keywords, "conflict"), 1);
    let users = desk
        .at_once(|desk, _| async move {
            let user = NewUser::new("one@acme.example", Role::Editor).checked().unwrap();
            desk.store.create_user(&desk.tenant.scope, user).await
        })
        .await;
    assert_eq!(let_through(&users, "conflict"), 1);
}

async fn a_keyword_of_many_imports_is_in_one_cluster(database: &impl Database) {
    let desk = Desk::open(database, "unlimited").await;
    let answers = desk
        .at_once(|desk, number| async move {
            let cluster = format!("Cluster {number}");
            import(
                &desk,
                vec![row("green tea", Some(&cluster)), row(&format!("tea {number}"), Some(&cluster))],
            )
            .await
        })
        .await;
    assert_eq!(let_through(&answers, "none"), AT_ONCE);
    let keywords = desk
        .store
        .list_keywords(&desk.tenant.scope, &KeywordQuery::default().page(Page::first(100)))
        .await
        .unwrap()
        .items;
    let shared = keywords.iter().find(|keyword| keyword.keyword == "green tea").unwrap();
    assert_eq!((keywords.len(), shared.clusters.len()), (AT_ONCE + 1, 1));
    let clusters = desk
        .store
        .list_clusters(&desk.tenant.scope, &ClusterQuery::default().page(Page::first(100)))
        .await
        .unwrap()
        .items;
    let members: u64 = clusters.iter().map(|cluster| cluster.keywords_count).sum();
    assert_eq!(members, AT_ONCE as u64 + 1);
}

async fn an_idea_gets_one_task(database: &impl Database) {
    let desk = Desk::open(database, "unlimited").await;
    let (scope, sector) = (&desk.tenant.scope, desk.tenant.home.sector);
    let idea = desk.store.create_idea(scope, sector, NewIdea::titled("Green tea")).await.unwrap().id;
    let answers = desk
        .at_once(move |desk, _| async move { desk.store.queue_ideas(&desk.tenant.scope, &[idea]).await })
        .await;
    let made: usize = answers.into_iter().map(|answer| answer.unwrap().0.len()).sum();
    assert_eq!(made, 1);
    assert_eq!(desk.store.list_tasks(scope, &TaskQuery::default()).await.unwrap().items.len(), 1);
}

async fn every_text_is_a_revision_of_its_own(database: &impl Database) {
    let draft = |number| Draft {
        title: format!("Text {number}"),
        html_content: "<p>Steep the leaves.</p>".to_owned(),
        word_count: 3,
        within_word_target: true,
        meta_title: None,
        meta_description: None,
        primary_keyword: None,
        secondary_keywords: Vec::new(),
        seo: serde_json::from_value(json!({ "score": 80, "checks": [] })).unwrap(),
        written_by: "editor".to_owned(),
    };
    let desk = Desk::open(database, "unlimited").await;
    let (scope, sector) = (&desk.tenant.scope, desk.tenant.home.sector);
    let task = desk.store.create_task(scope, sector, NewTask::titled("Green tea")).await.unwrap().id;
    let answers = desk
        .at_once(move |desk, number| async move {
            desk.store.save_draft(&desk.tenant.scope, task, draft(number), None).await
        })
        .await;
    let revisions: BTreeSet<u32> = answers.into_iter().map(|answer| answer.unwrap().revision).collect();
    assert_eq!(revisions, (1..=AT_ONCE as u32).collect());
    let last = Some(AT_ONCE as u32);
    let answers = desk
        .at_once(move |desk, number| async move {
            desk.store.save_draft(&desk.tenant.scope, task, draft(number), last).await
        })
        .await;
    assert_eq!(let_through(&answers, "conflict"), 1);
}

async fn one_author_is_the_default(database: &impl Database) {
    let desk = Desk::open(database, "unlimited").await;
    let answers = desk
        .at_once(|desk, number| async move {
            let author = NewAuthorProfile {
                name: format!("Author {number}"),
                description: String::new(),
                tone: Tone::new("friendly"),
                language: "en".to_owned(),
                is_default: true,
            };
            desk.store.create_author_profile(&desk.tenant.scope, author).await
        })
        .await;
    assert_eq!(let_through(&answers, "none"), AT_ONCE);
    let authors = desk.store.list_author_profiles(&desk.tenant.scope).await.unwrap();
    assert_eq!(authors.iter().filter(|author| author.is_default).count(), 1);
}
