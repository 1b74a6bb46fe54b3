//! Imports: all or nothing, one row a keyword, and never a null over a value.
//! Nothing is read while a session is open: a store may hold its only connection for it.

use rust_decimal::Decimal;

use crate::error::Error;
use crate::exchange::{KeywordRow, VolumeSource};
use crate::ids::{ImportId, SectorId};
use crate::paging::ListQuery;
use crate::pipeline::{
    ClusterQuery, Intent, KeywordChange, KeywordFilter, KeywordQuery, KeywordStatus, NewKeyword,
};
use crate::ports::ImportTotals;
use crate::tenancy::Limit;
use crate::testing::case::cases;
use crate::testing::check::{Failure, Outcome, check_eq, check_refused};
use crate::testing::listing::{listed, sorted};
use crate::testing::rows::{row, row_of_volume};
use crate::testing::world::{Workplace, World};

cases! { "imports":
    rows_become_keywords,
    totals_tell_created_updated_and_duplicates,
    of_two_rows_about_a_keyword_the_better_is_kept,
    a_second_import_replaces_values_and_keeps_the_status,
    unknown_never_replaces_known,
    a_file_in_parts_says_what_it_says_whole,
    an_import_marks_every_keyword_it_touches,
    dropping_a_session_leaves_no_trace,
    passing_the_plan_limit_refuses_the_whole,
    a_cluster_name_finds_or_creates_the_cluster,
    setting_a_volume_drops_the_range,
    an_import_needs_a_sector,
}

async fn rows_become_keywords(world: &World) -> Outcome {
    let at = &world.home;
    let known = KeywordRow {
        difficulty: Some(84),
        intents: vec![Intent::Commercial, Intent::Informational],
        cpc: Some(Decimal::new(199, 2)),
        country: Some("us".to_owned()),
        serp_urls: vec!["https://a.example".to_owned()],
        ..row_of_volume("Hot Flashes", 40_500)?
    };
    let range = KeywordRow {
        volume_low: Some(100),
        volume_high: Some(1_000),
        volume_source: VolumeSource::Range,
        ..row("night sweats")?
    };
    let shown = KeywordRow { volume_source: VolumeSource::Impressions, ..row_of_volume("chai", 12)? };
    at.import(vec![known.clone(), range, shown, row("mate")?]).await?;
    let keyword = at.keyword_called("Hot Flashes").await?;
    check_eq!((keyword.volume, keyword.difficulty), (Some(40_500), Some(84)));
    check_eq!(keyword.volume_source, VolumeSource::Exact);
    check_eq!((&keyword.intents, keyword.cpc), (&known.intents, known.cpc));
    check_eq!((&keyword.country, &keyword.serp_urls), (&known.country, &known.serp_urls));
    check_eq!((keyword.status, keyword.clusters.len()), (KeywordStatus::New, 0));
    let keyword = at.keyword_called("night sweats").await?;
    check_eq!((keyword.volume, keyword.volume_low, keyword.volume_high), (None, Some(100), Some(1_000)));
    check_eq!(keyword.volume_source, VolumeSource::Range);
    check_eq!(at.keyword_called("chai").await?.volume_source, VolumeSource::Impressions);
    check_eq!(at.keyword_called("mate").await?.volume_source, VolumeSource::None);
    Ok(())
}

async fn totals_tell_created_updated_and_duplicates(world: &World) -> Outcome {
    let at = &world.home;
    at.keyword("oolong").await?;
    let mut session = at.begin_import(ImportId::new()).await?;
    session.push(vec![row("assam")?, row("Assam")?, row("oolong")?]).await?;
    session.push(vec![]).await?;
    session.push(vec![row("ceylon")?, row("ASSAM")?]).await?;
    check_eq!(session.commit().await?, ImportTotals { created: 2, updated: 1, duplicates: 2 });
    check_eq!(at.store.plan_usage(&at.scope).await?.keywords, 3);
    let again = at.import(vec![row("assam")?, row("ceylon")?]).await?.1;
    check_eq!(again, ImportTotals { created: 0, updated: 2, duplicates: 0 });
    Ok(())
}

async fn of_two_rows_about_a_keyword_the_better_is_kept(world: &World) -> Outcome {
    let at = &world.home;
    let range = KeywordRow {
        volume_low: Some(10_000),
        volume_high: Some(100_000),
        volume_source: VolumeSource::Range,
        intents: vec![Intent::Commercial],
        difficulty: Some(12),
        ..row("Assam")?
    };
    let exact = KeywordRow { intents: vec![Intent::Informational], ..row_of_volume("assam", 90)? };
    let mut session = at.begin_import(ImportId::new()).await?;
    session.push(vec![range, exact, row_of_volume("ceylon", 5)?]).await?;
    session.push(vec![row_of_volume("assam", 70)?, row_of_volume("ceylon", 6)?]).await?;
    check_eq!(session.commit().await?, ImportTotals { created: 2, updated: 0, duplicates: 3 });
    let assam = at.keyword_called("Assam").await?;
    check_eq!((assam.volume, assam.difficulty), (Some(90), Some(12)));
    check_eq!(assam.intents, [Intent::Commercial, Intent::Informational]);
    check_eq!(at.keyword_called("ceylon").await?.volume, Some(6));
    Ok(())
}

async fn a_second_import_replaces_values_and_keeps_the_status(world: &World) -> Outcome {
    let at = &world.home;
    at.import(vec![KeywordRow { difficulty: Some(50), ..row_of_volume("assam", 900)? }]).await?;
    let before = at.keyword_called("assam").await?;
    at.store.set_keyword_status(&at.scope, &[before.id], KeywordStatus::Archived).await?;
    at.import(vec![KeywordRow { difficulty: Some(5), ..row_of_volume("assam", 100)? }]).await?;
    let after = at.keyword_now(before.id).await?;
    check_eq!((after.volume, after.difficulty), (Some(100), Some(5)));
    check_eq!((after.status, after.created_at), (KeywordStatus::Archived, before.created_at));
    Ok(())
}

async fn unknown_never_replaces_known(world: &World) -> Outcome {
    let at = &world.home;
    let known = NewKeyword {
        volume: Some(40),
        difficulty: Some(0),
        intents: vec![Intent::Transactional],
        cpc: Some(Decimal::new(1, 0)),
        country: Some("us".to_owned()),
        serp_urls: vec!["https://a.example".to_owned()],
        ..NewKeyword::new("assam")
    };
    let before = at.keyword_as(known).await?;
    at.import(vec![row("assam")?]).await?;
    let after = at.keyword_now(before.id).await?;
    check_eq!((after.volume, after.difficulty, after.cpc), (before.volume, before.difficulty, before.cpc));
    check_eq!((after.intents, after.country), (before.intents, before.country));
    check_eq!(after.serp_urls, before.serp_urls);
    Ok(())
}

/// What was stored is no row of the file: it fills what all parts of the file leave open, and is merged with none of them.
async fn a_file_in_parts_says_what_it_says_whole(world: &World) -> Outcome {
    let at = &world.home;
    let stored = KeywordRow {
        difficulty: Some(50),
        intents: vec![Intent::Commercial],
        country: Some("us".to_owned()),
        ..row_of_volume("assam", 900)?
    };
    let bare = KeywordRow { cpc: Some(Decimal::new(5, 1)), ..row("assam")? };
    let telling = KeywordRow { intents: vec![Intent::Informational], ..row_of_volume("assam", 100)? };
    let mut outcomes = Vec::new();
    for parts in [vec![vec![bare.clone(), telling.clone()]], vec![vec![bare.clone()], vec![telling.clone()]]]
    {
        at.import(vec![stored.clone()]).await?;
        let mut session = at.begin_import(ImportId::new()).await?;
        for part in parts {
            session.push(part).await?;
        }
        check_eq!(session.commit().await?, ImportTotals { created: 0, updated: 1, duplicates: 1 });
        let found = at.keyword_called("assam").await?;
        outcomes.push((
            found.volume,
            found.difficulty,
            found.intents,
            found.cpc,
            found.country,
            found.volume_source,
        ));
    }
    let due = (
        Some(100),
        Some(50),
        vec![Intent::Informational],
        Some(Decimal::new(5, 1)),
        Some("us".to_owned()),
        VolumeSource::Exact,
    );
    check_eq!(outcomes, [due.clone(), due]);
    Ok(())
}

async fn an_import_marks_every_keyword_it_touches(world: &World) -> Outcome {
    let at = &world.home;
    for text in ["assam", "oolong"] {
        at.keyword(text).await?;
    }
    let (first, _) = at.import(vec![row("assam")?, row("ceylon")?]).await?;
    let (second, _) = at.import(vec![row("ceylon")?]).await?;
    let touched = |import| -> KeywordQuery {
        ListQuery::filtered(KeywordFilter { import: Some(import), ..KeywordFilter::default() })
    };
    check_eq!(sorted(listed!(at.list_keywords, touched(first))), ["assam"]);
    check_eq!(sorted(listed!(at.list_keywords, touched(second))), ["ceylon"]);
    check_eq!(at.keyword_called("oolong").await?.import, None);
    Ok(())
}

async fn dropping_a_session_leaves_no_trace(world: &World) -> Outcome {
    let at = &world.home;
    let before = at.keyword("assam").await?;
    let mut session = at.begin_import(ImportId::new()).await?;
    let new = KeywordRow { cluster: Some("Tea".to_owned()), ..row("ceylon")? };
    session.push(vec![row_of_volume("assam", 7)?, new]).await?;
    drop(session);
    check_eq!(listed!(at.list_keywords, KeywordQuery::default()), ["assam"]);
    check_eq!(at.keyword_now(before.id).await?, before);
    check_eq!(listed!(at.list_clusters, ClusterQuery::default()), Vec::<String>::new());
    check_eq!(at.import(vec![row("ceylon")?]).await?.1.created, 1);
    Ok(())
}

async fn passing_the_plan_limit_refuses_the_whole(world: &World) -> Outcome {
    let at = Workplace::open(&world.store, "curlew", "free").await?;
    at.import(vec![row("assam")?]).await?;
    let rows =
        |count: u32| (0..count).map(|number| row(&format!("tea {number}"))).collect::<Outcome<Vec<_>>>();
    let mut session = at.begin_import(ImportId::new()).await?;
    let refused = session.push(rows(100)?).await;
    check_refused!(refused, Error::PlanLimit { limit: Limit::Keywords, allowed: 100, .. });
    drop(session);
    check_eq!(at.store.plan_usage(&at.scope).await?.keywords, 1);
    // What is there already, or twice in the file, takes no place.
    let mut fitting = rows(99)?;
    fitting.extend([row("assam")?, row("tea 1")?]);
    check_eq!(at.import(fitting).await?.1, ImportTotals { created: 99, updated: 1, duplicates: 1 });
    Ok(())
}

async fn a_cluster_name_finds_or_creates_the_cluster(world: &World) -> Outcome {
    let at = &world.home;
    let (black, other) = (at.cluster("Black Tea").await?, at.cluster("Other").await?);
    at.keyword_in(other.id, "placed", 1).await?;
    at.keyword("loose").await?;
    let named = |text: &str, cluster: &str| -> Outcome<KeywordRow> {
        Ok(KeywordRow { cluster: Some(cluster.to_owned()), ..row_of_volume(text, 10)? })
    };
    at.import(vec![
        named("assam", "black tea")?,
        named("loose", "Black Tea")?,
        named("placed", "Black Tea")?,
        named("sencha", "Green Tea")?,
        named("matcha", "GREEN TEA")?,
    ])
    .await?;
    for text in ["assam", "loose"] {
        let keyword = at.keyword_called(text).await?;
        check_eq!((keyword.clusters, keyword.status), (vec![black.id], KeywordStatus::Clustered));
    }
    check_eq!(at.keyword_called("placed").await?.clusters, [other.id]);
    let clusters = listed!(at.list_clusters, ClusterQuery::default());
    check_eq!(sorted(clusters), ["Black Tea", "Green Tea", "Other"]);
    let sencha = at.keyword_called("sencha").await?;
    check_eq!(sencha.clusters, at.keyword_called("matcha").await?.clusters);
    let green = sencha.clusters.first().copied().ok_or_else(|| Failure::new("sencha is in no cluster"))?;
    let green = at.cluster_now(green).await?;
    check_eq!((green.keywords_count, green.volume), (2, 20));
    let black = at.cluster_now(black.id).await?;
    check_eq!((black.keywords_count, black.volume), (2, 20));
    check_eq!(at.cluster_now(other.id).await?.volume, 10);
    Ok(())
}

async fn setting_a_volume_drops_the_range(world: &World) -> Outcome {
    let at = &world.home;
    let range = KeywordRow {
        volume_low: Some(10),
        volume_high: Some(100),
        volume_source: VolumeSource::Range,
        ..row("assam")?
    };
    at.import(vec![range]).await?;
    let keyword = at.keyword_called("assam").await?;
    let change = KeywordChange { volume: Some(Some(42)), ..KeywordChange::default() };
    let changed = at.change_keyword(keyword.id, change).await?;
    check_eq!((changed.volume, changed.volume_low, changed.volume_high), (Some(42), None, None));
    check_eq!(changed.volume_source, VolumeSource::Exact);
    Ok(())
}

async fn an_import_needs_a_sector(world: &World) -> Outcome {
    let at = &world.home;
    let answer = at.store.begin_import(&at.scope, SectorId::new(), ImportId::new()).await;
    check_refused!(answer, Error::NotFound { .. });
    Ok(())
}
