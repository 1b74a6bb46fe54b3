//! Imports as a host makes them: several files at once, workbooks, dry runs with a preview, progress.

use std::collections::BTreeMap;

use igny8_core::Error;
use igny8_core::exchange::{Column, ExportOptions, ImportError, ImportOptions, Limit, Tool, VolumeSource};
use igny8_core::ids::SectorId;
use igny8_core::pipeline::{Keyword, KeywordChange, KeywordFilter};
use igny8_core::sdk::{ExportReport, ImportRequest, ImportStep};
use igny8_core::tenancy::SectorChange;
use igny8_tests::Desk;
use rust_xlsxwriter::Workbook;

/// A Search Console export: impressions only.
const CONSOLE: &str =
    "Top queries,Clicks,Impressions,CTR,Position\ngreen tea,5,120,4.1%,3.2\noolong,1,80,1%,9\n";

/// A Semrush export as a workbook, its numbers as numbers.
fn semrush() -> Vec<u8> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet().set_name("Keywords").unwrap();
    for (column, header) in (0_u16..).zip(["Keyword", "Intent", "Volume", "Keyword Difficulty", "Trend"]) {
        sheet.write(0, column, header).unwrap();
    }
    for (row, (keyword, volume)) in (1_u32..).zip([("Green Tea", 9_900), ("matcha", 5_400)]) {
        sheet.write(row, 0, keyword).unwrap().write(row, 1, "Informational").unwrap();
        sheet.write(row, 2, volume).unwrap().write(row, 3, 41).unwrap();
    }
    sheet.write(3, 0, "chai").unwrap().write(3, 2, "lots").unwrap();
    workbook.add_worksheet().set_name("About").unwrap().write(0, 0, "Made by Semrush").unwrap();
    workbook.save_to_buffer().unwrap()
}

#[tokio::test]
async fn several_files_are_one_import() {
    let desk = Desk::in_memory(|builder| builder).await;
    let workbook = semrush();
    let length = (workbook.len() + CONSOLE.len()) as u64;
    let mut steps: Vec<ImportStep> = Vec::new();
    let request = ImportRequest::into_sector(desk.home.sector)
        .file("semrush.xlsx", &workbook[..])
        .file("console.csv", CONSOLE.as_bytes())
        .on_step(|step| steps.push(step));
    let report = desk.igny8.keywords(&desk.scope).import(request).await.unwrap();
    assert_eq!((report.created, report.updated, report.duplicates), (3, 0, 1));
    assert_eq!(report.skipped_sheets, ["About"]);
    let [semrush, console] = &report.tables[..] else { panic!("two tables") };
    assert_eq!((semrush.file.as_deref(), semrush.sheet.as_deref()), (Some("semrush.xlsx"), Some("Keywords")));
    assert_eq!((semrush.detected.tool, semrush.rows, semrush.rejected), (Tool::SemrushKeywordMagic, 3, 1));
    assert_eq!((console.detected.tool, console.rows), (Tool::GoogleSearchConsole, 2));
    assert_eq!(semrush.ignored_columns, ["Trend"]);
    let found: Vec<Column> = console.columns.iter().map(|column| column.column).collect();
    assert_eq!(found, [Column::Keyword, Column::Impressions]);
    let refused = &report.rejected[0];
    assert_eq!(
        (refused.row, refused.sheet.as_deref(), refused.file.as_deref()),
        (4, Some("Keywords"), Some("semrush.xlsx"))
    );
    assert_eq!(steps.last(), Some(&ImportStep { bytes: length, rows: 5 }));
    // Semrush's number beats Search Console's impressions, whichever comes first.
    let keywords = desk.all_keywords().await;
    let volumes: BTreeMap<&str, Option<u32>> =
        keywords.iter().map(|keyword| (keyword.keyword.as_str(), keyword.volume)).collect();
    let expected = [("Green Tea", Some(9_900)), ("matcha", Some(5_400)), ("oolong", Some(80))];
    assert_eq!(volumes, BTreeMap::from(expected));
}

#[tokio::test]
async fn a_dry_run_shows_what_would_come_and_leaves_nothing() {
    let desk = Desk::in_memory(|builder| builder).await;
    desk.keywords(&["matcha"]).await;
    let request =
        || ImportRequest::into_sector(desk.home.sector).file("semrush.xlsx", std::io::Cursor::new(semrush()));
    let room = desk.igny8.keywords(&desk.scope);
    let report = room.import(request().dry_run().preview(1)).await.unwrap();
    assert_eq!((report.created, report.updated, report.rejected_total), (1, 1, 1));
    let [first] = &report.tables[0].preview[..] else { panic!("one row is previewed") };
    assert_eq!(
        (first.keyword.as_str(), first.volume, first.difficulty),
        ("Green Tea", Some(9_900), Some(41))
    );
    assert_eq!(desk.all_keywords().await.len(), 1);
    let report = room.import(request()).await.unwrap();
    assert_eq!((report.created, report.updated, report.tables[0].preview.len()), (1, 1, 0));
}

#[tokio::test]
async fn one_bad_file_of_several_imports_nothing() {
    let desk = Desk::in_memory(|builder| builder).await;
    let room = desk.igny8.keywords(&desk.scope);
    let request = ImportRequest::into_sector(desk.home.sector)
        .file("console.csv", CONSOLE.as_bytes())
        .file("prices.csv", &b"title,price\nx,1\n"[..]);
    let Err(Error::Import(ImportError::InFile { name, source })) = room.import(request).await else {
        panic!("the second file has no keyword column");
    };
    assert_eq!(name, "prices.csv");
    assert!(matches!(*source, ImportError::NoKeywordColumn { .. }));
    assert!(desk.all_keywords().await.is_empty());
    let none = room.import(ImportRequest::into_sector(desk.home.sector)).await;
    assert!(matches!(none, Err(Error::Invalid(_))), "{none:?}");
}

/// What an export is to keep of every keyword.
type Figures = BTreeMap<String, (VolumeSource, [Option<u32>; 3])>;

fn figures(keywords: Vec<Keyword>) -> Figures {
    let figures = |keyword: &Keyword| [keyword.volume, keyword.volume_low, keyword.volume_high];
    keywords
        .into_iter()
        .map(|keyword| (keyword.keyword.clone(), (keyword.volume_source, figures(&keyword))))
        .collect()
}

async fn export(desk: &Desk) -> (Vec<u8>, ExportReport) {
    let mut file = Vec::new();
    let room = desk.igny8.keywords(&desk.scope);
    let report =
        room.export_csv(KeywordFilter::default(), &mut file, ExportOptions::default()).await.unwrap();
    (file, report)
}

async fn import(desk: &Desk, file: &[u8]) {
    let report = desk.igny8.keywords(&desk.scope).import_csv(desk.home.sector, file).await.unwrap();
    assert_eq!(report.rejected_total, 0, "{:?}", report.rejected);
}

#[tokio::test]
async fn an_export_keeps_where_a_volume_comes_from() {
    let desk = Desk::in_memory(|builder| builder).await;
    import(&desk, b"keyword,volume\nassam,900\nceylon,1K - 10K\ndarjeeling,\nboth,100-1000\nold,10-100\n")
        .await;
    import(&desk, b"Top queries,Clicks,Impressions,CTR,Position\nearl grey,1,80,1%,9\nboth,1,70,1%,9\n")
        .await;
    import(&desk, b"keyword,volume\nold,55\n").await;
    let by_hand = desk.keywords(&["by hand"]).await[0];
    let range = KeywordChange { volume_high: Some(Some(50)), ..KeywordChange::default() };
    desk.igny8.keywords(&desk.scope).update(by_hand, range).await.unwrap();
    let stored = figures(desk.all_keywords().await);
    let expected = [
        ("assam", (VolumeSource::Exact, [Some(900), None, None])),
        ("both", (VolumeSource::Impressions, [Some(70), Some(100), Some(1_000)])),
        ("by hand", (VolumeSource::Range, [None, None, Some(50)])),
        ("ceylon", (VolumeSource::Range, [None, Some(1_000), Some(10_000)])),
        ("darjeeling", (VolumeSource::None, [None, None, None])),
        ("earl grey", (VolumeSource::Impressions, [Some(80), None, None])),
        ("old", (VolumeSource::Exact, [Some(55), Some(10), Some(100)])),
    ];
    assert_eq!(stored, expected.map(|(keyword, figures)| (keyword.to_owned(), figures)).into());

    let (file, report) = export(&desk).await;
    assert_eq!(report, ExportReport { keywords: 7, clusters_left_out: 0 });
    let elsewhere = Desk::in_memory(|builder| builder).await;
    import(&elsewhere, &file).await;
    assert_eq!(figures(elsewhere.all_keywords().await), stored);
    assert_eq!(export(&elsewhere).await.0, file);
}

#[tokio::test]
async fn an_export_tells_of_the_clusters_it_has_no_room_for() {
    let desk = Desk::in_memory(|builder| builder).await;
    let many = SectorChange { many_clusters_per_keyword: Some(true), ..SectorChange::default() };
    desk.igny8.sectors(&desk.scope).update(desk.home.sector, many).await.unwrap();
    for cluster in ["black", "Indian", "breakfast"] {
        import(&desk, format!("keyword,cluster\nassam,{cluster}\nno cluster,\n").as_bytes()).await;
    }
    import(&desk, b"keyword,cluster\nearl grey,black\n").await;
    let (file, report) = export(&desk).await;
    assert_eq!(report, ExportReport { keywords: 3, clusters_left_out: 2 });
    let file = String::from_utf8(file).unwrap();
    assert_eq!(
        file.matches("black").count() + file.matches("Indian").count() + file.matches("breakfast").count(),
        2
    );
}

#[tokio::test]
async fn workbooks_are_checked_before_the_store_is_asked() {
    let desk = Desk::in_memory(|builder| builder).await;
    let room = desk.igny8.keywords(&desk.scope);
    let workbook = semrush();
    let cut = &workbook[..workbook.len() / 2];
    let request =
        ImportRequest::into_sector(SectorId::new()).file("whole.xlsx", &workbook[..]).file("cut.xlsx", cut);
    let Err(Error::Import(ImportError::InFile { name, source })) = room.import(request).await else {
        panic!("the second workbook is damaged");
    };
    assert_eq!(name, "cut.xlsx");
    assert!(matches!(*source, ImportError::Workbook { .. }));
    let request = ImportRequest::into_sector(SectorId::new()).file("whole.xlsx", &workbook[..]);
    assert!(matches!(room.import(request).await, Err(Error::NotFound { .. })));
}

#[tokio::test]
async fn workbooks_of_one_import_share_their_limits() {
    let desk = Desk::in_memory(|builder| builder).await;
    let workbook = semrush();
    let mut options = ImportOptions::default();
    options.limits.max_workbook = workbook.len() as u64 * 3 / 2;
    let request = |files: usize| {
        (0..files)
            .fold(ImportRequest::into_sector(desk.home.sector).options(options.clone()), |request, _| {
                request.file("semrush.xlsx", std::io::Cursor::new(semrush()))
            })
    };
    let room = desk.igny8.keywords(&desk.scope);
    room.import(request(1)).await.unwrap();
    let refused = room.import(request(2)).await;
    let Err(Error::Import(ImportError::InFile { source, .. })) = refused else { panic!("{refused:?}") };
    assert!(matches!(*source, ImportError::TooLarge { limit: Limit::Workbook, .. }));
}

/// A fuzzer that begins from files nobody can read learns nothing from them.
#[tokio::test]
async fn every_seed_of_the_fuzzer_is_a_keyword_file() {
    let desk = Desk::in_memory(|builder| builder).await;
    let seeds = concat!(env!("CARGO_MANIFEST_DIR"), "/../fuzz/seeds/keyword_file");
    for seed in std::fs::read_dir(seeds).unwrap() {
        let path = seed.unwrap().path();
        let file = std::fs::File::open(&path).unwrap();
        let report = desk.igny8.keywords(&desk.scope).import_csv(desk.home.sector, file).await.unwrap();
        assert!(report.created > 0, "{}: {:?}", path.display(), report.rejected);
    }
}
