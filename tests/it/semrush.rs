//! The bundled keyword export through reader, store and writer: what is in the file is in the store, and comes out again.

use std::collections::BTreeMap;

use igny8_core::exchange::{ExportOptions, ImportReport, Tool};
use igny8_core::paging::Page;
use igny8_core::pipeline::{Intent, Keyword, KeywordFilter, KeywordQuery, KeywordStatus};
use igny8_tests::Desk;
use igny8_tests::quickstart::workspace;

fn sample() -> Vec<u8> {
    std::fs::read(workspace().join("examples/quickstart/keywords.csv")).unwrap()
}

/// Cells of the sample by keyword, read without the importer.
fn cells() -> BTreeMap<String, csv::StringRecord> {
    let file = sample();
    let mut reader = csv::Reader::from_reader(file.as_slice());
    let headers: Vec<&str> = vec![
        "Keyword",
        "Intent",
        "Volume",
        "Keyword Difficulty",
        "CPC (USD)",
        "Competitive Density",
        "SERP Features",
    ];
    assert_eq!(reader.headers().unwrap(), headers);
    reader.records().map(|row| row.unwrap()).map(|row| (row[0].to_owned(), row)).collect()
}

async fn import(desk: &Desk, file: &[u8]) -> ImportReport {
    desk.igny8.keywords(&desk.scope).import_csv(desk.home.sector, file).await.unwrap()
}

/// What an import decides of its keywords: all but ids, places, dates and clusters.
fn facts(keywords: &[Keyword]) -> BTreeMap<String, serde_json::Value> {
    let plain = |keyword: &Keyword| {
        let mut fields = serde_json::to_value(keyword).unwrap();
        let object = fields.as_object_mut().unwrap();
        for field in ["id", "site_id", "sector_id", "import", "cluster", "created_at", "updated_at"] {
            assert!(object.remove(field).is_some(), "{field}");
        }
        (keyword.keyword.clone(), fields)
    };
    keywords.iter().map(plain).collect()
}

#[tokio::test]
async fn every_cell_of_the_sample_is_in_the_store() {
    let desk = Desk::in_memory(|builder| builder).await;
    let report = import(&desk, &sample()).await;
    assert_eq!((report.created, report.updated, report.duplicates), (300, 0, 0));
    assert_eq!((report.rejected_total, report.rejected.len()), (0, 0));
    assert_eq!(report.detected.tool, Tool::SemrushKeywordMagic);
    assert_eq!(report.detected.header_row, Some(1));

    let cells = cells();
    let keywords = desk.all_keywords().await;
    assert_eq!((keywords.len(), cells.len()), (300, 300));
    for keyword in &keywords {
        let row = &cells[&keyword.keyword];
        let words: Vec<String> = keyword.intents.iter().map(ToString::to_string).collect();
        let told: Vec<String> = row[1]
            .split(',')
            .map(|word| word.trim().to_lowercase())
            .filter(|word| !word.is_empty())
            .collect();
        assert_eq!(words, told, "{}", keyword.keyword);
        assert_eq!(keyword.volume.map(|volume| volume.to_string()).unwrap_or_default(), row[2]);
        assert_eq!(keyword.difficulty.map(|difficulty| difficulty.to_string()).unwrap_or_default(), row[3]);
        assert_eq!(keyword.cpc, Some(row[4].parse().unwrap()), "{}", keyword.keyword);
        assert_eq!((keyword.status, keyword.import), (KeywordStatus::New, Some(report.id)));
        assert!(keyword.clusters.is_empty());
    }
}

#[tokio::test]
async fn intents_are_sets() {
    let desk = Desk::in_memory(|builder| builder).await;
    import(&desk, &sample()).await;
    let keywords = desk.all_keywords().await;
    let sizes = |size: usize| keywords.iter().filter(|keyword| keyword.intents.len() == size).count();
    assert_eq!((sizes(0), sizes(1), sizes(2), sizes(3)), (4, 258, 38, 0));
    // A filter finds a keyword by any of its intents, not only by the first.
    for intent in Intent::ALL {
        let filter = KeywordFilter { intent: Some(*intent), ..KeywordFilter::sector(desk.home.sector) };
        let query = KeywordQuery::filtered(filter).page(Page::Number { number: 1, size: 1 });
        let found = desk.igny8.keywords(&desk.scope).list(&query).await.unwrap().total.unwrap();
        let holding = keywords.iter().filter(|keyword| keyword.intents.contains(intent)).count();
        assert_eq!(found, holding as u64, "{intent}");
        assert!(holding > 0);
    }
}

#[tokio::test]
async fn importing_twice_makes_the_same_rows() {
    let desk = Desk::in_memory(|builder| builder).await;
    import(&desk, &sample()).await;
    let first = desk.all_keywords().await;
    let again = import(&desk, &sample()).await;
    assert_eq!((again.created, again.updated, again.duplicates), (0, 300, 0));
    let second = desk.all_keywords().await;
    assert_eq!(facts(&first), facts(&second));
    let ids = |keywords: &[Keyword]| {
        let mut ids: Vec<_> = keywords.iter().map(|keyword| keyword.id).collect();
        ids.sort();
        ids
    };
    assert_eq!(ids(&first), ids(&second), "the rows stay");

    // The file twice over in one import: every second row repeats one before it.
    let mut doubled = sample();
    let rows = doubled.split(|byte| *byte == b'\n').skip(1).collect::<Vec<_>>().join(&b'\n');
    doubled.extend(rows);
    let doubled = import(&desk, &doubled).await;
    assert_eq!((doubled.created, doubled.updated, doubled.duplicates), (0, 300, 300));
    assert_eq!(facts(&first), facts(&desk.all_keywords().await));
}

#[tokio::test]
async fn an_export_imported_elsewhere_makes_the_same_rows() {
    let desk = Desk::in_memory(|builder| builder).await;
    import(&desk, &sample()).await;
    // With some in clusters, too: by name, since ids mean nothing elsewhere.
    desk.clusters(&["rooibos", "matcha & friends"]).await;
    for options in
        [ExportOptions::default(), ExportOptions { extra_columns: false, ..ExportOptions::default() }]
    {
        let mut file = Vec::new();
        let count = desk.igny8.keywords(&desk.scope);
        let count = count.export_csv(KeywordFilter::default(), &mut file, options).await.unwrap();
        assert_eq!((count.keywords, count.clusters_left_out), (302, 0));
        let elsewhere = Desk::in_memory(|builder| builder).await;
        let report = import(&elsewhere, &file).await;
        assert_eq!((report.created, report.rejected_total), (302, 0));
        assert_eq!(report.detected.tool, Tool::Own);

        let names = |clusters: Vec<igny8_core::pipeline::Cluster>| {
            let mut names: Vec<_> =
                clusters.into_iter().map(|cluster| (cluster.name, cluster.keywords_count)).collect();
            names.sort();
            names
        };
        assert_eq!(names(desk.all_clusters().await), names(elsewhere.all_clusters().await));
        assert_eq!(facts(&desk.all_keywords().await), facts(&elsewhere.all_keywords().await));
    }
}
