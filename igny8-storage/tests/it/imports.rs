//! An import comes to the same on every database, however its rows were cut into batches and gathered before the merge.

use igny8_core::exchange::{KeywordRow, VolumeSource, normalize_keyword};
use igny8_core::ids::ImportId;
use igny8_core::paging::Page;
use igny8_core::pipeline::{Intent, Keyword, KeywordQuery, KeywordStatus};
use igny8_core::ports::ImportTotals;
use igny8_core::testing::Tenant;
use proptest::prelude::*;

use crate::databases::{Database, Memory, Postgres};

/// Few keywords in many rows, so that they meet within a batch, across batches and across imports.
fn row() -> impl Strategy<Value = KeywordRow> {
    let volume = prop_oneof![
        Just((None, None, None, VolumeSource::None)),
        (1_u32..50).prop_map(|volume| (Some(volume), None, None, VolumeSource::Exact)),
        (1_u32..50).prop_map(|low| (None, Some(low), Some(low + 10), VolumeSource::Range)),
        (1_u32..50).prop_map(|seen| (Some(seen), None, None, VolumeSource::Impressions)),
    ];
    let intents = proptest::sample::subsequence(Intent::ALL.to_vec(), 0..=2);
    let cluster = proptest::option::weighted(0.2, proptest::sample::select(vec!["Black", "green", "Green"]));
    let country = proptest::option::of(proptest::sample::select(vec!["us", "de"]));
    (0_u8..12, volume, proptest::option::of(0_u8..100), intents, country, cluster).prop_map(
        |(
            number,
            (volume, volume_low, volume_high, volume_source),
            difficulty,
            intents,
            country,
            cluster,
        )| {
            let spelled = if number % 2 == 0 { format!("Tea {number}") } else { format!("tea {number}") };
            let (keyword, key) = normalize_keyword(&spelled).unwrap();
            KeywordRow {
                keyword,
                key,
                volume,
                volume_low,
                volume_high,
                volume_source,
                difficulty,
                intents,
                country: country.map(str::to_owned),
                cluster: cluster.map(str::to_owned),
                ..KeywordRow::default()
            }
        },
    )
}

/// What is left of a keyword when ids and times are taken away.
type Told = (
    String,
    Option<u32>,
    Option<u32>,
    Option<u32>,
    Option<u8>,
    Vec<Intent>,
    Option<String>,
    KeywordStatus,
    usize,
);

fn told(keyword: Keyword) -> Told {
    (
        keyword.keyword,
        keyword.volume,
        keyword.volume_low,
        keyword.volume_high,
        keyword.difficulty,
        keyword.intents,
        keyword.country,
        keyword.status,
        keyword.clusters.len(),
    )
}

async fn imported(
    database: &impl Database,
    imports: &[Vec<Vec<KeywordRow>>],
) -> (Vec<ImportTotals>, Vec<Told>) {
    database.renew().await;
    let store = database.open().await;
    let tenant = Tenant::open(&store, "acme", "unlimited").await.unwrap();
    let store: &dyn igny8_core::ports::Store = &store;
    let mut totals = Vec::new();
    for batches in imports {
        let mut session =
            store.begin_import(&tenant.scope, tenant.home.sector, ImportId::new()).await.unwrap();
        for batch in batches {
            session.push(batch.clone()).await.unwrap();
        }
        totals.push(session.commit().await.unwrap());
    }
    let query = KeywordQuery::default().page(Page::first(1_000));
    let mut keywords: Vec<Told> =
        store.list_keywords(&tenant.scope, &query).await.unwrap().items.into_iter().map(told).collect();
    keywords.sort();
    (totals, keywords)
}

#[test]
fn it_comes_to_the_same_on_postgres_as_on_sqlite() {
    let batch = proptest::collection::vec(row(), 0..10);
    let imports = proptest::collection::vec(proptest::collection::vec(batch, 1..6), 1..4);
    crate::ledger::for_each(40, imports, &async |database: &Postgres, imports| {
        assert_eq!(imported(database, &imports).await, imported(&Memory, &imports).await);
    });
}
