//! Keywords one by one and in bulk: unique in their sector, placed in clusters, moved along legal statuses.
//! Lists of them have a room of their own.

use rust_decimal::Decimal;

use crate::error::Error;
use crate::exchange::VolumeSource;
use crate::ids::{ClusterId, KeywordId, SectorId};
use crate::pipeline::{Intent, Keyword, KeywordChange, KeywordStatus, NewKeyword};
use crate::tenancy::Limit;
use crate::testing::case::cases;
use crate::testing::check::{Outcome, check, check_eq, check_refused};
use crate::testing::world::{Workplace, World};

cases! { "keywords":
    a_keyword_keeps_what_is_known_of_it,
    a_spelling_is_unique_in_its_sector,
    the_plan_limits_keywords,
    a_keyword_needs_a_sector_and_a_cluster_of_it,
    a_keyword_changes_and_is_emptied,
    a_range_and_addresses_change,
    json_has_the_first_intent_beside_the_set,
    a_new_spelling_must_be_free,
    placing_clusters_a_keyword_and_taking_it_out_makes_it_new,
    an_illegal_move_changes_nothing,
    bulk_deletion_tells_what_was_not_there,
    bulk_moves_tell_what_is_not_legal,
    a_keyword_that_is_not_there_is_not_found,
}

async fn a_keyword_keeps_what_is_known_of_it(world: &World) -> Outcome {
    let at = &world.home;
    let new = NewKeyword {
        volume: Some(40_500),
        difficulty: Some(0),
        intents: vec![Intent::Transactional, Intent::Informational, Intent::Transactional],
        cpc: Some(Decimal::new(1_234_567, 6)),
        country: Some("us".to_owned()),
        serp_urls: vec!["https://b.example/1".to_owned(), "https://a.example/2".to_owned()],
        ..NewKeyword::new("Green Tea")
    };
    let keyword = at.keyword_as(new.clone()).await?;
    check_eq!(
        (keyword.keyword.as_str(), keyword.volume, keyword.difficulty),
        ("Green Tea", Some(40_500), Some(0))
    );
    check_eq!(keyword.intents, [Intent::Transactional, Intent::Informational]);
    check_eq!((keyword.cpc, &keyword.country, &keyword.serp_urls), (new.cpc, &new.country, &new.serp_urls));
    check_eq!((keyword.status, keyword.import), (KeywordStatus::New, None));
    check!(keyword.clusters.is_empty() && keyword.volume_low.is_none(), "it knows more than it was told");
    check_eq!(
        (keyword.place.account(), keyword.place.site(), keyword.place.sector()),
        (at.account, at.site, at.sector)
    );
    check_eq!(at.keyword_now(keyword.id).await?, keyword);
    let bare = at.keyword("matcha").await?;
    check_eq!((bare.volume, bare.difficulty, bare.cpc, bare.intent()), (None, None, None, None));
    Ok(())
}

async fn a_spelling_is_unique_in_its_sector(world: &World) -> Outcome {
    let at = &world.home;
    at.keyword("Green Tea").await?;
    for again in ["Green Tea", "green tea"] {
        let (keyword, key) = NewKeyword::new(again).checked()?;
        check_refused!(
            at.store.create_keyword(&at.scope, at.sector, keyword, &key).await,
            Error::Conflict { .. }
        );
    }
    at.sector_beside("Second").await?.keyword("green tea").await?;
    world.other.keyword("green tea").await?;
    check_eq!(at.store.plan_usage(&at.scope).await?.keywords, 2);
    Ok(())
}

async fn the_plan_limits_keywords(world: &World) -> Outcome {
    let at = Workplace::open(&world.store, "curlew", "free").await?;
    for number in 0..100 {
        at.keyword(&format!("keyword {number}")).await?;
    }
    let (keyword, key) = NewKeyword::new("one more").checked()?;
    check_refused!(
        at.store.create_keyword(&at.scope, at.sector, keyword, &key).await,
        Error::PlanLimit { limit: Limit::Keywords, used: 100, allowed: 100 }
    );
    check_eq!(at.store.plan_usage(&at.scope).await?.keywords, 100);
    Ok(())
}

async fn a_keyword_needs_a_sector_and_a_cluster_of_it(world: &World) -> Outcome {
    let at = &world.home;
    let elsewhere = at.sector_beside("Second").await?.cluster("Tea").await?;
    let (keyword, key) = NewKeyword::new("green tea").checked()?;
    check_refused!(
        at.store.create_keyword(&at.scope, SectorId::new(), keyword.clone(), &key).await,
        Error::NotFound { .. }
    );
    for cluster in [ClusterId::new(), elsewhere.id] {
        let keyword = NewKeyword { cluster: Some(cluster), ..keyword.clone() };
        check_refused!(
            at.store.create_keyword(&at.scope, at.sector, keyword, &key).await,
            Error::NotFound { .. }
        );
    }
    let keyword = at.keyword("green tea").await?;
    let change = KeywordChange { cluster: Some(Some(elsewhere.id)), ..KeywordChange::default() };
    check_refused!(
        at.store.update_keyword(&at.scope, keyword.id, change, None).await,
        Error::NotFound { .. }
    );
    check_eq!(at.keyword_now(keyword.id).await?, keyword);
    Ok(())
}

async fn a_keyword_changes_and_is_emptied(world: &World) -> Outcome {
    let at = &world.home;
    let keyword = at.keyword("green tea").await?;
    let change = KeywordChange {
        keyword: Some("Green Teas".to_owned()),
        volume: Some(Some(90)),
        difficulty: Some(Some(100)),
        intents: Some(vec![Intent::Commercial]),
        cpc: Some(Some(Decimal::new(5, 1))),
        country: Some(Some("de".to_owned())),
        ..KeywordChange::default()
    };
    let changed = at.change_keyword(keyword.id, change).await?;
    check_eq!(
        (changed.keyword.as_str(), changed.volume, changed.difficulty),
        ("Green Teas", Some(90), Some(100))
    );
    check_eq!((changed.intent(), changed.cpc), (Some(Intent::Commercial), Some(Decimal::new(5, 1))));
    check_eq!(changed.country.as_deref(), Some("de"));
    check_eq!(at.keyword_now(keyword.id).await?, changed);
    let emptied = KeywordChange {
        volume: Some(None),
        difficulty: Some(None),
        cpc: Some(None),
        ..KeywordChange::default()
    };
    let emptied = at.change_keyword(keyword.id, emptied).await?;
    check_eq!((emptied.volume, emptied.difficulty, emptied.cpc), (None, None, None));
    check_eq!((emptied.country, emptied.intents), (changed.country, changed.intents));
    Ok(())
}

async fn a_range_and_addresses_change(world: &World) -> Outcome {
    let at = &world.home;
    let keyword = at.keyword("green tea").await?;
    let range = |low, high| KeywordChange { volume_low: low, volume_high: high, ..KeywordChange::default() };
    let figures = |keyword: &Keyword| (keyword.volume, keyword.volume_low, keyword.volume_high);
    let changed = at.change_keyword(keyword.id, range(Some(Some(100)), Some(Some(1_000)))).await?;
    check_eq!(figures(&changed), (None, Some(100), Some(1_000)));
    check_eq!(changed.volume_source, VolumeSource::Range);
    for refused in [range(Some(Some(1_001)), None), range(None, Some(Some(99)))] {
        check_refused!(
            at.store.update_keyword(&at.scope, keyword.id, refused, None).await,
            Error::Invalid(_)
        );
    }
    let changed = at.change_keyword(keyword.id, range(Some(None), None)).await?;
    check_eq!(figures(&changed), (None, None, Some(1_000)));
    // A volume drops the range, unless the change says what it is.
    let volume = KeywordChange { volume: Some(Some(500)), ..range(None, Some(Some(900))) };
    check_eq!(figures(&at.change_keyword(keyword.id, volume).await?), (Some(500), None, Some(900)));
    let volume = KeywordChange { volume: Some(Some(600)), ..KeywordChange::default() };
    check_eq!(figures(&at.change_keyword(keyword.id, volume).await?), (Some(600), None, None));

    let urls = vec!["https://one.example/tea".to_owned(), "https://two.example/".to_owned()];
    let change = KeywordChange { serp_urls: Some(urls.clone()), ..KeywordChange::default() };
    check_eq!(at.change_keyword(keyword.id, change).await?.serp_urls, urls);
    check_eq!(at.change_keyword(keyword.id, KeywordChange::default()).await?.serp_urls, urls);
    let change = KeywordChange { serp_urls: Some(Vec::new()), ..KeywordChange::default() };
    check_eq!(at.change_keyword(keyword.id, change).await?.serp_urls, Vec::<String>::new());
    Ok(())
}

async fn json_has_the_first_intent_beside_the_set(world: &World) -> Outcome {
    let at = &world.home;
    let intents = vec![Intent::Commercial, Intent::Informational];
    let tea = at.keyword_as(NewKeyword { intents, ..NewKeyword::new("tea") }).await?;
    let shown = serde_json::to_value(&tea)?;
    check_eq!(shown["intent"], "commercial");
    check_eq!(shown["intents"], serde_json::json!(["commercial", "informational"]));
    let shown = serde_json::to_value(at.keyword("coffee").await?)?;
    check_eq!((&shown["intent"], &shown["intents"]), (&serde_json::Value::Null, &serde_json::json!([])));
    check!(shown.get("intent").is_some(), "there is no intent in {shown}");
    Ok(())
}

async fn a_new_spelling_must_be_free(world: &World) -> Outcome {
    let at = &world.home;
    let (tea, coffee) = (at.keyword("tea").await?, at.keyword("coffee").await?);
    let change = KeywordChange { keyword: Some("TEA".to_owned()), ..KeywordChange::default() };
    let (change, key) = change.checked()?;
    check_refused!(
        at.store.update_keyword(&at.scope, coffee.id, change.clone(), key.as_deref()).await,
        Error::Conflict { .. }
    );
    check_eq!(at.keyword_now(coffee.id).await?, coffee);
    let respelled = at.store.update_keyword(&at.scope, tea.id, change, key.as_deref()).await?;
    check_eq!(respelled.keyword, "TEA");
    let (again, key) = NewKeyword::new("tea").checked()?;
    check_refused!(at.store.create_keyword(&at.scope, at.sector, again, &key).await, Error::Conflict { .. });
    Ok(())
}

async fn placing_clusters_a_keyword_and_taking_it_out_makes_it_new(world: &World) -> Outcome {
    let at = &world.home;
    let (tea, drinks) = (at.cluster("Tea").await?, at.cluster("Drinks").await?);
    let placed = at.keyword_in(tea.id, "oolong", 10).await?;
    check_eq!((placed.status, placed.clusters), (KeywordStatus::Clustered, vec![tea.id]));
    let into = |cluster| KeywordChange { cluster: Some(cluster), ..KeywordChange::default() };
    let moved = at.change_keyword(placed.id, into(Some(drinks.id))).await?;
    check_eq!((moved.status, moved.clusters), (KeywordStatus::Clustered, vec![drinks.id]));
    let out = at.change_keyword(placed.id, into(None)).await?;
    check_eq!((out.status, out.clusters), (KeywordStatus::New, vec![]));
    let again = at.change_keyword(placed.id, into(Some(tea.id))).await?;
    check_eq!((again.status, again.clusters), (KeywordStatus::Clustered, vec![tea.id]));
    at.store.delete_cluster(&at.scope, tea.id).await?;
    check_eq!(at.keyword_now(placed.id).await?.status, KeywordStatus::Orphaned);
    let adopted = at.change_keyword(placed.id, into(Some(drinks.id))).await?;
    check_eq!(adopted.status, KeywordStatus::Clustered);
    Ok(())
}

async fn an_illegal_move_changes_nothing(world: &World) -> Outcome {
    let at = &world.home;
    let keyword = at.keyword("green tea").await?;
    let change = KeywordChange {
        volume: Some(Some(7)),
        status: Some(KeywordStatus::InUse),
        ..KeywordChange::default()
    };
    check_refused!(
        at.store.update_keyword(&at.scope, keyword.id, change, None).await,
        Error::IllegalMove { .. }
    );
    check_eq!(at.keyword_now(keyword.id).await?, keyword);
    let legal = KeywordChange { status: Some(KeywordStatus::Archived), ..KeywordChange::default() };
    check_eq!(at.change_keyword(keyword.id, legal).await?.status, KeywordStatus::Archived);
    Ok(())
}

async fn bulk_deletion_tells_what_was_not_there(world: &World) -> Outcome {
    let at = &world.home;
    let (tea, coffee) = (at.keyword("tea").await?, at.keyword("coffee").await?);
    let gone = KeywordId::new();
    let outcome = at.store.delete_keywords(&at.scope, &[tea.id, gone]).await?;
    check_eq!(outcome.changed, [tea.id]);
    check_eq!(outcome.refused.len(), 1);
    check!(
        outcome.refused.iter().all(|row| row.id == gone && row.code == "not_found"),
        "{:?}",
        outcome.refused
    );
    check_refused!(at.store.get_keyword(&at.scope, tea.id).await, Error::NotFound { .. });
    check_eq!(at.keyword_now(coffee.id).await?, coffee);
    let nothing = at.store.delete_keywords(&at.scope, &[]).await?;
    check!(nothing.changed.is_empty() && nothing.refused.is_empty(), "no ids changed something");
    Ok(())
}

async fn bulk_moves_tell_what_is_not_legal(world: &World) -> Outcome {
    let at = &world.home;
    let cluster = at.cluster("Tea").await?;
    let new = at.keyword("tea").await?;
    let clustered = at.keyword_in(cluster.id, "oolong", 10).await?;
    let gone = KeywordId::new();
    let outcome =
        at.store.set_keyword_status(&at.scope, &[new.id, clustered.id, gone], KeywordStatus::InUse).await?;
    check_eq!(outcome.changed, [clustered.id]);
    let mut refused: Vec<_> = outcome.refused.iter().map(|row| (row.code.as_str(), row.id)).collect();
    refused.sort();
    check_eq!(refused, [("illegal_move", new.id), ("not_found", gone)]);
    check_eq!(at.keyword_now(clustered.id).await?.status, KeywordStatus::InUse);
    check_eq!(at.keyword_now(new.id).await?.status, KeywordStatus::New);
    // Where it stands already, it may always go.
    let outcome = at.store.set_keyword_status(&at.scope, &[clustered.id], KeywordStatus::InUse).await?;
    check_eq!(outcome.refused, []);
    Ok(())
}

async fn a_keyword_that_is_not_there_is_not_found(world: &World) -> Outcome {
    let (at, nowhere) = (&world.home, KeywordId::new());
    check_refused!(at.store.get_keyword(&at.scope, nowhere).await, Error::NotFound { .. });
    check_refused!(
        at.store.update_keyword(&at.scope, nowhere, KeywordChange::default(), None).await,
        Error::NotFound { .. }
    );
    Ok(())
}
